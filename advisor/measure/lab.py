"""What an orchestrated run needs from outside, so that tests can put a fake in its place."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from advisor.measure.noise import NoiseStore
from advisor.measure.protocol import (
    Block,
    Hello,
    InstalledSize,
    MatmulPeak,
    Memory,
    Prepared,
    ProofData,
    SteadyState,
    TimeToAccuracy,
    WorkloadSpec,
)
from advisor.measure.record import AccuracyRecord, ProofRecord
from advisor.model.candidate import Candidate

if TYPE_CHECKING:
    from advisor.measure.protocol import Array

    Arrays = Mapping[str, Array]


class Worker(Protocol):
    """One resident worker, as `advisor.measure.worker.WorkerHandle` offers it."""

    @property
    def pid(self) -> int | None:
        """Process id while it is alive."""

    async def start(
        self,
        candidate: Candidate,
        *,
        python: Path | str = ...,
        threads: int = ...,
        device: str = ...,
        mode: str = ...,
        cache_dir: Path | str | None = ...,
        allocator: str = ...,
        timeout: float = ...,
    ) -> Hello:
        """Start the process and import the framework."""

    async def prepare(
        self, spec: WorkloadSpec, arrays: Arrays | None = None, *, timeout: float = ...
    ) -> Prepared:
        """Build a workload; the one prepared last is timed."""

    async def prove(self, steps: int = ..., *, timeout: float = ...) -> ProofData:
        """Compute what the equal-work proof compares."""

    async def time_block(
        self,
        operation: str,
        *,
        iterations: int | None = ...,
        seconds: float | None = ...,
        extra_work: float = ...,
    ) -> Block:
        """Time so many calls without a break."""

    async def calibrate(self, operation: str, target_seconds: float) -> int:
        """Calls that make a block of that length."""

    async def steady(
        self, operation: str, max_seconds: float, *, max_values: int = ...
    ) -> SteadyState:
        """Times of single calls in a row."""

    async def matmul_peak(self, max_seconds: float = ...) -> MatmulPeak:
        """The fastest matrix product."""

    async def time_to_accuracy(
        self, target: float, max_seconds: float, *, arrays: Arrays, seed: int = ...
    ) -> TimeToAccuracy:
        """Train on the digits until that accuracy."""

    async def memory(self) -> Memory:
        """Peak memory so far."""

    async def installed_size(self) -> InstalledSize:
        """Disk space of the framework."""

    def suspend(self) -> None:
        """Stop it until the next request."""

    async def close(self, grace: float = ...) -> None:
        """End it."""

    def kill(self) -> None:
        """End it at once."""


@dataclass(frozen=True)
class Lab:
    """The outside of a run."""

    new_worker: Callable[[], Worker]
    arrays: Callable[[str, str, str], Awaitable[Arrays]]
    """Data sets of a workload (name, size), made by the interpreter named third."""
    compare: Callable[[ProofData, ProofData], ProofRecord]
    """The equal-work proof: PyTorch's data, TensorFlow's data."""
    baselines: Callable[[float, str], Awaitable[tuple[AccuracyRecord, ...]]]
    """scikit-learn's own learners on the digits: target accuracy, interpreter."""
    noise: NoiseStore
    clock: Callable[[], float] = time.monotonic
