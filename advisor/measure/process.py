"""One child program: start it in its own process group, talk to it by lines, never lose it.

The rules, each found by trying on Linux and Python 3.11 to 3.13:

- `process_group=0`, not a new session: when this process dies while a child is stopped, the kernel
  ends the orphaned group by itself; a stopped child in a session of its own would stay for ever.
- The exit is taken from the event loop's `process_exited`, never from `Process.wait()`, which on
  Python 3.11 waits for every holder of the pipes, grandchildren included.
- Standard error is always read, so that a talkative child cannot block; only its tail is kept.
- The end is always the end of the whole group.
- The environment is built from an allow-list, so that a polluted shell cannot change a measurement.
- A child that reads its standard input is on a leash: end of file there means we are gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from advisor.text import clean

STDERR_TAIL_BYTES = 4096
"""How much of the end of standard error is kept for the error card."""
LINE_LIMIT_BYTES = 8 * 1024 * 1024
"""A longer line is not our protocol."""
QUEUE_LIMIT_BYTES = 64 * 1024 * 1024
"""Lines that wait for a reader; a child that sends more without being asked talks no protocol."""
DRAIN_SECONDS = 0.5
"""How long the pipes may stay open after the program itself has ended (grandchildren hold them)."""
PARENT_VARIABLE = "ADVISOR_PARENT_PID"
"""Tells a child whose death it must not survive."""

_ALLOWED = frozenset(
    {
        # finding programs, homes, temporary folders, the language
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TEMP", "TMP", "LANG", "TZ"),
        *("XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "SYSTEMROOT"),
        # native libraries and compilers
        *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "CC", "CXX"),
        # which accelerators may be used
        *("CUDA_VISIBLE_DEVICES", "CUDA_HOME", "CUDA_PATH", "NVIDIA_VISIBLE_DEVICES"),
        *("ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCM_PATH", "HSA_OVERRIDE_GFX_VERSION"),
        *("ZE_AFFINITY_MASK", "ONEAPI_DEVICE_SELECTOR", "PYTORCH_ENABLE_MPS_FALLBACK"),
    }
)
_ALLOWED_PREFIXES = ("LC_",)


def child_environment(
    extra: Mapping[str, str] | None = None, *, source: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment of a child: what the allow-list takes from `source` (this process's own by
    default), what every child needs, then `extra`.

    `PYTHONPATH` and every thread, allocator or compiler setting of the shell stay outside.
    """
    inherited = os.environ if source is None else source
    environment = {
        name: value
        for name, value in inherited.items()
        if name in _ALLOWED or name.startswith(_ALLOWED_PREFIXES)
    }
    environment |= {
        "PYTHONUNBUFFERED": "1",
        # A foreign interpreter must not write beside an installed wheel.
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
        PARENT_VARIABLE: str(os.getpid()),
    }
    return environment | dict(extra or {})


_SIGNAL_WORDS = {
    "SIGSEGV": "a segmentation fault",
    "SIGILL": "an illegal instruction: the build needs a processor feature this machine lacks",
    "SIGBUS": "a bus error",
    "SIGFPE": "an arithmetic fault",
    "SIGABRT": "it stopped itself (abort)",
    "SIGKILL": "killed from outside, most often for lack of memory",
    "SIGTERM": "asked to end from outside",
    "SIGHUP": "its terminal was closed",
}


def signal_name(returncode: int | None) -> str | None:
    """The name of the signal that ended a program, for instance `SIGSEGV`; None when none did."""
    if returncode is None or returncode >= 0:
        return None
    try:
        return signal.Signals(-returncode).name
    except ValueError:
        return f"signal {-returncode}"


def describe_exit(returncode: int | None) -> str:
    """How a program ended, in words."""
    if returncode is None:
        return "it runs, but no longer listens"
    name = signal_name(returncode)
    if name is None:
        return f"it ended with exit status {returncode}"
    words = _SIGNAL_WORDS.get(name)
    return f"it ended by {name} ({words})" if words else f"it ended by {name}"


_LINE_COST = 64
"""Bytes that keeping a line takes besides its own."""


class ChildError(Exception):
    """Talking to a child failed."""


class ChildNotStartedError(ChildError):
    """The program could not be started; the message says why."""


class ChildEndedError(ChildError):
    """The program ended, or closed its output."""


class ChildSilentError(ChildError):
    """Nothing came within the time allowed."""


class LineTooLongError(ChildError):
    """What came was not lines, or more of them than anybody asked for."""


