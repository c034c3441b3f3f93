"""Turning points: at the point the verdict is even, on either side it is not."""

from __future__ import annotations

import pytest

from advisor.decision.engine import Engine, decide
from advisor.model.answers import Answers, Priorities
from advisor.model.condition import ALWAYS
from advisor.model.rulebase import Emphasis, Emphasiser, MeasurementLink
from tests.decision.bases import AS_OF, PYTORCH, TENSORFLOW, base, gate, link, measured, rule

AGAINST = base(
    rule("r", PYTORCH, "strong", criterion="c0"),
    rule("s", TENSORFLOW, "strong", criterion="c1"),
    rule("t", PYTORCH, "weak", criterion="c2"),
    emphases=(Emphasiser("e", "c0", ALWAYS, Emphasis.MORE, "Counts."),),
)


def test_turning_weight_is_where_the_shares_meet() -> None:
    """Swings put at the turning weight give an even verdict."""
    found = {c.id: c.turning_weight for c in decide(AGAINST, Answers(), as_of=AS_OF).criteria}
    turning = found["c1"]
    assert turning is not None
    rest = {c.id: c.weight for c in decide(AGAINST, Answers(), as_of=AS_OF).criteria}
    scale = (1 - turning) / (rest["c0"] + rest["c2"])
    points = {
        "c0": round(1000 * rest["c0"] * scale),
        "c1": round(1000 * turning),
        "c2": round(1000 * rest["c2"] * scale),
    }
    even = Engine(AGAINST, AS_OF).balance(Answers({}, Priorities(swings=points)))
    assert even.acceptability[PYTORCH] == pytest.approx(0.5, abs=0.08)


def test_no_turning_weight_where_all_agree() -> None:
    """When every criterion favours one candidate no weight turns the verdict."""
    rule_base = base(*[rule(f"r{i}", PYTORCH, criterion=f"c{i}") for i in range(3)])
    decision = decide(rule_base, Answers(), as_of=AS_OF, samples=1_000)
    assert {criterion.turning_weight for criterion in decision.criteria} == {None}


def test_a_gate_has_no_turning_points() -> None:
    """Where a gate decides neither weight nor ratio turns anything."""
    rule_base = base(
        rule("r", PYTORCH, "strong"),
        rule("s", TENSORFLOW, "strong", criterion="c1", measured_by=link()),
        gates=(gate("g", PYTORCH),),
    )
    decision = decide(rule_base, Answers(), as_of=AS_OF, samples=1_000)
    assert {criterion.turning_weight for criterion in decision.criteria} == {None}
    assert [turn.ratio for turn in decision.measurement_turns] == [None]


SPEED = base(
    rule("other", TENSORFLOW, "moderate", criterion="c1"),
    rule("speed", None, "strong", criterion="c0", measured_by=link()),
    criteria=2,
)


def test_turning_ratio_is_where_the_measurement_turns_it() -> None:
    """Measured a little below the turning ratio TensorFlow is named, a little above PyTorch."""
    (turn,) = decide(SPEED, Answers(), as_of=AS_OF).measurement_turns
    assert (turn.workload, turn.operation, turn.measured) == ("residual-cnn", "training", None)
    assert turn.ratio is not None
    engine = Engine(SPEED, AS_OF)
    below = engine.balance(Answers(), measured(turn.ratio * 0.93, spread=1.001))
    above = engine.balance(Answers(), measured(turn.ratio * 1.07, spread=1.001))
    assert below.acceptability[TENSORFLOW] > 0.5
    assert above.acceptability[PYTORCH] > 0.5


def test_the_measured_ratio_stands_beside_its_turning_point() -> None:
    """With a measurement the turning ratio is still where it was, and the measured one is shown."""
    (before,) = decide(SPEED, Answers(), as_of=AS_OF).measurement_turns
    (after,) = decide(SPEED, Answers(), measured(3.0), as_of=AS_OF).measurement_turns
    assert after.measured == pytest.approx(3.0)
    assert after.ratio == pytest.approx(before.ratio, rel=0.05)


def test_measurements_of_any_workload_turn_too() -> None:
    """A rule on the input pipeline names no workload; any comparison of it counts and may turn."""
    pipeline = MeasurementLink(frozenset(), frozenset({"training"}))
    rule_base = base(
        rule("other", TENSORFLOW, "moderate", criterion="c1"),
        rule("input", None, "strong", criterion="c0", measured_by=pipeline),
        criteria=2,
    )
    (turn,) = decide(rule_base, Answers(), measured(3.0), as_of=AS_OF).measurement_turns
    assert turn.workload == "any workload"
    assert turn.measured == pytest.approx(3.0)
    assert turn.ratio is not None


def test_no_turning_ratio_where_speed_cannot_decide() -> None:
    """A weak word on speed cannot turn three strong ones."""
    rule_base = base(
        rule("speed", None, "weak", measured_by=link()),
        *[rule(f"r{i}", PYTORCH, "strong", criterion=f"c{i}") for i in range(3)],
    )
    (turn,) = decide(rule_base, Answers(), as_of=AS_OF, samples=1_000).measurement_turns
    assert turn.ratio is None
