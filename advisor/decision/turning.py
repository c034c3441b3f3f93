"""Where the pick turns: the weight of each criterion, the ratio of each measurement."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log

import numpy as np

from advisor.decision.appraisal import Appraisal, gate_direction, lead_of
from advisor.decision.constants import DOUBT_SAMPLES
from advisor.decision.draws import Floats
from advisor.decision.readings import measured_ratio, support
from advisor.decision.slices import head_excluded, head_pair, head_truth, head_value
from advisor.decision.strength import ceiling
from advisor.decision.values import Pair, Value, average, strongest_of
from advisor.model.decision import MeasurementTurn
from advisor.model.rulebase import MeasurementLink

ANY_WORKLOAD = "any workload"
"""Named for measurements that do not depend on one, such as the input pipeline."""

_GRID = 21
_HALVINGS = 20
_LARGEST_RATIO = 10.0


def turning_weights(appraisal: Appraisal) -> dict[str, float | None]:
    """Weight of each criterion at which the pick turns, the others keeping their proportions.

    The crossing nearest to the present weight; None where no weight from 0 to 1 turns it, and when
    a known gate decides.
    """
    ids = appraisal.compiled.criterion_ids
    direction = gate_direction(appraisal.excluded)
    if len(ids) < 2 or (isinstance(direction, float) and direction != 0.0):
        return dict.fromkeys(ids)
    size = min(DOUBT_SAMPLES, appraisal.draws.size)
    weights = appraisal.weights.drawn[:, :size]
    excluded = head_excluded(appraisal.excluded, size)
    parts = [
        np.atleast_2d(np.asarray(head_value(appraisal.scores.difference(place), size)))
        for place in range(len(ids))
    ]
    total = sum(weight * part for weight, part in zip(weights, parts, strict=True))
    found: dict[str, float | None] = {}
    for place, key in enumerate(ids):
        own = weights[place]
        rest = (total - own * parts[place]) / np.maximum(1.0 - own, 1e-9)

        def lead(weight: float, own_part: Floats = parts[place], rest_part: Floats = rest) -> float:
            mixed = np.asarray(weight * own_part + (1.0 - weight) * rest_part)
            return average(lead_of(mixed, excluded))

        found[key] = _crossing(lead, 0.0, 1.0, float(own.mean()))
    return found


def measurement_turns(appraisal: Appraisal) -> tuple[MeasurementTurn, ...]:
    """The ratio at which each linked measurement, made on the target, would turn the pick.

    Looks from a tenth to ten times; the crossing nearest to the ratio measured, or to 1.
    """
    direction = gate_direction(appraisal.excluded)
    decided = isinstance(direction, float) and direction != 0.0
    size = min(DOUBT_SAMPLES, appraisal.draws.size)
    edge = log(_LARGEST_RATIO)
    turns = []
    for (workload, operation), places in sorted(_linked(appraisal).items()):
        now = _measured(appraisal, workload, operation)
        at = None
        if not decided:
            lead = _RatioLead(appraisal, places, size)
            at = _crossing(lead, -edge, edge, log(now) if now is not None else 0.0, coarse=9)
        turns.append(MeasurementTurn(workload, operation, None if at is None else exp(at), now))
    return tuple(turns)


class _RatioLead:
    """Mean lead of PyTorch as a function of the log ratio that some rules rest on.

    Only the topics of these rules are worked out again.
    """

    def __init__(self, appraisal: Appraisal, places: list[int], size: int) -> None:
        compiled, scores = appraisal.compiled, appraisal.scores
        self._appraisal = appraisal
        self._size = size
        self._moved = frozenset(places)
        self._weights = appraisal.weights.drawn[:, :size]
        self._excluded = head_excluded(appraisal.excluded, size)
        topics = sorted({compiled.rules[place].topic for place in places})
        self._topics = [
            (
                compiled.topics[topic][0],
                [(i, head_pair(scores.supports[i], size)) for i in compiled.topics[topic][1]],
            )
            for topic in topics
        ]
        affected = {criterion for criterion, _ in self._topics}
        self._rest: dict[int, Pair] = dict.fromkeys(affected, (1.0, 1.0))
        for topic, (criterion, _) in enumerate(compiled.topics):
            if criterion in affected and topic not in topics:
                self._rest[criterion] = self._and(
                    self._rest[criterion], head_pair(scores.topics[topic], size)
                )
        self._fixed: Value = 0.0
        for criterion in range(len(self._weights)):
            if criterion not in affected:
                part = head_value(scores.difference(criterion), size)
                self._fixed = self._fixed + self._weights[criterion] * part

    @staticmethod
    def _and(survival: Pair, support_: Pair | None) -> Pair:
        if support_ is None:
            return survival
        return survival[0] * (1.0 - support_[0]), survival[1] * (1.0 - support_[1])

    def __call__(self, log_ratio: float) -> float:
        survival = dict(self._rest)
        for criterion, members in self._topics:
            strongest = strongest_of(
                [
                    _at(self._appraisal, place, log_ratio, self._size)
                    if place in self._moved
                    else pair
                    for place, pair in members
                ]
            )
            survival[criterion] = self._and(survival[criterion], strongest)
        total = self._fixed
        for criterion, (one, two) in survival.items():
            total = total + self._weights[criterion] * (two - one)
        return average(lead_of(np.atleast_2d(np.asarray(total)), self._excluded))


def _linked(appraisal: Appraisal) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = {}
    for place, rule in enumerate(appraisal.compiled.rules):
        link = rule.rule.measured_by
        if link is None or appraisal.scores.supports[place] is None:
            continue
        for workload in link.workloads or {ANY_WORKLOAD}:
            for operation in link.operations:
                found.setdefault((workload, operation), []).append(place)
    return found


def _measured(appraisal: Appraisal, workload: str, operation: str) -> float | None:
    if appraisal.measurements is None:
        return None
    workloads = frozenset() if workload == ANY_WORKLOAD else frozenset({workload})
    link = MeasurementLink(workloads, frozenset({operation}))
    ratio = measured_ratio(link, appraisal.measurements)
    return None if ratio is None else exp(ratio.mean)


def _at(appraisal: Appraisal, place: int, log_ratio: float, size: int) -> Pair:
    rule, truth = appraisal.compiled.rules[place], head_truth(appraisal.holds[place], size)
    one, two = support(np.full(1, log_ratio), ceiling(rule.rule.strength))
    if isinstance(truth, bool):
        return float(one[0]), float(two[0])
    return one * truth, two * truth


def _crossing(
    lead: Callable[[float], float], low: float, high: float, start: float, coarse: int = _GRID
) -> float | None:
    """The zero of `lead` nearest to `start`, by a grid and then by halving; None without one."""
    points = np.linspace(low, high, coarse)
    values = [lead(float(point)) for point in points]
    best: tuple[float, int] | None = None
    for place in range(coarse - 1):
        if values[place] * values[place + 1] < 0.0:
            distance = min(abs(points[place] - start), abs(points[place + 1] - start))
            if best is None or distance < best[0]:
                best = (float(distance), place)
    if best is None:
        return None
    left, right = float(points[best[1]]), float(points[best[1] + 1])
    sign = values[best[1]]
    for _ in range(_HALVINGS):
        middle = (left + right) / 2
        if lead(middle) * sign > 0.0:
            left = middle
        else:
            right = middle
        if right - left < 1e-3 * (high - low):
            break
    return (left + right) / 2
