"""A fake laboratory: workers that live on a clock of their own and take no real time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from advisor.measure.installation import Installation
from advisor.measure.lab import Lab
from advisor.measure.machine import Machine
from advisor.measure.noise import NoiseStore
from advisor.measure.protocol import (
    Block,
    DeviceInfo,
    FailureKind,
    FairnessEntry,
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
from advisor.measure.record import AccuracyRecord, ProofRecord
from advisor.measure.run import Site
from advisor.model.candidate import CANDIDATES, Candidate

MACHINE = Machine(
    system="Linux",
    architecture="x86_64",
    wsl=False,
    cpu_model="Test CPU",
    instructions=("avx2",),
    logical_cpus=2,
    physical_cores=2,
    quota=None,
    memory_bytes=8 * 2**30,
    accelerators=(),
    python="3.11",
)
SITE = Site(
    MACHINE,
    (
        Installation(Candidate.PYTORCH, True, "3.11.7", distribution="torch", version="2.13.0"),
        Installation(
            Candidate.TENSORFLOW, True, "3.11.7", distribution="tensorflow", version="2.21.0"
        ),
    ),
)


@dataclass
class World:
    """Everything the fake workers share: the clock, the truth, and what goes wrong when."""

    seed: int = 0
    now: float = 0.0
    step_seconds: dict[Candidate, float] = field(
        default_factory=lambda: {Candidate.PYTORCH: 0.002, Candidate.TENSORFLOW: 0.002}
    )
    process_sd: float = 0.01
    block_sd: float = 0.03
    start_seconds: float = 2.0
    first_call_seconds: float = 0.2
    faults_per_second: float = 0.0
    """Page faults with the default allocator."""
    other_cores: float = 0.0
    """Processors that other programs keep busy."""
    equal: bool = True
    fail: Callable[[Candidate, str, WorkloadSpec | None, int], FailureKind | None] = (
        lambda _candidate, _request, _spec, _count: None
    )
    """Which request of which worker fails how; the number counts that worker's requests."""
    started: list[FakeWorker] = field(default_factory=list)
    log: list[tuple[str, str]] = field(default_factory=list)
    """(candidate, request) in order."""
    stall: float = 0.0
    """Real seconds that every block takes."""

    def clock(self) -> float:
        """Seconds on the fake clock."""
        return self.now

    def lab(self, folder: Path) -> Lab:
        """A laboratory of fake workers."""

        async def arrays(_workload: str, _size: str, _python: str) -> Mapping[str, Any]:
            return {}

        async def baselines(target: float, _python: str) -> tuple[AccuracyRecord, ...]:
            return (AccuracyRecord("logistic-regression", target, 0.1, 0.96),)

        def compare(_one: ProofData, _other: ProofData) -> ProofRecord:
            deviation = 1e-6 if self.equal else 0.3
            reason = "" if self.equal else "outputs deviate by 0.3"
            return ProofRecord(self.equal, 1e-4, deviation, "outputs", 3, reason)

        return Lab(
            new_worker=lambda: FakeWorker(self),
            arrays=arrays,
            compare=compare,
            baselines=baselines,
            noise=NoiseStore(folder),
            clock=self.clock,
        )

    @property
    def alive(self) -> list[FakeWorker]:
        """Workers that were not ended."""
        return [one for one in self.started if not one.closed]