class _Wire(asyncio.SubprocessProtocol):
    """Collects what the event loop hands over; wakes whoever waits."""

    def __init__(self, *, line_limit: int, tail_bytes: int) -> None:
        self.lines: deque[bytes] = deque()
        self.waiting = 0
        """Bytes of the lines, each with what keeping it costs."""
        self.rest = bytearray()
        self.tail = bytearray()
        self.too_long = False
        self.output_closed = False
        self.exited = asyncio.Event()
        self.closed = asyncio.Event()
        self.changed = asyncio.Event()
        self._line_limit = line_limit
        self._tail_bytes = tail_bytes

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 1:
            self._take_output(data)
        else:
            self.tail += data
            del self.tail[: max(0, len(self.tail) - self._tail_bytes)]

    def _take_output(self, data: bytes) -> None:
        if self.too_long:
            return
        self.rest += data
        if b"\n" in data:
            *whole, self.rest = self.rest.split(b"\n")
            self.lines.extend(map(bytes, whole))
            self.waiting += sum(len(line) + _LINE_COST for line in whole)
        if len(self.rest) > self._line_limit or self.waiting > QUEUE_LIMIT_BYTES:
            self.too_long = True
            self.rest.clear()
        self.changed.set()

    def next_line(self) -> bytes:
        """The line that waits longest."""
        line = self.lines.popleft()
        self.waiting -= len(line) + _LINE_COST
        return line

    def pipe_connection_lost(self, fd: int, _error: Exception | None) -> None:
        if fd == 1:
            self.output_closed = True
            self.changed.set()

    def process_exited(self) -> None:
        self.exited.set()
        self.changed.set()

    def connection_lost(self, _error: Exception | None) -> None:
        self.output_closed = True
        self.closed.set()
        self.changed.set()


