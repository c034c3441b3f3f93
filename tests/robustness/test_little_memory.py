"""Little memory: the interface works in 400 MB, and says so when it has too little."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from advisor.interview.history import history
from advisor.measure.record import load_record
from tests.robustness.harness import (
    ADVISOR,
    QUICKEST,
    ROOT,
    advisor,
    interpreter,
    nothing_runs,
    patched,
    sessions_in,
    surroundings,
    told,
)
from tests.robustness.terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS")
ANSWERS = str(ROOT / "examples" / "answers.yaml")


def within(megabytes: int) -> tuple[str, ...]:
    """Words before a command that may use so much address space."""
    return ("sh", "-c", f'ulimit -v {megabytes * 1024}; exec "$@"', "sh")


def test_400_megabytes_are_enough_for_advice(tmp_path: Path) -> None:
    """A report, and a sitting."""
    environment = surroundings(tmp_path)
    words = ("recommend", "--answers", ANSWERS, "--format", "json")
    made = advisor(*words, environment=environment, before=within(400))
    assert made.returncode == 0, told(made.stderr)
    assert json.loads(made.stdout)["verdict"]
    sat = advisor("--plain", environment=environment, before=within(400), typed="1\nq\n")
    assert sat.returncode == 0, told(sat.stderr)
    assert "Your answers are kept" in sat.stdout


def test_400_megabytes_are_enough_for_the_app(tmp_path: Path) -> None:
    """It opens, asks, and leaves."""
    terminal = Terminal((*within(400), *ADVISOR), surroundings(tmp_path))
    terminal.wait_for(b"Rule base")
    terminal.press(b"\r")
    terminal.wait_for(b"( ) 1")
    terminal.press(b"\x11")
    assert terminal.finish() == 0, bytes(terminal.shown[-3000:])


def test_too_little_is_said_and_what_was_answered_is_kept(tmp_path: Path) -> None:
    """One sentence, status 2, no traceback, and the answers given until then."""
    code = (
        "import advisor.desk as desk\n"
        "real, turns = desk.Desk.decide, []\n"
        "def decide(self, *words, **more):\n"
        "    turns.append(None)\n"
        "    if len(turns) > 3: raise MemoryError\n"
        "    return real(self, *words, **more)\n"
        "desk.Desk.decide = decide\n"
    )
    done = advisor("--plain", environment=patched(tmp_path, code), typed="1\n1\n1\n1\n1\n")
    assert done.returncode == 2
    assert "not enough memory" in told(done.stderr)
    (kept,) = history(sessions_in(tmp_path))
    assert kept.answered == 3


def test_workers_within_a_limit_are_recorded(tmp_path: Path) -> None:
    """The real worker program where even numpy does not fit: its last words are the reason."""
    tight = interpreter(
        tmp_path,
        "python-tight",
        first='case "$1" in */worker.py) ulimit -v 60000;; esac',
    )
    light = interpreter(tmp_path, "python-light", worker="works")
    options = ("--python-pytorch", str(tight), "--python-tensorflow", str(light))
    output = tmp_path / "p.json"
    done = advisor(*QUICKEST, *options, "-o", str(output), environment=surroundings(tmp_path))
    assert done.returncode == 0, told(done.stderr)
    frameworks = {one.candidate.value: one for one in load_record(output).frameworks}
    assert not frameworks["pytorch"].usable
    assert frameworks["pytorch"].reason
    assert frameworks["tensorflow"].usable
    assert nothing_runs(tmp_path)
