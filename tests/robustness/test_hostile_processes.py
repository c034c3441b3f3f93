"""Workers, export programs and interpreters that send what they should not: an outcome in words.

Most inputs go through a stand-in for the process, so that thousands of conversations are tried; the
last tests start real programs that never stop talking.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.deploy import attempt as attempts
from advisor.deploy.attempt import Source, Tools
from advisor.deploy.declarations import Declaration
from advisor.deploy.matrix import as_text
from advisor.measure import interpreters, process, wire, worker
from advisor.measure.process import Child, ChildEndedError, Completed, LineTooLongError
from advisor.measure.protocol import FailureKind, WorkerFailure, WorkloadSpec
from advisor.measure.record import AttemptOutcome, AttemptRecord, dump_record
from advisor.measure.record_file import parse_record
from advisor.measure.worker import WorkerHandle
from advisor.model.candidate import Candidate
from advisor.text import clean
from tests.report import factory
from tests.robustness.strategies import (
    RUBBISH,
    TEXTS,
    damaged,
    damaged_bytes,
    damaged_lines,
    fuzz,
    harmless,
    tolerated,
)

HELLO = {
    "framework": "pytorch",
    "python_version": "3.11.0",
    "versions": {"torch": "2.13.0"},
    "import_seconds": 0.5,
    "import_peak_rss_bytes": 1000,
    "devices": [{"kind": "cpu", "available": True, "name": "CPU", "reason": ""}],
    "threads": 1,
    "pid": 17,
    "build": {"blas": "mkl"},
}
PREPARED = {
    "workload": "recurrent",
    "size": "small",
    "operations": ["training"],
    "unsupported": {"latency": "no"},
    "parameters": 7,
    "flops": {"training": 1e6},
    "items": {"training": 32},
    "first_call_seconds": {"training": 0.1},
    "layout": "NCHW",
    "precision": "float32",
    "fairness": {"threads": "1"},
    "weights_digest": "ab",
    "inputs_digest": "cd",
    "peak_rss_bytes": 1000,
}
GROUPS = ("outputs", "gradients", "initial", "parameters")
PROOF = {
    "steps": 3,
    "parameter_count": 7,
    "weights_digest": "ab",
    "inputs_digest": "cd",
    **{group: [{"name": "w", "shape": [2]}] for group in GROUPS},
}
BLOCK = {
    "operation": "training",
    "iterations": 3,
    "wall_seconds": 0.1,
    "cpu_seconds": 0.1,
    "minor_faults": 0,
    "major_faults": 0,
    "involuntary_switches": 0,
    "steal_share": None,
    "throttled_periods": None,
    "other_cores": 0.5,
    "load": 0.1,
    "per_call": [0.1, 0.2],
}
CURVE = {
    "target": 0.9,
    "reached": True,
    "accuracy": 0.95,
    "seconds": 1.0,
    "first_call_seconds": 0.1,
    "epochs": 2,
    "curve_seconds": [0.5, 1.0],
    "curve_accuracy": [0.8, 0.95],
}
INSTALLED = {
    "framework_bytes": 10,
    "with_dependencies_bytes": 20,
    "distributions": {"torch": 10},
}


def _array(name: str) -> dict[str, Any]:
    line = next(iter(wire.array_lines(1, name, np.array([1.0, 0.5, 0.25]))))
    return {"id": 1, "event": "array", **{k: v for k, v in json.loads(line).items() if k != "do"}}


def _answer(result: object) -> dict[str, Any]:
    return {"id": 1, "ok": True, "result": result}


PROGRESS = {"id": 1, "event": "progress", "message": "compiling"}
NO = {"id": 1, "ok": False, "error": {"kind": "unsupported", "message": "no such device"}}
ARRAYS = [_array(name) for name in ("loss", *(f"{group}/w" for group in GROUPS))]
Asking = Callable[[WorkerHandle], Awaitable[object]]
TALKS: dict[str, tuple[Asking, list[Any]]] = {
    "start": (lambda one: one.ask("start", {}, 1), [PROGRESS, _answer(HELLO)]),
    "prepare": (
        lambda one: one.prepare(WorkloadSpec("recurrent"), {}, timeout=1),
        [PROGRESS, _answer(PREPARED)],
    ),
    "prove": (lambda one: one.prove(timeout=1), [*ARRAYS, _answer(PROOF)]),
    "block": (lambda one: one.time_block("training", seconds=0.1), [_answer(BLOCK)]),
    "calibrate": (lambda one: one.calibrate("training", 0.1), [_answer({"iterations": 4})]),
    "steady": (lambda one: one.steady("training", 0.1), [_answer({"values": [0.1, 0.2]})]),
    "peak": (lambda one: one.matmul_peak(), [_answer({"gflops": 1.0, "size": 64})]),
    "curve": (lambda one: one.time_to_accuracy(0.9, 1.0, arrays={}), [_answer(CURVE)]),
    "memory": (
        lambda one: one.memory(),
        [_answer({"peak_rss_bytes": 1000, "device_peak_bytes": None})],
    ),
    "installed": (lambda one: one.installed_size(), [_answer(INSTALLED)]),
    "refused": (lambda one: one.memory(), [PROGRESS, NO]),
}


class StandIn:
    """A process whose output is given; it ends after it."""

    pid = 0

    def __init__(
        self, lines: Iterable[bytes], returncode: int | None = 0, words: bytes = b""
    ) -> None:
        self._lines = iter(lines)
        self.returncode = returncode
        wire_ = process._Wire(line_limit=100, tail_bytes=4096)
        wire_.pipe_data_received(2, words)
        self.stderr_tail = clean(wire_.tail.decode("utf-8", "replace"))

    async def read_line(self, _timeout: float | None = None) -> bytes:
        """The next line."""
        for line in self._lines:
            return line
        raise ChildEndedError("it ended with exit status 0")

    async def close(self, grace: float = 1.0) -> int | None:
        """Nothing to end."""
        return self.returncode

    async def write(self, data: bytes) -> None:
        """Nobody listens."""

    def kill(self) -> None:
        """Nothing to end."""

    resume = suspend = kill


@st.composite
def talks(draw: st.DrawFn) -> tuple[str, bytes]:
    """What is asked, and the damaged answer."""
    name = draw(st.sampled_from(sorted(TALKS)))
    return name, draw(DAMAGED[name])


DAMAGED = {
    name: damaged_lines(lines)
    | damaged_bytes([b"".join(json.dumps(one).encode() + b"\n" for one in lines)])
    | RUBBISH
    for name, (_, lines) in TALKS.items()
}


async def _ask(name: str, lines: list[bytes], heard: Callable[[str], None]) -> object:
    handle = WorkerHandle(on_progress=heard)
    handle._child = StandIn(lines)  # type: ignore[assignment]
    return await TALKS[name][0](handle)


@pytest.mark.parametrize("name", sorted(set(TALKS) - {"refused"}))
def test_a_sound_worker_is_understood(name: str) -> None:
    """What is damaged below is sound to begin with."""
    lines = [json.dumps(one).encode() for one in TALKS[name][1]]
    heard: list[str] = []
    assert asyncio.run(_ask(name, lines, heard.append)) is not None
    assert heard == ["compiling"] * (name in {"start", "prepare"})


@fuzz
@given(talks())
def test_hostile_workers(talk: tuple[str, bytes]) -> None:
    """Whatever a worker sends, the answer is what was asked for or a failure in safe words."""
    name, data = talk
    heard: list[str] = []
    found = tolerated(lambda: asyncio.run(_ask(name, data.split(b"\n"), heard.append)))
    if name != "start":
        assert harmless(repr(found))
    assert all(map(harmless, heard))


@fuzz
@given(damaged([HELLO]))
def test_hostile_greetings(hello: object) -> None:
    """What a worker says about itself is kept only where it is fit to be shown and stored."""
    found = tolerated(lambda: wire.read_hello(hello))
    if found is not None:
        assert all(map(harmless, [*found.versions, *found.versions.values(), *found.build]))
        json.dumps([found.import_seconds, found.import_peak_rss_bytes], allow_nan=False).encode()


CONVERTED = {
    "artefact": "model.bin",
    "convert_seconds": 0.1,
    "artefact_bytes": 1234,
    "facts": {"operators": ["ADD", "MUL"], "opset": 21},
}
RAN = {
    "load_seconds": 0.2,
    "largest_deviation": 1e-7,
    "relative_deviation": 1e-7,
    "rms_deviation": 1e-7,
    "latency": {"calls": 20, "median_seconds": 1e-3, "low_seconds": 9e-4, "high_seconds": 2e-3},
}
PATH = Declaration(
    id="path",
    candidate=Candidate.PYTORCH,
    title="A path",
    targets=("android",),
    packages={},
    install="pip install it",
    seconds=20.0,
    memory_mb=2000,
    tolerance=1e-3,
)
SAID = st.binary(max_size=60) | TEXTS.map(
    lambda text: f"ValueError: {text}".encode(errors="replace")
)


def _attempted(children: list[StandIn]) -> AttemptRecord:
    async def spawn(*_: object, **__: object) -> StandIn:
        return children.pop(0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Child, "spawn", spawn)
        return asyncio.run(attempts.attempt(PATH, Source("table", "small", {}), Tools()))


def test_a_sound_export_program_works() -> None:
    """What is damaged below is sound to begin with."""
    found = _attempted([StandIn([json.dumps(one).encode()]) for one in (CONVERTED, RAN)])
    assert found.outcome is AttemptOutcome.WORKS
    _keeps(found)


@fuzz
@given(
    converted=damaged_lines([CONVERTED]) | RUBBISH,
    ran=damaged_lines([RAN]) | RUBBISH,
    statuses=st.tuples(st.sampled_from([0, 0, 0, 1, -9, None]), st.sampled_from([0, 0, 1, -11])),
    said=SAID,
)
def test_hostile_export_programs(
    converted: bytes, ran: bytes, statuses: tuple[int | None, int], said: bytes
) -> None:
    """Whatever an export program sends, the record can be shown, written and read again."""
    children = [
        StandIn(data.strip(b"\n").split(b"\n"), status, said)
        for data, status in zip((converted, ran), statuses, strict=True)
    ]
    _keeps(_attempted(children))


def _keeps(found: AttemptRecord) -> None:
    assert harmless(as_text([found]))
    record = replace(factory.record(), attempts=(found,))
    assert parse_record(dump_record(record)).attempts == (found,)


IDENTITY = {"version": [3, 11, 7], "prefix": "/usr", "found": {"torch": "2.13.0", "numpy": "2.1"}}


@fuzz
@given(data=damaged_lines([IDENTITY]) | RUBBISH)
def test_programs_that_pretend_to_be_python(data: bytes) -> None:
    """What does not answer like an interpreter cannot be used, and that is said."""

    async def pretend(*_: object, **__: object) -> Completed:
        lines = tuple(data.decode("utf-8", "replace").strip("\n").split("\n"))
        return Completed(0, lines, "")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(interpreters, "run_program", pretend)
        found = asyncio.run(interpreters.inspect(Path("python")))
    assert found.reason or found.has_numpy
    assert harmless(f"{found.version}{found.frameworks}{found.reason}")


@pytest.mark.parametrize(
    "value",
    [10**400, -(10**400), 2**63, float("inf"), "1" * 5000, True],
    ids=lambda one: str(one)[:9],
)
def test_numbers_that_no_float_holds(value: object) -> None:
    """A whole number beyond every float is no number, wherever one is asked for."""
    reader = wire.Reader({"one": value, "more": [value], "by": {"name": value}}, "test")
    asked: list[Callable[[], object]] = [
        *(lambda: reader.whole("one"), lambda: reader.numbers("more")),
        *(lambda: reader.number_map("by"),),
    ]
    for ask in asked if value != 2**63 else asked[:1]:
        with pytest.raises(WorkerFailure):
            ask()


@pytest.mark.parametrize("change", [{"part": float("inf")}, {"parts": 1e400}, {"shape": [-1, 3]}])
def test_arrays_of_impossible_size(change: dict[str, object]) -> None:
    """Infinity is no count, and no length is left for numpy to choose."""
    with pytest.raises(WorkerFailure):
        wire.ArrayAssembler().take({**_array("loss"), **change})


def test_arrays_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """However small each is, all of them together are bounded."""
    monkeypatch.setattr(wire, "MOST_ARRAY_BYTES", 20_000)
    assembler = wire.ArrayAssembler()
    with pytest.raises(WorkerFailure):  # noqa: PT012
        for number in range(100):
            assembler.take(_array(f"name {number}"))
    assert len(assembler.arrays) < 20


FLOOD = "import sys\nwhile True: sys.stdout.write({line!r} * 1000)"
PROGRESSING = """
import json, sys, time
print(json.dumps({"protocol": "framework-advisor-probe", "version": 1}), flush=True)
while True:
    print(json.dumps({"id": 1, "event": "progress", "message": "soon"}), flush=True)
    time.sleep(0.01)
