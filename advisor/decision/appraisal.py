"""One pass over the rule base for one set of answers: everything that explanations read from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from advisor.decision.applicability import known_answers
from advisor.decision.compiled import Compiled, CompiledRule, State, Truths, mask_of, sides
from advisor.decision.constants import RESIDUAL_SCALE
from advisor.decision.draws import Draws, Floats
from advisor.decision.readings import Ratio, Readings, drawn_support, read_rules
from advisor.decision.strength import Interval, ceiling
from advisor.decision.values import Pair, Scores, Value, average, score, total_difference
from advisor.decision.weights import Weights, draw_weights, emphasis_truths
from advisor.model.answers import Answers
from advisor.model.candidate import Candidate
from advisor.model.measurement import Measurements

Strengths = Callable[[CompiledRule, Interval], Value]
RatioSupports = Callable[[Ratio, float], Pair]


@dataclass(frozen=True, slots=True)
class Excluded:
    """Which candidates gates exclude: known, or one truth value per draw."""

    pytorch: Truths
    tensorflow: Truths


@dataclass(frozen=True, slots=True)
class Appraisal:
    """All that one decision computes before it explains itself.

    Attributes:
        holds: truth of every rule's condition; False for rules that are silent.
        difference: total of PyTorch less total of TensorFlow, shape (1 or 2, draws).
        lead: 2 P(PyTorch first) - 1 per draw, shape (1 or 2, draws).
    """

    compiled: Compiled
    draws: Draws
    answers: Answers
    measurements: Measurements | None
    state: State
    readings: Readings
    holds: Sequence[Truths]
    gates: Sequence[Truths]
    excluded: Excluded
    weights: Weights
    scores: Scores
    difference: Floats
    lead: Floats

    @property
    def acceptability(self) -> float:
        """Share of the readings in which PyTorch comes out first."""
        return 0.5 * (1.0 + average(self.lead))


def answer_state(compiled: Compiled, answers: Answers, draws: Draws) -> State:
    """Codes of all questions: known ones as integers, open ones drawn, 0 where not applicable."""
    state = State(draws.size)
    known = known_answers((item.question for item in compiled.questions), answers)
    for item in compiled.questions:
        question = item.question
        applies = item.ask_when.truth(state)
        if applies is False:
            state.codes[question.id] = 0
            continue
        given = mask_of(question, answers.chosen.get(question.id, frozenset()))
        code = given or draws.answer_codes(question, question.odds_given(known))
        state.codes[question.id] = code if applies is True else np.where(applies, code, np.int32(0))
    return state


def appraise(
    compiled: Compiled, draws: Draws, answers: Answers, measurements: Measurements | None
) -> Appraisal:
    """Work out values, weights and the lead of PyTorch in every draw."""
    state = answer_state(compiled, answers, draws)
    readings = read_rules(compiled, measurements)
    holds = rule_truths(compiled, readings, state)
    gates = [gate.known and gate.when.truth(state) for gate in compiled.gates]
    excluded = exclusions(compiled, gates)
    weights = draw_weights(compiled, emphasis_truths(compiled, state), answers.priorities, draws)
    supports = rule_supports(
        compiled,
        readings,
        holds,
        strengths=lambda rule, bounds: draws.between(bounds.low, bounds.high, "rule", rule.rule.id),
        ratios=lambda ratio, top: drawn_support(ratio, top, draws),
    )
    scores = score(compiled, supports)
    difference = np.atleast_2d(np.asarray(total_difference(weights.drawn, scores)))
    if difference.shape[1] == 1:
        difference = np.broadcast_to(difference, (difference.shape[0], draws.size))
    return Appraisal(
        compiled=compiled,
        draws=draws,
        answers=answers,
        measurements=measurements,
        state=state,
        readings=readings,
        holds=holds,
        gates=gates,
        excluded=excluded,
        weights=weights,
        scores=scores,
        difference=difference,
        lead=lead_of(difference, excluded),
    )


def rule_truths(compiled: Compiled, readings: Readings, state: State) -> list[Truths]:
    """Truth of every rule's condition; False where the rule has nothing to rest on."""
    return [
        rule.when.truth(state)
        if reading.interval is not None or reading.ratio is not None
        else False
        for rule, reading in zip(compiled.rules, readings.rules, strict=True)
    ]


def rule_supports(
    compiled: Compiled,
    readings: Readings,
    holds: Sequence[Truths | Floats | float],
    *,
    strengths: Strengths,
    ratios: RatioSupports,
) -> list[Pair | None]:
    """What every rule gives each candidate where it holds.

    Args:
        compiled: the rule base.
        readings: what every rule rests on.
        holds: truth of every rule, or the share of draws in which it holds.
        strengths: strength of a documented rule, one value or one per draw.
        ratios: what a measured rule gives each, given its ratio and the most it can give.
    """
    supports: list[Pair | None] = []
    for rule, reading, truth in zip(compiled.rules, readings.rules, holds, strict=True):
        if truth is False:
            supports.append(None)
        elif reading.ratio is not None:
            one, two = ratios(reading.ratio, ceiling(rule.rule.strength))
            supports.append((_where(one, truth), _where(two, truth)))
        elif reading.interval is not None and rule.rule.favours is not None:
            value = _where(strengths(rule, reading.interval), truth)
            supports.append((value, 0.0) if sides(rule.rule.favours) == 0 else (0.0, value))
        else:
            supports.append(None)
    return supports


def _where(value: Value, truth: Truths | Floats | float) -> Value:
    return value if truth is True else np.asarray(value * truth)


def exclusions(compiled: Compiled, gates: Sequence[Truths]) -> Excluded:
    """Which candidates the gates exclude."""
    by_side: dict[Candidate, Truths] = {Candidate.PYTORCH: False, Candidate.TENSORFLOW: False}
    for gate, truth in zip(compiled.gates, gates, strict=True):
        side = gate.gate.excludes
        before = by_side[side]
        if before is True or truth is True:
            by_side[side] = True
        elif truth is not False:
            by_side[side] = truth if before is False else before | truth
    return Excluded(by_side[Candidate.PYTORCH], by_side[Candidate.TENSORFLOW])


def lead_of(difference: Floats, excluded: Excluded, scale: float = RESIDUAL_SCALE) -> Floats:
    """2 P(PyTorch first) - 1 given the difference of the totals, from -1 to 1.

    What no rule knows of is a logistic residual of that scale; at 0 the sign alone decides and a
    tie counts half. Where gates exclude exactly one candidate the other is first; where they
    exclude both, the score decides.
    """
    lead = np.tanh(difference / (2 * scale)) if scale > 0 else np.sign(difference)
    gate = gate_direction(excluded)
    if isinstance(gate, float):
        return lead if gate == 0.0 else np.full_like(lead, gate)
    return np.where(gate == 0.0, lead, gate)


def gate_direction(excluded: Excluded) -> Value:
    """1 where only TensorFlow is excluded, -1 where only PyTorch is, else 0."""
    one, two = excluded.tensorflow, excluded.pytorch
    if isinstance(one, bool) and isinstance(two, bool):
        return float(one) - float(two)
    return np.asarray(one, dtype=np.float64) - np.asarray(two, dtype=np.float64)
