"""What to do next: the expected value of every question and probe, on one list.

The draws of the decision already made are sorted by what the answer or the measurement would be;
within each group the share of PyTorch says what would then be named. The gain is the expected rise
of the probability of naming the right candidate (expected value of sample information under a
0-1 loss), so it is 0 exactly when no outcome turns the pick.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.decision.appraisal import Appraisal, lead_of
from advisor.decision.compiled import CompiledRule, mask_of, sides
from advisor.decision.constants import (
    GAIN_FLOOR,
    NEXT_STEP_SAMPLES,
    PRACTICAL_ZONE,
    PROBE_SECONDS,
    PROBED_EVERYWHERE,
    QUESTION_SAMPLES,
    RATIO_PRIOR_SIGMA,
    RATIO_SCALE,
    TARGET_ELSEWHERE,
    TARGET_QUESTION,
)
from advisor.decision.draws import Floats
from advisor.decision.readings import Ratio, Reading, drawn_support, link_name
from advisor.decision.slices import head_excluded, head_pair, head_truth
from advisor.decision.strength import Interval, ceiling
from advisor.decision.values import Pair, Value, score, total_difference
from advisor.model.condition import questions_of
from advisor.model.decision import NextStep, StepKind
from advisor.model.rulebase import Question, QuestionKind

Groups = NDArray[np.integer[Any]]
"""The group of every draw, as a number from 0."""

_SMALL_GROUP = 25
"""In groups of about so few draws, the scatter of all draws stands in for their own."""
_DIRECT_OPTIONS = 6
"""Multi questions with more options are sorted by an additive forecast instead of by every code."""
_BINS = 12


@dataclass(frozen=True, slots=True)
class Worth:
    """What knowing something would be worth.

    Attributes:
        gain: expected rise of the probability of naming the right candidate.
        turn_chance: chance that the outcome turns the pick.
        spread: variance of the share of PyTorch that the outcome explains: orders what gains 0.
    """

    gain: float
    turn_chance: float
    spread: float


def worth_of_groups(groups: Groups, share: Floats) -> Worth:
    """Worth of learning the group, when `share` is P(PyTorch first) in every draw.

    A group counts as turning the pick only as far as it does so beyond one standard error, so that
    sampling noise does not look like information.
    """
    counts = np.bincount(groups).astype(np.float64)
    used = counts > 0
    sums = np.bincount(groups, weights=share)[used]
    squares = np.bincount(groups, weights=share * share)[used]
    counts = counts[used]
    means = sums / counts
    overall = float(share.mean())
    within = np.maximum(squares / counts - means**2, 0.0)
    around = (counts * within + _SMALL_GROUP * float(share.var())) / (counts + _SMALL_GROUP)
    error = np.sqrt(around / counts)
    side = 1.0 if overall >= 0.5 else -1.0
    chance = counts / len(share)
    beyond = np.maximum(-side * (means - 0.5) - error, 0.0)
    explained = np.maximum((means - overall) ** 2 - error**2, 0.0)
    gain = float(np.sum(chance * 2.0 * beyond))
    return Worth(
        gain=gain if gain >= GAIN_FLOOR else 0.0,
        turn_chance=float(np.sum(chance[beyond > 0.0])),
        spread=float(np.sum(chance * explained)),
    )


def question_worths(appraisal: Appraisal) -> dict[str, Worth]:
    """Worth of every open question that applies or may apply."""
    share = 0.5 * (1.0 + appraisal.lead[:, :QUESTION_SAMPLES].mean(axis=0))
    answered = appraisal.answers.chosen
    worths: dict[str, Worth] = {}
    for item in appraisal.compiled.questions:
        question = item.question
        code = appraisal.state.codes[question.id]
        if isinstance(code, int) or mask_of(question, answered.get(question.id, frozenset())):
            continue
        codes = code[: len(share)]
        worths[question.id] = worth_of_groups(_groups(question, codes, share), share)
    return worths


def _groups(question: Question, codes: Groups, share: Floats) -> Groups:
    if question.kind is not QuestionKind.MULTI or len(question.options) <= _DIRECT_OPTIONS:
        return codes if len(question.options) <= 16 else np.unique(codes, return_inverse=True)[1]
    overall = float(share.mean())
    forecast = np.zeros(len(codes))
    for place in range(len(question.options)):
        chosen = (codes & (1 << place)) != 0
        count = int(chosen.sum())
        if 0 < count < len(codes):
            with_it = float(share[chosen].sum())
            without = (overall * len(codes) - with_it) / (len(codes) - count)
            forecast += np.where(chosen, with_it / count - without, 0.0)
    return quantile_groups(forecast)


def quantile_groups(values: Floats, bins: int = _BINS) -> Groups:
    """Groups of nearly equal size by rank of `values`; equal values stay together."""
    edges = np.sort(values)[[len(values) * place // bins for place in range(1, bins)]]
    return np.searchsorted(edges, values, side="right")


def next_steps(appraisal: Appraisal, worths: Mapping[str, Worth]) -> tuple[NextStep, ...]:
    """Questions that can be asked now and probes, best first.

    Questions of gates that may hold and whose answer may turn the pick come first: a gate decides
    whatever the score says. Then gain per second; what gains nothing by itself is ordered by how
    much of the doubt it explains, per second.
    """
    urgent = _gate_questions(appraisal)
    ranked: list[tuple[tuple[float, ...], str, NextStep]] = []
    for item in appraisal.compiled.questions:
        question = item.question
        worth = worths.get(question.id)
        if worth is None or item.ask_when.truth(appraisal.state) is not True:
            continue
        step = NextStep(
            StepKind.QUESTION, question.id, worth.gain, question.seconds, worth.turn_chance
        )
        first = question.id in urgent and worth.gain > 0
        ranked.append((_order(step, worth, first=first), question.id, step))
    for workload, worth in probe_worths(appraisal).items():
        step = NextStep(StepKind.PROBE, workload, worth.gain, PROBE_SECONDS, worth.turn_chance)
        ranked.append((_order(step, worth, first=False), workload, step))
    return tuple(step for *_, step in sorted(ranked, key=lambda entry: entry[:2]))


def _order(step: NextStep, worth: Worth, *, first: bool) -> tuple[float, ...]:
    seconds = step.seconds or 1.0
    return (-float(first), -step.rate, -worth.spread / seconds)


def _gate_questions(appraisal: Appraisal) -> frozenset[str]:
    """Open questions that a gate still hangs on."""
    return frozenset(
        question
        for item, truth in zip(appraisal.compiled.gates, appraisal.gates, strict=True)
        if not isinstance(truth, bool)
        for question in questions_of(item.gate.when)
    )


def probe_worths(appraisal: Appraisal) -> dict[str, Worth]:
    """Worth of measuring each workload that a rule that may hold is linked to.

    A documented rule is replaced by a ratio spread round the one that its strength stands for, so
    that the probe may confirm or overturn it; both before and after the probe are judged so.
    """
    here = 1.0 - _elsewhere(appraisal)
    linked = _linked(appraisal)
    if here == 0.0 or not linked:
        return {}
    size = min(NEXT_STEP_SAMPLES, appraisal.draws.size)
    supports = [head_pair(pair, size) for pair in appraisal.scores.supports]
    for place in {place for places in linked.values() for place in places}:
        supports[place] = _forecast(appraisal, place, size)
    weights = appraisal.weights.drawn[:, :size]
    total = np.asarray(total_difference(weights, score(appraisal.compiled, supports)))
    total = np.broadcast_to(np.atleast_2d(total), (2, size))
    excluded = head_excluded(appraisal.excluded, size)
    share = 0.5 * (1.0 + lead_of(total, excluded)).ravel()
    centre = weights.mean(axis=1)
    worths: dict[str, Worth] = {}
    for workload, places in sorted(linked.items()):
        index: Value = 0.0
        for place in places:
            one, two = supports[place] or (0.0, 0.0)
            index = index + centre[appraisal.compiled.rules[place].criterion] * (one - two)
        found = np.broadcast_to(np.asarray(index), (2, size)).ravel()
        worth = worth_of_groups(quantile_groups(found), share)
        worths[workload] = Worth(here * worth.gain, here * worth.turn_chance, here * worth.spread)
    return worths


def _elsewhere(appraisal: Appraisal) -> float:
    """Share of the draws in which the target is unlike this machine."""
    question = appraisal.compiled.rule_base.question_by_id.get(TARGET_QUESTION)
    if question is None:
        return 0.0
    mask = mask_of(question, frozenset({TARGET_ELSEWHERE}))
    return float(np.mean(appraisal.state.atom(TARGET_QUESTION, mask)))


def _linked(appraisal: Appraisal) -> dict[str, list[int]]:
    """Places of the rules that measuring a workload would settle, per workload."""
    found: dict[str, list[int]] = {}
    everywhere: list[int] = []
    for place, (rule, reading) in enumerate(
        zip(appraisal.compiled.rules, appraisal.readings.rules, strict=True)
    ):
        link = rule.rule.measured_by
        if link is None or reading.measured or appraisal.scores.supports[place] is None:
            continue
        for workload in link.workloads:
            found.setdefault(workload, []).append(place)
        if not link.workloads and PROBED_EVERYWHERE & link.operations:
            everywhere.append(place)
    return {workload: places + everywhere for workload, places in found.items()}


def _forecast(appraisal: Appraisal, place: int, size: int) -> Pair:
    rule, reading = appraisal.compiled.rules[place], appraisal.readings.rules[place]
    ratio = expected_ratio(rule, reading)
    truth = head_truth(appraisal.holds[place], size)
    one, two = drawn_support(ratio, ceiling(rule.rule.strength), appraisal.draws)
    return one[:, :size] * truth, two[:, :size] * truth


def expected_ratio(rule: CompiledRule, reading: Reading) -> Ratio:
    """The ratio a probe may be expected to find where a document stands for it so far."""
    if reading.ratio is not None:
        return reading.ratio
    link, interval = rule.rule.measured_by, reading.interval
    if link is None or interval is None or rule.rule.favours is None:
        raise AssertionError("only rules linked to a measurement have an expected ratio")
    sign = 1.0 if sides(rule.rule.favours) == 0 else -1.0
    return Ratio(
        link_name(link), sign * _log_ratio_of(rule, interval), RATIO_PRIOR_SIGMA, measured=False
    )


def _log_ratio_of(rule: CompiledRule, interval: Interval) -> float:
    """The log ratio that would support as much as the document does."""
    part = min(interval.mean / ceiling(rule.rule.strength), 0.99)
    return PRACTICAL_ZONE - RATIO_SCALE * log(1.0 - part)
