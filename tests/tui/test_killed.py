"""The app in a real terminal, killed without warning."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.interview.history import history
from advisor.interview.session_file import read_session
from tests.processes import reaped
from tests.robustness.terminal import Terminal
from tests.tui.driving import running, until_shown

PATIENCE = 60.0
TERMINAL = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
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


async def test_kill_nine_of_the_app_then_resume_loses_nothing(tmp_path: Path) -> None:
    """Every answer whose next question was on the screen is there again."""
    command = (sys.executable, "-c", APP, str(tmp_path))
    with (
        closing(Terminal(command, TERMINAL, owned=False)) as terminal,
        reaped(terminal.process) as process,
    ):

        def press_until(key: bytes, condition: Callable[[], bool]) -> None:
            end = time.monotonic() + PATIENCE
            terminal.press(key)
            while not condition():
                assert process.poll() is None, terminal.shown[-2000:]
                assert time.monotonic() < end, terminal.shown[-2000:]
                time.sleep(0.02)

        press_until(b"", lambda: b"Rule base" in terminal.shown)
        press_until(b"\r", lambda: b"What about skills?" in terminal.shown)
        press_until(b"2", lambda: said(tmp_path) == {"skills": ["pytorch"]})
        press_until(b"", lambda: re.search(rb"What about (?!skills)", terminal.shown) is not None)
        press_until(b"2", lambda: len(said(tmp_path)) == 2)  # which question it is hangs on speed
        process.kill()
        process.wait()
    answers = said(tmp_path)
    assert len(history(tmp_path)) == 1
    async with running(tmp_path, resume=True) as (app, pilot):
        await until_shown(pilot, "What about")
        assert {key: [*value] for key, value in app.desk.session.answers.chosen.items()} == answers
    assert len(history(tmp_path)) == 1
