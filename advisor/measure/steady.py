"""When has a warming-up operation become steady?

The detector of pyperf (its `_worker.py`, snapshot 2026-07-01), in our own words: two neighbouring
windows of values are compared; steady when the first value is no outlier, and mean, spread and
quartiles hardly move from one window to the next. Some just-in-time compiled work never settles;
then the detector gives up and says so, since waiting for "warm" would itself pick a result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

WINDOW = 20
LIMIT = 300
"""Values after which it gives up."""


@dataclass(frozen=True, slots=True)
class Warmth:
    """What the detector says about a series."""

    steady: bool
    skipped: int
    """Values at the start that belong to the warm-up."""
    gave_up: bool = False


def _spread(values: np.ndarray) -> float:
    return float(np.median(np.abs(values - np.median(values))))


def _moved(before: float, after: float) -> float:
    """Relative change from `before` to `after`; no change counts as none, even at zero."""
    if before == after:
        return 0.0
    return (after - before) / before if before > 0 else float("inf")


def windows_agree(first: Sequence[float], second: Sequence[float]) -> bool:
    """Whether `second` continues `first` without drift: thresholds of pyperf.

    Mean change within -50 % to +10 %, median absolute deviation within 10 %, quartiles within 5 %,
    and the first value not above the third quartile plus 1.5 interquartile ranges.
    """
    one, two = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    q1_one, q3_one = np.quantile(one, [0.25, 0.75])
    q1_two, q3_two = np.quantile(two, [0.25, 0.75])
    if one[0] > q3_one + 1.5 * (q3_one - q1_one):
        return False
    if not -0.5 <= _moved(float(two.mean()), float(one.mean())) <= 0.1:
        return False
    # A spread far below the time itself is timer resolution, not warm-up: let it vary.
    tiny = 0.002 * float(np.median(two))
    spread_one, spread_two = _spread(one), _spread(two)
    if max(spread_one, spread_two) > tiny and abs(_moved(spread_two, spread_one)) > 0.1:
        return False
    return all(
        abs(_moved(float(after), float(before))) <= 0.05
        for before, after in ((q1_one, q1_two), (q3_one, q3_two))
    )


def detect(values: Sequence[float], *, window: int = WINDOW, limit: int = LIMIT) -> Warmth:
    """Look for the first place from which two neighbouring windows agree.

    Returns steady with the number of values to skip; otherwise not steady, with `gave_up` once
    `limit` values were seen.
    """
    seen = min(len(values), limit)
    for start in range(seen - 2 * window + 1):
        if windows_agree(
            values[start : start + window], values[start + window : start + 2 * window]
        ):
            return Warmth(steady=True, skipped=start)
    return Warmth(steady=False, skipped=seen, gave_up=seen >= limit)
