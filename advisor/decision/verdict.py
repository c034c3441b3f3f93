"""The verdict: which candidate, of which class, and how a tie is broken."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.decision.appraisal import Appraisal
from advisor.decision.constants import EXISTING_WORK_CRITERION, TIE_EPSILON
from advisor.decision.values import average
from advisor.model.candidate import Candidate
from advisor.model.decision import LEAN_FROM, RECOMMEND_FROM, VerdictClass

_ALPHABET = (
    "Nothing known tells the two apart; PyTorch is named only because it comes first in the "
    "alphabet."
)


@dataclass(frozen=True, slots=True)
class Balance:
    """The verdict without its explanations: what a live panel shows.

    Attributes:
        acceptability: share of the readings in which each comes out first; sums to 1.
        contributions: mean weight times difference of values per criterion id, above 0 for PyTorch.
        difference: mean difference of the totals, above 0 for PyTorch.
        monte_carlo_error: standard error of the acceptability from sampling alone.
    """

    framework: Candidate
    verdict_class: VerdictClass
    acceptability: dict[Candidate, float]
    contributions: dict[str, float]
    difference: float
    monte_carlo_error: float
    both_gated: bool
    tie_break: str
    arbitrary: bool = False
    """Nothing at all tells the two apart, and the alphabet named one."""


def contributions(appraisal: Appraisal) -> dict[str, float]:
    """Mean weight times difference of values, per criterion id."""
    return {
        key: average(appraisal.weights.drawn[place] * appraisal.scores.difference(place))
        for place, key in enumerate(appraisal.compiled.criterion_ids)
    }


def weigh(appraisal: Appraisal) -> Balance:
    """Name a candidate and a class."""
    share = appraisal.acceptability
    parts = contributions(appraisal)
    difference = average(appraisal.difference)
    excluded = appraisal.excluded
    both = excluded.pytorch is True and excluded.tensorflow is True
    gated = _gated(appraisal)
    tie_break = ""
    if gated is not None:
        framework, verdict_class = gated, VerdictClass.GATED
    else:
        framework = Candidate.PYTORCH if share >= 0.5 else Candidate.TENSORFLOW
        verdict_class = class_of(max(share, 1 - share))
        if verdict_class is VerdictClass.TOO_CLOSE:
            framework, tie_break = _break_tie(parts, difference, share)
    per_draw = appraisal.lead.mean(axis=0)
    error = 0.5 * float(per_draw.std()) / len(per_draw) ** 0.5
    return Balance(
        framework=framework,
        verdict_class=verdict_class,
        acceptability={
            Candidate.PYTORCH: share,
            Candidate.TENSORFLOW: 0.5 * (1.0 - average(appraisal.lead)),
        },
        contributions=parts,
        difference=difference,
        monte_carlo_error=error,
        both_gated=both,
        tie_break=tie_break,
        arbitrary=tie_break == _ALPHABET,
    )


def class_of(acceptability: float) -> VerdictClass:
    """Class of a verdict without gates, from the acceptability of the first."""
    if acceptability >= RECOMMEND_FROM:
        return VerdictClass.RECOMMEND
    return VerdictClass.LEAN if acceptability >= LEAN_FROM else VerdictClass.TOO_CLOSE


def _gated(appraisal: Appraisal) -> Candidate | None:
    """The candidate left when a gate is known to exclude exactly one."""
    excluded = appraisal.excluded
    if excluded.tensorflow is True and excluded.pytorch is not True:
        return Candidate.PYTORCH
    if excluded.pytorch is True and excluded.tensorflow is not True:
        return Candidate.TENSORFLOW
    return None


def _break_tie(parts: dict[str, float], difference: float, share: float) -> tuple[Candidate, str]:
    """The candidate cheaper to reach; every step but the last mirrors when the names are swapped."""
    existing = parts.get(EXISTING_WORK_CRITERION, 0.0)
    if abs(existing) > TIE_EPSILON:
        pick = Candidate.PYTORCH if existing > 0 else Candidate.TENSORFLOW
        return pick, f"{pick.label} is the cheaper one to reach from the team's skills and code."
    for lead, what in (
        (difference, "its mean total is a little higher"),
        (share - 0.5, "it comes out first a little more often"),
    ):
        if lead != 0.0:
            pick = Candidate.PYTORCH if lead > 0 else Candidate.TENSORFLOW
            return pick, f"Skills and code favour neither; {pick.label} is named because {what}."
    return Candidate.PYTORCH, _ALPHABET