class FakeWorker:
    """Answers like a worker, in no time."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.random = random.Random(f"{world.seed}/{len(world.started)}")
        self.candidate = Candidate.PYTORCH
        self.spec: WorkloadSpec | None = None
        self.closed = False
        self.suspended = False
        self.allocator = "default"
        self.mode = "default"
        self.requests = 0
        self.asked: list[str] = []
        """Its requests in order; steady with its seconds."""
        self.speed = 1.0

    @property
    def pid(self) -> int | None:
        """It is no process."""
        return None

    def _ask(self, request: str, seconds: float) -> None:
        for other in self.world.alive:
            assert other is self or other.suspended or other.requests == 0, "two at once"
        if self.closed:
            raise WorkerFailure(FailureKind.KILLED, f"{self.candidate.label}: it was ended")
        self.suspended = False
        self.requests += 1
        self.world.now += seconds
        self.world.log.append((self.candidate.value, request))
        self.asked.append(request if request != "steady" else f"steady {seconds:.3f}")
        kind = self.world.fail(self.candidate, request, self.spec, self.requests)
        if kind is not None:
            raise WorkerFailure(kind, f"{self.candidate.label}: planned failure in {request}")

    async def start(
        self,
        candidate: Candidate,
        *,
        python: Path | str = "",
        threads: int = 1,
        device: str = "cpu",
        mode: str = "default",
        cache_dir: Path | str | None = None,
        allocator: str = "default",
        timeout: float = 0.0,
    ) -> Hello:
        self.candidate, self.mode, self.allocator = candidate, mode, allocator
        self.world.started.append(self)
        self.speed = 2.718281828 ** self.random.gauss(0.0, self.world.process_sd)
        self._ask("start", self.world.start_seconds)
        return Hello(
            framework=candidate.value,
            protocol=1,
            python_version="3.11.7",
            versions={candidate.value: "9.9"},
            import_seconds=1.5 if candidate is Candidate.PYTORCH else 2.5,
            import_peak_rss_bytes=200_000_000,
            devices=(DeviceInfo("cpu", True),),
            threads=threads,
            pid=1,
        )

    async def prepare(
        self,
        spec: WorkloadSpec,
        arrays: Mapping[str, Any] | None = None,
        *,
        timeout: float = 0.0,
    ) -> Prepared:
        self.spec = spec
        self._ask("prepare", 0.3)
        first = self.world.first_call_seconds * (20 if self.mode == "best" else 1)
        return Prepared(
            workload=spec.workload,
            size=spec.size,
            operations=spec.operations,
            parameters=1000,
            flops=dict.fromkeys(spec.operations, 1e6),
            items=dict.fromkeys(spec.operations, 32),
            first_call_seconds=dict.fromkeys(spec.operations, first),
            layout="rows",
            precision="float32",
            fairness=(FairnessEntry("threads", "2"),),
            weights_digest="w",
            inputs_digest="i",
            peak_rss_bytes=1,
        )

    async def prove(self, steps: int = 3, *, timeout: float = 0.0) -> ProofData:
        self._ask("prove", 0.1)
        return ProofData(steps, 1000, "w", "i", {}, (1.0,), {}, {}, {})

    def _call(self) -> float:
        base = self.world.step_seconds[self.candidate] * self.speed
        if self.mode == "best":
            base *= 0.5
        if self.world.faults_per_second and self.allocator == "retain":
            base *= 0.6
        return base

    async def time_block(
        self,
        operation: str,
        *,
        iterations: int | None = None,
        seconds: float | None = None,
        extra_work: float = 0.0,
    ) -> Block:
        if self.world.stall:
            await asyncio.sleep(self.world.stall)
        count = iterations or 1
        noise = 2.718281828 ** self.random.gauss(0.0, self.world.block_sd)
        wall = self._call() * count * noise * (1.0 + extra_work)
        self._ask(f"block {operation}", wall)
        storm = self.world.faults_per_second if self.allocator == "default" else 0.0
        return Block(
            operation=operation,
            iterations=count,
            wall_seconds=wall,
            cpu_seconds=2 * wall,
            minor_faults=int(storm * wall),
            involuntary_switches=0,
            steal_share=0.0,
            load=0.5,
            other_cores=self.world.other_cores,
            per_call=tuple([wall / count] * count) if operation == "latency" else None,
        )

    async def calibrate(self, operation: str, target_seconds: float) -> int:
        self._ask("calibrate", 0.2)
        return max(1, round(target_seconds / self._call()))

    async def steady(
        self, operation: str, max_seconds: float, *, max_values: int = 300
    ) -> SteadyState:
        self._ask("steady", max_seconds)
        values = [self._call() * self.random.uniform(0.99, 1.01) for _ in range(max_values)]
        return SteadyState(operation, tuple(values))

    async def matmul_peak(self, max_seconds: float = 1.0) -> MatmulPeak:
        self._ask("matmul_peak", max_seconds)
        return MatmulPeak(100.0, 1024)

    async def time_to_accuracy(
        self,
        target: float,
        max_seconds: float,
        *,
        arrays: Mapping[str, Any],
        seed: int = 0,
    ) -> TimeToAccuracy:
        self._ask("accuracy", 2.0)
        return TimeToAccuracy(target, True, 0.96, 1.5, 0.2, 5, ((1.5, 0.96),))

    async def memory(self) -> Memory:
        self._ask("memory", 0.0)
        return Memory(300_000_000)

    async def installed_size(self) -> InstalledSize:
        self._ask("size", 0.0)
        return InstalledSize(10, 20, {"torch": 10})

    def suspend(self) -> None:
        self.suspended = True

    async def close(self, grace: float = 1.0) -> None:
        self.closed = True

    def kill(self) -> None:
        self.closed = True


def candidates() -> tuple[Candidate, Candidate]:
    """Both, for parametrised tests."""
    return CANDIDATES
