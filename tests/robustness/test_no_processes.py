"""The system starts no more processes or threads: every way to measure says so in words."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.robustness.harness import (
    QUICKEST,
    ROOT,
    advisor,
    nothing_runs,
    patched,
    rounds,
    told,
)
from tests.tui.driving import running, until, until_shown

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="fork and exec")
ANSWERS = str(ROOT / "examples" / "answers.yaml")
REFUSED = """
import errno, os, subprocess
def refused(*_):
    raise {error}
subprocess._fork_exec = refused
subprocess._USE_POSIX_SPAWN = False
"""
NO_MORE = REFUSED.format(error="BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))")
FORBIDDEN = REFUSED.format(error="PermissionError(errno.EPERM, os.strerror(errno.EPERM))")
NO_THREADS = (
    "import threading\n"
    'def no_thread(*_, **__): raise RuntimeError("can\'t start new thread")\n'
    "threading._start_new_thread = no_thread\n"
)
WAYS = {
    "processes": (NO_MORE, "Resource temporarily unavailable"),
    "by policy": (FORBIDDEN, "Operation not permitted"),
}


@pytest.mark.parametrize("way", list(WAYS)[: rounds(1)])
def test_a_probe_says_why_and_what_to_do(tmp_path: Path, way: str) -> None:
    """Status 3 with the system's reason, for both frameworks, and a remedy."""
    code, reason = WAYS[way]
    done = advisor(*QUICKEST, environment=patched(tmp_path, code))
    assert done.returncode == 3
    assert reason in told(done.stderr)
    assert "Neither framework could be measured." in done.stderr
    assert ("ulimit -u" in done.stderr) == (way == "processes")
    assert nothing_runs(tmp_path)


@pytest.mark.parametrize("words", [(*QUICKEST,), ("doctor",)][: rounds(1)])
def test_without_threads_one_sentence_says_so(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Status 2, and how to raise the limit."""
    done = advisor(*words, environment=patched(tmp_path, NO_THREADS))
    assert done.returncode == 2
    assert "no more threads" in told(done.stderr)
    assert "ulimit -u" in done.stderr
    assert nothing_runs(tmp_path)


def test_a_report_with_a_probe_says_the_same(tmp_path: Path) -> None:
    """`recommend --run-probe`: the probe was asked for and is not silently left out."""
    words = ("recommend", "--answers", ANSWERS, "--run-probe", "--quick")
    done = advisor(*words, environment=patched(tmp_path, NO_MORE))
    assert done.returncode == 3
    assert "Resource temporarily unavailable" in told(done.stderr)


def test_the_doctor_says_what_it_could_not_look_at(tmp_path: Path) -> None:
    """The machine is described, and why the rest is not."""
    done = advisor("doctor", environment=patched(tmp_path, NO_MORE))
    assert done.returncode == 0, told(done.stderr)
    assert "Machine" in done.stdout
    assert "Resource temporarily unavailable" in done.stdout


def test_deployment_paths_say_that_nothing_can_be_tried(tmp_path: Path) -> None:
    """Not one path, with the reason."""
    done = advisor("probe", "--deploy", environment=patched(tmp_path, NO_MORE))
    assert done.returncode == 3
    assert "Resource temporarily unavailable" in told(done.stderr)


def test_plain_mode_goes_on_without_a_probe(tmp_path: Path) -> None:
    """The reason is said, and the next question asked."""
    typed = "1\np quick\n1\nq\n"
    done = advisor("--plain", environment=patched(tmp_path, NO_MORE), typed=typed)
    assert done.returncode == 0, told(done.stderr)
    assert "Neither framework could be measured." in told(done.stdout)
    assert "Your answers are kept" in done.stdout


async def test_the_app_goes_on_without_a_probe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The probe screen shows the reason; the questions are still there."""

    def refused(*_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("subprocess._fork_exec", refused)
    async with running(tmp_path / "s", size=(110, 60)) as (app, pilot):
        await pilot.press("enter", "2", "m", "s")
        await until(pilot, lambda: app.probing is not None and not app.probing.running, "the end")
        await until_shown(pilot, "ulimit -u")
        await pilot.press("escape")
        await until_shown(pilot, "What about")
