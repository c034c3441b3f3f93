"""One attempt: convert in one process, load and compare in another, both with limits."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.deploy.declarations import Declaration
from advisor.deploy.requirements import Missing
from advisor.errors import StorageError
from advisor.measure.process import (
    Child,
    ChildEndedError,
    ChildNotStartedError,
    ChildSilentError,
    LineTooLongError,
    child_environment,
    describe_exit,
)
from advisor.measure.protocol import WorkerFailure
from advisor.measure.record import AttemptLatency, AttemptOutcome, AttemptRecord
from advisor.measure.scratch import scratch_folder
from advisor.measure.wire import Reader
from advisor.resources import probes_folder
from advisor.text import one_line

if TYPE_CHECKING:
    from advisor.measure.protocol import Array

POLL_SECONDS = 0.25
LOG_TAIL_BYTES = 4096
MEGABYTE = 1024 * 1024
MOST_FACTS = 40
LONGEST_WORDS = 2000
"""Characters of a fact; a longer one is cut."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is converted."""

    workload: str
    size: str
    data: Mapping[str, Array]
    """Data sets by name, for instance `digits/features`."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What runs the two steps."""

    python: Path | str = sys.executable
    own_python: Path | None = None
    own_node_modules: Path | None = None
    program: Path | None = None
    """The export program; the shipped one by default."""


class _StepError(Exception):
    """A step did not come to its end; the message says why, `log` holds its last words."""

    def __init__(self, reason: str, log: str) -> None:
        super().__init__(reason)
        self.log = log


async def attempt(declaration: Declaration, source: Source, tools: Tools) -> AttemptRecord:
    """Try one path; every way it can go is an outcome. Cancelling kills its processes."""
    try:
        with scratch_folder("advisor-export-") as folder:
            await asyncio.to_thread(_write_data, folder, source.data)
            return await _attempt_in(folder, declaration, source, tools)
    except (StorageError, OSError) as error:
        return skipped(declaration, f"No room for its files: {error}")


async def _attempt_in(
    folder: Path, declaration: Declaration, source: Source, tools: Tools
) -> AttemptRecord:
    begin = time.monotonic()
    try:
        converted = await _step(
            declaration,
            tools,
            ["convert", declaration.id, source.workload, source.size, str(folder)],
        )
    except _StepError as error:
        return _failed(declaration, "converting", error, time.monotonic() - begin)
    facts = _facts(converted)
    common: dict[str, Any] = {
        "convert_seconds": _number(converted, "convert_seconds"),
        "artefact_bytes": _whole(converted, "artefact_bytes"),
        "facts": facts,
    }
    if declaration.runs_on and platform.system() not in declaration.runs_on:
        where = " or ".join(_SYSTEMS.get(one, one) for one in declaration.runs_on)
        return _record(
            declaration,
            AttemptOutcome.NOT_TRIED,
            f"It converts; running it needs {where}, so outputs were not compared.",
            time.monotonic() - begin,
            **common,
        )
    try:
        ran = await _step(
            declaration,
            tools,
            ["run", declaration.id, str(folder), _artefact(converted)],
        )
    except _StepError as error:
        took = time.monotonic() - begin
        return _failed(declaration, "running", error, took, **common)
    return _judged(declaration, ran, time.monotonic() - begin, **common)


_SYSTEMS = {"Darwin": "macOS", "Windows": "Windows", "Linux": "Linux"}


def not_tried(declaration: Declaration, lacking: Missing) -> AttemptRecord:
    """The record of a path that lacks something."""
    return _record(
        declaration,
        AttemptOutcome.NOT_TRIED,
        f"Missing: {', '.join(lacking.what)}. To try it: {lacking.install}",
        0.0,
    )


def skipped(declaration: Declaration, reason: str) -> AttemptRecord:
    """The record of a path that was left out."""
    return _record(declaration, AttemptOutcome.NOT_TRIED, reason, 0.0)


async def _step(declaration: Declaration, tools: Tools, words: list[str]) -> dict[str, Any]:
    """Run one step within its limits; its last line is its result."""
    program = tools.program or probes_folder() / "export.py"
    extra = {
        # Converters compile and cache: into the attempt's own folder, which is thrown away.
        "TORCHINDUCTOR_CACHE_DIR": str(
            Path(words[-1] if words[0] == "convert" else words[2]) / "c"
        ),
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "CUDA_VISIBLE_DEVICES": "",
    }
    if tools.own_python is not None:
        extra["ADVISOR_OWN_PYTHON"] = str(tools.own_python)
    if tools.own_node_modules is not None:
        extra["ADVISOR_OWN_NODE_MODULES"] = str(tools.own_node_modules)
    try:
        child = await Child.spawn(
            [tools.python, program, *words],
            environment=child_environment(extra),
            tail_bytes=LOG_TAIL_BYTES,
        )
    except ChildNotStartedError as error:
        raise _StepError(str(error), "") from error
    try:
        return await _result(declaration, child)
    finally:
        await child.close(grace=0)


