"""Ratios, intervals and verdicts from paired blocks."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.measure import statistics
from advisor.measure.student import t_cdf, t_quantile
from advisor.model.measurement import RatioInterval, RatioVerdict

QUIET = RatioInterval(1.0, 0.97, 1.03)

generations_strategy = st.lists(
    st.lists(st.floats(-2.0, 2.0, allow_nan=False), min_size=1, max_size=12),
    min_size=2,
    max_size=8,
)


def simulated(
    random: np.random.Generator, effect: float, *, count: int = 5, process: float = 0.03
) -> list[list[float]]:
    """Generations of 12 pairs with a true log ratio of `effect`."""
    return [
        list(effect + process * random.standard_normal() + 0.05 * random.standard_normal(12))
        for _ in range(count)
    ]


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 7, 19, 120])
@pytest.mark.parametrize("probability", [0.025, 0.5, 0.9, 0.975, 0.999])
def test_t_quantile_agrees_with_scipy(probability: float, degrees: int) -> None:
    """Student's quantiles agree with an independent implementation to eight digits."""
    scipy_stats = pytest.importorskip("scipy.stats")
    expected = float(scipy_stats.t.ppf(probability, degrees))
    assert t_quantile(probability, degrees) == pytest.approx(expected, rel=1e-8, abs=1e-8)


@given(st.floats(-30, 30, allow_nan=False), st.integers(1, 60))
def test_t_cdf_is_symmetric(value: float, degrees: int) -> None:
    """The distribution function is symmetric about 0."""
    assert t_cdf(value, degrees) == pytest.approx(1.0 - t_cdf(-value, degrees), abs=1e-12)


@pytest.mark.parametrize(("probability", "degrees"), [(0.0, 3), (1.0, 3), (0.9, 0)])
def test_t_quantile_refuses_nonsense(probability: float, degrees: float) -> None:
    """Probabilities and degrees outside their range raise ValueError."""
    with pytest.raises(ValueError, match="degrees of freedom"):
        t_quantile(probability, degrees)


def test_interval_agrees_with_scipy() -> None:
    """The interval is Student's t over the trimmed means of the generations."""
    scipy_stats = pytest.importorskip("scipy.stats")
    generations = simulated(np.random.default_rng(3), 0.2)
    means = [float(scipy_stats.trim_mean(values, 0.2)) for values in generations]
    middle, error = float(np.mean(means)), float(scipy_stats.sem(means))
    low, high = scipy_stats.t.interval(0.95, len(means) - 1, loc=middle, scale=error)
    found = statistics.interval(generations)
    assert found is not None
    assert found.low == pytest.approx(exp(low))
    assert found.high == pytest.approx(exp(high))
    assert found.estimate == pytest.approx(exp(middle))


@settings(max_examples=60)
@given(generations_strategy)
def test_mirror(generations: list[list[float]]) -> None:
    """Exchanging the two frameworks inverts the interval and mirrors the verdict exactly."""
    swapped = [[-value for value in values] for values in generations]
    one, two = statistics.interval(generations), statistics.interval(swapped)
    assert one is not None
    assert two is not None
    assert two.low == pytest.approx(1.0 / one.high)
    assert two.high == pytest.approx(1.0 / one.low)
    mirror = {
        RatioVerdict.PYTORCH_FASTER: RatioVerdict.TENSORFLOW_FASTER,
        RatioVerdict.TENSORFLOW_FASTER: RatioVerdict.PYTORCH_FASTER,
    }
    verdict = statistics.judge(generations, QUIET).verdict
    assert statistics.judge(swapped, QUIET).verdict is mirror.get(verdict, verdict)


@settings(max_examples=60)
@given(generations_strategy, st.randoms(use_true_random=False))
def test_order_of_pairs_is_irrelevant(generations: list[list[float]], random: object) -> None:
    """Neither the order of pairs nor that of generations moves the interval."""
    shuffled = [list(reversed(values)) for values in reversed(generations)]
    one, two = statistics.interval(generations), statistics.interval(shuffled)
    assert one is not None
    assert two is not None
    assert one.low == pytest.approx(two.low)
    assert one.high == pytest.approx(two.high)


def test_clear_winner_is_named() -> None:
    """A ratio of 1.5 with 3 % process noise is called: PyTorch is faster."""
    generations = simulated(np.random.default_rng(1), log(1.5))
    assert statistics.judge(generations, QUIET).verdict is RatioVerdict.PYTORCH_FASTER


