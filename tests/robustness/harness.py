"""What the fault tests share: the program in a process of its own, in surroundings that fail.

Everything a test starts carries the test's temporary folder as TMPDIR, which the advisor hands down
to its children: that mark finds whatever is left running. `ADVISOR_ROUNDS=N` asks for N rounds of
each attack that hits a random moment (`make faults`: 100).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
LIGHT_WORKER = Path(__file__).with_name("light_worker.py")
ADVISOR = (sys.executable, "-m", "advisor")
QUICKEST = ("probe", "--quick", "--workload", "recurrent", "--threads", "1")
"""A probe whose workload needs no data set, so that nothing but the two workers is started."""
PATIENCE = 30.0
"""Seconds after which a condition is given up; nothing is concluded from how long it took."""


def rounds(usual: int) -> int:
    """How often an attack is repeated."""
    return int(os.environ.get("ADVISOR_ROUNDS", "") or usual)


def surroundings(folder: Path, **more: str) -> dict[str, str]:
    """An environment in which home, sessions and temporary files lie in `folder`."""
    home, scratch = folder / "home", folder / "scratch"
    home.mkdir(exist_ok=True)
    scratch.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "TMPDIR": str(scratch),
        "TERM": "xterm-256color",
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }


def sessions_in(folder: Path) -> Path:
    """Where `surroundings` lets sessions be kept."""
    return folder / "home" / ".local" / "share" / "framework-advisor" / "sessions"


def advisor(
    *words: str,
    environment: Mapping[str, str],
    typed: str = "",
    before: tuple[str, ...] = (),
    folder: Path = ROOT,
) -> subprocess.CompletedProcess[str]:
    """Run the advisor to its end; `before` are words in front of it, such as a wrapper's."""
    return subprocess.run(
        [*before, *ADVISOR, *words],
        input=typed,
        env={**environment, "PYTHONPATH": import_path(environment)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE,
        check=False,
    )


def start(
    *words: str, environment: Mapping[str, str], folder: Path = ROOT
) -> subprocess.Popen[bytes]:
    """Start the advisor with pipes, in a session of its own."""
    return subprocess.Popen(
        [*ADVISOR, *words],
        env={**environment, "PYTHONPATH": import_path(environment)},
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def import_path(environment: Mapping[str, str]) -> str:
    """The checkout is importable from every folder, behind what the test puts in front."""
    given = environment.get("PYTHONPATH", "")
    return os.pathsep.join(part for part in (given, str(ROOT)) if part)


def patched(folder: Path, code: str) -> dict[str, str]:
    """An environment whose Python runs `code` before anything else: the advisor's own process
    only, since PYTHONPATH is not handed down."""
    place = folder / "patch"
    place.mkdir(exist_ok=True)
    (place / "sitecustomize.py").write_text(code, encoding="utf-8")
    return surroundings(folder, PYTHONPATH=str(place))


def unprivileged() -> tuple[str, ...]:
    """Words before a command that make permission bits bind, also for root."""
    if os.geteuid() != 0:
        return ()
    program = shutil.which("setpriv")
    return (program, "--bounding-set=-all", "--inh-caps=-all") if program else ("false",)


def interpreter(folder: Path, name: str, *, first: str = "", worker: str = "") -> Path:
    """A program that stands in for a Python: runs `first` in the shell, then this interpreter.

    With `worker` it runs the light worker with that behaviour wherever a worker is asked for.
    """
    lines = ["#!/bin/sh", first]
    if worker:
        light = f'exec "{sys.executable}" "{LIGHT_WORKER}" "{worker}"'
        lines += ['case "$1" in', f"  */worker.py) {light} ;;", "esac"]
    lines.append(f'exec "{sys.executable}" "$@"')
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def light_workers(folder: Path) -> str:
    """Code for `patched` after which every worker is a light one, where no option names one."""
    place = folder / "probes"
    place.mkdir(exist_ok=True)
    (place / "worker.py").write_text(
        f"import os, sys\nos.execv(sys.executable, [sys.executable, {str(LIGHT_WORKER)!r}, 'works'])\n",
        encoding="utf-8",
    )
    return (
        "import pathlib, advisor.measure.worker as worker\n"
        f"worker.probes_folder = lambda: pathlib.Path({str(place)!r})\n"
    )


def light_pair(folder: Path, pytorch: str = "works", tensorflow: str = "works") -> tuple[str, ...]:
    """Options that measure with two light workers of these behaviours."""
    return (
        "--python-pytorch",
        str(interpreter(folder, "python-pytorch", worker=pytorch)),
        "--python-tensorflow",
        str(interpreter(folder, "python-tensorflow", worker=tensorflow)),
    )


def running(folder: Path) -> list[psutil.Process]:
    """Living processes that carry the mark of this test."""
    mark = f"{folder / 'scratch'}"
    found = []
    for process in psutil.process_iter(["status"]):
        try:
            carries = process.environ().get("TMPDIR") == mark
        except (psutil.Error, OSError):
            continue
        if carries and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def workers(folder: Path) -> list[psutil.Process]:
    """Those of them that are workers."""
    found = []
    for process in running(folder):
        try:
            if str(LIGHT_WORKER) in process.cmdline():
                found.append(process)
        except psutil.Error:
            continue
    return found


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Wait for a condition; False when it does not come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def nothing_runs(folder: Path) -> bool:
    """Whether everything the test started is gone, or goes within a few seconds."""
    return until(lambda: not running(folder), 15.0)


def told(words: str) -> str:
    """`words` for people: the test fails on a traceback or on a fault of the program."""
    assert "Traceback" not in words, words
    assert "a fault of this program" not in words, words
    return words
