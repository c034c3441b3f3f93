"""Headless Chromium as a user's hands and eyes: pages, keys, and the text that a terminal shows.

Driven over the DevTools protocol by the web-socket client that comes with textual-serve.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from tests.processes import family_reaped

PATIENCE = 30.0
PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
"""The browser; None where there is none."""

# The page keeps its terminal to itself. The first thing that any object calls `terminal` and that
# has lines to show is taken as it is assigned; the property then is what it would have been.
SEE_THE_TERMINAL = """
Object.defineProperty(Object.prototype, "terminal", {
    configurable: true,
    set(value) {
        Object.defineProperty(this, "terminal", {value, writable: true, configurable: true});
        if (value && value.buffer) window.shownTerminal = value;
    },
});
"""
LINES = """
(() => {
    const lines = window.shownTerminal ? window.shownTerminal.buffer.active : {length: 0};
    return Array.from({length: lines.length}, (_, at) => lines.getLine(at).translateToString(true));
})()
"""
CELLS = """
(() => {
    const box = document.querySelector(".xterm-screen").getBoundingClientRect();
    const {cols, rows} = window.shownTerminal;
    return [box.x, box.y, box.width / cols, box.height / rows];
})()
"""
ENDED = 'document.body.classList.contains("-closed")'
KEYS = {"Enter": ("Enter", 13, "\r"), "Escape": ("Escape", 27, "")}


class Page:
    """One tab.

    Attributes:
        hosts: every host that the page got an answer from.
        problems: what the page's scripts threw.
    """

    def __init__(self, socket: Any) -> None:
        self.hosts: set[str] = set()
        self.problems: list[str] = []
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.create_task(self._read())

    async def close(self) -> None:
        """Listen no more."""
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)

    async def _read(self) -> None:
        async for message in self._socket:
            said = message.json()
            match said.get("method"):
                case None:
                    self._answers.pop(said["id"]).set_result(said)
                case "Network.responseReceived":
                    url = urlsplit(said["params"]["response"]["url"])
                    if url.scheme != "data":
                        self.hosts.add(str(url.hostname))
                case "Runtime.exceptionThrown":
                    self.problems.append(str(said["params"]["exceptionDetails"]))

    async def do(self, method: str, **parameters: object) -> dict[str, Any]:
        """One command of the protocol; returns its result."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        said = await asyncio.wait_for(answer, PATIENCE)
        assert "error" not in said, (method, said)
        result: dict[str, Any] = said["result"]
        return result

    async def open(self, url: str) -> None:
        """Show a page, its terminal within sight."""
        for domain in ("Page", "Network", "Runtime"):
            await self.do(f"{domain}.enable")
        await self.do("Page.addScriptToEvaluateOnNewDocument", source=SEE_THE_TERMINAL)
        await self.do("Page.navigate", url=url)

    async def value(self, expression: str) -> Any:
        """What a script of one expression comes to in the page."""
        found = await self.do("Runtime.evaluate", expression=expression, returnByValue=True)
        return found["result"]["value"]

    async def lines(self) -> list[str]:
        """What stands in the terminal now."""
        return [str(line).rstrip() for line in await self.value(LINES)]

    async def until(self, *texts: str, gone: str = "") -> str:
        """Wait until one of the texts is shown, and `gone` is not; returns that text."""
        end = monotonic() + PATIENCE
        while True:
            lines = await self.lines()
            shown = " ".join(" ".join(lines).split())
            found = next((text for text in texts if text in shown and text != gone), None)
            if found is not None:
                return found
            assert monotonic() < end, (texts, self.problems, "\n".join(lines))
            await asyncio.sleep(0.05)

    async def until_ended(self) -> None:
        """Wait until the page says that the app has closed."""
        end = monotonic() + PATIENCE
        while not await self.value(ENDED):
            assert monotonic() < end, "the app goes on"
            await asyncio.sleep(0.05)

    async def picture(self) -> str:
        """What is painted, in base 64."""
        found = await self.do("Page.captureScreenshot")
        return str(found["data"])

    async def click(self, text: str) -> None:
        """Press and release the mouse where a text stands."""
        lines = await self.lines()
        row = next(at for at, line in enumerate(lines) if text in line)
        left, top, width, height = await self.value(CELLS)
        x = left + width * (lines[row].index(text) + 0.5)
        y = top + height * (row + 0.5)
        for kind in ("mousePressed", "mouseReleased"):
            await self.do(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
            )

    async def press(self, key: str) -> None:
        """Press and release a key: a letter, a digit, or one of KEYS."""
        code, number, text = KEYS.get(key, (f"Key{key.upper()}", ord(key.upper()[0]), key))
        code = f"Digit{key}" if key.isdigit() else code
        about = {"key": key, "code": code, "windowsVirtualKeyCode": number}
        await self.do("Input.dispatchKeyEvent", type="keyDown", text=text, **about)
        await self.do("Input.dispatchKeyEvent", type="keyUp", **about)


@asynccontextmanager
async def browsing(folder: Path, *, size: tuple[int, int]) -> AsyncIterator[Page]:
    """A tab of a browser of its own, that is gone afterwards with every process it had."""
    import aiohttp

    assert PROGRAM is not None
    browser = subprocess.Popen(
        [PROGRAM, "--headless=new", "--no-sandbox", "--remote-debugging-port=0",
         f"--user-data-dir={folder}", f"--window-size={size[0]},{size[1]}", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-breakpad",
         "--disable-dev-shm-usage",
         "--enable-unsafe-swiftshader", "--hide-scrollbars", "about:blank"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with family_reaped(browser):
        where = folder / "DevToolsActivePort"
        end = monotonic() + PATIENCE
        while not where.is_file() or len(where.read_text().split()) < 2:
            assert browser.poll() is None, "the browser ended by itself"
            assert monotonic() < end, "the browser does not answer"
            await asyncio.sleep(0.05)
        port = where.read_text().split()[0]
        async with aiohttp.ClientSession() as client:
            async with client.get(f"http://127.0.0.1:{port}/json/list") as answer:
                [tab] = [one for one in await answer.json() if one["type"] == "page"]
            async with client.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Page(socket)
                try:
                    yield page
                finally:
                    await page.close()
