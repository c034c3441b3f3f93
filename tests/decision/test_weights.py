"""Weights: the distributions they must have."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from advisor.decision.compiled import compile_rule_base
from advisor.decision.constants import WEIGHT_CONCENTRATION, WEIGHT_FREE_SHARE
from advisor.decision.draws import Draws, Floats
from advisor.decision.engine import Engine
from advisor.decision.weights import draw_weights
from advisor.model.answers import Answers, Priorities
from advisor.model.condition import ALWAYS
from advisor.model.rulebase import Criterion, Emphasis, Emphasiser, RuleBase
from tests.decision.bases import AS_OF, PYTORCH, TENSORFLOW, answers, atom, base, question, rule

SAMPLES = 40_000


def drawn(rule_base: RuleBase, priorities: Priorities = Priorities()) -> Floats:  # noqa: B008
    """Weights without answers, shape (criteria, SAMPLES)."""
    compiled = compile_rule_base(rule_base, AS_OF)
    truths = [True for _ in compiled.emphases]
    return draw_weights(compiled, [*truths], priorities, Draws(SAMPLES)).drawn


def free_part(rule_base: RuleBase) -> Floats:
    """The drawn part of equal weights: what is left when the certain part is taken off."""
    weights = drawn(rule_base)
    share = 1 / len(weights)
    return (weights - (1 - WEIGHT_FREE_SHARE) * share) / WEIGHT_FREE_SHARE


def test_sum_to_one() -> None:
    """In every draw the weights are a point of the simplex."""
    weights = drawn(base(criteria=5))
    assert weights.sum(axis=0) == pytest.approx(np.ones(SAMPLES))
    assert weights.min() >= 0


def test_uniform_on_the_simplex_at_seven_equal_criteria() -> None:
    """With the seven criteria of the survey each drawn weight is Beta(1, 6), as on the simplex."""
    assert WEIGHT_CONCENTRATION == 7
    for row in free_part(base(criteria=7)):
        assert stats.kstest(row, stats.beta(1, 6).cdf).pvalue > 1e-4


def test_not_normalised_uniforms() -> None:
    """The usual mistake, uniform draws brought to a sum of one, would be noticed here."""
    uniform = np.random.default_rng(1).random((7, SAMPLES))
    wrong = (uniform / uniform.sum(axis=0))[0]
    assert stats.kstest(wrong, stats.beta(1, 6).cdf).pvalue < 1e-12


def test_splitting_a_criterion_changes_no_distribution() -> None:
    """Two halves of a criterion weigh together what the whole weighed, in distribution."""
    whole = base(criteria=4)
    first, *rest = whole.criteria
    halves = (
        replace(first, id="left", importance=0.5),
        replace(first, id="right", importance=0.5),
    )
    split = base(criteria=(*halves, *rest))
    together = drawn(split)[:2].sum(axis=0)
    assert stats.ks_2samp(together, drawn(whole)[0]).pvalue > 1e-4
    assert stats.ks_2samp(drawn(split)[2], drawn(whole)[1]).pvalue > 1e-4


@pytest.mark.parametrize("count", [2, 3, 5, 7])
def test_ranking_has_the_rank_order_centroids(count: int) -> None:
    """Mean weights of a full ranking are the rank-order centroids, known in closed form."""
    names = tuple(f"c{i}" for i in range(count))
    weights = drawn(base(criteria=count), Priorities(rank=names[::-1]))
    centroids = [
        sum(1 / k for k in range(place, count + 1)) / count for place in range(1, count + 1)
    ]
    assert weights.mean(axis=1)[::-1] == pytest.approx(centroids, abs=0.005)
    assert (np.diff(weights, axis=0) >= 0).all()


def test_ranking_is_uniform_on_its_part_of_the_simplex() -> None:
    """Any region of the ordered simplex has its share of the volume: here the largest weight below
    one half, whose probability under Dirichlet(1) is known by inclusion and exclusion."""
    weights = drawn(base(criteria=4), Priorities(rank=("c0", "c1", "c2", "c3")))
    below = 1 - 4 * (1 - 0.5) ** 3
    assert float((weights[0] < 0.5).mean()) == pytest.approx(below, abs=0.01)


def test_unranked_criteria_follow_in_no_order() -> None:
    """Criteria left out of a ranking lie below the ranked ones and are alike in distribution."""
    weights = drawn(base(criteria=4), Priorities(rank=("c2",)))
    assert (weights[2] >= weights.max(axis=0)).all()
    means = weights[[0, 1, 3]].mean(axis=1)
    assert means == pytest.approx([means.mean()] * 3, abs=0.004)


def test_swings_scatter_round_what_was_stated() -> None:
    """Weights follow the points in the mean, and stay in doubt."""
    weights = drawn(base(criteria=3), Priorities(swings={"c0": 100, "c1": 50, "c2": 50}))
    assert weights.mean(axis=1) == pytest.approx([0.5, 0.25, 0.25], abs=0.005)
    assert 0.02 < weights[0].std() < 0.1


def test_a_swing_of_nothing_weighs_nothing() -> None:
    """Zero points take a criterion out."""
    weights = drawn(base(criteria=3), Priorities(swings={"c0": 100, "c1": 0, "c2": 60}))
    assert weights[1].max() == 0


def test_cap_holds_in_every_draw() -> None:
    """A capped criterion never weighs more than its cap, and the sum stays one."""
    criteria = (
        Criterion("popular", "Popularity", "To test.", importance=3.0, cap=0.1),
        Criterion("also", "Also capped", "To test.", cap=0.3),
        Criterion("other", "Other", "To test."),
        Criterion("more", "More", "To test."),
    )
    weights = drawn(base(criteria=criteria))
    assert weights[0].max() <= 0.1 + 1e-9
    assert weights[1].max() <= 0.3 + 1e-9
    assert weights.sum(axis=0) == pytest.approx(np.ones(SAMPLES))


def test_emphasis_raises_the_weight_in_every_draw() -> None:
    """More emphasis is more weight in each draw, not only in the mean."""
    plain = base(criteria=3)
    kinds = [Emphasis.LESS, None, Emphasis.MORE, Emphasis.MUCH_MORE]
    rows = []
    for kind in kinds:
        stress = () if kind is None else (Emphasiser("e", "c1", ALWAYS, kind, "Counts."),)
        rows.append(drawn(replace(plain, emphases=stress))[1])
    for lower, higher in pairwise(rows):
        assert (lower <= higher).all()


def test_acceptability_under_uniform_weights_matches_the_closed_form() -> None:
    """P(sum w d > 0) for w uniform on the simplex is a sum over the positive d: the engine's draws
    agree with it within the Monte-Carlo error."""
    values = np.array([0.30, -0.20, -0.15, 0.25, -0.35, 0.10, -0.05])
    weights = free_part(base(criteria=7))
    share = float((values @ weights > 0).mean())
    exact = closed_form(values)
    assert share == pytest.approx(exact, abs=4 * 0.5 / SAMPLES**0.5)


def closed_form(values: Floats) -> float:
    """P(sum w d > 0) under Dirichlet(1, ..., 1) and distinct d: the sum over positive d_i of
    d_i^(K-1) / prod_{j != i} (d_i - d_j), the tail of the sum of scaled exponentials at 0."""
    total = 0.0
    for place, value in enumerate(values):
        if value > 0:
            rest = np.delete(values, place)
            total += value ** (len(values) - 1) / float(np.prod(value - rest))
    return total


def test_closed_form_of_two_criteria() -> None:
    """The closed form itself: with two criteria it is a share of an edge."""
    assert closed_form(np.array([0.3, -0.1])) == pytest.approx(0.75)


def test_priorities_replace_emphases() -> None:
    """What the user states about weights stands instead of what answers imply, and is said."""
    asked = question("q")
    rule_base = base(
        rule("for-pytorch", PYTORCH, criterion="c0"),
        rule("for-tensorflow", TENSORFLOW, criterion="c1"),
        questions=(asked,),
        emphases=(Emphasiser("e", "c1", atom("q", "a"), Emphasis.MUCH_MORE, "Counts."),),
    )
    engine = Engine(rule_base, AS_OF, samples=2_000)
    implied = engine.balance(answers(q="a"))
    stated = engine.decide(Answers({"q": frozenset("a")}, Priorities(rank=("c0", "c2", "c1"))))
    assert implied.acceptability[PYTORCH] < 0.3
    assert stated.verdict.acceptability[PYTORCH] > 0.7
    assert any("the user's own" in note for note in stated.notes)
