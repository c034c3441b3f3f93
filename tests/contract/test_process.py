"""A child program is started, read, stopped and ended; nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from advisor.measure.process import (
    PARENT_VARIABLE,
    Child,
    ChildEndedError,
    ChildNotStartedError,
    ChildSilentError,
    LineTooLongError,
    child_environment,
    describe_exit,
    run_program,
    signal_name,
)

ROOT = Path(__file__).resolve().parents[2]


def state(pid: int) -> str:
    """One letter from the kernel: R, S, T (stopped), Z...; X when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


def alive(pid: int) -> bool:
    """True while the process runs or is stopped (a zombie is dead)."""
    return state(pid) not in "ZX"


async def gone(pid: int, within: float = 5.0) -> bool:
    end = time.monotonic() + within
    while alive(pid):
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.02)
    return True


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_the_environment_is_an_allow_list() -> None:
    """PYTHONPATH, thread and allocator settings of the shell never reach a child."""
    made = child_environment(
        {"EXTRA": "1"},
        source={
            "PATH": "/bin",
            "PYTHONPATH": "/evil",
            "OMP_NUM_THREADS": "64",
            "MALLOC_TRIM_THRESHOLD_": "0",
            "LC_ALL": "C",
        },
    )
    assert made["PATH"] == "/bin"
    assert made["LC_ALL"] == "C"
    assert made["EXTRA"] == "1"
    assert made[PARENT_VARIABLE] == str(os.getpid())
    assert not made.keys() & {"PYTHONPATH", "OMP_NUM_THREADS", "MALLOC_TRIM_THRESHOLD_"}


def test_ends_are_put_in_words() -> None:
    """An exit status or a signal becomes a sentence that says what it usually means."""
    assert "SIGSEGV" in describe_exit(-signal.SIGSEGV)
    assert "lack of memory" in describe_exit(-signal.SIGKILL)
    assert describe_exit(3) == "it ended with exit status 3"
    assert signal_name(-9) == "SIGKILL"
    assert signal_name(0) is None


async def test_a_program_runs_to_its_end() -> None:
    """Output, unfinished last line, standard error and exit status all arrive."""
    done = await run_program(
        python(
            "import sys; print('one'); sys.stderr.write('no'); sys.stdout.write('two'); exit(3)"
        ),
        timeout=20,
    )
    assert done.lines == ("one", "two")
    assert done.stderr_tail == "no"
    assert done.returncode == 3
    assert not done.ok
    assert done.reason == "it ended with exit status 3"


async def test_a_program_that_does_not_exist_is_a_value() -> None:
    """A missing program gives a reason, not an exception."""
    done = await run_program(["/nonexistent/python"], timeout=5)
    assert done.returncode is None
    assert "No such file" in done.reason
    with pytest.raises(ChildNotStartedError):
        await Child.spawn(["/nonexistent/python"])


async def test_a_program_that_hangs_is_ended() -> None:
    """The time allowed is kept, also by a program that ignores every polite signal."""
    code = "import signal,time; signal.signal(15, signal.SIG_IGN); print('up'); time.sleep(100)"
    began = time.monotonic()
    done = await run_program(python(code), timeout=1.0)
    assert done.timed_out
    assert done.lines == ("up",)
    assert time.monotonic() - began < 5


async def test_a_grandchild_that_holds_the_pipe_delays_nobody() -> None:
    """When the program has died, its grandchild with the inherited pipe is ended too."""
    code = (
        "import os,subprocess,sys,signal;"
        "p=subprocess.Popen([sys.executable,'-c','import time; time.sleep(100)']);"
        "print(p.pid, flush=True); os.kill(os.getpid(), signal.SIGSEGV)"
    )
    began = time.monotonic()
    done = await run_program(python(code), timeout=30)
    assert time.monotonic() - began < 10
    assert signal_name(done.returncode) == "SIGSEGV"
    assert await gone(int(done.lines[0]))


async def test_much_noise_on_standard_error_blocks_nothing() -> None:
    """300 KB of complaints are read away; the tail is kept."""
    code = "import sys; sys.stderr.write('x'*300_000 + 'the end'); print('fine')"
    done = await run_program(python(code), timeout=20)
    assert done.ok
    assert done.lines == ("fine",)
    assert done.stderr_tail.endswith("the end")
    assert len(done.stderr_tail) <= 4096


async def test_lines_go_both_ways_and_silence_is_noticed() -> None:
    """A line sent is answered; no answer within the time allowed is an error of its own."""
    child = await Child.spawn(python("print(input().upper()); input()"))
    try:
        await child.write(b"hello\n")
        assert await child.read_line(20) == b"HELLO"
        with pytest.raises(ChildSilentError):
            await child.read_line(0.1)
    finally:
        await child.close()
    with pytest.raises(ChildEndedError):
        await child.write(b"too late\n")
    with pytest.raises(ChildEndedError):
        await child.read_line(1)


async def test_an_endless_line_is_not_kept() -> None:
    """A flood without line ends is cut off at the limit."""
    code = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    child = await Child.spawn(python(code), line_limit=200_000)
    try:
        with pytest.raises(LineTooLongError):
            await child.read_line(20)
    finally:
        await child.close(grace=0)
    assert not alive(child.pid)


async def test_a_suspended_child_uses_no_time_and_goes_on() -> None:
    """SIGSTOP stops the group, SIGCONT lets it go on, and the end needs no wake-up by the caller."""
    code = "import time\nwhile True: print(time.time(), flush=True); time.sleep(0.01)"
    child = await Child.spawn(python(code))
    try:
        await child.read_line(20)
        child.suspend()
        assert child.suspended
        await asyncio.sleep(0.2)
        while child._wire.lines:
            await child.read_line(1)
        with pytest.raises(ChildSilentError):
            await child.read_line(0.2)
        child.resume()
        await child.read_line(5)
        child.suspend()
    finally:
        await child.close(grace=0.1)
    assert await gone(child.pid)


async def test_cancelling_ends_the_group() -> None:
    """A cancelled run leaves no process."""
    started: list[int] = []
    real = Child.spawn

    async def spy(*arguments: object, **options: object) -> Child:
        child = await real(*arguments, **options)  # type: ignore[arg-type]
        started.append(child.pid)
        return child

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Child, "spawn", spy)
        task = asyncio.create_task(run_program(python("import time; time.sleep(100)"), timeout=60))
        while not started:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await gone(started[0])


PARENT = """
import asyncio, sys
from advisor.measure.process import Child
async def main():
    child = await Child.spawn([sys.executable, "-c", "import time; time.sleep(100)"])
    if sys.argv[1] == "stopped":
        child.suspend()
    print(child.pid, flush=True)
    await asyncio.sleep(100)
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="orphaned groups are ended by the Linux kernel")
async def test_a_stopped_child_does_not_outlive_its_killed_parent() -> None:
    """kill -9 of the parent ends a suspended child, although it can run no code."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, "stopped"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        assert parent.stdout is not None
        pid = int(await asyncio.to_thread(parent.stdout.readline))
        while state(pid) != "T":
            await asyncio.sleep(0.01)
        parent.kill()
        assert await gone(pid)
    finally:
        parent.kill()
        parent.communicate()