class Child:
    """A running program: lines in, lines out, the tail of its standard error, and its end.

    Use `spawn`, and end with `close` or `kill`; both end the whole process group.
    """

    def __init__(self, transport: asyncio.SubprocessTransport, wire: _Wire) -> None:
        self._transport = transport
        self._wire = wire
        self._group_ended = False
        self.pid: int = transport.get_pid() or 0
        """Its process id, which is also the id of its group."""
        self.suspended = False
        """True between `suspend` and `resume`."""

    @classmethod
    async def spawn(
        cls,
        arguments: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        line_limit: int = LINE_LIMIT_BYTES,
        tail_bytes: int = STDERR_TAIL_BYTES,
    ) -> Child:
        """Start a program in a process group of its own.

        `environment` is the whole environment (default: `child_environment()`).
        Raises ChildNotStartedError when the system refuses.
        """
        wire = _Wire(line_limit=line_limit, tail_bytes=tail_bytes)
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.subprocess_exec(
                lambda: wire,
                *(os.fspath(argument) for argument in arguments),
                env=dict(child_environment() if environment is None else environment),
                cwd=folder,
                process_group=0,
            )
        except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: no more threads
            reason = getattr(error, "strerror", None) or str(error)
            raise ChildNotStartedError(
                f"cannot start {clean(str(arguments[0]))}: {reason}"
            ) from error
        return cls(transport, wire)

    @property
    def returncode(self) -> int | None:
        """The exit status; negative for a signal; None while it runs."""
        return self._transport.get_returncode()

    @property
    def stderr_tail(self) -> str:
        """The last few KiB of standard error, fit to be shown."""
        return clean(self._wire.tail.decode("utf-8", "replace"))

    @property
    def unfinished_line(self) -> bytes:
        """What came after the last line end."""
        return bytes(self._wire.rest)

    async def write(self, data: bytes) -> None:
        """Hand bytes to its standard input.

        Raises ChildEndedError when it has ended.
        """
        pipe = cast("Any", self._transport.get_pipe_transport(0))
        if self.returncode is not None or pipe is None or pipe.is_closing():
            await self._settle()
            raise ChildEndedError(describe_exit(self.returncode))
        pipe.write(data)

    async def read_line(self, timeout: float | None = None) -> bytes:
        """The next line of its output, without the line end.

        Raises ChildSilentError after `timeout` seconds, ChildEndedError when no line can come any
        more (the program ended or closed its output), LineTooLongError.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        wire = self._wire
        while not wire.lines:
            if wire.too_long:
                raise LineTooLongError("a line longer than the protocol allows")
            if wire.output_closed:
                await self._settle()
                raise ChildEndedError(describe_exit(self.returncode))
            wire.changed.clear()
            if wire.exited.is_set():
                # A grandchild may hold the pipe: what is in it arrives within a moment, or never.
                if not await _happens(wire.changed, DRAIN_SECONDS):
                    raise ChildEndedError(describe_exit(self.returncode))
                continue
            left = None if deadline is None else deadline - time.monotonic()
            if (left is not None and left <= 0) or not await _happens(wire.changed, left):
                raise ChildSilentError(f"no answer within {timeout:g} s")
        return wire.next_line()

    async def _settle(self) -> None:
        """A closed pipe nearly always means the end: let the exit status arrive."""
        await _happens(self._wire.exited, DRAIN_SECONDS)

    def suspend(self) -> None:
        """Stop the whole group (SIGSTOP): it uses no processor until `resume`."""
        if self.returncode is None and not self.suspended:
            self._signal_group(signal.SIGSTOP)
            self.suspended = True

    def resume(self) -> None:
        """Let a suspended group go on (SIGCONT)."""
        if self.suspended:
            self._signal_group(signal.SIGCONT)
            self.suspended = False

    def kill(self) -> None:
        """End the whole group at once. May be called again, and after the end."""
        if not self._group_ended:
            self._signal_group(signal.SIGKILL)
            # Once the leader is reaped and the group killed, the id may belong to others.
            self._group_ended = self.returncode is not None

    async def wait(self, timeout: float | None = None) -> int | None:
        """The exit status, or None when it still runs after `timeout` seconds."""
        await _happens(self._wire.exited, timeout)
        return self.returncode

    async def close(self, grace: float = 1.0) -> int | None:
        """End it: wake it, close its input, wait `grace` seconds, then kill the group.

        Returns its own exit status (None only if the system never reported one).
        """
        self.resume()
        pipe = self._transport.get_pipe_transport(0)
        if pipe is not None:
            pipe.close()
        try:
            if grace > 0:
                await _happens(self._wire.exited, grace)
        finally:
            self.kill()
            await self._finish()
        return self.returncode

    async def _finish(self) -> None:
        await _happens(self._wire.exited, 5.0)
        self.kill()
        await _happens(self._wire.closed, DRAIN_SECONDS)
        self._transport.close()
        # The transport reports its own end in the next turn of the loop.
        await _happens(self._wire.closed, DRAIN_SECONDS)

    def _signal_group(self, number: signal.Signals) -> None:
        if self.pid > 1:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)


async def _happens(event: asyncio.Event, timeout: float | None) -> bool:
    """True when `event` is set within `timeout` seconds (None: wait for ever)."""
    try:
        await asyncio.wait_for(event.wait(), timeout)
    except TimeoutError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Completed:
    """What became of a program that was run to its end."""

    returncode: int | None
    """Exit status; negative for a signal; None when it could not be started."""
    lines: tuple[str, ...]
    """Its output, line by line."""
    stderr_tail: str
    timed_out: bool = False
    not_started: str = ""
    """Why it could not be started; empty when it was."""

    @property
    def ok(self) -> bool:
        """It ran to its own end with status 0."""
        return self.returncode == 0 and not self.timed_out

    @property
    def reason(self) -> str:
        """In words, why it is not `ok`; empty when it is."""
        if self.ok:
            return ""
        if self.not_started:
            return self.not_started
        if self.timed_out:
            return "it did not end within the time allowed"
        return describe_exit(self.returncode)


async def run_program(
    arguments: Sequence[str | Path],
    *,
    timeout: float,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    standard_input: bytes = b"",
) -> Completed:
    """Run a program to its end, its whole group with it; every failure is a value.

    Its input is `standard_input` and stays open until it ends (a leash), so the program must not
    read to the end of file. When cancelled, the group is killed and the cancellation goes on.
    """
    try:
        child = await Child.spawn(arguments, environment=environment, folder=folder)
    except ChildNotStartedError as error:
        return Completed(returncode=None, lines=(), stderr_tail="", not_started=str(error))
    deadline = time.monotonic() + timeout
    lines: list[str] = []
    room = LINE_LIMIT_BYTES
    timed_out = False
    try:
        if standard_input:
            with contextlib.suppress(ChildEndedError):
                await child.write(standard_input)
        while True:
            line = await child.read_line(max(0.0, deadline - time.monotonic()))
            lines.append(line.decode("utf-8", "replace"))
            room -= len(line) + _LINE_COST
            if room < 0 or time.monotonic() > deadline:  # it talks without end
                timed_out = True
                break
    except ChildEndedError:
        timed_out = await child.wait(max(0.0, deadline - time.monotonic())) is None
    except (ChildSilentError, LineTooLongError):
        timed_out = True
    finally:
        await child.close(grace=0)
    if child.unfinished_line and not timed_out:
        lines.append(child.unfinished_line.decode("utf-8", "replace"))
    return Completed(child.returncode, tuple(lines), child.stderr_tail, timed_out)
