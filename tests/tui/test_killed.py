"""The app in a real terminal, killed without warning."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from advisor.interview.journal import history, read_session
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
    files = sorted(folder.glob("*.session.jsonl"))
    if not files:
        return {}
    return {one.subject: one.value for one in read_session(files[0])[1] if one.kind == "answer"}


async def test_kill_nine_of_the_app_then_resume_loses_nothing(tmp_path: Path) -> None:
    """Every answer whose next question was on the screen is there again."""
    import pty
    import threading

    master, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", APP, str(tmp_path)],
        cwd=ROOT,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"},
    )
    os.close(terminal)
    shown = bytearray()

    def drain() -> None:
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:
                return
            if not data:
                return
            shown.extend(data)

    reader = threading.Thread(target=drain, daemon=True)
    reader.start()

    def press_until(key: bytes, condition: object) -> None:
        end = time.monotonic() + PATIENCE
        os.write(master, key)
        while not condition():  # type: ignore[operator]
            assert process.poll() is None, shown[-2000:]
            assert time.monotonic() < end, shown[-2000:]
            time.sleep(0.02)

    press_until(b"", lambda: b"Rule base" in shown)
    press_until(b"\r", lambda: b"What about skills?" in shown)
    press_until(b"2", lambda: "skills" in said(tmp_path))
    press_until(b"", lambda: b"What about targets?" in shown)
    press_until(b"3", lambda: said(tmp_path).get("targets") == ["phone"])
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    reader.join(timeout=5)
    os.close(master)
    assert len(history(tmp_path)) == 1
    async with running(tmp_path, resume=True) as (app, pilot):
        await until_shown(pilot, "What about")
        assert app.desk.session.chosen("skills") == {"pytorch"}
        assert app.desk.session.chosen("targets") == {"phone"}
    assert len(history(tmp_path)) == 1
