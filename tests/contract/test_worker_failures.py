"""However a worker fails, the advisor gets a reason in words and is left with no process."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from advisor.measure import worker as worker_module
from advisor.measure.protocol import Block, FailureKind, WorkerFailure
from advisor.measure.worker import WorkerHandle
from advisor.model.candidate import Candidate

ROOT = Path(__file__).resolve().parents[2]
FAKE = Path(__file__).with_name("fake_worker.py")
Started = Callable[[str], Awaitable[WorkerHandle]]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


async def gone(pid: int, within: float = 5.0) -> bool:
    end = time.monotonic() + within
    while alive(pid):
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.02)
    return True


def fake(folder: Path, behaviour: str) -> Path:
    program = folder / "worker.py"
    shutil.copy(FAKE, program)
    program.with_suffix(".behaviour").write_text(behaviour)
    return program


@pytest.fixture
async def started(tmp_path: Path) -> AsyncIterator[Started]:
    """Makes a started fake worker of a behaviour; afterwards no process may be left."""
    handles: list[WorkerHandle] = []
    pids: list[int] = []

    async def make(behaviour: str) -> WorkerHandle:
        handle = WorkerHandle(program=fake(tmp_path, behaviour))
        handles.append(handle)
        await handle.start(Candidate.PYTORCH)
        assert handle.pid is not None
        pids.append(handle.pid)
        return handle

    yield make
    for handle in handles:
        await handle.close(grace=0)
    for pid in pids:
        assert await gone(pid)


async def failing(handle: WorkerHandle) -> WorkerFailure:
    with pytest.raises(WorkerFailure) as caught:
        await handle.time_block("training", iterations=3)
    return caught.value


async def test_a_good_worker_is_understood(started: Started) -> None:
    """Greeting, hello, a number and a block arrive as what they are."""
    handle = await started("good")
    assert await handle.calibrate("training", 0.1) == 4
    block = await handle.time_block("training", iterations=3)
    assert isinstance(block, Block)
    assert block.iterations == 3
    assert block.wall_seconds == 0.1
    assert block.steal_share is None


@pytest.mark.parametrize(
    ("behaviour", "kind", "words"),
    [
        ("SIGSEGV", FailureKind.CRASHED, "segmentation fault"),
        ("SIGILL", FailureKind.CRASHED, "illegal instruction"),
        ("SIGKILL", FailureKind.KILLED, "lack of memory"),
        ("exit", FailureKind.CRASHED, "exit status 7"),
        ("garbage", FailureKind.GARBAGE, "something else than messages"),
        ("long-line", FailureKind.GARBAGE, "longer than"),
        ("half", FailureKind.PROTOCOL, "no valid field 'iterations'"),
        ("no-time", FailureKind.PROTOCOL, "took no time"),
        ("other-request", FailureKind.PROTOCOL, "another request"),
        ("maybe", FailureKind.PROTOCOL, "neither yes nor no"),
    ],
)
async def test_each_way_to_fail_has_its_kind_and_reason(
    started: Started, behaviour: str, kind: FailureKind, words: str
) -> None:
    """A crash, a kill, rubbish and half an answer are told apart, and end the worker."""
    handle = await started(behaviour)
    failure = await failing(handle)
    assert failure.kind is kind
    assert words in failure.reason
    assert handle.failure is not None
    if behaviour.startswith("SIG"):
        assert failure.signal_name == behaviour
        assert "about to fall" in failure.stderr_tail
    with pytest.raises(WorkerFailure):
        await handle.calibrate("training", 0.1)


async def test_a_hanging_worker_is_ended(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer in time is a failure of its own kind, told apart from a crash."""
    monkeypatch.setattr(worker_module, "_MARGIN_SECONDS", 0.3)
    handle = await started("hang")
    with pytest.raises(WorkerFailure) as caught:
        await handle.time_block("training", seconds=0.001)
    assert caught.value.kind is FailureKind.HUNG
    assert "within" in caught.value.reason


async def test_noise_on_standard_error_does_no_harm(started: Started) -> None:
    """300 KB of warnings neither block the worker nor spoil its answer."""
    handle = await started("noise")
    assert (await handle.time_block("training", iterations=3)).iterations == 3


