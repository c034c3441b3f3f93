"""kill -9 at random moments: what was acknowledged is kept, what is read is whole, nothing runs on.

A few rounds by default; ADVISOR_ROUNDS sets how many (`make faults`: 100).
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from advisor.interview.history import history
from advisor.interview.lock import is_locked
from advisor.interview.session_file import read_session
from advisor.measure.record import load_record
from advisor.model.candidate import CANDIDATES
from tests.robustness.harness import (
    PATIENCE,
    QUICKEST,
    advisor,
    interpreter,
    light_pair,
    nothing_runs,
    rounds,
    running,
    sessions_in,
    start,
    surroundings,
    told,
    until,
    workers,
)
from tests.robustness.terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
SEED = 20261128

APP = """
import sys
from datetime import date
from pathlib import Path
from advisor.desk import Desk
from advisor.tui.app import AdvisorApp
from tests.interview.small import QUESTIONS, small_rule_base

base = small_rule_base(tuple(one for one in QUESTIONS if one.id in ("skills", "experience", "python")))
AdvisorApp(Desk(folder=Path(sys.argv[1]), as_of=date(2026, 11, 28), loader=lambda _: base)).run()
"""


def answered(path: Path) -> list[str]:
    """The questions answered in a session file, in order."""
    return [one.subject for one in read_session(path)[1] if one.kind == "answer"]


def read_aside(process: subprocess.Popen[bytes]) -> tuple[bytearray, threading.Thread]:
    """What a program prints, collected while it runs."""
    shown = bytearray()

    def read() -> None:
        assert process.stdout is not None
        while data := os.read(process.stdout.fileno(), 65536):
            shown.extend(data)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return shown, thread


@pytest.mark.parametrize("turn", range(rounds(1)))
def test_plain_mode_keeps_what_it_acknowledged(tmp_path: Path, turn: int) -> None:
    """A prompt after an answer is the promise that the answer is kept; the next sitting has it."""
    draw = random.Random(SEED + turn)
    process = start("--plain", environment=surroundings(tmp_path))
    assert process.stdin is not None
    shown, reader = read_aside(process)
    assert until(lambda: b"> " in shown)
    process.stdin.write(b"1\n" * 60)
    process.stdin.flush()
    time.sleep(draw.uniform(0.0, 1.5))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    reader.join()
    acknowledged = max(0, len(re.findall(rb"^> $", bytes(shown), re.MULTILINE)) - 1)
    kept = history(sessions_in(tmp_path))
    assert len(kept) == 1 or not acknowledged
    for one in kept:
        assert not is_locked(one.path)
        assert one.answered >= acknowledged - skipped(shown)
    if turn == 0 and kept:
        again = advisor("--plain", "--resume", environment=surroundings(tmp_path), typed="v\nq\n")
        assert "Verdict:" in told(again.stdout)
        assert history(sessions_in(tmp_path))[0].answered == kept[0].answered
    assert nothing_runs(tmp_path)


def skipped(shown: bytes | bytearray) -> int:
    """Lines that were no answer to their question, and were told so."""
    return bytes(shown).count(b"is no option here") + bytes(shown).count(b"There is no command")


@pytest.mark.parametrize("turn", range(rounds(1)))
def test_the_app_keeps_what_it_showed(tmp_path: Path, turn: int) -> None:
    """Every question that was left for the next one on the screen is answered on the disk."""
    draw = random.Random(SEED + turn)
    sessions = tmp_path / "sessions"
    terminal = Terminal(
        (sys.executable, "-c", APP, str(sessions)), surroundings(tmp_path), owned=True
    )
    terminal.wait_for(b"Rule base")
    terminal.press(b"\r")
    terminal.wait_for(b"What about")
    for _ in range(3):
        time.sleep(draw.uniform(0.0, 0.4))
        terminal.press(b"2")
    time.sleep(draw.uniform(0.0, 0.5))
    terminal.process.kill()
    for process in running(tmp_path):
        process.kill()
    terminal.finish()
    asked = list(dict.fromkeys(re.findall(rb"What about (\w+)\?", bytes(terminal.shown))))
    left = {name.decode() for name in asked[:-1]}
    files = list(sessions.glob("*.session.jsonl"))
    assert len(files) <= 1
    assert left <= {name for path in files for name in answered(path)}
    assert not [path for path in files if is_locked(path)]
    assert nothing_runs(tmp_path)


@pytest.mark.parametrize("turn", range(rounds(2)))
def test_a_killed_probe_leaves_nothing_running(tmp_path: Path, turn: int) -> None:
    """No worker outlives it, and a good probe file is not half overwritten."""
    draw = random.Random(SEED + turn)
    output = tmp_path / "probe.json"
    output.write_text("the good one", encoding="utf-8")
    process = start(
        *QUICKEST, *light_pair(tmp_path), "-o", str(output), environment=surroundings(tmp_path)
    )
    assert until(lambda: workers(tmp_path) or process.poll() is not None)
    time.sleep(draw.uniform(0.0, 1.0))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert nothing_runs(tmp_path)
    if output.read_text(encoding="utf-8") != "the good one":
        load_record(output)


@pytest.mark.parametrize("turn", range(rounds(1)))
def test_a_killed_worker_is_recorded_and_the_other_goes_on(tmp_path: Path, turn: int) -> None:
    """Whichever worker falls, whenever: the run ends by itself, and its record says what fell."""
    draw = random.Random(SEED + turn)
    output = tmp_path / "probe.json"
    process = start(
        *QUICKEST, *light_pair(tmp_path), "-o", str(output), environment=surroundings(tmp_path)
    )
    assert until(lambda: len(workers(tmp_path)) == 2)
    time.sleep(draw.uniform(0.0, 0.6))
    victim = draw.choice(workers(tmp_path) or [psutil.Process(process.pid)])
    if victim.pid == process.pid:
        pytest.skip("the run was between two generations")
    victim.kill()
    said, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, told(errors.decode())
    told((said + errors).decode())
    record = load_record(output)
    for framework in record.frameworks:  # one that fell before it ever started is not tried again
        assert framework.usable or "SIGKILL" in framework.reason
    for one in record.processes:
        assert one.outcome.value in {"closed", "killed"}
        assert (one.outcome.value == "killed") == ("SIGKILL" in one.reason)
    assert nothing_runs(tmp_path)


def test_a_worker_that_always_falls_leaves_the_other_its_figures(tmp_path: Path) -> None:
    """Killed at its first block in every generation: failed with the reason, the other measured."""
    output = tmp_path / "probe.json"
    done = advisor(
        *QUICKEST,
        *light_pair(tmp_path, pytorch="SIGKILL@time_block"),
        "-o",
        str(output),
        environment=surroundings(tmp_path),
    )
    assert done.returncode == 0
    record = load_record(output)
    for one in record.comparisons:
        assert "lack of memory" in one.reason
        assert one.side(CANDIDATES[1]).seconds
    assert {"killed"} < {one.outcome.value for one in record.processes}


@pytest.mark.parametrize("turn", range(rounds(1)))
def test_a_killed_export_leaves_nothing_running(tmp_path: Path, turn: int) -> None:
    """The converter of a deployment path goes with the program that tries it."""
    hanging = tmp_path / "shadow" / "torch"
    hanging.mkdir(parents=True)
    (hanging / "__init__.py").write_text("import time; time.sleep(1000)\n", encoding="utf-8")
    first = (
        f'case "$2" in *distributions*) echo \'{{"torch": "99", "onnx": "99"}}\'; exit;; esac\n'
        f'case "$1" in */export.py) export PYTHONPATH="{hanging.parent}";; esac'
    )
    python = interpreter(tmp_path, "python-export", first=first)
    options = ("--python-pytorch", str(python), "--python-tensorflow", str(python))
    process = start(
        "probe", "--deploy", "--target", "server", *options, environment=surroundings(tmp_path)
    )

    def exporting() -> bool:
        return any("export.py" in " ".join(words(one)) for one in running(tmp_path))

    assert until(lambda: exporting() or process.poll() is not None)
    assert process.poll() is None, process.communicate()
    time.sleep(random.Random(SEED + turn).uniform(0.0, 0.5))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert nothing_runs(tmp_path)


def words(process: psutil.Process) -> list[str]:
    """Its command line; empty when it is gone."""
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []
