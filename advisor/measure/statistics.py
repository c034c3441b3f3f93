"""From paired blocks to a ratio with an interval and a verdict.

A pair is one block of each arm, timed one after the other; its log ratio is the datum. Pairs of
one generation share their two processes, so generations, not pairs, are the independent units:
each generation is condensed to a 20 % trimmed mean of its log ratios, and the interval is
Student's t over those centres. Simulated coverage at a nominal 95 % stays within 93 to 97 % for 3
to 8 generations, with and without process effects, outliers, heavy tails and correlated blocks,
where the plain percentile bootstrap over processes and blocks falls to 72 % (bench/RESULTS.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite, log, sqrt
from statistics import median

import numpy as np

from advisor.measure.student import t_quantile
from advisor.model.measurement import RatioInterval, RatioVerdict

ZONE_LOW = 0.90
ZONE_HIGH = 1.10
"""The practical-difference zone of a ratio (method.md)."""

# Read in both directions, so that exchanging the candidates mirrors the verdict exactly: a winner
# must lie outside the zone as TensorFlow/PyTorch and as PyTorch/TensorFlow, a tie inside both.
_WINNER = log(1.0 / ZONE_LOW)
_TIE = log(ZONE_HIGH)

LEVEL = 0.95
STOPPING_LEVEL = 0.98
"""To stop before the planned generations are over, this wider interval must already give the
verdict: looking again and again at 95 % would stop at lucky moments (simulated coverage at the
edge of the zone fell to 91 %)."""
TRIM = 0.20
FEWEST_GENERATIONS = 3
"""With fewer, no verdict is given."""

PRESUMED_PROCESS_SD = 0.05
"""Log-scale spread between process pairs presumed while it cannot be estimated (fewer than three
generations): what paired A/A runs showed on a shared two-core machine, rounded up."""

Generations = Sequence[Sequence[float]]
"""Log ratios of the pairs, by generation."""


def log_ratio(numerator_seconds: float, denominator_seconds: float) -> float:
    """Natural log of a ratio of two positive times.

    Raises ValueError for times that are not finite and positive.
    """
    if not (
        isfinite(numerator_seconds)
        and isfinite(denominator_seconds)
        and numerator_seconds > 0
        and denominator_seconds > 0
    ):
        raise ValueError("times must be finite and positive")
    return log(numerator_seconds) - log(denominator_seconds)


def centre(values: Sequence[float], trim: float = TRIM) -> float:
    """Trimmed mean: the mean without the `trim` share (rounded down) at either end."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    cut = int(trim * len(ordered))
    kept = ordered[cut : len(ordered) - cut]
    return sum(kept) / len(kept)


def centres(generations: Generations) -> list[float]:
    """One centre per generation that has pairs, in order."""
    return [centre(values) for values in generations if len(values) > 0]


def _interval(middle: float, half: float, level: float) -> RatioInterval:
    # exp of a huge half-width would overflow; such an interval says nothing either way.
    half = min(half, 50.0)
    return RatioInterval(exp(middle), exp(middle - half), exp(middle + half), level)


def interval(generations: Generations, level: float = LEVEL) -> RatioInterval | None:
    """Interval of the ratio over generations; None with fewer than two."""
    values = centres(generations)
    count = len(values)
    if count < 2:
        return None
    middle = sum(values) / count
    spread = sqrt(sum((value - middle) ** 2 for value in values) / (count - 1))
    half = t_quantile(0.5 + level / 2.0, count - 1) * spread / sqrt(count)
    return _interval(middle, half, level)


def interval_so_far(
    generations: Generations, process_sd: float | None = None, level: float = LEVEL
) -> RatioInterval | None:
    """Interval to show while measuring; None before there are two pairs.

    From three generations on it is `interval`. Before that the spread between processes cannot be
    estimated, so `process_sd` (this machine's noise floor, else PRESUMED_PROCESS_SD) stands in,
    together with the spread of the pairs seen.
    """
    values = centres(generations)
    if len(values) >= FEWEST_GENERATIONS:
        return interval(generations, level)
    pairs = [value for generation in generations for value in generation]
    if len(pairs) < 2:
        return None
    between = PRESUMED_PROCESS_SD if process_sd is None else process_sd
    middle = sum(values) / len(values)
    within = float(np.var(pairs, ddof=1))
    half = t_quantile(0.5 + level / 2.0, len(pairs) - 1) * sqrt(
        between**2 / len(values) + within / len(pairs)
    )
    return _interval(middle, half, level)


