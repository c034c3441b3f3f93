"""`advisor serve`: the same app in the browser, for this machine alone.

textual-serve runs one app process per browser tab. Around it stand three guards that it does not
have: other addresses than the loopback interface need a word on the command line; requests that
name another host, or come from another site's page, are refused (a page anywhere could otherwise
talk to a port of this machine); and a content-security policy keeps the page from fetching anything
from elsewhere, such as the web font its template names.
"""

from __future__ import annotations

import ipaddress
import shlex
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from advisor.errors import AdvisorError, InputError, Place

if TYPE_CHECKING:
    from aiohttp import web

POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
"""What the page may load: this server's own files, nothing else."""

FOCUS = (
    '<script>addEventListener("load", () => '
    'document.querySelector(".xterm-helper-textarea")?.focus())</script>'
)
"""Keys go to the app at once, without a click on it first."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def serve(
    *, host: str, port: int, allow_remote: bool = False, arguments: Sequence[str] = ()
) -> None:
    """Serve until interrupted.

    Args:
        host: address to listen on.
        port: port to listen on.
        allow_remote: accept an address that other machines can reach.
        arguments: what follows `advisor` in the served command.

    Raises:
        InputError: the address can be reached from elsewhere and that was not allowed.
        AdvisorError: textual-serve is not installed, or the port is taken.
    """
    if not is_loopback(host) and not allow_remote:
        raise InputError(
            f"Other machines could reach {host}, and use the app as you.",
            place=Place(field="--host"),
            remedy="Leave it at 127.0.0.1, or add --allow-remote if that is what you want.",
        )
    if not 0 < port < 65536:
        raise InputError(f"{port} is no port.", place=Place(field="--port"))
    server = make_server(host, port, arguments=arguments, guarded=is_loopback(host))
    print(f"The app is at http://{host}:{port} until Ctrl+C.", file=sys.stderr)
    try:
        server.serve()
    except OSError as error:
        raise AdvisorError(
            f"Port {port} on {host} cannot be opened: {error.strerror}.",
            remedy="Choose another with --port.",
        ) from error


def make_server(
    host: str, port: int, *, arguments: Sequence[str] = (), guarded: bool = True
) -> Any:
    """The server, not yet running.

    Raises:
        AdvisorError: textual-serve is not installed.
    """
    try:
        from textual_serve.server import Server
    except ImportError as error:
        raise AdvisorError(
            "Serving the app needs textual-serve.",
            remedy="Install it with: pip install 'framework-advisor[web]'",
        ) from error

    class GuardedServer(Server):  # type: ignore[misc, unused-ignore]
        async def _make_app(self) -> web.Application:
            app: web.Application = await super()._make_app()
            app.middlewares.append(_policy)
            if guarded:
                app.middlewares.append(_only_this_machine)
            return app

        async def on_startup(self, app: web.Application) -> None:
            """Say nothing: `serve` has said it in one line."""

    # textual-serve hands its command to a shell: every word is quoted.
    command = shlex.join([sys.executable, "-m", "advisor", *arguments])
    return GuardedServer(command, host=host, port=port, title="framework-advisor")


Handler = Callable[["web.Request"], Awaitable["web.StreamResponse"]]


async def _only_this_machine_checked(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests that name another host or come from another site's page."""
    from aiohttp import web

    host, name = _place(f"//{request.headers.get('Host', '')}")
    if not is_loopback(name):
        raise web.HTTPForbidden(text="This server answers to this machine's own names only.")
    origin = request.headers.get("Origin")
    if origin and _place(origin)[0] != host:
        raise web.HTTPForbidden(text="Pages of other sites may not use this server.")
    return await handler(request)


def _place(address: str) -> tuple[str, str]:
    """Name with port, and name alone, of an address; both empty for one that is none."""
    try:
        found = urlsplit(address)
        name = found.hostname or ""
    except ValueError:  # for instance a bracket that nothing closes
        return "", ""
    return found.netloc, name


async def _with_policy(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Add the content-security policy to every answer, and to the page that it takes the keys."""
    from aiohttp import web

    response = await handler(request)
    if isinstance(response, web.Response) and response.content_type == "text/html":
        response.text = (response.text or "").replace("</body>", f"{FOCUS}</body>")
    if not response.prepared:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _middleware(function: Any) -> Any:
    """Marks `function` as aiohttp does, without importing aiohttp at start."""
    function.__middleware_version__ = 1
    return function


_only_this_machine = _middleware(_only_this_machine_checked)
_policy = _middleware(_with_policy)