async def _result(declaration: Declaration, child: Child) -> dict[str, Any]:
    deadline = time.monotonic() + declaration.seconds
    last = b""
    while True:
        if time.monotonic() > deadline:  # a program that talks without end is late as well
            raise _StepError(
                f"it did not end within {declaration.seconds:.0f} s", child.stderr_tail
            )
        try:
            last = await child.read_line(POLL_SECONDS)
        except LineTooLongError as error:
            raise _StepError(f"it sent {error}", child.stderr_tail) from error
        except ChildSilentError:
            used = await asyncio.to_thread(_resident_megabytes, child.pid)
            if used > declaration.memory_mb:
                raise _StepError(
                    f"it took more than {declaration.memory_mb} MB of memory", child.stderr_tail
                ) from None
        except ChildEndedError:
            break
    if child.returncode != 0:
        raise _StepError(_why(child), child.stderr_tail)
    try:
        result = json.loads(last)
    except (ValueError, RecursionError):
        result = None
    if not isinstance(result, dict):
        raise _StepError("it ended without a result", child.stderr_tail)
    return result


def _why(child: Child) -> str:
    """The last line of a Python traceback if there is one, else how the process ended."""
    if child.returncode is not None and child.returncode > 0:
        lines = [line.strip() for line in child.stderr_tail.splitlines() if line.strip()]
        said = [line for line in lines if _is_error(line)]
        if said:
            return one_line(said[-1][:400])
    return describe_exit(child.returncode)


def _is_error(line: str) -> bool:
    head = line.partition(":")[0]
    return ":" in line and head.split(".")[-1].endswith(("Error", "Exception", "Unsupported"))


def _resident_megabytes(pid: int) -> float:
    import psutil

    total = 0
    with suppress(psutil.Error):
        leader = psutil.Process(pid)
        for process in [leader, *leader.children(recursive=True)]:
            with suppress(psutil.Error):
                total += process.memory_info().rss
    return total / MEGABYTE


def _write_data(folder: Path, data: Mapping[str, Array]) -> None:
    import numpy as np

    arrays: dict[str, Any] = {name.replace("/", "|"): array for name, array in data.items()}
    np.savez(os.fspath(folder / "data.npz"), **arrays)


def _judged(
    declaration: Declaration, ran: Mapping[str, Any], took: float, **common: Any
) -> AttemptRecord:
    key = "rms_deviation" if declaration.quantised else "relative_deviation"
    deviation = _number(ran, key)
    latency = ran.get("latency")
    timed = latency if isinstance(latency, dict) else {}
    works = deviation is not None and deviation <= declaration.tolerance
    reason = ""
    if not works:
        shown = "unknown" if deviation is None else f"{deviation:.2g}"
        reason = (
            f"The outputs differ from the source by {shown} of their size; "
            f"{declaration.tolerance:g} is allowed."
        )
    calls = _whole(timed, "calls")
    median = _number(timed, "median_seconds")
    low, high = _number(timed, "low_seconds"), _number(timed, "high_seconds")
    return _record(
        declaration,
        AttemptOutcome.WORKS if works else AttemptOutcome.DIFFERS,
        reason,
        took,
        load_seconds=_number(ran, "load_seconds"),
        largest_deviation=_number(ran, "largest_deviation"),
        relative_deviation=deviation,
        latency=AttemptLatency(median, low, high, calls)
        if calls is not None and median is not None and low is not None and high is not None
        else None,
        **common,
    )


def _failed(
    declaration: Declaration, step: str, error: _StepError, took: float, **common: Any
) -> AttemptRecord:
    return _record(
        declaration,
        AttemptOutcome.FAILS,
        f"Failed while {step}: {error}",
        took,
        log_tail=error.log,
        **common,
    )


def _record(
    declaration: Declaration, outcome: AttemptOutcome, reason: str, took: float, **figures: Any
) -> AttemptRecord:
    return AttemptRecord(
        path=declaration.id,
        title=declaration.title,
        candidate=declaration.candidate,
        targets=declaration.targets,
        outcome=outcome,
        reason=reason,
        seconds=took,
        tolerance=declaration.tolerance,
        quantised=declaration.quantised,
        **figures,
    )


def _number(found: Mapping[str, Any], key: str) -> float | None:
    """A finite number; None for anything else."""
    try:
        return Reader(found, "result").number(key)
    except WorkerFailure:
        return None


def _whole(found: Mapping[str, Any], key: str) -> int | None:
    """A whole number from 0; None for anything else."""
    try:
        value = Reader(found, "result").whole(key)
    except WorkerFailure:
        return None
    return value if value >= 0 else None


def _artefact(found: Mapping[str, Any]) -> str:
    """The name of what was made, in the attempt's own folder; empty when it is no such name."""
    name = found.get("artefact")
    fits = (
        isinstance(name, str) and not name.startswith(("/", "-")) and ".." not in Path(name).parts
    )
    return name if isinstance(name, str) and fits else ""


def _facts(found: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    facts = found.get("facts")
    if not isinstance(facts, dict):
        return ()
    return tuple(
        (_words(name.replace("_", " ")), _words(", ".join(map(str, value))
         if isinstance(value, list) else str(value)))
        for name, value in islice(facts.items(), MOST_FACTS)
    )  # fmt: skip


def _words(said: str) -> str:
    """What an export program said, fit to be shown."""
    return one_line(said[:LONGEST_WORDS])
