"""A probe run as the app sees it: events in, a picture of the run out. Knows no screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from advisor.measure.events import (
    BlockDone,
    ComparisonDone,
    ComparisonId,
    Event,
    Finished,
    Planned,
    Progress,
    Proved,
    Warned,
    WorkerStarted,
)
from advisor.measure.progress import ratio_words, seconds_words, verdict_words
from advisor.measure.record import AttemptRecord, ComparisonRecord, Finding, ProbeRecord
from advisor.model.candidate import CANDIDATES, Candidate
from advisor.model.measurement import ComparisonStatus, RatioInterval

if TYPE_CHECKING:
    from advisor.deploy.declarations import Declaration
    from advisor.measure.run import Control
    from advisor.model.measurement import Measurements

LEVELS = ("quick", "default", "thorough")
Chosen = Mapping[str, frozenset[str]]


@dataclass
class Row:
    """One comparison as far as it is measured."""

    id: ComparisonId
    ratios: list[float] = field(default_factory=list)
    """TensorFlow over PyTorch, one per pair of blocks."""
    so_far: RatioInterval | None = None
    provisional: bool = True
    proof: Proved | None = None
    record: ComparisonRecord | None = None


@dataclass
class Picture:
    """Everything the probe screen shows of a run."""

    rows: dict[ComparisonId, Row] = field(default_factory=dict)
    noise_ratios: list[float] = field(default_factory=list)
    noise: RatioInterval | None = None
    noise_stored: bool = False
    versions: dict[Candidate, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    doing: str = "looking at this machine"
    elapsed: float = 0.0
    remaining: float = 0.0
    share: float = 0.0
    current: str = ""
    """The workload measured last."""
    attempts: list[AttemptRecord] = field(default_factory=list)
    """Ways to deployment targets tried so far."""
    record: ProbeRecord | None = None
    error: str = ""

    def take(self, event: Event) -> None:
        """Take one event in."""
        match event:
            case Planned():
                self.noise_stored = event.noise_stored
                for one in event.comparisons:
                    self.rows.setdefault(one, Row(one))
            case WorkerStarted():
                self.versions[event.candidate] = event.version
            case Proved():
                self._row(event.comparison).proof = event
            case BlockDone():
                self._block(event)
            case ComparisonDone():
                self._row(event.comparison).record = event.record
            case Warned():
                if event.finding not in self.findings:
                    self.findings.append(event.finding)
            case Progress():
                self.doing = event.doing
                self.elapsed, self.remaining = event.elapsed_seconds, event.remaining_seconds
                self.share = event.share
            case Finished():
                self._finish(event.record)
            case _:
                pass

    def _row(self, identity: ComparisonId) -> Row:
        return self.rows.setdefault(identity, Row(identity))

    def _block(self, event: BlockDone) -> None:
        if event.noise:
            self.noise_ratios.append(event.ratio)
            self.noise = event.so_far
            return
        row = self._row(event.comparison)
        row.ratios.append(event.ratio)
        row.so_far, row.provisional = event.so_far, event.provisional
        self.current = event.comparison.workload

    def _finish(self, record: ProbeRecord) -> None:
        self.record = record
        self.share, self.remaining = 1.0, 0.0
        self.doing = {
            "finished": "done",
            "budget": "the time is used up",
            "cancelled": "stopped; what was measured is kept",
        }[record.outcome.value]
        if record.noise is not None:
            self.noise = record.noise.ratio
            self.noise_stored = record.noise.stored


class Probing:
    """A run going on in the background.

    Attributes:
        picture: what is known of it.
        changed: called after every change of the picture.
    """

    def __init__(
        self, level: str, chosen: Chosen, changed: Callable[[], None], *, deploy: bool = False
    ) -> None:
        self.level = level
        self.deploy = deploy
        self.chosen = dict(chosen)
        self.changed = changed
        self.picture = Picture()
        self.settled: Callable[[Measurements], bool] | None = None
        self._control: Control | None = None
        self._over = asyncio.Event()
        self._stopped = asyncio.Event()

    @property
    def running(self) -> bool:
        """Whether it is going on."""
        return not self._over.is_set()

    async def run(self) -> ProbeRecord | None:
        """Measure; returns None when nothing could be, with `picture.error` saying why."""
        from advisor.errors import AdvisorError
        from advisor.measure.run import Control

        self._control = Control()
        try:
            record = await self._measure(self._control)
            return await self._try_paths(record) if self.deploy else record
        except AdvisorError as error:
            self.picture.error = str(error)
            return None
        finally:
            self._over.set()
            self.changed()

    async def _measure(self, control: Control) -> ProbeRecord:
        from advisor.measure.command import lay_out, level_arguments
        from advisor.measure.run import run_probe

        site, plan = await lay_out(level_arguments(self.level), self.chosen)
        return await run_probe(plan, self._take, site=site, control=control, settled=self.settled)

    async def _try_paths(self, record: ProbeRecord) -> ProbeRecord:
        """Try the planned ways to targets, and add them to the record."""
        from advisor.deploy.run import Attempting, try_paths, workload_for

        def tell(event: Attempting | AttemptRecord) -> None:
            if isinstance(event, Attempting):
                what = event.declaration
                self.picture.doing = (
                    f"way {event.number} of {event.total}: {what.candidate.label}, {what.title}"
                )
            else:
                self.picture.attempts.append(event)
            self.changed()

        attempts = await try_paths(
            planned_ways(self.chosen),
            workload=workload_for(self.chosen),
            on_event=tell,
            stop=self._stopped,
        )
        self.picture.record = replace(record, attempts=attempts)
        return self.picture.record

    def _take(self, event: Event) -> None:
        self.picture.take(event)
        self.changed()

    def skip(self) -> str:
        """Skip the workload measured now; returns its name, empty when there is none."""
        if self._control is not None and self.picture.current:
            self._control.skip(self.picture.current)
        return self.picture.current

    async def stop(self) -> None:
        """Stop and wait until every process is gone; what was measured is kept."""
        if self.running and self._control is not None:
            self._stopped.set()
            self._control.cancel()
            await self._over.wait()


def planned_ways(chosen: Chosen) -> tuple[Declaration, ...]:
    """The ways to targets that a run also tries when asked to: as `advisor probe --deploy` does,
    those to the targets answered, or every one."""
    from advisor.deploy.command import chosen_paths

    return chosen_paths([], chosen)


def preview(level: str, chosen: Chosen) -> tuple[float, list[tuple[str, str, str]]]:
    """What a run would measure: seconds at most, and workload, operations and reason of each."""
    from advisor.measure.plan import LEVEL_SECONDS, Level, build_plan
    from advisor.measure.selection import select

    selected = select(chosen)
    plan = build_plan(selected, level=Level(level), threads=1)
    reasons = {one.workload: one.because for one in selected}
    operations: dict[str, list[str]] = {}
    for one in plan.comparisons:
        kept = operations.setdefault(one.workload, [])
        if one.operation not in kept:
            kept.append(one.operation)
    return LEVEL_SECONDS[Level(level)], [
        (name, ", ".join(ops), reasons.get(name, "")) for name, ops in operations.items()
    ]


def comparison_text(found: ComparisonRecord) -> str:
    """A finished comparison on one line."""
    head = f"{found.workload} {found.operation}"
    if found.mode != "default":
        head += f" ({found.mode})"
    if found.status is not ComparisonStatus.MEASURED:
        return f"{head}: {found.status.value.replace('-', ' ')} {found.reason}".rstrip()
    times = " against ".join(
        f"{one.label} {seconds_words(found.side(one).seconds)}" for one in CANDIDATES
    )
    return f"{head}: {times}; ratio {ratio_words(found.ratio)}, {verdict_words(found.verdict)}"
