"""A framework that is missing or broken costs its own figures and nothing else, with a remedy.

The worker is the real one; what it imports is a package of ours that breaks as real ones do.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.measure.record import ProbeRecord, ProcessOutcome, load_record
from advisor.model.candidate import CANDIDATES, Candidate
from advisor.model.measurement import ComparisonStatus
from tests.robustness.harness import (
    QUICKEST,
    advisor,
    interpreter,
    light_pair,
    nothing_runs,
    patched,
    rounds,
    surroundings,
    told,
)

GLIBC = "/lib/libc.so.6: version `GLIBC_2.38' not found (required by libtorch_cpu.so)"
MODULES = {Candidate.PYTORCH: "torch", Candidate.TENSORFLOW: "tensorflow"}
RUBBISH = r"""
import os
for _ in range(40):
    os.write(1, b"\0rubbish\xff" * 10_000)
    os.write(2, b"\x1b[2Jnoise" * 10_000)
raise ImportError("and then it fails")
"""
HUNGRY = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
kept = bytearray(2 << 30)
"""
BREAKS = {
    "is missing": (
        "raise ModuleNotFoundError(f\"No module named '{__name__}'\")",
        ProcessOutcome.UNSUPPORTED,
        "framework-advisor[probes]",
    ),
    "needs a newer C library": (
        f"raise ImportError({GLIBC!r})",
        ProcessOutcome.UNSUPPORTED,
        "newer system libraries",
    ),
    "needs a processor that is not here": (
        "import os, signal; os.kill(os.getpid(), signal.SIGILL)",
        ProcessOutcome.CRASHED,
        "older processors",
    ),
    "ends the process": ("import os; os._exit(0)", ProcessOutcome.CRASHED, "says there"),
    "prints megabytes": (
        RUBBISH,
        ProcessOutcome.UNSUPPORTED,
        "says there",
    ),
    "takes all memory": (
        HUNGRY,
        ProcessOutcome.CRASHED,
        "more memory",
    ),
    "is killed for its memory": (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        ProcessOutcome.KILLED,
        "more memory",
    ),
}


def broken(folder: Path, module: str, code: str) -> Path:
    """An interpreter in which importing `module` runs `code`."""
    package = folder / "broken" / module
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(code + "\n", encoding="utf-8")
    if module == "tensorflow":  # the worker imports Keras first
        (package.parent / "keras.py").write_text("__version__ = '3.0'\n", encoding="utf-8")
    first = f'export PYTHONPATH="{package.parent}"'
    return interpreter(folder, f"python-broken-{module}", first=first)


def measured(
    folder: Path, candidate: Candidate, code: str, patch: str = ""
) -> tuple[ProbeRecord, str]:
    """The record of a quick probe in which that candidate is broken, and what was said."""
    options = [*light_pair(folder)]
    place = options.index(f"--python-{candidate.value}") + 1
    options[place] = str(broken(folder, MODULES[candidate], code))
    environment = patched(folder, patch) if patch else surroundings(folder)
    done = advisor(*QUICKEST, *options, "-o", str(folder / "p.json"), environment=environment)
    assert done.returncode == 0, done.stderr
    assert nothing_runs(folder)
    return load_record(folder / "p.json"), told(done.stdout + done.stderr)


def check(record: ProbeRecord, candidate: Candidate, outcome: ProcessOutcome) -> None:
    """Its process is booked with that outcome; the other side has its own figures."""
    (process,) = [one for one in record.processes if one.outcome is not ProcessOutcome.CLOSED]
    assert (process.candidate, process.outcome) == (candidate, outcome)
    other = next(one for one in CANDIDATES if one is not candidate)
    for one in record.comparisons:
        assert one.status is ComparisonStatus.FAILED
        assert one.side(other).seconds
        assert one.side(candidate).seconds is None
    frameworks = {one.candidate: one for one in record.frameworks}
    assert frameworks[other].usable
    assert not frameworks[candidate].usable
    assert frameworks[candidate].reason


@pytest.mark.parametrize("how", list(BREAKS)[: rounds(3)])
def test_one_that_does_not_import_is_recorded(tmp_path: Path, how: str) -> None:
    """However the import fails: a recorded outcome, the other side measured, the remedy named."""
    code, outcome, remedy = BREAKS[how]
    candidate = CANDIDATES[len(how) % 2]
    record, said = measured(tmp_path, candidate, code)
    check(record, candidate, outcome)
    assert remedy in said


def test_one_that_hangs_leaves_time_for_the_other(tmp_path: Path) -> None:
    """An import without end is given up early enough for the other side to be measured."""
    shorter = "from advisor.measure import crew; crew.LONGEST_START_SECONDS = 1.5"
    record, said = measured(
        tmp_path, Candidate.PYTORCH, "import time; time.sleep(1000)", patch=shorter
    )
    check(record, Candidate.PYTORCH, ProcessOutcome.HUNG)
    assert "--thorough waits longer" in said


def test_without_either_the_probe_says_what_to_do(tmp_path: Path) -> None:
    """Both missing: status 3, both reasons, the remedy, and advice without a probe goes on."""
    missing = BREAKS["is missing"][0]
    pythons = {one: broken(tmp_path / one.value, MODULES[one], missing) for one in made(tmp_path)}
    options = [word for one in CANDIDATES for word in (f"--python-{one.value}", str(pythons[one]))]
    done = advisor(*QUICKEST, *options, environment=surroundings(tmp_path))
    assert done.returncode == 3
    for one in CANDIDATES:
        assert f"{one.label} cannot be imported: No module named '{MODULES[one]}'" in done.stderr
    assert "pip install 'framework-advisor[probes]'" in told(done.stderr)
    assert nothing_runs(tmp_path)


def made(folder: Path) -> tuple[Candidate, ...]:
    """A folder for each candidate."""
    for one in CANDIDATES:
        (folder / one.value).mkdir()
    return CANDIDATES


def test_the_doctor_names_the_remedy(tmp_path: Path) -> None:
    """What does not start is not usable, with the reason and the remedy on its line."""
    python = broken(tmp_path, "torch", BREAKS["needs a newer C library"][0])
    options = ("--python-pytorch", str(python), "--python-tensorflow", str(fake(tmp_path)))
    done = advisor("doctor", *options, environment=surroundings(tmp_path))
    assert done.returncode == 0
    line = next(one for one in told(done.stdout).splitlines() if "GLIBC_2.38" in one)
    assert "not usable" in line
    assert "newer container" in line


def fake(folder: Path) -> Path:
    """An interpreter with a light worker."""
    return interpreter(folder, "python-light", worker="works")


NONSENSE = {"a number": "1", "half of it": '{"build": ""}', "depth": "[" * 50_000}


@pytest.mark.parametrize("kind", list(NONSENSE)[: rounds(1)])
def test_an_interpreter_that_answers_nonsense_is_named(tmp_path: Path, kind: str) -> None:
    """What is no Python at all gives a reason, not a fault."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\necho '{NONSENSE[kind]}'\n", encoding="utf-8")
    program.chmod(0o755)
    options = ("--python-pytorch", str(program), "--python-tensorflow", str(program))
    done = advisor(*QUICKEST, *options, environment=surroundings(tmp_path))
    assert done.returncode == 3
    assert "Neither framework could be measured" in told(done.stderr)
