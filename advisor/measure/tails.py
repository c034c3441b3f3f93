"""Quantiles of single-call times, only as far as the number of calls supports them.

The interval of a quantile rests on order statistics alone: the number of calls below the true
quantile is binomial, whatever the distribution. A quantile is given only when both ends of that
interval exist and at least ten calls lie beyond it, so that a 95th percentile needs 200 calls and
a 99th a thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log

from advisor.measure.record import Quantile

PROBABILITIES = (0.5, 0.95, 0.99, 0.999)
FEWEST_BEYOND = 10


def _binomial_ranks(count: int, probability: float, level: float) -> tuple[int, int] | None:
    """Ranks (from 1) of the order statistics that enclose the quantile; None: not enclosed."""
    tail = (1.0 - level) / 2.0
    total = 0.0
    low = high = None
    for below in range(count + 1):
        total += exp(
            lgamma(count + 1)
            - lgamma(below + 1)
            - lgamma(count - below + 1)
            + below * log(probability)
            + (count - below) * log(1.0 - probability)
        )
        if low is None and total > tail:
            low = below
        if total >= 1.0 - tail:
            high = below + 1
            break
    if not low or high is None or high > count:
        return None
    return low, high


def quantile(values: Sequence[float], probability: float, level: float = 0.95) -> Quantile | None:
    """A quantile of `values` with its interval; None when there are too few."""
    count = len(values)
    if count * (1.0 - probability) < FEWEST_BEYOND:
        return None
    ranks = _binomial_ranks(count, probability, level)
    if ranks is None:
        return None
    ordered = sorted(values)
    middle = ordered[min(count - 1, int(probability * count))]
    return Quantile(probability, middle, ordered[ranks[0] - 1], ordered[ranks[1] - 1])


def quantiles(values: Sequence[float]) -> tuple[Quantile, ...]:
    """Median, 95th percentile and further tails, as far as they are supported."""
    found = (quantile(values, probability) for probability in PROBABILITIES)
    return tuple(one for one in found if one is not None)
