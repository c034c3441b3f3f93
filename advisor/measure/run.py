"""The orchestrated run: plan in, events out, a record at the end, whatever happens on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from math import log, sqrt
from pathlib import Path

from advisor import __version__
from advisor.errors import ProbeError
from advisor.measure.board import Board, NoiseTally
from advisor.measure.budget import Budget
from advisor.measure.carry import comparisons_of
from advisor.measure.control import Control
from advisor.measure.crew import dismiss
from advisor.measure.events import (
    ComparisonDone,
    Event,
    Finished,
    Planned,
    Progress,
    Started,
    Warned,
)
from advisor.measure.figures import break_even, framework_records
from advisor.measure.generation import Generation
from advisor.measure.lab import Lab
from advisor.measure.noise_run import noise_record
from advisor.measure.plan import (
    COLD_COMPILE_SECONDS,
    NOT_REACHED,
    WARM_COMPILE_SHARE,
    ProbePlan,
    Setting,
)
from advisor.measure.protocol import WorkerFailure
from advisor.measure.record import (
    SCHEMA,
    AccuracyRecord,
    ComparisonRecord,
    Finding,
    NoiseRecord,
    ProbeRecord,
    RunOutcome,
)
from advisor.measure.rounds import Lane, Slot, next_slot
from advisor.measure.scratch import scratch_folder
from advisor.measure.site import Site
from advisor.measure.storms import quiet_finding, remedy_lane, storm_findings
from advisor.measure.tally import Tally
from advisor.model.candidate import CANDIDATES, Candidate
from advisor.model.measurement import (
    ComparisonStatus,
    Likeness,
    Measurements,
    RatioInterval,
)
from advisor.text import counted

__all__ = ["Control", "Settled", "Site", "run_probe"]

ACCURACY_SHARE = 1 / 12
"""Share of the budget kept for the time to accuracy: 50 s of a thorough run."""
Settled = Callable[[Measurements], bool]
SETTLED = Finding(
    "settled",
    "The run stopped early: with your answers, more measuring could hardly turn the advice.",
    "`advisor probe` measures on, whatever the advice.",
    "note",
)


class _Run:
    """One run in progress."""

    def __init__(
        self,
        plan: ProbePlan,
        on_event: Callable[[Event], None],
        *,
        site: Site,
        lab: Lab,
        control: Control,
        settled: Settled | None,
    ) -> None:
        self.plan, self.tell, self.site, self.lab = plan, on_event, site, lab
        self.control, self.settled = control, settled
        self.budget = Budget(plan.budget_seconds, lab.clock)
        self.created = datetime.now(UTC).replace(microsecond=0).isoformat()
        self.fingerprint = site.fingerprint()
        self.board = Board(plan, lab, on_event, self._say, lambda: self.budget.remaining)
        self.lanes = [
            Lane(planned.setting, [Tally(one) for one in planned.comparisons])
            for planned in plan.settings
        ]
        self.findings = list(site.findings)
        self.accuracy: tuple[AccuracyRecord, ...] = ()
        self.stored_noise: NoiseRecord | None = None
        self.outcome = RunOutcome.FINISHED
        self.enough = False
        """More measuring could not turn the advice."""
        self.doing = ""

    # --- telling ----------------------------------------------------------------------------

    def _say(self, doing: str) -> None:
        self.doing = doing
        self.tell(Progress(self.budget.elapsed, self._expected(), doing))
        self._skip()

    def _expected(self) -> float:
        """Seconds still to come, as far as can be told."""
        return self.budget.remaining

    def _warn(self, finding: Finding) -> None:
        if finding not in self.findings:
            self.findings.append(finding)
        self.tell(Warned(finding))

    def _skip(self) -> None:
        for lane in self.lanes:
            for tally in lane.tallies:
                if tally.id.workload in self.control.skipped:
                    tally.close(ComparisonStatus.SKIPPED, "you skipped it")

    def _announce(self, *, everything: bool = False) -> None:
        for lane in self.lanes:
            for tally in lane.tallies:
                over = everything or not tally.open
                if over and not tally.announced:
                    tally.announced = True
                    self.tell(ComparisonDone(tally.id, self._record_of(tally)))

    # --- the noise floor --------------------------------------------------------------------

    def _look_for_noise(self) -> None:
        primary = self.lanes[0].setting
        if self.plan.use_stored_noise:
            self.stored_noise = self.lab.noise.load(
                self.fingerprint, primary.device, primary.threads
            )
        wanted = self.plan.measure_noise and self.stored_noise is None
        self.board.noise = NoiseTally(wanted=wanted)
        self._learn_noise()

    def _learn_noise(self) -> None:
        noise = self._noise_record()
        if noise is not None and noise.ratio is not None:
            count = max(1, len(noise.generation_ratios))
            self.board.noise_sd = _spread([log(value) for value in noise.generation_ratios])
            if count < 2:
                self.board.noise_sd = None

    def _noise_record(self) -> NoiseRecord | None:
        if self.stored_noise is not None:
            return self.stored_noise
        return noise_record(self.board.noise, self.created)

    @property
    def noise_ratio(self) -> RatioInterval | None:
        """The A/A interval so far."""
        noise = self._noise_record()
        return noise.ratio if noise else None

    # --- the course of a run ----------------------------------------------------------------

    async def measure(self) -> None:
        """Run generations until nothing is open, or the time is spent."""
        self.tell(Started(self.plan.budget_seconds, self.plan.seed))
        for finding in self.site.findings:
            self.tell(Warned(finding))
        self._look_for_noise()
        self._prepare_costs()
        self.tell(
            Planned(
                self.plan.comparisons,
                self.plan.most_generations,
                self.plan.budget_seconds,
                self.stored_noise is not None,
            )
        )
        with scratch_folder("advisor-probe-") as scratch:
            folder = str(scratch)
            # Data sets are made while the first framework is imported, not after it.
            data = asyncio.ensure_future(self._fetch_data())
            try:
                while await self._one_more(folder):
                    pass
                if self._accuracy_due:
                    await self._accuracy_runs(folder)
                    while await self._one_more(folder):
                        pass
            finally:
                data.cancel()
                await asyncio.wait({data})
                await dismiss(self.board)

    async def _fetch_data(self) -> None:
        for workload, size in {(one.workload, one.size): None for one in self.plan.comparisons}:
            # A data set that cannot be made is reported by the workload that needs it.
            with suppress(WorkerFailure):
                await self.lab.arrays(workload, size, "")

    def _prepare_costs(self) -> None:
        for lane in self.lanes:
            costs = self.board.costs_of(lane.setting)
            if lane.setting.mode == "best":
                costs.workload_guess = COLD_COMPILE_SECONDS
                costs.workload_falls = WARM_COMPILE_SHARE

    async def _one_more(self, folder: str) -> bool:
        """Run the next generation; returns whether there was one."""
        if self.enough:
            return False
        self._skip()
        self._pass_on_losses()
        remaining = self.budget.remaining - self._reserved()
        slot = next_slot(self.lanes, self.plan, self.board.costs, remaining, self.noise_ratio)
        if slot is None:
            if self._unresolved():
                self.outcome = RunOutcome.BUDGET
            return await self._solo_round(folder)
        await self._generation(slot, folder)
        self.enough = self._is_settled()
        return not self.enough

    @property
    def _accuracy_due(self) -> bool:
        return self.plan.accuracy and not self.accuracy and not self.board.lost

    def _reserved(self) -> float:
        """Seconds kept for the time to accuracy, which further generations would else eat up."""
        return ACCURACY_SHARE * self.plan.budget_seconds if self._accuracy_due else 0.0

    def _unresolved(self) -> bool:
        return any(lane.unresolved(self.noise_ratio) for lane in self.lanes) or any(
            lane.given_up for lane in self.lanes
        )

    async def _generation(self, slot: Slot, folder: str) -> None:
        lane = slot.lane
        planned = max(self.plan.most_generations, lane.made + 1)
        self._say(f"generation {lane.made + 1} of {planned}: {_words(lane.setting)}")
        # An A/A run belongs to the primary setting; its processes do not outlive it.
        primary = lane is self.lanes[0]
        wanted = self.board.noise.wanted
        self.board.noise.wanted = wanted and primary
        if not primary:
            await dismiss(self.board)
        generation = Generation(
            self.board,
            lane.setting,
            slot.due,
            number=lane.made,
            ends_at=self.lab.clock() + slot.seconds,
            cache_dir=str(Path(folder) / _words(lane.setting).replace(" ", "-")),
        )
        lane.made += 1
        await generation.run()
        if not primary:
            self.board.noise.wanted = wanted
        self._learn_noise()
        remedy = remedy_lane(lane, self.lanes, self.board)
        if remedy is not None:
            self.lanes.append(remedy)
        self._announce()

    def _pass_on_losses(self) -> None:
        """What cannot start in one setting cannot be compared in the others."""
        for lane in self.lanes:
            for candidate, reason in self.board.lost.items():
                for tally in lane.tallies:
                    tally.fail(candidate, reason)
        for candidate, remedy in self.board.remedies.items():
            text = f"{candidate.label} does not start here, so nothing is compared with it."
            finding = Finding(f"lost-{candidate.value}", text, remedy)
            if finding not in self.findings:
                self._warn(finding)

    async def _solo_round(self, folder: str) -> bool:
        """A last generation for figures of candidates whose other side failed."""
        if len(self.board.lost) >= len(CANDIDATES):
            return False
        for lane in self.lanes:
            due = [one for one in lane.tallies if Generation.solo_due(one)]
            costs = self.board.costs_of(lane.setting)
            workloads = {one.id.workload for one in due}
            seconds = costs.start.estimate + sum(costs.preparing(one) for one in workloads)
            if due and not lane.given_up and self.budget.fits(seconds):
                await self._generation(Slot(lane, due, seconds), folder)
                lane.given_up = True
                return True
        return False

    def _is_settled(self) -> bool:
        """Whether more measuring could not turn the advice any more."""
        due = any(
            lane.made < self.plan.fewest_generations and not lane.given_up for lane in self.lanes
        )
        if self.settled is None or due:
            return False
        records = [self._record_of(one) for lane in self.lanes for one in lane.tallies]
        if not self.settled(Measurements(comparisons_of(records), likeness=Likeness.HERE)):
            return False
        if self._unresolved():
            self._warn(SETTLED)
        return True

    # --- time to accuracy -------------------------------------------------------------------

    async def _accuracy_runs(self, folder: str) -> None:
        from advisor.measure.accuracy import run_accuracy

        self._say("time to accuracy on the digits")
        self.accuracy = await run_accuracy(
            self.lab, self.plan, self.lanes[0].setting, self.budget, folder
        )

    # --- the end ----------------------------------------------------------------------------

    def _peaks(self, setting: Setting) -> dict[Candidate, float]:
        """Matrix-multiply peaks with the same threads and device, whatever the mode."""
        peaks = {name: (name, setting.threads, setting.device) for name in CANDIDATES}
        return {
            name: self.board.peaks[key] for name, key in peaks.items() if key in self.board.peaks
        }

    def _record_of(self, tally: Tally) -> ComparisonRecord:
        setting = Setting(tally.id.mode, tally.id.threads, tally.id.device)
        return tally.record(self.noise_ratio, self._peaks(setting), self.plan.seed)

    def finish(self) -> ProbeRecord:
        """The record of whatever was measured."""
        for finding in (*storm_findings(self.lanes), quiet_finding(self.lanes)):
            if finding is not None:
                self._warn(finding)
        for lane in self.lanes:
            for tally in lane.tallies:
                if tally.open and not tally.blocks:
                    tally.close(ComparisonStatus.SKIPPED, self._why_not())
        self._announce(everything=True)
        noise = self._noise_record()
        if noise is not None and not noise.stored and not self.board.extra_work:
            self.lab.noise.save(self.fingerprint, noise)
        comparisons = tuple(self._record_of(one) for lane in self.lanes for one in lane.tallies)
        record = ProbeRecord(
            schema=SCHEMA,
            advisor_version=__version__,
            created=self.created,
            outcome=self.outcome,
            budget_seconds=self.plan.budget_seconds,
            elapsed_seconds=self.budget.elapsed,
            seed=self.plan.seed,
            fingerprint=self.fingerprint,
            frameworks=framework_records(self.board, self.site.installations),
            comparisons=comparisons,
            noise=noise,
            break_even=break_even(comparisons),
            accuracy=self.accuracy,
            processes=tuple(self.board.processes),
            findings=tuple(self.findings),
        )
        self.tell(Finished(record))
        return record

    def _why_not(self) -> str:
        if self.outcome is RunOutcome.CANCELLED:
            return "the run was cancelled before"
        return NOT_REACHED


def _spread(values: list[float]) -> float:
    middle = sum(values) / len(values)
    return sqrt(sum((value - middle) ** 2 for value in values) / max(1, len(values) - 1))


def _words(setting: Setting) -> str:
    parts = [setting.mode, counted(setting.threads, "thread")]
    if setting.device != "cpu":
        parts.append(setting.device)
    if setting.allocator:
        parts.append("allocator remedy")
    return " ".join(parts)


async def run_probe(
    plan: ProbePlan,
    on_event: Callable[[Event], None],
    *,
    site: Site | None = None,
    lab: Lab | None = None,
    control: Control | None = None,
    settled: Settled | None = None,
    extra_work: dict[str, float] | None = None,
) -> ProbeRecord:
    """Measure what `plan` says and return everything found.

    The budget is kept: whatever runs past it by 5 % is broken off, and what was measured until
    then is returned. `control.cancel()` ends the run in the same way; cancelling the task itself
    ends the workers and raises, as asyncio expects.

    Args:
        plan: what to measure; see `build_plan`.
        on_event: hears what happens, in order, on the event loop.
        site: the machine, looked at now by default.
        lab: workers and data; the real ones by default.
        control: the user's hand in the run.
        settled: stop early once this says that nothing can turn any more.
        extra_work: planted slowdown by arm, for checking the statistics.

    Raises:
        ProbeError: neither framework could be measured, with both reasons.
    """
    if lab is None or site is None:
        from advisor.measure import real

        lab = lab or real.real_lab()
        site = site or await real.look_at_site(plan.pythons)
    control = control or Control()
    run = _Run(plan, on_event, site=site, lab=lab, control=control, settled=settled)
    run.board.extra_work = dict(extra_work or {})
    task = asyncio.ensure_future(run.measure())
    control.attach(task)
    try:
        await asyncio.wait({task}, timeout=run.budget.until_broken_off)
    except asyncio.CancelledError:
        await _end(task)
        raise
    if not task.done():
        run.outcome = RunOutcome.BUDGET
        await _end(task)
    if control.cancelled:
        run.outcome = RunOutcome.CANCELLED
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error
    _refuse_without_frameworks(run)
    return run.finish()


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel and wait until the workers are gone."""
    task.cancel()
    await asyncio.wait({task})


def _refuse_without_frameworks(run: _Run) -> None:
    if len(run.board.lost) < len(CANDIDATES):
        return
    reasons = "; ".join(run.board.lost[candidate].rstrip(".") for candidate in CANDIDATES)
    remedies = dict.fromkeys(one for one in run.board.remedies.values() if one)
    raise ProbeError(
        f"Neither framework could be measured. {reasons}.",
        remedy=" ".join([*remedies, "`advisor doctor` says more."]),
    )
