"""The value of asking and measuring."""

from __future__ import annotations

import numpy as np
import pytest

from advisor.decision.engine import Engine, decide
from advisor.decision.next_step import quantile_groups, worth_of_groups
from advisor.model.answers import Answers
from advisor.model.decision import NextStep, StepKind
from advisor.model.rulebase import MeasurementLink, QuestionKind, RuleBase
from tests.decision.bases import (
    AS_OF,
    PYTORCH,
    TENSORFLOW,
    answers,
    atom,
    base,
    gate,
    link,
    measured,
    question,
    rule,
)


def steps(rule_base: RuleBase, chosen: Answers | None = None) -> dict[str, NextStep]:
    """Next steps by id, in their order."""
    found = decide(rule_base, chosen or Answers(), as_of=AS_OF, samples=4_000, explain=False)
    return {step.id: step for step in found.next_steps}


DECISIVE = base(
    rule("r", PYTORCH, "strong", when=atom("decides", "a")),
    rule("s", TENSORFLOW, "strong", when=atom("decides", "b")),
    rule("t", TENSORFLOW, "weak", when=atom("helps", "a"), criterion="c1"),
    questions=(question("decides"), question("helps"), question("idle")),
)


def test_the_decisive_question_comes_first() -> None:
    """What turns the pick is worth most, what nothing reads is worth nothing."""
    found = steps(DECISIVE)
    assert next(iter(found)) == "decides"
    assert found["decides"].gain > 0.2
    assert found["decides"].turn_chance == pytest.approx(0.5, abs=0.05)
    assert found["idle"].gain == 0
    assert found["idle"].turn_chance == 0


def test_the_gain_is_the_one_of_asking_by_hand() -> None:
    """The gain agrees with deciding anew for each answer and comparing."""
    engine = Engine(DECISIVE, AS_OF, samples=8_000)
    now = max(engine.balance(Answers()).acceptability.values())
    then = [
        max(engine.balance(answers(decides=option)).acceptability.values()) for option in ("a", "b")
    ]
    assert steps(DECISIVE)["decides"].gain == pytest.approx(np.mean(then) - now, abs=0.02)


def test_gain_counts_per_second() -> None:
    """Of two equally telling questions the quicker comes first."""
    rule_base = base(
        rule("r", PYTORCH, "strong", when=atom("slow", "a")),
        rule("s", TENSORFLOW, "strong", when=atom("slow", "b")),
        rule("t", PYTORCH, "strong", when=atom("fast", "a"), criterion="c1"),
        rule("u", TENSORFLOW, "strong", when=atom("fast", "b"), criterion="c1"),
        questions=(question("slow", seconds=60.0), question("fast", seconds=5.0)),
    )
    assert next(iter(steps(rule_base))) == "fast"


def test_answered_and_inapplicable_questions_are_not_asked() -> None:
    """Only questions that apply now and are open are offered."""
    rule_base = base(
        rule("r", PYTORCH, when=atom("child", "a")),
        questions=(question("parent"), question("child", ask_when=atom("parent", "a"))),
    )
    assert set(steps(rule_base)) == {"parent"}
    assert set(steps(rule_base, answers(parent="a"))) == {"child"}
    assert set(steps(rule_base, answers(parent="b"))) == set()


def test_a_parent_is_worth_what_its_children_tell() -> None:
    """Asking whether the decisive question applies has a value of its own."""
    rule_base = base(
        rule("always", PYTORCH, "weak"),
        rule("r", TENSORFLOW, "strong", when=atom("child", "a", "b")),
        questions=(question("parent"), question("child", ask_when=atom("parent", "a"))),
    )
    assert steps(rule_base)["parent"].gain > 0.05


