"""One generation: fresh processes of both candidates, the same work, blocks in random pairs.

Order within a generation: start; then workload by workload: prepare both, prove equal work (once
per setting), warm up, pairs of blocks. The candidate that is not being timed is suspended. With an
A/A run, a second process of one candidate takes part in the first workload.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from advisor.measure.budget import Cost
from advisor.measure.events import (
    BlockDone,
    ComparisonId,
    Event,
    Proved,
    WorkerStarted,
)
from advisor.measure.lab import Lab, Worker
from advisor.measure.pairing import AA_ARMS, generations_of
from advisor.measure.plan import FEWEST_PAIRS, ProbePlan, Setting
from advisor.measure.protocol import (
    FailureKind,
    Hello,
    InstalledSize,
    Prepared,
    WorkerFailure,
    WorkloadSpec,
)
from advisor.measure.record import ProcessOutcome, ProcessRecord, RawBlock
from advisor.measure.selection import LATENCY
from advisor.measure.statistics import FEWEST_GENERATIONS, interval_so_far
from advisor.measure.steady import Warmth, detect
from advisor.measure.tally import Side, Tally, raw_block
from advisor.model.candidate import CANDIDATES, Candidate
from advisor.model.measurement import ComparisonStatus, RatioInterval

PROOF_STEPS = 3
MOST_WARMING = 4
"""Warm-up given to an operation that has not settled, as a multiple of the usual."""
MOST_CALLS_KEPT = 20_000
MATMUL_SECONDS = 0.4
SOLO_BLOCKS = 5
_SURVIVED = (FailureKind.UNSUPPORTED, FailureKind.REFUSED)
"""Failures after which the worker still lives."""


@dataclass
class NoiseTally:
    """The A/A run: which candidate, which comparison, and its blocks."""

    wanted: bool
    id: ComparisonId | None = None
    candidate: Candidate | None = None
    blocks: list[RawBlock] = field(default_factory=list)
    side: Side = field(default_factory=Side)


@dataclass
class Costs:
    """What the parts of a generation take here, learnt from one generation to the next."""

    start: Cost = field(default_factory=lambda: Cost(5.0))
    workload: Cost = field(default_factory=lambda: Cost(3.0))
    """Preparing, proving and warming up one workload."""
    pair: Cost = field(default_factory=lambda: Cost(0.3))
    """One pair of blocks."""
    close: Cost = field(default_factory=lambda: Cost(0.3))


@dataclass
class Board:
    """What generations share: results so far, costs, and the way to tell about them."""

    plan: ProbePlan
    lab: Lab
    tell: Callable[[Event], None]
    say: Callable[[str], None]
    """What is being done, in words."""
    costs: dict[Setting, Costs] = field(default_factory=dict)
    noise: NoiseTally = field(default_factory=lambda: NoiseTally(wanted=False))
    noise_sd: float | None = None
    processes: list[ProcessRecord] = field(default_factory=list)
    hellos: dict[Candidate, Hello] = field(default_factory=dict)
    sizes: dict[Candidate, InstalledSize] = field(default_factory=dict)
    peaks: dict[tuple[Candidate, Setting], float] = field(default_factory=dict)
    lost: dict[Candidate, str] = field(default_factory=dict)
    """Candidates that cannot be measured at all, with the reason."""
    crashes: dict[Candidate, int] = field(default_factory=dict)
    extra_work: dict[str, float] = field(default_factory=dict)
    """Planted slowdown by arm, for checking the statistics."""

    def costs_of(self, setting: Setting) -> Costs:
        """The costs learnt for a setting."""
        return self.costs.setdefault(setting, Costs())


class LostWorkerError(Exception):
    """A worker of this generation is gone: the rest of the generation cannot go on."""


@dataclass
class _Running:
    """A started worker and its process record in the making."""

    candidate: Candidate
    worker: Worker
    record: ProcessRecord
    second: bool = False
    alive: bool = True


class Generation:
    """Runs one generation of one setting until `ends_at` on the lab's clock."""

    def __init__(
        self,
        board: Board,
        setting: Setting,
        tallies: Sequence[Tally],
        *,
        number: int,
        ends_at: float,
        cache_dir: str,
    ) -> None:
        self.board, self.setting, self.tallies = board, setting, list(tallies)
        self.number, self.ends_at, self.cache_dir = number, ends_at, cache_dir
        self.clock = board.lab.clock
        self.random = random.Random(f"{board.plan.seed}/{setting}/{number}")
        self.running: dict[str, _Running] = {}
        """By arm: candidate values, and `second` for the A/A process."""

    # --- the course of a generation ---------------------------------------------------------

    async def run(self) -> None:
        """Do it. Failures of workers end up in the tallies, never as exceptions."""
        costs = self.board.costs_of(self.setting)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._close)
            try:
                began = self.clock()
                await self._start_all()
                costs.start.add(self.clock() - began)
                await self._first_facts()
                workloads = self._workloads()
                # Time is shared by operations; the A/A run counts as one more in the first workload.
                weights = [len(tallies) for _, tallies in workloads]
                if weights and "second" in self.running:
                    weights[0] += 1
                for place, (workload, tallies) in enumerate(workloads):
                    left = self.ends_at - self.clock() - costs.close.estimate
                    share = left * weights[place] / sum(weights[place:])
                    await self._workload(workload, tallies, self.clock() + share, first=place == 0)
            except LostWorkerError:
                pass
            except BaseException:
                for one in self.running.values():
                    one.worker.kill()
                raise

    def _workloads(self) -> list[tuple[str, list[Tally]]]:
        """Open comparisons by workload, in planned order."""
        found: dict[str, list[Tally]] = {}
        for tally in self.tallies:
            if tally.open or self.solo_due(tally):
                found.setdefault(tally.id.workload, []).append(tally)
        return list(found.items())

    @staticmethod
    def solo_due(tally: Tally) -> bool:
        """One side failed and the other has no figure yet."""
        return (
            tally.status is ComparisonStatus.FAILED
            and len(tally.failed) == 1
            and not (tally.blocks or tally.solo)
        )

    def _candidates(self) -> list[Candidate]:
        return [one for one in CANDIDATES if one not in self.board.lost]

    # --- processes --------------------------------------------------------------------------

    async def _start_all(self) -> None:
        """One process per candidate; in random order, each import alone."""
        order = self._candidates()
        self.random.shuffle(order)
        for candidate in order:
            self.board.say(f"starting {candidate.label}")
            await self._start(candidate.value, candidate)
        if not self.running:
            raise LostWorkerError
        noise = self.board.noise
        if noise.wanted and len(self.running) == len(CANDIDATES):
            if noise.candidate is None:
                # The quicker import, so that the run costs least; blind to names.
                noise.candidate = min(
                    CANDIDATES, key=lambda one: self.running[one.value].record.import_seconds or 0.0
                )
            self.board.say(f"starting a second {noise.candidate.label} for the noise floor")
            await self._start("second", noise.candidate)

    async def _start(self, arm: str, candidate: Candidate) -> None:
        worker = self.board.lab.new_worker()
        record = ProcessRecord(
            candidate, self.number, self._mode_name, self.setting.threads, self.setting.device
        )
        running = _Running(candidate, worker, record, second=arm == "second")
        python = self.board.plan.pythons.get(candidate)
        others = [one for one in self.running.values() if one.alive]
        for one in others:
            one.worker.suspend()
        try:
            hello = await worker.start(
                candidate,
                python=python or sys.executable,
                threads=self.setting.threads,
                device=self.setting.device,
                mode=self.setting.mode,
                cache_dir=self.cache_dir,
                allocator="retain" if self.setting.allocator else "default",
            )
        except WorkerFailure as failure:
            self._note(running, failure)
            if arm != "second":
                self._lose(candidate, failure)
            return
        except BaseException:
            worker.kill()
            await worker.close(grace=0)
            raise
        running.record = ProcessRecord(
            candidate,
            self.number,
            self._mode_name,
            self.setting.threads,
            self.setting.device,
            import_seconds=hello.import_seconds,
            import_rss_bytes=hello.import_peak_rss_bytes,
            alone=True,
        )
        worker.suspend()
        self.running[arm] = running
        if arm != "second":
            self.board.hellos.setdefault(candidate, hello)
            version = next(iter(hello.versions.values()), "")
            self.board.tell(WorkerStarted(candidate, self.number, version, hello.import_seconds))

    @property
    def _mode_name(self) -> str:
        return self.setting.mode + ("-allocator" if self.setting.allocator else "")

    def _lose(self, candidate: Candidate, failure: WorkerFailure) -> None:
        """A candidate that does not start will not start next time."""
        if self.setting.mode == "default" and not self.setting.allocator:
            self.board.lost[candidate] = failure.reason
        for tally in self.tallies:
            tally.fail(candidate, failure.reason)

    def _note(self, running: _Running, failure: WorkerFailure) -> None:
        """Write a failure into the process record."""
        running.alive = False
        running.worker.kill()
        old = running.record
        self.board.processes.append(
            ProcessRecord(
                old.candidate, old.generation, old.mode, old.threads, old.device,
                old.import_seconds, old.import_rss_bytes, old.peak_rss_bytes, old.alone,
                ProcessOutcome(failure.kind.value), failure.reason,
            )
        )  # fmt: skip

    async def _close(self) -> None:
        """End every process; the living ones tell their peak memory first."""
        began = self.clock()
        for one in self.running.values():
            peak = None
            if one.alive:
                try:
                    peak = (await one.worker.memory()).peak_rss_bytes
                except WorkerFailure:
                    peak = None
            await one.worker.close(grace=0)
            if one.alive:
                old = one.record
                self.board.processes.append(
                    ProcessRecord(
                        old.candidate, old.generation, old.mode, old.threads, old.device,
                        old.import_seconds, old.import_rss_bytes, peak, old.alone,
                    )
                )  # fmt: skip
        self.board.costs_of(self.setting).close.add(self.clock() - began)

    async def _first_facts(self) -> None:
        """Once per candidate and setting: its matrix-multiply peak, its size on disk."""
        for candidate in self._candidates():
            running = self.running.get(candidate.value)
            if running is None:
                continue
            try:
                if (candidate, self.setting) not in self.board.peaks:
                    peak = await running.worker.matmul_peak(MATMUL_SECONDS)
                    self.board.peaks[candidate, self.setting] = peak.gflops
                if candidate not in self.board.sizes:
                    self.board.sizes[candidate] = await running.worker.installed_size()
            except WorkerFailure as failure:
                self._worker_failed(running, failure, [])
            finally:
                if running.alive:
                    running.worker.suspend()

    def _worker_failed(
        self, running: _Running, failure: WorkerFailure, tallies: Sequence[Tally]
    ) -> None:
        """Book a failure on the comparisons it belongs to; a dead worker ends the generation."""
        if not running.second:
            for tally in tallies:
                tally.fail(running.candidate, failure.reason)
        if failure.kind in _SURVIVED:
            return
        self._note(running, failure)
        count = self.board.crashes.get(running.candidate, 0) + 1
        self.board.crashes[running.candidate] = count
        if running.second:
            self.board.noise.wanted = False
            return
        if count > FEWEST_GENERATIONS:
            self.board.lost.setdefault(running.candidate, failure.reason)
        raise LostWorkerError

    # --- one workload -----------------------------------------------------------------------

    async def _workload(
        self, workload: str, tallies: list[Tally], ends_at: float, *, first: bool
    ) -> None:
        began = self.clock()
        once = 0.0
        size = tallies[0].id.size
        self.board.say(f"preparing {workload}")
        arms = await self._prepare(workload, size, tallies, with_noise=first)
        if all(candidate.value in arms for candidate in CANDIDATES):
            proving = self.clock()
            await self._prove(tallies)
            once = self.clock() - proving
        open_now = [tally for tally in tallies if tally.open]
        await self._warm(open_now, tallies, first=first)
        costs = self.board.costs_of(self.setting)
        costs.workload.add(self.clock() - began - once)
        await self._solo(tallies)
        open_now = [tally for tally in open_now if tally.open]
        if open_now:
            self.board.say(f"timing {workload}")
            await self._pairs(open_now, ends_at, first=first)

    async def _prepare(
        self, workload: str, size: str, tallies: list[Tally], *, with_noise: bool
    ) -> dict[str, Prepared]:
        """Build the workload on every arm; operations one side cannot do fail there."""
        operations = tuple(tally.id.operation for tally in tallies)
        spec = WorkloadSpec(workload=workload, size=size, operations=operations)
        done: dict[str, Prepared] = {}
        for arm, running in self._arms(with_noise):
            python = self.board.plan.pythons.get(running.candidate) or ""
            arrays = await self.board.lab.arrays(workload, size, python)
            try:
                prepared = await running.worker.prepare(spec, arrays)
            except WorkerFailure as failure:
                self._worker_failed(running, failure, tallies)
                continue
            finally:
                if running.alive:
                    running.worker.suspend()
            done[arm] = prepared
            if running.second:
                continue
            for tally in tallies:
                side = tally.sides[running.candidate]
                side.prepared = prepared
                operation = tally.id.operation
                if operation in prepared.unsupported:
                    tally.fail(running.candidate, prepared.unsupported[operation])
                elif operation in prepared.first_call_seconds:
                    side.first_calls.append(prepared.first_call_seconds[operation])
        return done

    def _arms(self, with_noise: bool) -> Iterator[tuple[str, _Running]]:
        for arm, running in list(self.running.items()):
            if running.alive and (with_noise or not running.second):
                yield arm, running

    async def _prove(self, tallies: list[Tally]) -> None:
        """Show that both sides do the same work; what fails is never timed."""
        due = [tally for tally in tallies if tally.open and tally.proof is None]
        if not due:
            return
        self.board.say(f"proving equal work: {due[0].id.workload}")
        data = {}
        for candidate in CANDIDATES:
            running = self.running[candidate.value]
            try:
                data[candidate] = await running.worker.prove(PROOF_STEPS)
            except WorkerFailure as failure:
                self._worker_failed(running, failure, due)
                return
            finally:
                if running.alive:
                    running.worker.suspend()
        proof = self.board.lab.compare(data[Candidate.PYTORCH], data[Candidate.TENSORFLOW])
        for tally in due:
            tally.proof = proof
            if not proof.passed:
                tally.close(ComparisonStatus.NOT_COMPARABLE, proof.reason)
            self.board.tell(
                Proved(tally.id, proof.passed, proof.largest_deviation, proof.tolerance)
            )

    async def _warm(self, open_now: list[Tally], tallies: list[Tally], *, first: bool) -> None:
        """Run every operation until steady, and learn how many calls fill a block."""
        due = [*open_now, *(tally for tally in tallies if self.solo_due(tally))]
        for tally in due:
            for arm, running in self._arms(first and self._is_noise(tally)):
                if running.candidate in tally.failed or (not tally.open and running.second):
                    continue
                side = self.board.noise.side if running.second else tally.sides[running.candidate]
                self.board.say(f"warming up {tally.id.operation} of {tally.id.workload}: {arm}")
                try:
                    await self._warm_side(running.worker, tally, side)
                except WorkerFailure as failure:
                    self._worker_failed(running, failure, [tally])
                finally:
                    if running.alive:
                        running.worker.suspend()

    async def _warm_side(self, worker: Worker, tally: Tally, side: Side) -> None:
        values: list[float] = []
        spent = self.clock()
        while True:
            series = await worker.steady(tally.id.operation, self.board.plan.warm_seconds)
            values += series.values
            found = detect(values)
            enough = found.steady or found.gave_up or self.number > 0
            most = MOST_WARMING * self.board.plan.warm_seconds
            if enough or self.clock() - spent > most or len(series.values) < 5:
                break
        if side.warmth is None:
            side.warmth = found if len(values) >= 40 else Warmth(found.steady, 0)
        side.iterations = await worker.calibrate(tally.id.operation, self.board.plan.block_seconds)

    def _is_noise(self, tally: Tally) -> bool:
        """Whether the A/A run is made on this comparison: the first one that can be timed."""
        noise = self.board.noise
        if noise.id is None and noise.wanted and "second" in self.running and tally.open:
            noise.id = tally.id
        return noise.id == tally.id

    # --- blocks -----------------------------------------------------------------------------

    async def _pairs(self, tallies: list[Tally], ends_at: float, *, first: bool) -> None:
        """Rounds of pairs over all operations in random order, until time or the most pairs.

        A few pairs are always made, unless the whole budget is over.
        """
        cost = self.board.costs_of(self.setting).pair
        for pair in range(self.board.plan.most_pairs):
            order = [tally for tally in tallies if tally.open]
            self.random.shuffle(order)
            round_cost = cost.estimate * (len(order) + first)
            if pair >= FEWEST_PAIRS and self.clock() + round_cost > ends_at:
                return
            for tally in order:
                began = self.clock()
                arms = [
                    (candidate.value, self.running[candidate.value], tally.sides[candidate])
                    for candidate in CANDIDATES
                ]
                blocks = await self._pair(tally, arms, pair)
                tally.blocks += blocks
                cost.add(self.clock() - began)
                self._tell_pair(tally.id, blocks, tally.generations(), noise=False)
            await self._noise_pair(tallies, pair, first=first)

    async def _noise_pair(self, tallies: list[Tally], pair: int, *, first: bool) -> None:
        noise = self.board.noise
        second = self.running.get("second")
        if not first or second is None or not second.alive or noise.candidate is None:
            return
        tally = next((one for one in tallies if one.open and one.id == noise.id), None)
        if tally is None:
            return
        side = tally.sides[noise.candidate]
        arms = [
            (AA_ARMS[0], self.running[noise.candidate.value], side),
            (AA_ARMS[1], second, side),
        ]
        blocks = await self._pair(tally, arms, pair)
        if len(blocks) == 2:
            noise.blocks += blocks
            self._tell_pair(tally.id, blocks, generations_of(noise.blocks), noise=True)

    async def _pair(
        self, tally: Tally, arms: list[tuple[str, _Running, Side]], pair: int
    ) -> list[RawBlock]:
        """One block of each arm, one after the other, in random order."""
        order = list(arms)
        self.random.shuffle(order)
        blocks: list[RawBlock] = []
        for position, (arm, running, side) in enumerate(order):
            try:
                block = await running.worker.time_block(
                    tally.id.operation,
                    iterations=side.iterations,
                    extra_work=self.board.extra_work.get(arm, 0.0),
                )
            except WorkerFailure as failure:
                self._worker_failed(running, failure, [tally])
                return []
            finally:
                if running.alive:
                    running.worker.suspend()
            blocks.append(
                raw_block(block, arm=arm, generation=self.number, pair=pair, position=position)
            )
            if tally.id.operation == LATENCY and arm not in AA_ARMS:
                room = MOST_CALLS_KEPT - len(side.calls)
                side.calls += (block.per_call or ())[: max(0, room)]
        return blocks

    def _tell_pair(
        self,
        comparison: ComparisonId,
        blocks: list[RawBlock],
        generations: list[list[float]],
        *,
        noise: bool,
    ) -> None:
        by_arm = {block.arm: block.seconds for block in blocks}
        names = AA_ARMS if noise else (Candidate.PYTORCH.value, Candidate.TENSORFLOW.value)
        if any(name not in by_arm for name in names):
            return
        so_far: RatioInterval | None = interval_so_far(generations, self.board.noise_sd)
        self.board.tell(
            BlockDone(
                comparison,
                self.number,
                blocks[0].pair,
                by_arm[names[1]] / by_arm[names[0]],
                so_far,
                provisional=len(generations) < FEWEST_GENERATIONS,
                noise=noise,
            )
        )

    async def _solo(self, tallies: list[Tally]) -> None:
        """Where one side cannot do it, the other's own figures are still worth having."""
        for tally in tallies:
            if not self.solo_due(tally):
                continue
            for candidate in CANDIDATES:
                running = self.running.get(candidate.value)
                if candidate in tally.failed or running is None or not running.alive:
                    continue
                arms = [(candidate.value, running, tally.sides[candidate])]
                for number in range(SOLO_BLOCKS):
                    tally.solo += await self._pair(tally, arms, -1 - number)
