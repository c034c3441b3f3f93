"""Strength of rules: anchors, confidence, age."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from advisor.decision.engine import decide
from advisor.decision.strength import rule_interval, strength_interval
from advisor.model.answers import Answers
from advisor.model.rulebase import Confidence, Strength
from tests.decision.bases import AS_OF, PYTORCH, base, gate, rule
from tests.properties.strategies import ALL_EVIDENCE


@pytest.mark.parametrize("confidence", Confidence)
@pytest.mark.parametrize("expired", [True, False])
def test_stronger_words_are_stronger(confidence: Confidence, *, expired: bool) -> None:
    """weak < moderate < strong at both ends, for every confidence and age."""
    rising = [strength_interval(word, confidence, expired=expired) for word in Strength]
    for lower, higher in pairwise(rising):
        assert lower.low <= higher.low
        assert lower.high < higher.high


@pytest.mark.parametrize("strength", Strength)
def test_less_belief_is_more_doubt(strength: Strength) -> None:
    """The interval widens as confidence falls, and never gains in the middle."""
    spans = [strength_interval(strength, conf, expired=False) for conf in Confidence]
    for surer, vaguer in pairwise(spans):
        assert surer.high - surer.low < vaguer.high - vaguer.low
        assert vaguer.mean <= surer.mean


@pytest.mark.parametrize("strength", Strength)
def test_expired_is_lower_and_may_be_nothing(strength: Strength) -> None:
    """Expired evidence reaches down to nothing and at most to half."""
    fresh = strength_interval(strength, Confidence.HIGH, expired=False)
    old = strength_interval(strength, Confidence.HIGH, expired=True)
    assert old.low == 0
    assert old.high <= fresh.high / 2
    assert old.expired


def test_evidence_of_the_future_does_not_exist() -> None:
    """A rule that rests only on later evidence is silent, and speaks from that month on."""
    rule_base = base(rule("r", PYTORCH, evidence=("future-high",)))
    now = decide(rule_base, Answers(), as_of=AS_OF, samples=200)
    later = decide(rule_base, Answers(), as_of=date(2027, 3, 1), samples=200)
    assert now.reasons == ()
    assert [reason.rule for reason in later.reasons] == ["r"]


def test_a_gate_of_the_future_is_open() -> None:
    """A gate needs evidence too."""
    rule_base = base(rule("r", PYTORCH), gates=(gate("g", PYTORCH),))
    assert decide(rule_base, Answers(), as_of=date(2026, 9, 30), samples=200).gates == ()
    assert decide(rule_base, Answers(), as_of=AS_OF, samples=200).gates


def test_the_best_believed_fresh_evidence_counts() -> None:
    """Expired companions do not make a rule expired, nor doubtful ones doubtful."""
    mixed = rule(
        "r", PYTORCH, evidence=("expired-high", "fresh-low", "fresh-medium", "future-high")
    )
    found = rule_interval(mixed, ALL_EVIDENCE, AS_OF)
    assert found == strength_interval(Strength.MODERATE, Confidence.MEDIUM, expired=False)


def test_expired_evidence_is_listed() -> None:
    """What has expired is named, and its rule marked."""
    rule_base = base(rule("r", PYTORCH, evidence=("expired-medium",)), rule("s", PYTORCH))
    decision = decide(rule_base, Answers(), as_of=AS_OF, samples=200)
    assert decision.expired_evidence == ("expired-medium",)
    assert {reason.rule: reason.expired for reason in decision.reasons} == {"r": True, "s": False}
