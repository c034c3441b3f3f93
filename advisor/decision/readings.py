"""What each rule rests on: a document, a ratio measured for the target, or a ratio still in doubt.

A measurement made on the target, or on a machine that the user calls alike, replaces what a
document says; one made elsewhere is information and changes nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import hypot, log
from statistics import NormalDist

import numpy as np

from advisor.decision.compiled import Compiled, CompiledRule
from advisor.decision.constants import (
    ALIKE_SIGMA,
    DEPLOYMENT_DIFFERS_FACTOR,
    PRACTICAL_ZONE,
    RATIO_PRIOR_SIGMA,
    RATIO_SCALE,
)
from advisor.decision.draws import Draws, Floats
from advisor.decision.strength import Interval, ceiling
from advisor.model.measurement import (
    Comparison,
    ComparisonStatus,
    DeploymentAttempt,
    Likeness,
    Measurements,
)
from advisor.model.rulebase import MeasurementLink


@dataclass(frozen=True, slots=True)
class Ratio:
    """A time ratio (TensorFlow over PyTorch) on the log scale, normally distributed."""

    name: str
    """What was or could be measured; rules on the same measurement share its draw."""
    mean: float
    sigma: float
    measured: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rule rests on. With neither interval nor ratio it is silent."""

    interval: Interval | None = None
    ratio: Ratio | None = None
    measured: bool = False


@dataclass(frozen=True, slots=True)
class Readings:
    """One reading per rule, in the order of the compiled rules, and what must be said about them."""

    rules: tuple[Reading, ...]
    notes: tuple[str, ...]


def read_rules(compiled: Compiled, measurements: Measurements | None) -> Readings:
    """Settle for every rule whether it rests on a document or on a measurement."""
    counts = measurements is not None and measurements.likeness is not Likeness.ELSEWHERE
    notes: list[str] = []
    if measurements is not None and not counts and measurements.comparisons:
        notes.append(
            "The measurements were made on a machine unlike the target: they are shown as "
            "information and move no score."
        )
    if measurements is not None and measurements.likeness is Likeness.ALIKE:
        notes.append(
            "The measurements were made on a machine that is like the target but is not it: their "
            "intervals were widened."
        )
    used = measurements if counts else None
    return Readings(
        tuple(_read(rule, used, notes) for rule in compiled.rules), tuple(dict.fromkeys(notes))
    )


def _read(compiled: CompiledRule, measurements: Measurements | None, notes: list[str]) -> Reading:
    link, interval = compiled.rule.measured_by, compiled.interval
    document = Reading(interval=interval if compiled.rule.favours is not None else None)
    if link is None or interval is None:
        return document
    if link.deployment_target is not None:
        if measurements is None or document.interval is None:
            return document
        return _tried(compiled, document.interval, measurements.attempts, notes)
    ratio = measured_ratio(link, measurements) if measurements is not None else None
    if ratio is not None:
        return Reading(ratio=ratio, measured=True)
    return Reading(ratio=open_ratio(link)) if compiled.rule.favours is None else document


def open_ratio(link: MeasurementLink) -> Ratio:
    """What is believed of a ratio nobody has measured: even, give or take a factor of 1.5."""
    return Ratio(link_name(link), 0.0, RATIO_PRIOR_SIGMA, measured=False)


def link_name(link: MeasurementLink) -> str:
    """A name for what a link would measure, independent of any order."""
    return f"{'+'.join(sorted(link.workloads))}/{'+'.join(sorted(link.operations))}"


def matching(link: MeasurementLink, comparisons: Iterable[Comparison]) -> list[Comparison]:
    """The comparisons with a ratio that the link speaks of, in a fixed order."""
    found = [
        item
        for item in comparisons
        if item.status is ComparisonStatus.MEASURED
        and item.ratio is not None
        and (not link.workloads or item.workload in link.workloads)
        and (not link.operations or item.operation in link.operations)
    ]
    return sorted(found, key=lambda i: (i.workload, i.operation, i.mode, i.size, i.device))


