"""When a running probe may stop, because nothing it could find would turn the advice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from advisor.decision.engine import Engine
from advisor.interview.answers_file import load_answers
from advisor.model.answers import Answers, Priorities
from advisor.model.measurement import Comparison, ComparisonStatus, Measurements, RatioInterval
from advisor.rulebase.load import load_rule_base
from advisor.service import probing_settled

EXAMPLES = Path(__file__).resolve().parents[1] / "docs" / "examples"
RULES = load_rule_base()
ENGINE = Engine(RULES, date(2026, 11, 28))
SPEED_COUNTS = Answers(
    chosen={
        key: frozenset({value})
        for key, value in {
            "target_machine": "here",
            "skills": "tensorflow",
            "domain": "vision",
            "training_hardware": "cpu",
        }.items()
    },
    priorities=Priorities(rank=("performance",)),
)


def measured(low: float, high: float) -> Measurements:
    """Every workload and operation with the same interval."""
    one = Comparison(
        workload="residual-cnn",
        size="small",
        operation="training",
        mode="default",
        threads=2,
        device="cpu",
        precision="float32",
        status=ComparisonStatus.MEASURED,
        ratio=RatioInterval((low * high) ** 0.5, low, high),
    )
    return Measurements(
        tuple(
            replace(one, workload=workload, operation=operation)
            for workload in ("residual-cnn", "transformer", "tabular-mlp", "recurrent")
            for operation in ("training", "inference", "latency")
        )
    )


def test_an_interval_that_leaves_the_winner_open_keeps_measuring() -> None:
    """Speed comes first, and the interval still allows either winner."""
    assert not probing_settled(ENGINE, SPEED_COUNTS)(measured(0.05, 20.0))


def test_an_interval_whose_ends_agree_settles() -> None:
    """The same answers, once it is known who is faster."""
    assert probing_settled(ENGINE, SPEED_COUNTS)(measured(1.2, 1.4))


@pytest.mark.parametrize("interval", [(0.05, 20.0), (0.5, 0.9)])
def test_answers_that_decide_alone_settle_at_once(interval: tuple[float, float]) -> None:
    """An estate served by TensorFlow: no speed of the other would turn that."""
    answers = load_answers(EXAMPLES / "served-estate" / "answers.yaml", RULES)
    assert probing_settled(ENGINE, answers)(measured(*interval))
