"""Where the doubt comes from: weights, evidence, measurements, unanswered questions.

One source at a time is left free while the others rest at their means; its share is the variance
of the difference of the totals that it causes alone, over the sum of these variances (first-order
effects). What no rule knows of counts as evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np

from advisor.decision.appraisal import (
    Appraisal,
    Excluded,
    exclusions,
    gate_direction,
    rule_supports,
)
from advisor.decision.compiled import Truths
from advisor.decision.constants import DOUBT_SAMPLES, GATE_SWING, RESIDUAL_SCALE
from advisor.decision.draws import Floats
from advisor.decision.readings import Ratio, drawn_support, mean_support
from advisor.decision.slices import head_truth
from advisor.decision.values import Pair, Scores, Value, score, total_difference

SOURCES = ("weights", "evidence", "measurements", "unanswered")


@dataclass(frozen=True, slots=True)
class AnswersOnly:
    """What the open answers alone do, everything else at its mean.

    Attributes:
        difference: difference of the totals per draw, shape (draws,).
        gate: 1 where only TensorFlow is excluded, -1 where only PyTorch is, else 0.
    """

    difference: Floats
    gate: Floats


def answers_only(appraisal: Appraisal, size: int = DOUBT_SAMPLES) -> AnswersOnly:
    """The difference of the totals for drawn answers, strengths and weights at their means."""
    size = min(size, appraisal.draws.size)
    holds = [head_truth(truth, size) for truth in appraisal.holds]
    shares = appraisal.weights.shares[:, :size]
    scores = _partial(appraisal, holds, evidence=False, ratios=False, size=size)
    total = np.broadcast_to(np.asarray(total_difference(shares, scores)), (1, size))[0]
    gates = exclusions(appraisal.compiled, [head_truth(truth, size) for truth in appraisal.gates])
    return AnswersOnly(total, np.broadcast_to(np.asarray(gate_direction(gates)), (size,)))


def doubt_shares(appraisal: Appraisal, by_answers: AnswersOnly) -> dict[str, float]:
    """Share of the doubt per source; sums to 1, or all 0 when a known gate decides."""
    if _decided(appraisal.excluded):
        return dict.fromkeys(SOURCES, 0.0)
    size = len(by_answers.difference)
    holds = [
        truth if isinstance(truth, bool) else float(truth[:size].mean())
        for truth in appraisal.holds
    ]
    centre = appraisal.weights.shares.mean(axis=1, keepdims=True)
    means = _partial(appraisal, holds, evidence=False, ratios=False, size=size)
    around = appraisal.weights.drawn[:, :size] - appraisal.weights.shares[:, :size] + centre
    evidence = _partial(appraisal, holds, evidence=True, ratios=False, size=size)
    ratios = _partial(appraisal, holds, evidence=False, ratios=True, size=size)
    parts = {
        "weights": _variance(total_difference(around, means)),
        "evidence": _variance(total_difference(centre, evidence)) + (pi * RESIDUAL_SCALE) ** 2 / 3,
        "measurements": _variance(total_difference(centre, ratios)),
        "unanswered": _variance(by_answers.difference + GATE_SWING * by_answers.gate),
    }
    total = sum(parts.values())
    return {key: value / total for key, value in parts.items()}


def _decided(excluded: Excluded) -> bool:
    direction = gate_direction(excluded)
    return isinstance(direction, float) and direction != 0.0


def _variance(total: Value) -> float:
    return float(np.var(total))


def _partial(
    appraisal: Appraisal,
    holds: list[Truths] | list[float],
    *,
    evidence: bool,
    ratios: bool,
    size: int,
) -> Scores:
    draws = appraisal.draws

    def of_ratio(ratio: Ratio, top: float) -> Pair:
        if not ratios:
            return mean_support(ratio, top)
        one, two = drawn_support(ratio, top, draws)
        return one[:, :size], two[:, :size]

    supports = rule_supports(
        appraisal.compiled,
        appraisal.readings,
        holds,
        strengths=lambda rule, bounds: (
            draws.between(bounds.low, bounds.high, "rule", rule.rule.id, size=size)
            if evidence
            else bounds.mean
        ),
        ratios=of_ratio,
    )
    return score(appraisal.compiled, supports)
