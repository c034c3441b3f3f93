"""Values and totals, against other people's code for the same arithmetic."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings

from advisor.decision.appraisal import Appraisal
from advisor.decision.constants import STRENGTH_ANCHORS
from advisor.decision.draws import Floats
from advisor.decision.engine import Engine
from advisor.decision.values import larger, strongest_of
from advisor.model.answers import Answers
from advisor.model.rulebase import Strength
from tests.decision.bases import AS_OF, PYTORCH, TENSORFLOW, base, rule
from tests.properties.strategies import Case, cases

SAMPLES = 50


def matrix(appraisal: Appraisal, draw: int) -> Floats:
    """Values of one draw: a row per candidate, a column per criterion."""

    def value(side: int) -> list[float]:
        return [
            1.0 - float(np.broadcast_to(np.asarray(pair[side]), SAMPLES)[draw])
            for pair in appraisal.scores.survival
        ]

    return np.array([value(0), value(1)])


def _as_is(column: Floats, cost: bool = False) -> Floats:
    return column


@settings(max_examples=15, deadline=None)
@given(case=cases(gates=False))
def test_totals_agree_with_pymcdm_and_scikit_criteria(case: Case) -> None:
    """The difference of the totals is that of two independent weighted-sum implementations."""
    from pymcdm.methods import WSM
    from skcriteria import mkdm
    from skcriteria.agg.simple import WeightedSumModel

    appraisal = Engine(case.rule_base, AS_OF, samples=SAMPLES).appraise(case.answers)
    for draw in (0, SAMPLES // 2):
        values = matrix(appraisal, draw)
        weights = appraisal.weights.drawn[:, min(draw, appraisal.weights.drawn.shape[1] - 1)]
        ours = float(appraisal.difference[0, draw])
        one = WSM(normalization_function=_as_is)(
            values, weights, np.ones(len(weights)), validation=False
        )
        assert one[0] - one[1] == pytest.approx(ours, abs=1e-6)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            decision = mkdm(values, [max] * len(weights), weights=weights)
            two = WeightedSumModel().evaluate(decision).e_.score
        assert two[0] - two[1] == pytest.approx(ours, abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(case=cases(gates=False))
def test_second_opinion_agrees_with_pymcdm(case: Case) -> None:
    """The weighted product named in the notes is the one of pymcdm on the same values."""
    from pymcdm.methods import WPM

    engine = Engine(case.rule_base, AS_OF, samples=SAMPLES)
    appraisal = engine.appraise(case.answers)
    note = next(
        n
        for n in engine.decide(case.answers, explain=False).notes
        if n.startswith("Second opinion")
    )
    shares = []
    for draw in range(SAMPLES):
        weights = appraisal.weights.drawn[:, min(draw, appraisal.weights.drawn.shape[1] - 1)]
        values = matrix(appraisal, draw) + 0.05
        one, two = WPM(normalization_function=_as_is)(
            values, weights, np.ones(len(weights)), validation=False
        )
        shares.append(0.5 if abs(one - two) < 1e-9 else float(one > two))
    share = float(np.mean(shares))
    said = int(note.split(" first in ")[1].split(" %")[0])
    assert abs(100 * max(share, 1 - share) - said) <= 1.01


def test_one_topic_does_not_add_up() -> None:
    """Five rewordings of one fact weigh as the strongest of them."""
    one = base(rule("r0", PYTORCH, "strong", topic="same"))
    five = base(
        rule("r0", PYTORCH, "strong", topic="same"),
        *[rule(f"r{i}", PYTORCH, "weak", topic="same") for i in range(1, 5)],
    )
    values = [
        Engine(item, AS_OF, samples=500).decide(Answers()).criteria[0].value[PYTORCH]
        for item in (one, five)
    ]
    assert values[0] == values[1]


def test_topics_saturate() -> None:
    """Values rise with every topic, by less each time, and stay below one."""
    values = []
    for count in range(6):
        rules = [rule(f"r{i}", PYTORCH, "strong") for i in range(count)]
        decision = Engine(base(*rules), AS_OF, samples=500).decide(Answers())
        values.append(decision.criteria[0].value[PYTORCH])
    steps = np.diff(values)
    assert values[0] == 0
    assert (steps > 0).all()
    assert (np.diff(steps) < 0).all()
    assert values[-1] < 1


def test_two_moderate_topics_weigh_about_one_strong() -> None:
    """The anchors' promise, in numbers."""
    moderate = sum(STRENGTH_ANCHORS[Strength.MODERATE]) / 2
    strong = sum(STRENGTH_ANCHORS[Strength.STRONG]) / 2
    assert 1 - (1 - moderate) ** 2 == pytest.approx(strong, abs=0.1)


def test_sides_of_a_topic_are_apart() -> None:
    """Rules on one topic for different candidates both count."""
    decision = Engine(
        base(rule("r0", PYTORCH, topic="same"), rule("r1", TENSORFLOW, topic="same")),
        AS_OF,
        samples=500,
    ).decide(Answers())
    assert decision.criteria[0].value[PYTORCH] > 0
    assert decision.criteria[0].value[TENSORFLOW] > 0


def test_larger_handles_numbers_and_arrays() -> None:
    """The maximum is the maximum, however its sides are held."""
    array = np.array([0.1, 0.5])
    assert larger(0.2, 0.3) == 0.3
    assert larger(0.0, array) is array
    assert np.array_equal(larger(0.3, array), [0.3, 0.5])
    assert strongest_of([None, (0.2, 0.0), (0.1, 0.4)]) == (0.2, 0.4)
