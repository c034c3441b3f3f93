"""Student's t distribution, without SciPy: quantiles for intervals from few generations.

The distribution function comes from the regularised incomplete beta function (continued fraction
by Lentz's method; Press et al., Numerical Recipes, 6.4), the quantile from bisection.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, lgamma, log, log1p

_TINY = 1e-300
_EPSILON = 1e-15


def _continued_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > _TINY else _TINY)
    result = d
    for m in range(1, 500):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + numerator * d
            d = 1.0 / (d if abs(d) > _TINY else _TINY)
            c = 1.0 + numerator / c
            c = c if abs(c) > _TINY else _TINY
            step = c * d
            result *= step
        if abs(step - 1.0) < _EPSILON:
            break
    return result


def incomplete_beta(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta function of `x` in [0, 1] with positive `a` and `b`."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _continued_fraction(x, a, b) / a
    return 1.0 - front * _continued_fraction(1.0 - x, b, a) / b


def t_cdf(t: float, degrees: float) -> float:
    """Probability that a t variable with `degrees` (> 0) degrees of freedom is at most `t`."""
    tail = 0.5 * incomplete_beta(degrees / (degrees + t * t), degrees / 2.0, 0.5)
    return 1.0 - tail if t > 0 else tail


@lru_cache(maxsize=512)
def t_quantile(probability: float, degrees: float) -> float:
    """The value that a t variable with `degrees` degrees of freedom stays below with `probability`.

    Raises ValueError outside 0 < probability < 1 or for degrees that are not positive.
    """
    if not 0.0 < probability < 1.0 or not degrees > 0.0:
        raise ValueError("needs 0 < probability < 1 and positive degrees of freedom")
    if probability == 0.5:
        return 0.0
    if probability < 0.5:
        return -t_quantile(1.0 - probability, degrees)
    low, high = 0.0, 1.0
    while t_cdf(high, degrees) < probability and high < 1e300:
        low, high = high, high * 2.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if t_cdf(middle, degrees) < probability:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