def test_open_gates_keep_their_question_on_top() -> None:
    """A gate that may turn the pick is asked about before anything else."""
    rule_base = base(
        rule("p", PYTORCH, "moderate"),
        rule("r", PYTORCH, "strong", when=atom("decides", "a"), criterion="c1"),
        rule("s", TENSORFLOW, "strong", when=atom("decides", "b"), criterion="c1"),
        questions=(
            question("decides", seconds=1.0),
            question("barred", "a", "b", "c", seconds=90.0),
        ),
        gates=(gate("g", PYTORCH, atom("barred", "a")),),
    )
    assert next(iter(steps(rule_base))) == "barred"


def test_long_multi_questions_are_judged_too() -> None:
    """With many options the answers are sorted by a forecast, and the value is still found."""
    names = tuple(f"o{i:02d}" for i in range(12))
    rule_base = base(
        rule("r", TENSORFLOW, "strong", when=atom("where", "o03", "o04", "o05", "o06")),
        rule("s", PYTORCH, "moderate"),
        questions=(question("where", *names, kind=QuestionKind.MULTI),),
    )
    assert steps(rule_base)["where"].gain > 0.05


def test_probes_stand_on_the_same_list() -> None:
    """A ratio in doubt that decides is worth a probe; a measured one is not worth another."""
    rule_base = base(rule("r", None, "strong", measured_by=link()), criteria=1)
    found = steps(rule_base)["residual-cnn"]
    assert found.kind is StepKind.PROBE
    assert found.gain > 0.1
    after = decide(rule_base, Answers(), measured(2.0), as_of=AS_OF, samples=1_000)
    assert after.next_steps == ()


def test_what_every_probe_measures_adds_to_each() -> None:
    """A rule on the input pipeline makes the probe of each linked workload worth more."""
    speed = rule("speed", None, "weak", measured_by=link())
    pipeline = MeasurementLink(frozenset(), frozenset({"input-pipeline"}))
    both = rule("input", None, "strong", measured_by=pipeline)
    alone, joint = (steps(base(*rules, criteria=1)) for rules in ((speed,), (speed, both)))
    assert joint["residual-cnn"].gain > alone["residual-cnn"].gain


def test_a_document_is_worth_checking_where_it_decides() -> None:
    """Where the document's claim carries the pick, measuring may overturn it."""
    rule_base = base(
        rule("claim", TENSORFLOW, "strong", measured_by=link()),
        rule("other", PYTORCH, "moderate", criterion="c1"),
    )
    assert steps(rule_base)["residual-cnn"].gain > 0


def test_no_probe_for_a_target_elsewhere() -> None:
    """When the target is another machine, measuring this one is not offered."""
    rule_base = base(
        rule("r", None, "strong", measured_by=link()),
        questions=(question("target_machine", "here", "elsewhere"),),
        criteria=1,
    )
    assert "residual-cnn" in steps(rule_base, answers(target_machine="here"))
    assert "residual-cnn" not in steps(rule_base, answers(target_machine="elsewhere"))
    halved = steps(rule_base)["residual-cnn"].gain
    full = steps(rule_base, answers(target_machine="here"))["residual-cnn"].gain
    assert 0 < halved < full


def test_noise_is_not_information() -> None:
    """Groups that differ by chance alone are worth next to nothing, even at an even share."""
    rng = np.random.default_rng(3)
    worths = [worth_of_groups(rng.integers(0, 6, 5_000), rng.random(5_000)).gain for _ in range(50)]
    assert float(np.mean(worths)) < 0.002


def test_worth_of_certain_groups_is_exact() -> None:
    """Two groups of certain and opposite outcome: knowing which gains the whole doubt."""
    groups = np.repeat(np.array([0, 1]), [3_000, 1_000])
    share = np.repeat(np.array([1.0, 0.0]), [3_000, 1_000])
    worth = worth_of_groups(groups, share)
    assert worth.gain == pytest.approx(0.25, abs=0.01)
    assert worth.turn_chance == pytest.approx(0.25)


def test_quantile_groups_keep_equal_values_together() -> None:
    """Equal forecasts fall into one group."""
    values = np.array([0.0] * 50 + [1.0] * 50)
    groups = quantile_groups(values)
    assert len(set(groups[:50])) == 1
    assert groups[0] != groups[-1]
