"""The worker processes of one generation: started, known by arm, ended whatever happens."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from advisor.measure.board import Board
from advisor.measure.events import WorkerStarted
from advisor.measure.lab import Worker
from advisor.measure.plan import Setting
from advisor.measure.protocol import WorkerFailure
from advisor.measure.record import ProcessOutcome, ProcessRecord
from advisor.model.candidate import CANDIDATES, Candidate


async def all_of(works: Iterable[Coroutine[object, object, None]]) -> None:
    """Do all at once and wait for all, even when one fails; then raise the first failure."""
    for error in await asyncio.gather(*works, return_exceptions=True):
        if error is not None:
            raise error


MATMUL_SECONDS = 0.4
PEAK_RESERVE = 3.0
"""Seconds that must be left of the budget to take a matrix-multiply peak."""
LONGEST_START_SECONDS = 180.0
SHORTEST_START_SECONDS = 10.0
SHORT_SECONDS = 30.0
"""A budget below which no import and first-call times are taken."""


@dataclass
class Member:
    """A started worker and its process record in the making."""

    arm: str
    candidate: Candidate
    worker: Worker
    record: ProcessRecord
    alive: bool = True
    workload: str = ""
    """What it has prepared last."""

    def rest(self) -> None:
        """Suspend it, if it lives."""
        if self.alive:
            self.worker.suspend()


class Crew:
    """The processes of one generation."""

    def __init__(
        self,
        board: Board,
        setting: Setting,
        *,
        number: int,
        cache_dir: str,
        on_loss: Callable[[Candidate, WorkerFailure], None],
    ) -> None:
        """`on_loss` hears of a candidate that does not start."""
        self.board, self.setting = board, setting
        self.number, self.cache_dir = number, cache_dir
        self.members: dict[str, Member] = {}
        """By arm, that is by candidate value."""
        self._on_loss = on_loss
        self._killed = False

    @property
    def together(self) -> bool:
        """Start and prepare all at once: from the second generation on, when import and first-call
        times have been taken from processes that had the machine to themselves; with the allocator
        remedy, and in a run too short to take them, always."""
        short = self.board.plan.budget_seconds < SHORT_SECONDS
        return self.number > 0 or self.setting.allocator or short

    @property
    def complete(self) -> bool:
        """Whether both candidates are here and alive."""
        return all(one.value in self.members and self[one.value].alive for one in CANDIDATES)

    def __getitem__(self, arm: str) -> Member:
        """The member of that arm. Raises KeyError."""
        return self.members[arm]

    def get(self, arm: str) -> Member | None:
        """The living member of that arm."""
        found = self.members.get(arm)
        return found if found is not None and found.alive else None

    def living(self) -> Iterator[Member]:
        """Living members."""
        for member in list(self.members.values()):
            if member.alive:
                yield member

    # --- starting ---------------------------------------------------------------------------

    async def start(self, order: random.Random, then: Callable[[Member], Awaitable[None]]) -> None:
        """Start one process per candidate that is not lost.

        When all start at once, each goes on to `then` as soon as it is up.
        """
        names = [one for one in CANDIDATES if one not in self.board.lost]
        order.shuffle(names)
        if self.together:
            self.board.say("starting " + " and ".join(one.label for one in names))
            await all_of(self._start_and(one, then) for one in names)
            return
        for one in names:
            self.board.say(f"starting {one.label}")
            await self._start(one)

    async def _start_and(
        self, candidate: Candidate, then: Callable[[Member], Awaitable[None]]
    ) -> None:
        await self._start(candidate)
        member = self.get(candidate.value)
        if member is not None:
            await then(member)

    async def _start(self, candidate: Candidate) -> None:
        worker = self.board.lab.new_worker()
        setting = self.setting
        mode = setting.mode + ("-allocator" if setting.allocator else "")
        record = ProcessRecord(
            candidate,
            self.number,
            mode,
            setting.threads,
            setting.device,
            alone=not self.together,
        )
        member = Member(candidate.value, candidate, worker, record)
        try:
            hello = await worker.start(
                candidate,
                python=self.board.plan.pythons.get(candidate) or sys.executable,
                threads=setting.threads,
                device=setting.device,
                mode=setting.mode,
                cache_dir=self.cache_dir,
                allocator="retain" if setting.allocator else "default",
                timeout=self._patience(),
            )
        except WorkerFailure as failure:
            self.note(member, failure)
            self._on_loss(candidate, failure)
            return
        except BaseException:
            worker.kill()
            await worker.close(grace=0)
            raise
        member.record = replace(
            record,
            import_seconds=hello.import_seconds,
            import_rss_bytes=hello.import_peak_rss_bytes,
        )
        member.rest()
        self.members[member.arm] = member
        self.board.hellos.setdefault(candidate, hello)
        version = next(iter(hello.versions.values()), "")
        self.board.tell(WorkerStarted(candidate, self.number, version, hello.import_seconds))

    def _patience(self) -> float:
        """How long an import may take: one that hangs must leave time for the other side."""
        share = self.board.remaining() / len(CANDIDATES)
        return min(LONGEST_START_SECONDS, max(SHORTEST_START_SECONDS, share))

    async def first_facts(self) -> list[tuple[Member, WorkerFailure]]:
        """Once per candidate: its size on disk. Returns the members that failed over it."""
        failures = []
        for member in self.living():
            try:
                if member.candidate not in self.board.sizes:
                    size = await member.worker.installed_size()
                    self.board.sizes[member.candidate] = size
            except WorkerFailure as failure:
                failures.append((member, failure))
            finally:
                member.rest()
        return failures

    # --- ending -----------------------------------------------------------------------------

    def note(self, member: Member, failure: WorkerFailure) -> None:
        """A member is gone: end what is left of it and write down how it failed."""
        member.alive = False
        member.worker.kill()
        outcome = ProcessOutcome(failure.kind.value)
        self.board.processes.append(replace(member.record, outcome=outcome, reason=failure.reason))

    def kill(self) -> None:
        """End all at once."""
        self._killed = True
        for member in self.members.values():
            member.worker.kill()

    async def close(self) -> None:
        """End the processes of the generation before; keep this one's for an A/A run, or end them.

        Living processes tell their peak memory first.
        """
        veterans, self.board.veterans = self.board.veterans, {}
        for veteran in veterans.values():
            await self._end(veteran)
        for member in self.members.values():
            if member.alive and not self._killed:
                await self._retire(member)
            elif member.alive:
                self.board.processes.append(member.record)
            if member.alive and self.board.noise.wanted and not self._killed:
                self.board.veterans[member.candidate] = member
            else:
                await self._end(member)

    async def _end(self, member: Member) -> None:
        """Close a process, after asking it for the matrix-multiply peak if that is still missing.

        Only processes that time nothing any more are asked: freeing such large matrices makes the
        C library's allocator keep memory from then on, so that a page-fault storm would be missing
        in this one generation, and its times would not be those of the others.
        """
        key = (member.candidate, self.setting.threads, self.setting.device)
        wanted = self.board.plan.matmul_peak and key not in self.board.peaks
        if wanted and member.alive and not self._killed and self.board.remaining() > PEAK_RESERVE:
            # Without it only a share is missing in the record.
            with suppress(WorkerFailure):
                self.board.peaks[key] = (await member.worker.matmul_peak(MATMUL_SECONDS)).gflops
        await member.worker.close(grace=0)

    async def _retire(self, member: Member) -> None:
        try:
            peak = (await member.worker.memory()).peak_rss_bytes
        except WorkerFailure as failure:
            self.note(member, failure)
            return
        finally:
            member.rest()
        self.board.processes.append(replace(member.record, peak_rss_bytes=peak))


async def dismiss(board: Board) -> None:
    """End the processes that were kept for an A/A run."""
    veterans, board.veterans = board.veterans, {}
    for veteran in veterans.values():
        veteran.worker.kill()
    for veteran in veterans.values():
        await veteran.worker.close(grace=0)
