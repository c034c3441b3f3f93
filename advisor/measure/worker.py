"""The client of one resident worker: one process, one framework, one generation.

Every way a worker can fail ends as a `WorkerFailure` with a kind and a reason. A failed, cancelled
or timed-out request ends the worker, since its answer would come at the wrong time; a worker that
says "unsupported" or "refused" lives on.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from advisor.measure import protocol, wire
from advisor.measure.process import (
    Child,
    ChildEndedError,
    ChildNotStartedError,
    ChildSilentError,
    LineTooLongError,
    child_environment,
    describe_exit,
    signal_name,
)
from advisor.measure.protocol import (
    Block,
    FailureKind,
    Hello,
    InstalledSize,
    MatmulPeak,
    Memory,
    Prepared,
    ProofData,
    SteadyState,
    TimeToAccuracy,
    WorkerFailure,
    WorkloadSpec,
)
from advisor.measure.remedies import remedy_for
from advisor.model.candidate import Candidate
from advisor.resources import probes_folder
from advisor.text import one_line

if TYPE_CHECKING:
    from advisor.measure.protocol import Array

REFUSED_VARIABLES = ("OMP_WAIT_POLICY", "KMP_BLOCKTIME", "GOMP_SPINCOUNT", "KMP_LIBRARY")
"""OpenMP wait settings: they alone turned a tie into a factor of 1.9 (evidence, section 4)."""

RETAIN_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "1073741824"}
"""The allocator remedy (glibc): keep freed memory instead of giving it back to the kernel after
every call. 32 MiB is the largest mmap threshold glibc takes on 64-bit machines."""

LONGEST_WORDS = 400
"""Characters of what a worker says in words: a reason, or what it is doing."""
_MARGIN_SECONDS = 60.0
_PATIENCE = 4
"""A request that only ever reports progress is given up after so many times its time."""
_T = TypeVar("_T")


def wait_policy_override(environment: Mapping[str, str]) -> str | None:
    """The OpenMP wait setting that makes a fair comparison impossible, or None."""
    return next((name for name in REFUSED_VARIABLES if environment.get(name)), None)


def _words(said: object) -> str:
    """What a worker said, fit to be shown."""
    return one_line(str(said)[:LONGEST_WORDS])


class WorkerHandle:
    """One resident worker. `start` first; `close` or `kill` last; one request at a time."""

    def __init__(
        self,
        *,
        program: Path | None = None,
        on_progress: Callable[[str], None] | None = None,
    ) -> None:
        """`program` is the worker program (for tests); `on_progress` hears what a long request is
        doing, in words."""
        self._program = program
        self._on_progress = on_progress
        self._child: Child | None = None
        self._number = 0
        self._arrays_sent: dict[str, Array] = {}
        self.candidate: Candidate | None = None
        self.failure: WorkerFailure | None = None
        """How it failed, once it has."""

    async def start(
        self,
        candidate: Candidate,
        *,
        python: Path | str = sys.executable,
        threads: int = 1,
        device: str = "cpu",
        mode: str = "default",
        cache_dir: Path | str | None = None,
        allocator: str = "default",
        timeout: float = 180.0,
    ) -> Hello:
        """Start the process and import the framework.

        `threads` is the number inside one operation; `cache_dir` is where compilers keep their
        work (a fresh folder gives the cold figure); `allocator` is `default` or `retain`.
        """
        override = wait_policy_override(os.environ)
        if override:
            raise WorkerFailure(
                FailureKind.REFUSED,
                f"{override} is set; an OpenMP wait setting alone makes a false winner",
                remedy=f"Unset {override} and measure again.",
            )
        self.candidate = candidate
        try:
            await self.open(python, self._settings(threads, cache_dir, allocator))
            result, _ = await self.ask(
                "start",
                {"framework": candidate.value, "threads": threads, "device": device, "mode": mode},
                timeout,
            )
            return wire.read_hello(result)
        except WorkerFailure as failure:
            await self.close(grace=0)
            failure.remedy = failure.remedy or remedy_for(failure, candidate)
            raise
        except BaseException:
            await self.close(grace=0)
            raise

    async def open(
        self,
        python: Path | str = sys.executable,
        settings: Mapping[str, str] | None = None,
        *,
        timeout: float = 60.0,
    ) -> None:
        """Start the process (after ending one started before) and hear its greeting, without any
        framework.

        `settings` are added to its environment.
        """
        if self._child is not None:
            await self.close(grace=0)
            self._arrays_sent.clear()
        program = self._program or probes_folder() / "worker.py"
        try:
            self._child = await Child.spawn(
                [python, program], environment=child_environment(settings)
            )
        except ChildNotStartedError as error:
            raise self._failed(FailureKind.UNSUPPORTED, str(error)) from error
        try:
            await self._greet(timeout)
        except BaseException:
            await self.close(grace=0)
            raise

    @staticmethod
    def _settings(threads: int, cache_dir: Path | str | None, allocator: str) -> dict[str, str]:
        settings = {
            # The frameworks are told their threads by their own calls as well; these reach numpy
            # and the BLAS libraries below it.
            "OMP_NUM_THREADS": str(threads),
            "MKL_NUM_THREADS": str(threads),
            "OPENBLAS_NUM_THREADS": str(threads),
            "KERAS_BACKEND": "tensorflow",
            "TF_CPP_MIN_LOG_LEVEL": "2",
        }
        if cache_dir is not None:
            settings["TORCHINDUCTOR_CACHE_DIR"] = str(Path(cache_dir) / "inductor")
            settings["TRITON_CACHE_DIR"] = str(Path(cache_dir) / "triton")
        if allocator == "retain":
            settings |= RETAIN_MEMORY
        return settings

    async def prepare(
        self,
        spec: WorkloadSpec,
        arrays: Mapping[str, Array] | None = None,
        *,
        timeout: float = 600.0,
    ) -> Prepared:
        """Build the workload from the common start and make the first call of each operation.

        `arrays` are the data sets its spec names (`advisor.measure.datasets`). The workload
        prepared last is the one that is timed.
        """
        await self._send_arrays(arrays or {})
        fields = {
            "workload": spec.workload,
            "size": spec.size,
            "operations": list(spec.operations),
            "precision": spec.precision,
            "seed": spec.seed,
        }
        result, _ = await self.ask("prepare", fields, timeout)
        return self._read(wire.read_prepared, result)

    async def prove(self, steps: int = 3, *, timeout: float = 300.0) -> ProofData:
        """Outputs, loss and gradients at the common start, and the parameters after `steps`
        optimiser steps, all by the very functions that are timed."""
        result, arrays = await self.ask("prove", {"steps": steps}, timeout)
        return self._read(lambda value: wire.read_proof(value, arrays), result)

    async def time_block(
        self,
        operation: str,
        *,
        iterations: int | None = None,
        seconds: float | None = None,
        extra_work: float = 0.0,
    ) -> Block:
        """Time so many calls, or calls for so many seconds, without a break.

        `extra_work` adds that share of real calls inside the timed block that are not counted:
        a planted slowdown, for checking the statistics.
        """
        expected = seconds if seconds is not None else 30.0
        fields: dict[str, object] = {"operation": operation}
        if iterations is not None:
            fields["iterations"] = iterations
        if seconds is not None:
            fields["seconds"] = seconds
        if extra_work:
            fields["extra_work"] = extra_work
        result, _ = await self.ask("time_block", fields, _MARGIN_SECONDS + 20 * expected)
        return self._read(wire.read_block, result)

    async def calibrate(self, operation: str, target_seconds: float) -> int:
        """How many calls make a block of about `target_seconds` (at least one)."""
        result, _ = await self.ask(
            "calibrate",
            {"operation": operation, "seconds": target_seconds},
            _MARGIN_SECONDS + 20 * target_seconds,
        )
        return self._read(
            lambda value: wire.Reader(value, "calibration").whole("iterations"), result
        )

    async def steady(
        self, operation: str, max_seconds: float, *, max_values: int = 300
    ) -> SteadyState:
        """Times of single calls in a row, at most `max_values` of them within `max_seconds`."""
        result, _ = await self.ask(
            "steady",
            {"operation": operation, "seconds": max_seconds, "values": max_values},
            _MARGIN_SECONDS + 2 * max_seconds,
        )
        values = self._read(lambda value: wire.Reader(value, "series").numbers("values"), result)
        return SteadyState(operation, values)

    async def matmul_peak(self, max_seconds: float = 1.0) -> MatmulPeak:
        """The fastest float32 matrix product of this framework here."""
        result, _ = await self.ask(
            "matmul_peak", {"seconds": max_seconds}, _MARGIN_SECONDS + 20 * max_seconds
        )

        return self._read(wire.read_peak, result)

    async def time_to_accuracy(
        self,
        target: float,
        max_seconds: float,
        *,
        arrays: Mapping[str, Array],
        seed: int = 20250805,
    ) -> TimeToAccuracy:
        """Train the table network on the digits from the common start until `target` held-out
        accuracy, or for `max_seconds` of training. `arrays` come from `datasets.digits`."""
        await self._send_arrays(arrays)
        result, _ = await self.ask(
            "time_to_accuracy",
            {"target": target, "seconds": max_seconds, "seed": seed},
            4 * _MARGIN_SECONDS + 4 * max_seconds,
        )
        return self._read(wire.read_time_to_accuracy, result)

    async def memory(self) -> Memory:
        """Peak memory so far."""
        result, _ = await self.ask("memory", {}, _MARGIN_SECONDS)

        return self._read(wire.read_memory, result)

    async def installed_size(self) -> InstalledSize:
        """Disk space of the framework by its RECORD, alone and with what it requires."""
        result, _ = await self.ask("installed_size", {}, _MARGIN_SECONDS)

        return self._read(wire.read_installed_size, result)

    @property
    def pid(self) -> int | None:
        """Process id while it is alive."""
        alive = self._child is not None and self._child.returncode is None
        return self._child.pid if self._child is not None and alive else None

    def suspend(self) -> None:
        """Stop it, its helpers too, so that it uses no processor."""
        if self._child is not None:
            self._child.suspend()

    def resume(self) -> None:
        """Let it go on."""
        if self._child is not None:
            self._child.resume()

    async def close(self, grace: float = 1.0) -> None:
        """End it politely, then for certain. May be called again."""
        if self._child is not None:
            await self._child.close(grace)

    def kill(self) -> None:
        """End it at once; `close` afterwards frees what belongs to it."""
        if self._child is not None:
            self._child.kill()

    # --- requests ---------------------------------------------------------------------------

    async def _greet(self, timeout: float) -> None:
        message = wire.read_message(await self._line(timeout))
        if message.get("protocol") != protocol.NAME:
            raise self._failed(
                FailureKind.GARBAGE, "it is not a probe worker: no greeting came first"
            )
        if message.get("version") != protocol.VERSION:
            raise self._failed(
                FailureKind.PROTOCOL,
                f"it speaks version {_words(message.get('version'))} of the protocol, "
                f"this advisor speaks {protocol.VERSION}",
            )

    async def ask(
        self, do: str, fields: Mapping[str, object], timeout: float
    ) -> tuple[object, dict[str, Array]]:
        """Send a request and wait for its answer; progress and arrays on the way are taken in."""
        if self._child is None:
            raise self._failed(FailureKind.REFUSED, "the worker was not started")
        self._child.resume()
        self._number += 1
        await self._write(wire.request_line(self._number, do, fields))
        try:
            return await self._answer(timeout)
        except WorkerFailure as failure:
            self.failure = failure
            if failure.kind not in (FailureKind.UNSUPPORTED, FailureKind.REFUSED):
                self.kill()
            raise
        except BaseException:
            # Cancelled: the answer would come at the wrong time.
            self.kill()
            raise

    async def _answer(self, timeout: float) -> tuple[object, dict[str, Array]]:
        assembler = wire.ArrayAssembler()
        last = time.monotonic() + _PATIENCE * timeout
        while True:
            left = last - time.monotonic()
            message = wire.read_message(await self._line(max(0.0, min(timeout, left))))
            if message.get("id") != self._number:
                raise self._failed(FailureKind.PROTOCOL, "it answered another request")
            event = message.get("event")
            if event == "progress":
                self._tell(_words(message.get("message", "")))
            elif event == "array":
                assembler.take(message)
            elif message.get("ok") is True:
                return message.get("result"), assembler.arrays
            else:
                raise self._refusal(message)

    def _read(self, read: Callable[[object], _T], result: object) -> _T:
        """Read a result; one that does not fit ends the worker."""
        try:
            return read(result)
        except WorkerFailure as failure:
            self.failure = failure
            self.kill()
            raise

    async def _send_arrays(self, arrays: Mapping[str, Array]) -> None:
        """Hand over the data sets it does not have yet."""
        for name, array in arrays.items():
            if self._arrays_sent.get(name) is not array:
                for line in wire.array_lines(self._number, name, array):
                    await self._write(line)
                self._arrays_sent[name] = array

    def _tell(self, text: str) -> None:
        if self._on_progress is not None:
            self._on_progress(text)

    async def _write(self, line: bytes) -> None:
        if self._child is None:
            raise self._failed(FailureKind.REFUSED, "the worker was not started")
        try:
            await self._child.write(line)
        except ChildEndedError as error:
            raise self._ended(str(error)) from error

    async def _line(self, timeout: float) -> bytes:
        """The next line, every failure as a `WorkerFailure`."""
        child = self._child
        if child is None:
            raise self._failed(FailureKind.REFUSED, "the worker was not started")
        try:
            return await child.read_line(timeout)
        except ChildSilentError as error:
            child.kill()
            raise self._failed(FailureKind.HUNG, f"{error}; it was ended") from error
        except LineTooLongError as error:
            raise self._failed(FailureKind.GARBAGE, f"it sent {error}") from error
        except ChildEndedError as error:
            raise self._ended(str(error)) from error

    def _ended(self, reason: str) -> WorkerFailure:
        code = self._child.returncode if self._child else None
        kind = FailureKind.CRASHED
        if signal_name(code) in ("SIGKILL", "SIGTERM", "SIGHUP"):
            kind = FailureKind.KILLED
        if code is not None:
            reason = describe_exit(code)
        tail = self._child.stderr_tail.strip().splitlines() if self._child else []
        if code is not None and code > 0 and tail:
            # A program that ends by itself says why in its last line.
            reason = f"{reason}: {_words(tail[-1])}"
        return self._failed(kind, reason)

    def _refusal(self, message: Mapping[str, Any]) -> WorkerFailure:
        error = message.get("error")
        if message.get("ok") is not False or not isinstance(error, dict):
            return self._failed(FailureKind.PROTOCOL, "its answer says neither yes nor no")
        try:
            kind = FailureKind(str(error.get("kind")))
        except ValueError:
            kind = FailureKind.PROTOCOL
        return self._failed(kind, _words(error.get("message", "it gave no reason")))

    def _failed(self, kind: FailureKind, reason: str) -> WorkerFailure:
        code = self._child.returncode if self._child else None
        label = self.candidate.label if self.candidate else "worker"
        self.failure = WorkerFailure(
            kind,
            reason if reason.startswith(label) else f"{label}: {reason}",
            signal_name=signal_name(code),
            process_status=code,
            stderr_tail=self._child.stderr_tail if self._child else "",
        )
        return self.failure