"""


@pytest.mark.parametrize("line", ["\n", "x" * 99 + "\n", "x"])
async def test_a_child_that_never_stops_talking(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """What nobody reads is not collected without end."""
    monkeypatch.setattr(process, "QUEUE_LIMIT_BYTES", 1_000_000)
    child = await Child.spawn([sys.executable, "-c", FLOOD.format(line=line)], line_limit=1_000_000)
    try:
        while not child._wire.too_long:
            await asyncio.sleep(0.01)
        assert len(child._wire.lines) < 100_000
        with pytest.raises(LineTooLongError):  # noqa: PT012
            while True:
                await child.read_line(20)
    finally:
        await child.close(grace=0)


async def test_a_program_that_never_stops_talking_is_ended() -> None:
    """An interpreter that floods its output is given up as one that hangs is."""
    done = await process.run_program([sys.executable, "-c", FLOOD.format(line="x\n")], timeout=60)
    assert done.timed_out
    assert not done.ok


async def test_a_worker_that_only_ever_reports_progress_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Progress says that it is alive; it does not keep the advisor waiting for ever."""
    monkeypatch.setattr(worker, "_PATIENCE", 0.1)
    program = tmp_path / "worker.py"
    program.write_text(PROGRESSING, encoding="utf-8")
    handle = WorkerHandle(program=program)
    await handle.open()
    try:
        with pytest.raises(WorkerFailure) as caught:
            await handle.ask("memory", {}, 5)
        assert caught.value.kind is FailureKind.HUNG
    finally:
        await handle.close(grace=0)


@pytest.mark.parametrize("line", ["x\n", "x"])
def test_an_export_program_that_never_stops_talking_fails(tmp_path: Path, line: str) -> None:
    """Lines without end, or one line without end: both are a failed attempt, in words."""
    program = tmp_path / "export.py"
    program.write_text(FLOOD.format(line=line), encoding="utf-8")
    late = replace(PATH, seconds=1.0)
    tools = Tools(program=program)
    found = asyncio.run(attempts.attempt(late, Source("table", "small", {}), tools))
    assert found.outcome.value == "fails"
    assert "did not end" in found.reason or "longer" in found.reason
