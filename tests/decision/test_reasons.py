"""Reasons: their effects are what silence would change."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from advisor.decision.engine import Engine
from advisor.model.answers import Answers
from tests.decision.bases import AS_OF, PYTORCH, TENSORFLOW, answers, atom, base, question, rule
from tests.properties.strategies import Case, cases

SAMPLES = 500


@settings(max_examples=40, deadline=None)
@given(case=cases(gates=False))
def test_effect_is_what_removing_the_rule_changes(case: Case) -> None:
    """Deciding without the rule moves the mean difference by exactly its effect."""
    with_all = Engine(case.rule_base, AS_OF, samples=SAMPLES)
    decision = with_all.decide(case.answers, explain=False)
    whole = with_all.balance(case.answers).difference
    for reason in decision.reasons[:4]:
        rest = tuple(r for r in case.rule_base.rules if r.id != reason.rule)
        without = Engine(replace(case.rule_base, rules=rest), AS_OF, samples=SAMPLES)
        sign = 1 if reason.favours is PYTORCH else -1
        change = whole - without.balance(case.answers).difference
        assert sign * reason.effect == pytest.approx(change, abs=1e-5)


def test_largest_effect_first() -> None:
    """Reasons are ordered by what they change, whichever side they are for."""
    rule_base = base(
        rule("small", PYTORCH, "weak"),
        rule("large", TENSORFLOW, "strong", criterion="c1"),
        rule("middle", PYTORCH, "moderate", criterion="c2"),
    )
    found = Engine(rule_base, AS_OF, samples=SAMPLES).decide(Answers()).reasons
    assert [reason.rule for reason in found] == ["large", "middle", "small"]
    assert [reason.favours for reason in found] == [TENSORFLOW, PYTORCH, PYTORCH]


def test_a_reworded_fact_has_no_effect_of_its_own() -> None:
    """A weaker rule on a topic that a stronger one holds changes nothing, and says so."""
    rule_base = base(
        rule("strong", PYTORCH, "strong", topic="same"),
        rule("weak", PYTORCH, "weak", topic="same"),
    )
    found = Engine(rule_base, AS_OF, samples=SAMPLES).decide(Answers()).reasons
    assert found[-1].rule == "weak"
    assert found[-1].effect == 0


def test_holds_tells_known_from_possible() -> None:
    """True where answers say so, None where they are open; what cannot hold is left out."""
    rule_base = base(
        rule("yes", PYTORCH, when=atom("q", "a")),
        rule("no", PYTORCH, when=atom("q", "b")),
        rule("maybe", PYTORCH, when=atom("open", "b")),
        questions=(question("q"), question("open")),
    )
    found = Engine(rule_base, AS_OF, samples=SAMPLES).decide(answers(q="a")).reasons
    assert {reason.rule: reason.holds for reason in found} == {"yes": True, "maybe": None}
    assert {reason.rule: reason.questions for reason in found}["maybe"] == ("open",)


def test_criteria_add_up() -> None:
    """The contributions of the criteria sum to the difference of the totals."""
    rule_base = base(
        rule("r", PYTORCH),
        rule("s", TENSORFLOW, "strong", criterion="c1"),
        rule("t", PYTORCH, criterion="c1"),
    )
    engine = Engine(rule_base, AS_OF, samples=SAMPLES)
    total = sum(criterion.contribution for criterion in engine.decide(Answers()).criteria)
    assert total == pytest.approx(engine.balance(Answers()).difference, abs=1e-9)
    for criterion in engine.decide(Answers()).criteria:
        assert criterion.weight_low < criterion.weight < criterion.weight_high
