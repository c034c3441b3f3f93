"""Which generation comes next, and how long it may take.

Order: the fewest generations of the primary setting, then of each further setting, then more of
whichever setting still has something unresolved. What does not fit the budget is given up from
the end, so that a small budget measures little but well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from advisor.measure.board import Costs
from advisor.measure.plan import FEWEST_PAIRS, NOT_REACHED, ProbePlan, Setting
from advisor.measure.statistics import STOPPING_LEVEL
from advisor.measure.tally import Tally
from advisor.model.measurement import ComparisonStatus, RatioInterval

MOST_EXTRA = 2
"""Generations beyond the planned ones, as a multiple, while time is left and something is open."""
GUESS_TOLERANCE = 1.5
VERDICT_TOLERANCE = 1.1
"""How far beyond the time left a generation may be expected to go when there is no verdict without
it: estimates lean to the long side, and the budget breaks off what runs over."""


@dataclass
class Lane:
    """A setting on its way."""

    setting: Setting
    tallies: list[Tally]
    made: int = 0
    """Generations run so far."""
    given_up: bool = False

    def unresolved(self, noise: RatioInterval | None) -> list[Tally]:
        """Comparisons for which more measuring could still say something."""
        return [
            one
            for one in self.tallies
            if one.open and not one.judgement(noise, STOPPING_LEVEL).resolved
        ]

    def due(self, plan: ProbePlan, noise: RatioInterval | None) -> list[Tally]:
        """What the next generation measures: everything up to the fewest generations, then only
        what is not resolved, so that the time goes where it can still say something."""
        if plan.unchanging or self.made < plan.fewest_generations:
            return self.tallies
        return self.unresolved(noise) or self.tallies


@dataclass(frozen=True, slots=True)
class Slot:
    """The next generation."""

    lane: Lane
    seconds: float
    """How long it may take."""


def needed(lane: Lane, costs: Costs, due: Sequence[Tally] | None = None) -> float:
    """Least seconds for one useful generation of a lane, or of what is due of it."""
    open_now = [one for one in (lane.tallies if due is None else due) if one.open]
    operations = len(open_now)
    return (
        costs.start.estimate
        + costs.close.estimate
        + len({one.id.workload for one in open_now}) * costs.workload.estimate
        + operations * FEWEST_PAIRS * costs.pair.estimate
    )


def _drop_last(lane: Lane) -> bool:
    """Give up the last workload of a lane that has another; returns whether there was one."""
    workloads = list(dict.fromkeys(one.id.workload for one in lane.tallies if one.open))
    if len(workloads) < 2:
        return False
    for tally in lane.tallies:
        if tally.id.workload == workloads[-1]:
            tally.close(ComparisonStatus.SKIPPED, NOT_REACHED)
    return True


def _wants(lane: Lane, plan: ProbePlan, noise: RatioInterval | None) -> int:
    """Generations a lane still wants."""
    if lane.given_up or not any(one.open for one in lane.tallies):
        return 0
    if lane.made < plan.fewest_generations:
        return max(
            plan.fewest_generations - lane.made,
            plan.most_generations - lane.made if lane.unresolved(noise) else 0,
        )
    if not plan.unchanging and not lane.unresolved(noise):
        return 0
    most = plan.most_generations * (1 if plan.unchanging else MOST_EXTRA)
    return max(0, plan.most_generations - lane.made) or int(lane.made < most)


def next_slot(
    lanes: Sequence[Lane],
    plan: ProbePlan,
    costs: Mapping[Setting, Costs],
    remaining: float,
    noise: RatioInterval | None,
) -> Slot | None:
    """The next generation and its share of the remaining seconds; None when nothing fits.

    Gives up workloads, then settings, from the end, as long as the fewest generations of what is
    left would not fit.
    """
    while True:
        wanting = [lane for lane in lanes if _wants(lane, plan, noise) > 0]
        if not wanting:
            return None
        behind = [lane for lane in wanting if lane.made < plan.fewest_generations]
        must = sum(
            (plan.fewest_generations - lane.made) * needed(lane, costs[lane.setting])
            for lane in behind
        )
        last = behind[-1] if behind else None
        # A guess is no reason to give anything up; only what was seen is.
        tolerated = remaining if last is None or last.made else GUESS_TOLERANCE * remaining
        if last is None or must <= tolerated:
            break
        if len(behind) > 1 and last.made == 0:
            last.given_up = True
            for tally in last.tallies:
                tally.close(ComparisonStatus.SKIPPED, NOT_REACHED)
        elif not _drop_last(last):
            break
    chosen = behind[0] if behind else min(wanting, key=lambda lane: lane.made)
    least = needed(chosen, costs[chosen.setting], chosen.due(plan, noise))
    decisive = plan.fewest_generations - chosen.made == 1
    if least > remaining * (VERDICT_TOLERANCE if decisive else 1.0):
        return None
    total = sum(_wants(lane, plan, noise) for lane in wanting)
    spare = max(0.0, remaining - must) if behind else remaining - least
    return Slot(chosen, min(remaining, least + spare / max(1, total)))
