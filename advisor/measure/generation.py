"""One generation: fresh processes of both candidates, the same work, blocks in random pairs.

Order within a generation: start; then workload by workload: prepare both, prove equal work, warm
up, pairs of blocks. The candidate that is not being timed is suspended. For an
A/A run the processes of the generation before stay, stopped, and are timed against their successors
on the last workload, which they have prepared: a noise floor that costs no start of its own.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from advisor.measure.board import Board
from advisor.measure.crew import Crew, Member, all_of
from advisor.measure.events import BlockDone, ComparisonId, Proved
from advisor.measure.lab import Worker
from advisor.measure.machine import affinity
from advisor.measure.pairing import AA_ARMS, AB_ARMS, generations_of
from advisor.measure.pinning import fastest_processors, pin
from advisor.measure.plan import FEWEST_PAIRS, NOT_REACHED, Setting
from advisor.measure.protocol import FailureKind, ProofData, WorkerFailure, WorkloadSpec
from advisor.measure.record import RawBlock
from advisor.measure.selection import LATENCY
from advisor.measure.statistics import FEWEST_GENERATIONS, interval_so_far
from advisor.measure.steady import Warmth, detect
from advisor.measure.tally import Side, Tally, raw_block
from advisor.model.candidate import CANDIDATES, Candidate
from advisor.model.measurement import ComparisonStatus

PROOF_STEPS = 3
MOST_WARMING_SECONDS = 2.0
"""Warm-up given to an operation that has not settled, in a run with time for it."""
AGAIN = 2.0
"""Warm-up of later generations, in multiples of what the first one was seen to need."""
SHORTEST_WARMING_SHARE = 0.3
"""... but never less than this share of the usual warm-up."""
HURRIED_BELOW = 0.4
"""Usual seconds of warm-up below which a run is in a hurry."""
LATER_SHARE = 0.6
"""What a later generation takes of the first one: started and prepared all at once."""
MOST_CALLS_KEPT = 20_000
SOLO_BLOCKS = 5
_SURVIVED = (FailureKind.UNSUPPORTED, FailureKind.REFUSED)
"""Failures after which the worker still lives."""


class LostWorkerError(Exception):
    """A worker of this generation is gone: the rest of the generation cannot go on."""


class LostVeteranError(Exception):
    """A process kept for the A/A run is gone: only its pairs are missing."""


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
        self.number, self.ends_at = number, ends_at
        self.clock = board.lab.clock
        self.random = random.Random(f"{board.plan.seed}/{setting}/{number}")
        self._early: set[tuple[str, str]] = set()
        """Arms whose first workload was prepared while others were starting."""
        self.crew = Crew(
            board, setting, number=number, cache_dir=cache_dir, on_loss=self._candidate_lost
        )

    async def run(self) -> None:
        """Do it. Failures of workers end up in the tallies, never as exceptions."""
        costs = self.board.costs_of(self.setting)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._close)
            try:
                began = self.clock()
                await self.crew.start(self.random, self._prepare_early)
                costs.start.add(self.clock() - began)
                self._need_both()
                for member, failure in await self.crew.first_facts():
                    self._worker_failed(member, failure, [])
                await self._all_workloads()
            except LostWorkerError:
                pass
            except BaseException:
                self.crew.kill()
                raise

    def _need_both(self) -> None:
        """Without one of the two there is nothing to compare, unless it is given up for good."""
        if not self.crew.complete and any(tally.open for tally in self.tallies):
            raise LostWorkerError

    async def _close(self) -> None:
        began = self.clock()
        try:
            await self.crew.close()
        except BaseException:
            # Cancelled while closing: nobody may be left behind.
            self.crew.kill()
            raise
        self.board.costs_of(self.setting).close.add(self.clock() - began)

    async def _all_workloads(self) -> None:
        """Share the time by operations; A/A pairs count as further ones in the last workload."""
        closing = self.board.costs_of(self.setting).close.estimate
        workloads = self._workloads() if self.crew.members else []
        weights = [len(tallies) for _, tallies in workloads]
        if weights:
            weights[-1] += len(self.board.veterans)
        began = self.clock()
        for place, (workload, tallies) in enumerate(workloads):
            if place and self._too_slow(self.clock() - began, tallies):
                for _, left_out in workloads[place:]:
                    for tally in left_out:
                        tally.close(ComparisonStatus.SKIPPED, NOT_REACHED)
                return
            left = self.ends_at - self.clock() - closing
            share = left * weights[place] / sum(weights[place:])
            last = place == len(workloads) - 1
            await self._workload(workload, tallies, self.clock() + share, last=last)

    def _too_slow(self, spent: float, tallies: list[Tally]) -> bool:
        """In the first generation: one more workload would leave no time for the generations that
        a verdict needs, judged by what the first workload took on this machine."""
        if self.number > 0 or self.board.plan.unchanging:
            return False
        costs = self.board.costs_of(self.setting)
        pairs = len(tallies) * FEWEST_PAIRS * costs.pair.estimate
        more = costs.preparing(tallies[0].id.workload) + pairs
        later = LATER_SHARE * (costs.start.estimate + spent + more)
        return more + (self.board.plan.fewest_generations - 1) * later > self.board.remaining()

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

    # --- failures ---------------------------------------------------------------------------

    def _candidate_lost(self, candidate: Candidate, failure: WorkerFailure) -> None:
        """A candidate that does not start will not start next time; one that did before may."""
        if self.number > 0 and candidate in self.board.hellos:
            self._count_fall(candidate, failure)
            return
        if self.setting.mode == "default" and not self.setting.allocator:
            self.board.lost[candidate] = failure.reason
            self.board.remedies[candidate] = failure.remedy
        for tally in self.tallies:
            tally.fail(candidate, failure.reason)

    def _worker_failed(
        self, member: Member, failure: WorkerFailure, tallies: Sequence[Tally]
    ) -> None:
        """Book a failure on the comparisons it belongs to; a dead worker ends the generation."""
        for tally in tallies:
            tally.fail(member.candidate, failure.reason)
        if failure.kind in _SURVIVED:
            return
        self.crew.note(member, failure)
        self._count_fall(member.candidate, failure)
        raise LostWorkerError

    def _count_fall(self, candidate: Candidate, failure: WorkerFailure) -> None:
        """A candidate that falls again and again is given up."""
        count = self.board.crashes.get(candidate, 0) + 1
        self.board.crashes[candidate] = count
        if count > FEWEST_GENERATIONS:
            self.board.lost.setdefault(candidate, failure.reason)

    # --- one workload -----------------------------------------------------------------------

    async def _workload(
        self, workload: str, tallies: list[Tally], ends_at: float, *, last: bool
    ) -> None:
        began = self.clock()
        self.board.say(f"preparing {workload}")
        await self._prepare(workload, tallies)
        if self.crew.complete:
            await self._prove(tallies)
        open_now = [tally for tally in tallies if tally.open]
        await self._warm(open_now, tallies)
        self.board.costs_of(self.setting).learn(workload, self.clock() - began)
        await self._solo(tallies)
        open_now = [tally for tally in open_now if tally.open]
        if open_now:
            self.board.say(f"timing {workload}")
            self._pin(True)
            try:
                await self._pairs(open_now, ends_at, last=last)
            finally:
                self._pin(False)

    async def _prepare(self, workload: str, tallies: list[Tally]) -> None:
        """Build the workload in every process: one after the other while first calls are taken."""
        members = list(self.crew.living())
        if self.crew.together:
            members = [one for one in members if (one.arm, workload) not in self._early]
            await all_of(self._prepare_one(one, workload, tallies) for one in members)
        else:
            for one in members:
                await self._prepare_one(one, workload, tallies)

    async def _prepare_early(self, member: Member) -> None:
        """Go on with the first workload while others are still starting."""
        workloads = self._workloads()
        if workloads:
            workload, tallies = workloads[0]
            self._early.add((member.arm, workload))
            await self._prepare_one(member, workload, tallies)

    async def _prepare_one(self, member: Member, workload: str, tallies: list[Tally]) -> None:
        """Build it in one process; operations it cannot do fail there."""
        size = tallies[0].id.size
        operations = tuple(tally.id.operation for tally in tallies)
        spec = WorkloadSpec(workload=workload, size=size, operations=operations)
        python = self.board.plan.pythons.get(member.candidate) or ""
        try:
            arrays = await self.board.lab.arrays(workload, size, python)
            prepared = await member.worker.prepare(spec, arrays)
        except WorkerFailure as failure:
            self._worker_failed(member, failure, tallies)
            return
        finally:
            member.rest()
        member.workload = workload
        for tally in tallies:
            side = tally.sides[member.candidate]
            side.prepared = prepared
            operation = tally.id.operation
            if operation in prepared.unsupported:
                tally.fail(member.candidate, prepared.unsupported[operation])
            elif operation in prepared.first_call_seconds and not self.crew.together:
                side.first_calls.append(prepared.first_call_seconds[operation])

    async def _prove(self, tallies: list[Tally]) -> None:
        """Show that both sides do the same work; what fails is never timed.

        In every generation: the proof is work of its own, and memory that it has used changes how
        the C library's allocator treats what is timed afterwards. When only the first generation
        proved, its ratio in training a transformer was 1.52, that of the others 1.20 to 1.30.
        """
        due = [tally for tally in tallies if tally.open]
        if not due:
            return
        self.board.say(f"proving equal work: {due[0].id.workload}")
        data: dict[Candidate, ProofData] = {}

        async def prove(candidate: Candidate) -> None:
            member = self.crew[candidate.value]
            try:
                data[candidate] = await member.worker.prove(PROOF_STEPS)
            except WorkerFailure as failure:
                self._worker_failed(member, failure, due)
            finally:
                member.rest()

        await all_of(prove(candidate) for candidate in CANDIDATES)
        if len(data) < len(CANDIDATES):
            return
        proof = self.board.lab.compare(data[Candidate.PYTORCH], data[Candidate.TENSORFLOW])
        for tally in due:
            first = tally.proof is None
            tally.proved(proof)
            if first or not proof.passed:
                self.board.tell(
                    Proved(tally.id, proof.passed, proof.largest_deviation, proof.tolerance)
                )

    async def _warm(self, open_now: list[Tally], tallies: list[Tally]) -> None:
        """Run every operation until steady, and learn how many calls fill a block."""
        due = [*open_now, *(tally for tally in tallies if self.solo_due(tally))]
        for tally in due:
            for member in self.crew.living():
                if member.candidate in tally.failed:
                    continue
                side = tally.sides[member.candidate]
                self.board.say(f"warming up {tally.id.operation} of {tally.id.workload}")
                try:
                    await self._warm_side(member.worker, tally, side)
                except WorkerFailure as failure:
                    self._worker_failed(member, failure, [tally])
                finally:
                    member.rest()

    async def _warm_side(self, worker: Worker, tally: Tally, side: Side) -> None:
        values: list[float] = []
        began = self.clock()
        usual = self.board.plan.warm_seconds
        seconds = usual if side.warming is None else side.warming
        while True:
            series = await worker.steady(tally.id.operation, seconds)
            values += series.values
            found = detect(values)
            enough = found.steady or found.gave_up or side.warmth is not None
            # A hurried run gives no more than twice the usual.
            most = MOST_WARMING_SECONDS if usual >= HURRIED_BELOW else 2 * usual
            if enough or self.clock() - began > most or len(series.values) < 5:
                break
        if side.warmth is None:
            side.warmth = found if len(values) >= 40 else Warmth(found.steady, 0)
            if found.steady:
                needed = AGAIN * sum(values[: found.skipped])
                side.warming = min(usual, max(SHORTEST_WARMING_SHARE * usual, needed))
            side.iterations = await worker.calibrate(
                tally.id.operation, self.board.plan.block_seconds
            )

    def _pin(self, pinned: bool) -> None:
        """Single-threaded work on one processor while it is timed, a fresh one per generation."""
        if self.setting.threads != 1 or self.setting.device != "cpu":
            return
        where = [self.random.choice(fastest_processors())] if pinned else affinity()
        for member in (*self.crew.members.values(), *self.board.veterans.values()):
            if member.alive:
                pin(member.worker.pid, where)

    # --- blocks -----------------------------------------------------------------------------

    async def _pairs(self, tallies: list[Tally], ends_at: float, *, last: bool) -> None:
        """Rounds of pairs over all operations in random order, until time or the most pairs.

        A few pairs are always made, unless the whole budget is over.
        """
        cost = self.board.costs_of(self.setting).pair
        for pair in range(self.board.plan.most_pairs):
            order = [tally for tally in tallies if tally.open]
            self.random.shuffle(order)
            others = len(self.board.veterans) if last else 0
            if (
                pair >= FEWEST_PAIRS
                and self.clock() + cost.estimate * (len(order) + others) > ends_at
            ):
                return
            for tally in order:
                began = self.clock()
                arms = [
                    (candidate.value, self.crew[candidate.value], tally.sides[candidate])
                    for candidate in CANDIDATES
                ]
                blocks = await self._pair(tally, arms, pair)
                tally.blocks += blocks
                cost.add(self.clock() - began)
                self._tell_pair(tally.id, blocks, tally.generations(), noise=False)
            if last and tallies:
                await self._noise_pairs(tallies[0], pair)

    async def _noise_pairs(self, tally: Tally, pair: int) -> None:
        """A pair of each candidate's process before against its process now."""
        noise = self.board.noise
        for place, candidate in enumerate(CANDIDATES):
            veteran = self.board.veterans.get(candidate)
            if veteran is None or veteran.workload != tally.id.workload or not tally.open:
                continue
            if noise.id is not None and noise.id != tally.id:
                continue
            noise.id = tally.id
            side = tally.sides[candidate]
            arms = [
                (AA_ARMS[0], veteran, side),
                (AA_ARMS[1], self.crew[candidate.value], side),
            ]
            try:
                blocks = await self._pair(tally, arms, pair)
            except LostVeteranError:
                del self.board.veterans[candidate]
                continue
            # each pair of processes counts as a generation of the A/A run
            number = 2 * self.number + place
            noise.blocks += [replace(block, generation=number) for block in blocks]
            self._tell_pair(tally.id, blocks, generations_of(noise.blocks), noise=True)

    async def _pair(
        self, tally: Tally, arms: list[tuple[str, Member, Side]], pair: int
    ) -> list[RawBlock]:
        """One block of each arm, one after the other, in random order."""
        order = list(arms)
        self.random.shuffle(order)
        blocks: list[RawBlock] = []
        for position, (arm, member, side) in enumerate(order):
            try:
                block = await member.worker.time_block(
                    tally.id.operation,
                    iterations=side.iterations,
                    extra_work=self.board.extra_work.get(arm, 0.0),
                )
            except WorkerFailure as failure:
                if arm == AA_ARMS[0]:
                    raise LostVeteranError from failure
                self._worker_failed(member, failure, [tally])
                return []
            finally:
                member.rest()
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
        names = AA_ARMS if noise else AB_ARMS
        if any(name not in by_arm for name in names):
            return
        so_far = interval_so_far(generations, self.board.noise_sd)
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
                member = self.crew.get(candidate.value)
                if candidate in tally.failed or member is None:
                    continue
                arms = [(candidate.value, member, tally.sides[candidate])]
                for number in range(SOLO_BLOCKS):
                    tally.solo += await self._pair(tally, arms, -1 - number)
