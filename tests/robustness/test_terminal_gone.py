"""The terminal is closed, or the program is told to end: nothing runs on, the session is kept, and
a terminal that is still there is given back as it was."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from advisor.interview.history import history
from advisor.interview.lock import is_locked
from advisor.interview.session_file import probe_beside
from advisor.measure.record import RunOutcome, load_record
from tests.robustness.harness import (
    ADVISOR,
    QUICKEST,
    light_pair,
    light_workers,
    nothing_runs,
    patched,
    rounds,
    sessions_in,
    surroundings,
    told,
    workers,
)
from tests.robustness.harness import until as holds
from tests.robustness.terminal import RESTORED, Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP")
ENDS = ("SIGTERM", "closed elsewhere", "closed", "SIGINT", "SIGHUP")


def end(terminal: Terminal, how: str) -> int:
    """Close the terminal, or send that signal; returns the exit status."""
    if how.startswith("closed"):
        terminal.close()
    else:
        os.kill(terminal.process.pid, getattr(signal, how))
    return terminal.finish()


def opened(folder: Path, *words: str, how: str = "", patch: str = "") -> Terminal:
    """The advisor in a terminal; `closed elsewhere` is one whose closing sends no signal."""
    environment = patched(folder, patch) if patch else surroundings(folder)
    return Terminal((*ADVISOR, *words), environment, owned=how != "closed elsewhere")


@pytest.mark.parametrize("how", ENDS[: rounds(2)])
def test_the_app_in_the_middle_of_a_probe(tmp_path: Path, how: str) -> None:
    """Workers gone, session and probe kept, and the terminal as before where there is one."""
    terminal = opened(tmp_path, how=how, patch=light_workers(tmp_path))
    terminal.wait_for(b"Rule base")
    terminal.press(b"\r")
    terminal.wait_for(b"( ) 1")
    terminal.press(b"1")
    assert holds(lambda: answers(tmp_path) == 1), bytes(terminal.shown[-3000:])
    terminal.press(b"m")
    terminal.wait_for(b"thorough")
    terminal.press(b"s")
    assert holds(lambda: len(workers(tmp_path)) == 2), bytes(terminal.shown[-3000:])
    status = end(terminal, how)
    assert nothing_runs(tmp_path)
    (kept,) = history(sessions_in(tmp_path))
    assert kept.answered == 1
    assert not is_locked(kept.path)
    assert load_record(probe_beside(kept.path)).outcome is RunOutcome.CANCELLED
    if how in SIGNALS:
        assert status == 128 + getattr(signal, how)
        assert [one for one in RESTORED if one not in terminal.shown] == []
        assert b"Go on with: advisor --resume" in terminal.shown
    told(bytes(terminal.shown).decode("utf-8", "replace"))


def answers(folder: Path) -> int:
    """How many answers are on the disk."""
    return sum(one.answered for one in history(sessions_in(folder)))


@pytest.mark.parametrize("how", ["closed", "SIGTERM"][: rounds(1)])
def test_plain_mode_in_the_middle_of_a_probe(tmp_path: Path, how: str) -> None:
    """The probe is stopped and kept with the session, and the sitting ends."""
    terminal = opened(tmp_path, "--plain", patch=light_workers(tmp_path))
    terminal.wait_for(b"> ")
    terminal.press(b"1\n")
    assert holds(lambda: answers(tmp_path) == 1)
    terminal.press(b"p quick\n")
    assert holds(lambda: len(workers(tmp_path)) == 2), bytes(terminal.shown[-3000:])
    end(terminal, how)
    assert nothing_runs(tmp_path)
    (kept,) = history(sessions_in(tmp_path))
    assert kept.answered == 1
    assert load_record(probe_beside(kept.path)).outcome is RunOutcome.CANCELLED
    told(bytes(terminal.shown).decode("utf-8", "replace"))


@pytest.mark.parametrize("how", ["SIGTERM", "closed"][: rounds(1)])
def test_the_probe_command(tmp_path: Path, how: str) -> None:
    """What was measured is written where it was asked for."""
    output = tmp_path / "probe.json"
    terminal = opened(tmp_path, *QUICKEST, *light_pair(tmp_path), "-o", str(output))
    assert holds(lambda: len(workers(tmp_path)) == 2), bytes(terminal.shown[-3000:])
    end(terminal, how)
    assert nothing_runs(tmp_path)
    assert load_record(output).outcome is RunOutcome.CANCELLED
    assert not list((tmp_path / "scratch").glob("advisor-*"))
    told(bytes(terminal.shown).decode("utf-8", "replace"))
