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
GOOD_PAIRS = 6
"""Pairs of a further generation that is worth its start."""
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

    def due(self, plan: ProbePlan, noise: RatioInterval | None) -> Sequence[Tally]:
        """What the next generation measures: everything up to the fewest generations, then only
        what is not resolved, so that the time goes where it can still say something."""
        if plan.unchanging or self.made < plan.fewest_generations:
            return self.tallies
        return self.unresolved(noise) or self.tallies


@dataclass(frozen=True, slots=True)
class Slot:
    """The next generation."""

    lane: Lane
    due: Sequence[Tally]
    """What it measures."""
    seconds: float
    """How long it may take."""


def needed(due: Sequence[Tally], costs: Costs, pairs: int = FEWEST_PAIRS) -> float:
    """Seconds for one generation with so many pairs of each comparison that is due."""
    open_now = [one for one in due if one.open]
    workloads = {one.id.workload for one in open_now}
    return (
        costs.start.estimate
        + costs.close.estimate
        + sum(costs.preparing(one) for one in workloads)
        + len(open_now) * pairs * costs.pair.estimate
    )


def _fitting(due: Sequence[Tally], costs: Costs, seconds: float) -> Sequence[Tally]:
    """Of what is due, the workloads for which there is time; the last ones are left out first."""
    while needed(due, costs) > seconds:
        workloads = list(dict.fromkeys(one.id.workload for one in due))
        if len(workloads) < 2:
            return ()
        due = [one for one in due if one.id.workload != workloads[-1]]
    return due


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
    behind, must = _give_up_what_does_not_fit(lanes, plan, costs, remaining, noise)
    wants = {lane.setting: _wants(lane, plan, noise) for lane in lanes}
    if behind:
        chosen, due = behind[0], behind[0].due(plan, noise)
        decisive = plan.fewest_generations - chosen.made == 1
        tolerated = remaining * (VERDICT_TOLERANCE if decisive else 1.0)
        least = needed(due, costs[chosen.setting])
        if least > tolerated:
            return None
    else:
        wanting = [lane for lane in lanes if wants[lane.setting] > 0]
        if not wanting:
            return None
        chosen = min(wanting, key=lambda lane: lane.made)
        due = _fitting(chosen.due(plan, noise), costs[chosen.setting], remaining)
        if not due:
            return None
        least = must = needed(due, costs[chosen.setting])
    # One more generation tells more than more pairs in each: processes differ more than blocks.
    certain = sum(plan.fewest_generations - lane.made for lane in behind) or 1
    spare = max(0.0, remaining - must)
    good = needed(due, costs[chosen.setting], GOOD_PAIRS)
    further = min(sum(wants.values()) - certain, int(spare / good))
    seconds = least + (spare - further * least) / (certain + further)
    return Slot(chosen, due, min(remaining, seconds))


def _give_up_what_does_not_fit(
    lanes: Sequence[Lane],
    plan: ProbePlan,
    costs: Mapping[Setting, Costs],
    remaining: float,
    noise: RatioInterval | None,
) -> tuple[list[Lane], float]:
    """The lanes that still lack generations for a verdict, and the seconds that these need."""
    while True:
        behind = [
            lane
            for lane in lanes
            if lane.made < plan.fewest_generations and _wants(lane, plan, noise) > 0
        ]
        must = sum(
            (plan.fewest_generations - lane.made) * needed(lane.tallies, costs[lane.setting])
            for lane in behind
        )
        if not behind:
            return behind, must
        last = behind[-1]
        # A guess is no reason to give anything up; only what was seen is.
        tolerated = remaining if last.made else GUESS_TOLERANCE * remaining
        if must <= tolerated:
            return behind, must
        if len(behind) > 1 and last.made == 0:
            last.given_up = True
            for tally in last.tallies:
                tally.close(ComparisonStatus.SKIPPED, NOT_REACHED)
        elif not _drop_last(last):
            return behind, must