def measured_ratio(link: MeasurementLink, measurements: Measurements) -> Ratio | None:
    """The log ratio that the matching comparisons give together; None when there is none.

    Several comparisons (modes, sizes, workloads) count alike. Their spread adds to the doubt: the
    result has mean and variance of the mixture of their intervals, read as normal on the log scale.
    """
    found = matching(link, measurements.comparisons)
    if not found:
        return None
    means, variances = [], []
    for item in found:
        ratio = item.ratio
        if ratio is None:
            continue
        reach = NormalDist().inv_cdf(0.5 + ratio.level / 2)
        means.append(log(ratio.estimate))
        variances.append(((log(ratio.high) - log(ratio.low)) / (2 * reach)) ** 2)
    mean = sum(means) / len(means)
    variance = sum(variances) / len(means) + sum((m - mean) ** 2 for m in means) / len(means)
    sigma = variance**0.5
    if measurements.likeness is Likeness.ALIKE:
        sigma = hypot(sigma, ALIKE_SIGMA)
    return Ratio(link_name(link), mean, sigma, measured=True)


def _tried(
    compiled: CompiledRule,
    interval: Interval,
    attempts: Iterable[DeploymentAttempt],
    notes: list[str],
) -> Reading:
    rule = compiled.rule
    link = rule.measured_by
    mine = [
        attempt
        for attempt in attempts
        if link is not None
        and attempt.target == link.deployment_target
        and attempt.candidate is rule.favours
    ]
    outcomes = {attempt.outcome for attempt in mine}
    if "works" in outcomes:
        top = ceiling(rule.strength)
        return Reading(interval=Interval(max(interval.mean, interval.high), top), measured=True)
    if "differs" in outcomes:
        factor = DEPLOYMENT_DIFFERS_FACTOR
        weakened = replace(interval, low=factor * interval.low, high=factor * interval.high)
        notes.append(_contradiction(mine, "differs", compiled))
        return Reading(interval=weakened, measured=True)
    if "fails" in outcomes:
        notes.append(_contradiction(mine, "fails", compiled))
        return Reading(measured=True)
    return Reading(interval=interval)


def _contradiction(
    attempts: Iterable[DeploymentAttempt], outcome: str, compiled: CompiledRule
) -> str:
    attempt = next(item for item in attempts if item.outcome == outcome)
    found = "failed here" if outcome == "fails" else "ran here with results that deviate"
    because = f" ({attempt.reason.rstrip('.')})" if attempt.reason else ""
    weight = "counts no longer" if outcome == "fails" else "counts half"
    return (
        f"Contradiction: the path {attempt.path} to {attempt.target} {found}{because}, while the "
        f"documents say: {compiled.rule.text} The rule {compiled.rule.id} {weight}."
    )


def support(log_ratio: Floats, top: float) -> tuple[Floats, Floats]:
    """Support for (PyTorch, TensorFlow) that log time ratios give, each from 0 to `top`.

    Nothing inside the practical zone, then growing without a jump towards `top`.
    """
    beyond = np.maximum(np.abs(log_ratio) - PRACTICAL_ZONE, 0.0)
    size = top * -np.expm1(-beyond / RATIO_SCALE)
    return np.where(log_ratio > 0, size, 0.0), np.where(log_ratio < 0, size, 0.0)


def drawn_support(ratio: Ratio, top: float, draws: Draws) -> tuple[Floats, Floats]:
    """Support for both in every draw, each of shape (2, draws): the deviation with both signs.

    With both signs the candidates' names can be exchanged without changing a bit of the result.
    """

    def make() -> Floats:
        deviation = ratio.sigma * draws.normal("ratio", ratio.name)
        return np.stack(support(ratio.mean + np.stack((deviation, -deviation)), top))

    key = ("support", ratio.name, repr((ratio.mean, ratio.sigma, top)))
    both = draws.made(key, make)
    return both[0], both[1]


def mean_support(ratio: Ratio, top: float) -> tuple[float, float]:
    """Support for both at the middle of the ratio."""
    one, two = support(np.full(1, ratio.mean), top)
    return float(one[0]), float(two[0])
