"""The served app is for this machine alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from advisor.errors import InputError
from advisor.web import POLICY, is_loopback, make_server, serve

pytest.importorskip("textual_serve")
aiohttp_test = pytest.importorskip("aiohttp.test_utils")


@pytest.fixture
async def client() -> AsyncIterator[object]:
    """A client of the server's own application, without starting an app."""
    server = make_server("127.0.0.1", 8000)
    async with aiohttp_test.TestClient(aiohttp_test.TestServer(await server._make_app())) as one:
        yield one


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", "::"])  # noqa: S104
def test_other_addresses_are_refused_by_default(host: str) -> None:
    """Whoever could reach the port could use the app as its owner."""
    with pytest.raises(InputError, match="--allow-remote"):
        serve(host=host, port=8000)


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("10.0.0.1", False), ("", False)],
)
def test_loopback_is_told_apart(host: str, *, own: bool) -> None:
    """Names and addresses of this machine alone."""
    assert is_loopback(host) is own


def test_a_port_that_is_none_is_refused() -> None:
    """The message names the option."""
    with pytest.raises(InputError, match="--port"):
        serve(host="127.0.0.1", port=99999)


async def test_the_page_may_fetch_nothing_from_elsewhere(client: object) -> None:
    """The policy stands on every answer; the page's template names a web font, which it stops."""
    answer = await client.get("/")  # type: ignore[attr-defined]
    assert answer.status == 200
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "default-src 'none'" in POLICY


async def test_another_host_name_is_refused(client: object) -> None:
    """A name of another site that resolves to this machine gets nothing."""
    answer = await client.get("/", headers={"Host": "evil.example"})  # type: ignore[attr-defined]
    assert answer.status == 403


async def test_a_page_of_another_site_cannot_open_the_app(client: object) -> None:
    """The web socket looks at where the page comes from."""
    answer = await client.get("/ws", headers={"Origin": "http://evil.example"})  # type: ignore[attr-defined]
    assert answer.status == 403


@pytest.mark.parametrize("name", ["[", "[::1", "localhost:", "\u0131", "127.0.0.1@evil.example"])
async def test_a_name_that_is_none_is_refused(client: object, name: str) -> None:
    """Headers that are no address are no fault of the server."""
    hosts = {"Host": name}
    answer = await client.get("/", headers=hosts)  # type: ignore[attr-defined]
    assert answer.status == (200 if name == "localhost:" else 403)
    origins = {"Origin": f"http://{name}"}
    answer = await client.get("/ws", headers=origins)  # type: ignore[attr-defined]
    assert answer.status == 403