async def test_a_grandchild_with_the_pipe_is_found_and_ended(tmp_path: Path) -> None:
    """A crash is noticed at once although a helper holds the pipe, and the helper goes too."""
    heard: list[str] = []
    handle = WorkerHandle(program=fake(tmp_path, "grandchild"), on_progress=heard.append)
    await handle.start(Candidate.PYTORCH)
    began = time.monotonic()
    failure = await failing(handle)
    assert failure.signal_name == "SIGSEGV"
    assert time.monotonic() - began < 5
    await handle.close()
    assert await gone(int(heard[0]))


async def test_a_refusal_leaves_the_worker_alive(started: Started) -> None:
    """A worker that says no can be asked something else."""
    handle = await started("refuses")
    failure = await failing(handle)
    assert failure.kind is FailureKind.REFUSED
    assert "not like this" in failure.reason
    assert await handle.calibrate("training", 0.1) == 4


async def test_another_protocol_version_is_named(tmp_path: Path) -> None:
    """Both versions are in the reason."""
    handle = WorkerHandle(program=fake(tmp_path, "version"))
    with pytest.raises(WorkerFailure) as caught:
        await handle.start(Candidate.PYTORCH)
    assert caught.value.kind is FailureKind.PROTOCOL
    assert "99" in caught.value.reason
    assert handle.pid is None


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [("dies-at-once", FailureKind.CRASHED), ("chatty-start", FailureKind.GARBAGE)],
)
async def test_a_program_that_is_no_worker_is_noticed(
    tmp_path: Path, behaviour: str, kind: FailureKind
) -> None:
    """An interpreter that ends or chats instead of greeting gives a reason."""
    handle = WorkerHandle(program=fake(tmp_path, behaviour))
    with pytest.raises(WorkerFailure) as caught:
        await handle.start(Candidate.PYTORCH)
    assert caught.value.kind is kind


async def test_an_interpreter_that_is_missing_is_unsupported() -> None:
    """A wrong path is told as such."""
    handle = WorkerHandle()
    with pytest.raises(WorkerFailure) as caught:
        await handle.start(Candidate.TENSORFLOW, python="/nonexistent/python3")
    assert caught.value.kind is FailureKind.UNSUPPORTED
    assert "TensorFlow" in caught.value.reason


@pytest.mark.parametrize("name", worker_module.REFUSED_VARIABLES)
async def test_a_wait_policy_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """With an OpenMP wait setting nothing is started, and the way out is named."""
    monkeypatch.setenv(name, "PASSIVE")
    handle = WorkerHandle()
    with pytest.raises(WorkerFailure) as caught:
        await handle.start(Candidate.PYTORCH)
    assert caught.value.kind is FailureKind.REFUSED
    assert f"Unset {name}" in caught.value.remedy
    assert handle.pid is None


async def test_a_cancelled_request_ends_the_worker(started: Started) -> None:
    """Cancelling while the worker is busy leaves no process and no late answer."""
    handle = await started("hang")
    task = asyncio.create_task(handle.time_block("training", iterations=3))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    began = time.monotonic()
    await handle.close()
    assert time.monotonic() - began < 3
    assert handle.pid is None


async def test_a_suspended_worker_answers_after_waking(started: Started) -> None:
    """A request wakes a suspended worker; closing one needs no waking by the caller."""
    handle = await started("good")
    handle.suspend()
    assert await handle.calibrate("training", 0.1) == 4
    handle.suspend()
    await handle.close(grace=0.5)
    assert handle.pid is None


PARENT = """
import asyncio, sys
from advisor.measure.worker import WorkerHandle
async def main():
    worker = WorkerHandle()
    await worker.open()
    if "stopped" in sys.argv:
        worker.suspend()
    print(worker.pid, flush=True)
    await asyncio.sleep(100)
asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("state", ["running", "stopped"])
async def test_no_worker_outlives_the_advisor(number: signal.Signals, state: str) -> None:
    """However the advisor ends, its worker ends too, also one that is suspended."""
    if state == "stopped" and sys.platform != "linux":
        pytest.skip("a stopped worker is ended by the Linux kernel")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, state], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        assert parent.stdout is not None
        pid = int(await asyncio.to_thread(parent.stdout.readline))
        assert alive(pid)
        os.kill(parent.pid, number)
        assert await gone(pid)
    finally:
        parent.kill()
        parent.communicate()