def bootstrap_interval(
    generations: Generations, *, seed: int, resamples: int = 2000, level: float = LEVEL
) -> RatioInterval | None:
    """Percentile interval by resampling processes, then blocks; None with fewer than two.

    Too narrow with few processes (see the module's text): kept beside the t interval in the
    record as a second reading, never used for the verdict.
    """
    groups = [np.asarray(values, dtype=float) for values in generations if len(values) > 0]
    if len(groups) < 2:
        return None
    random = np.random.default_rng(seed)
    resampled = np.empty((len(groups), resamples))
    for row in range(len(groups)):
        chosen = random.integers(0, len(groups), resamples)
        for group_index, group in enumerate(groups):
            where = np.flatnonzero(chosen == group_index)
            if where.size:
                drawn = np.sort(group[random.integers(0, group.size, (where.size, group.size))])
                cut = int(TRIM * group.size)
                resampled[row, where] = drawn[:, cut : group.size - cut].mean(axis=1)
    low, high = np.quantile(resampled.mean(axis=0), [0.5 - level / 2.0, 0.5 + level / 2.0])
    values = centres(generations)
    return RatioInterval(exp(sum(values) / len(values)), exp(float(low)), exp(float(high)), level)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and the reason for it, in words."""

    verdict: RatioVerdict
    reason: str

    @property
    def resolved(self) -> bool:
        """Whether more measuring could not be asked for."""
        return self.verdict is not RatioVerdict.NOT_RESOLVED


def _unresolved(reason: str) -> Judgement:
    return Judgement(RatioVerdict.NOT_RESOLVED, reason)


def judge(generations: Generations, noise: RatioInterval | None, level: float = LEVEL) -> Judgement:
    """The verdict on log ratios of TensorFlow's over PyTorch's time (method.md, "Measurement").

    `noise` is the A/A interval of this machine; without one no winner is named, and a tie neither
    needs nor gets help from it. `level` is the level of the interval it rests on.
    """
    values = centres(generations)
    if len(values) < FEWEST_GENERATIONS:
        return _unresolved(
            f"{len(values)} of at least {FEWEST_GENERATIONS} generations of processes were measured"
        )
    found = interval(generations, level)
    assert found is not None  # noqa: S101  (at least three generations)
    low, high = log(found.low), log(found.high)
    if low >= -_TIE and high <= _TIE:
        return Judgement(
            RatioVerdict.NO_PRACTICAL_DIFFERENCE,
            f"the whole interval lies within {ZONE_LOW:.2f} to {ZONE_HIGH:.2f}",
        )
    if not (low > _WINNER or high < -_WINNER):
        return _unresolved(f"the interval overlaps the zone {ZONE_LOW:.2f} to {ZONE_HIGH:.2f}")
    if not (all(value > 0 for value in values) or all(value < 0 for value in values)):
        return _unresolved("the generations of processes disagree in direction")
    doubt = _noise_doubt(sum(values) / len(values), noise)
    if doubt:
        return _unresolved(doubt)
    winner = RatioVerdict.PYTORCH_FASTER if low > 0 else RatioVerdict.TENSORFLOW_FASTER
    return Judgement(winner, "the whole interval lies outside the zone and all generations agree")


def _noise_doubt(effect: float, noise: RatioInterval | None) -> str:
    if noise is None:
        return "this machine's noise floor has not been measured"
    if not noise.low <= 1.0 <= noise.high:
        return "a framework measured against itself did not come out even on this machine"
    if abs(effect) <= floor_of(noise):
        return "the difference is not above this machine's noise floor"
    return ""


def floor_of(noise: RatioInterval) -> float:
    """The noise floor on the log scale: the farther end of the A/A interval from 1."""
    return max(abs(log(noise.low)), abs(log(noise.high)))


def outliers(values: Sequence[float], threshold: float = 14.8) -> list[bool]:
    """Which values lie more than `threshold` scaled median absolute deviations off the median.

    Threshold and scaling as in hyperfine (modified z-score of Iglewicz and Hoaglin, made mild).
    """
    if len(values) < 5:
        return [False] * len(values)
    middle = median(values)
    deviation = median(abs(value - middle) for value in values)
    if deviation == 0.0:
        return [False] * len(values)
    return [abs(value - middle) * 0.6745 / deviation > threshold for value in values]