def test_even_pair_is_called_a_tie() -> None:
    """A ratio of 1 with 1 % process noise is called: no practical difference."""
    generations = simulated(np.random.default_rng(2), 0.0, process=0.01)
    verdict = statistics.judge(generations, None).verdict
    assert verdict is RatioVerdict.NO_PRACTICAL_DIFFERENCE


@pytest.mark.parametrize(
    ("noise", "part"),
    [
        (None, "not been measured"),
        (RatioInterval(1.1, 1.02, 1.2), "did not come out even"),
        (RatioInterval(1.0, 0.5, 2.0), "not above"),
    ],
)
def test_no_winner_without_a_sound_noise_floor(noise: RatioInterval | None, part: str) -> None:
    """A missing, uneven or too wide A/A interval keeps a winner from being named."""
    generations = simulated(np.random.default_rng(1), log(1.5))
    judgement = statistics.judge(generations, noise)
    assert judgement.verdict is RatioVerdict.NOT_RESOLVED
    assert part in judgement.reason


def test_two_generations_resolve_nothing() -> None:
    """However clear two generations look, no verdict is given."""
    judgement = statistics.judge([[0.5] * 20, [0.5] * 20], QUIET)
    assert judgement.verdict is RatioVerdict.NOT_RESOLVED


@pytest.mark.parametrize("process", [0.0, 0.05])
@pytest.mark.parametrize("count", [3, 5])
def test_coverage(process: float, count: int) -> None:
    """With and without process effects the 95 % interval covers the truth 93 to 97 times in 100."""
    random = np.random.default_rng(11)
    rounds = 2000
    covered = 0
    for _ in range(rounds):
        found = statistics.interval(simulated(random, 0.1, count=count, process=process))
        assert found is not None
        covered += found.low <= exp(0.1) <= found.high
    assert 0.93 <= covered / rounds <= 0.97


def test_even_arms_are_never_called_different() -> None:
    """Arms that do the same work, with 4 % process noise, give a winner in at most 1 of 20 runs."""
    random = np.random.default_rng(5)
    verdicts = [
        statistics.judge(simulated(random, 0.0, process=0.04), QUIET).verdict for _ in range(400)
    ]
    wrong = {RatioVerdict.PYTORCH_FASTER, RatioVerdict.TENSORFLOW_FASTER}
    assert sum(verdict in wrong for verdict in verdicts) <= 4


def test_live_interval_shrinks_to_the_final_one() -> None:
    """Before three generations the live interval is not narrower than the process spread allows."""
    generations = simulated(np.random.default_rng(4), 0.0)
    first = statistics.interval_so_far(generations[:1])
    assert first is not None
    assert log(first.high / first.low) / 2 > statistics.PRESUMED_PROCESS_SD
    assert statistics.interval_so_far(generations) == statistics.interval(generations)
    assert statistics.interval_so_far([]) is None
    assert statistics.interval_so_far([[0.1]]) is None


def test_bootstrap_is_seeded_and_brackets_the_estimate() -> None:
    """The second reading by bootstrap is the same bytes for the same seed."""
    generations = simulated(np.random.default_rng(4), 0.3)
    one = statistics.bootstrap_interval(generations, seed=1)
    assert one == statistics.bootstrap_interval(generations, seed=1)
    assert one is not None
    assert one.low <= one.estimate <= one.high
    assert statistics.bootstrap_interval(generations[:1], seed=1) is None


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_times_must_be_positive(bad: float) -> None:
    """A time that is not finite and positive cannot enter a ratio."""
    with pytest.raises(ValueError, match="finite and positive"):
        statistics.log_ratio(bad, 1.0)


def test_outliers_are_marked() -> None:
    """One block a hundred times slower than the rest is marked, the rest are not."""
    values = [1.0, 1.01, 0.99, 1.02, 0.98, 100.0]
    assert statistics.outliers(values) == [False] * 5 + [True]
    assert statistics.outliers([1.0, 50.0]) == [False, False]


def test_worked_example_of_the_manual() -> None:
    """The worked example in docs/measuring.md is what the code gives."""
    found = statistics.interval([[0.38], [0.41], [0.40]])
    assert found is not None
    shown = tuple(round(value, 2) for value in (found.low, found.estimate, found.high))
    assert shown == (1.43, 1.49, 1.54)
    verdict = statistics.judge([[0.38], [0.41], [0.40]], QUIET).verdict
    assert verdict is RatioVerdict.PYTORCH_FASTER
