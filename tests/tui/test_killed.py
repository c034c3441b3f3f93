"""The app in a real terminal, killed without warning."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.interview.history import history
from advisor.interview.session_file import read_session
from tests.processes import reaped
from tests.tui.driving import running, until_shown

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
APP = """
import sys
from datetime import date
from pathlib import Path
from advisor.tui.app import AdvisorApp
from advisor.desk import Desk
from tests.interview.small import small_rule_base

folder = Path(sys.argv[1])
AdvisorApp(Desk(folder=folder, as_of=date(2026, 11, 28), loader=lambda _: small_rule_base())).run()
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


def said(folder: Path) -> dict[str, object]:
    """The answers on disk, without disturbing the app that writes them."""
    for file in folder.glob("*.session.jsonl"):
        with suppress(InputError):  # created, and its first line not written yet: no answers
            return {one.subject: one.value for one in read_session(file)[1] if one.kind == "answer"}
    return {}


@contextmanager
def app_in_a_terminal(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, bytearray]]:
    """The app's process, the terminal to type into, and everything it has drawn so far."""
    import pty

    master, terminal = pty.openpty()
    shown = bytearray()

    def drain() -> None:
        with suppress(OSError):  # how a pseudo-terminal says that nobody is left at its other end
            while data := os.read(master, 65536):
                shown.extend(data)

    app = subprocess.Popen(
        [sys.executable, "-c", APP, str(folder)],
        cwd=ROOT,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"},
    )
    os.close(terminal)
    reader = threading.Thread(target=drain, daemon=True)
    reader.start()
    try:
        with reaped(app) as process:
            yield process, master, shown
    finally:
        reader.join()  # the app is gone: reading ends
        os.close(master)


async def test_kill_nine_of_the_app_then_resume_loses_nothing(tmp_path: Path) -> None:
    """Every answer whose next question was on the screen is there again."""
    with app_in_a_terminal(tmp_path) as (process, keyboard, shown):

        def press_until(key: bytes, condition: Callable[[], bool]) -> None:
            end = time.monotonic() + PATIENCE
            os.write(keyboard, key)
            while not condition():
                assert process.poll() is None, shown[-2000:]
                assert time.monotonic() < end, shown[-2000:]
                time.sleep(0.02)

        press_until(b"", lambda: b"Rule base" in shown)
        press_until(b"\r", lambda: b"What about skills?" in shown)
        press_until(b"2", lambda: said(tmp_path) == {"skills": ["pytorch"]})
        press_until(b"", lambda: re.search(rb"What about (?!skills)", shown) is not None)
        press_until(b"2", lambda: len(said(tmp_path)) == 2)  # which question it is hangs on speed
        process.kill()
        process.wait()
    answers = said(tmp_path)
    assert len(history(tmp_path)) == 1
    async with running(tmp_path, resume=True) as (app, pilot):
        await until_shown(pilot, "What about")
        assert {key: [*value] for key, value in app.desk.session.answers.chosen.items()} == answers
    assert len(history(tmp_path)) == 1
