"""Sentences the result must not be read without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from advisor.decision.appraisal import Appraisal
from advisor.decision.constants import DOUBT_SAMPLES
from advisor.decision.next_step import Worth
from advisor.decision.settled import remaining_questions
from advisor.decision.slices import head_value
from advisor.decision.verdict import Balance
from advisor.model.candidate import Candidate
from advisor.model.decision import Assumption, NextStep, StepKind, VerdictClass
from advisor.model.measurement import ComparisonStatus

_PRODUCT_FLOOR = 0.05
"""Added to values in the weighted product, which a value of 0 would otherwise decide alone."""


def assumptions(appraisal: Appraisal, worths: Mapping[str, Worth]) -> tuple[Assumption, ...]:
    """Every question left open, in the order of the questionnaire."""
    by_id = {item.question.id: item for item in appraisal.compiled.questions}
    made = []
    for key in remaining_questions(appraisal):
        applies = by_id[key].ask_when.truth(appraisal.state)
        known = applies if isinstance(applies, bool) else None
        when = "" if known else " wherever it applies"
        worth = worths.get(key)
        made.append(
            Assumption(
                question=key,
                text=f"Not answered: every option was taken as possible{when}.",
                applies=known,
                turn_chance=worth.turn_chance if worth else 0.0,
            )
        )
    return tuple(made)


def notes(appraisal: Appraisal, balance: Balance) -> tuple[str, ...]:
    """What was assumed, what contradicts, and what another method says."""
    said: list[str] = list(appraisal.readings.notes)
    asked = [
        item
        for item in appraisal.compiled.questions
        if item.ask_when.truth(appraisal.state) is True
    ]
    left = set(remaining_questions(appraisal))
    open_now = sum(item.question.id in left for item in asked)
    if open_now:
        said.append(
            f"{open_now} of the {len(asked)} questions that apply were not answered; all their "
            "options were taken as possible, which widens the doubt."
        )
    if appraisal.weights.stated:
        said.append(
            "The weights are the user's own; what the answers would imply about them was not used."
        )
    if balance.both_gated:
        said.append(
            "Both candidates are excluded by what is required: unless something is relaxed neither "
            "will do, and the score only says which comes nearer."
        )
    failed = _failures(appraisal)
    if failed:
        said.append(failed)
    said.append(second_opinion(appraisal, balance))
    return tuple(said)


def _failures(appraisal: Appraisal) -> str:
    measurements = appraisal.measurements
    if measurements is None:
        return ""
    kinds = (ComparisonStatus.FAILED, ComparisonStatus.NOT_COMPARABLE)
    count = sum(item.status in kinds for item in measurements.comparisons)
    if not count:
        return ""
    return (
        f"{count} of {len(measurements.comparisons)} comparisons gave no ratio (one side failed, or "
        "equal work was not proved); there the documents still count."
    )


def second_opinion(appraisal: Appraisal, balance: Balance) -> str:
    """What a weighted product of the same values says: the share of draws with PyTorch first.

    Gates and what no rule knows of are left out; the additive verdict stands.
    """
    size = min(DOUBT_SAMPLES, appraisal.draws.size)
    weights = appraisal.weights.drawn[:, :size]
    total = np.zeros((1, size))
    for place, (one, two) in enumerate(appraisal.scores.survival):
        values = [
            1.0 - np.asarray(head_value(side, size), dtype=np.float64) + _PRODUCT_FLOOR
            for side in (one, two)
        ]
        total = total + weights[place] * (np.log(values[0]) - np.log(values[1]))
    share = 0.5 + 0.5 * float(np.sign(total).mean())
    first = Candidate.PYTORCH if share >= 0.5 else Candidate.TENSORFLOW
    percent = round(100 * max(share, 1 - share))
    agrees = "agrees" if first is balance.framework else "disagrees"
    return (
        f"Second opinion: the weighted product of the same values puts {first.label} first in "
        f"{percent} % of the draws and so {agrees}."
    )


def experiment(appraisal: Appraisal, balance: Balance, steps: Sequence[NextStep]) -> str:
    """For a verdict too close to call: the cheapest thing that may break the tie."""
    if balance.verdict_class is not VerdictClass.TOO_CLOSE:
        return ""
    best = next((step for step in steps if step.gain > 0.0), None)
    if best is None:
        return (
            "Build the smallest complete slice of the project in both, a day each, and compare what "
            "it took."
        )
    if best.kind is StepKind.PROBE:
        return f"Measure the workload {best.id} on this machine (about {best.seconds:.0f} s)."
    question = appraisal.compiled.rule_base.question_by_id[best.id]
    return f"Answer “{question.text}” (about {best.seconds:.0f} s)."
