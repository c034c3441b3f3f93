"""Verdicts: classes, gates, ties, doubt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.decision.engine import Engine, decide
from advisor.decision.verdict import class_of
from advisor.model.answers import Answers
from advisor.model.decision import Decision, VerdictClass
from advisor.model.rulebase import Criterion, Notice, NoticeKind, RuleBase
from tests.decision.bases import (
    AS_OF,
    PYTORCH,
    TENSORFLOW,
    answers,
    atom,
    base,
    gate,
    link,
    question,
    rule,
)


def decided(rule_base: RuleBase, chosen: Answers | None = None) -> Decision:
    """A decision with 2,000 draws."""
    return decide(rule_base, chosen or Answers(), as_of=AS_OF, samples=2_000)


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (1.0, VerdictClass.RECOMMEND),
        (0.90, VerdictClass.RECOMMEND),
        (0.8999, VerdictClass.LEAN),
        (0.70, VerdictClass.LEAN),
        (0.6999, VerdictClass.TOO_CLOSE),
        (0.5, VerdictClass.TOO_CLOSE),
    ],
)
def test_class_limits(share: float, expected: VerdictClass) -> None:
    """The classes begin where the product says."""
    assert class_of(share) is expected


def test_nothing_known_is_an_exact_tie() -> None:
    """Without rules both come out first equally often, and the reason for the name is honest."""
    verdict = decided(base()).verdict
    assert verdict.acceptability == {PYTORCH: 0.5, TENSORFLOW: 0.5}
    assert verdict.verdict_class is VerdictClass.TOO_CLOSE
    assert "alphabet" in verdict.tie_break


def test_a_weak_word_alone_is_not_a_recommendation() -> None:
    """One weak rule and nothing against it leaves a tie: what no rule knows of may outweigh it."""
    verdict = decided(base(rule("r", PYTORCH, "weak"), criteria=7)).verdict
    assert verdict.verdict_class is VerdictClass.TOO_CLOSE
    assert verdict.acceptability[PYTORCH] > 0.5


def test_strong_words_on_two_criteria_are_a_recommendation() -> None:
    """Two strong rules on different criteria and nothing against them suffice."""
    both = [rule("r", TENSORFLOW, "strong"), rule("s", TENSORFLOW, "strong", criterion="c1")]
    verdict = decided(base(*both, criteria=7)).verdict
    assert verdict.verdict_class is VerdictClass.RECOMMEND
    assert verdict.framework is TENSORFLOW


def test_gate_outranks_any_score() -> None:
    """However much speaks for a candidate, a gate that excludes it decides."""
    rules = [rule(f"r{i}", PYTORCH, "strong", criterion=f"c{i}") for i in range(3)]
    verdict = decided(base(*rules, gates=(gate("g", PYTORCH),))).verdict
    assert verdict.framework is TENSORFLOW
    assert verdict.verdict_class is VerdictClass.GATED
    assert verdict.acceptability[TENSORFLOW] == 1.0
    assert set(verdict.doubt.values()) == {0.0}


def test_both_gated_is_said_and_scored() -> None:
    """When both are excluded the score says which comes nearer, and what to relax is listed."""
    found = decided(
        base(
            rule("r", PYTORCH, "strong"),
            gates=(gate("g", PYTORCH), gate("h", TENSORFLOW)),
        )
    )
    assert found.verdict.both_gated
    assert found.verdict.framework is PYTORCH
    assert found.verdict.verdict_class is not VerdictClass.GATED
    assert all(item.relax for item in found.gates)
    assert any("Both candidates are excluded" in note for note in found.notes)


def test_a_gate_that_may_hold_is_doubt() -> None:
    """An open gate lowers the acceptability by its chance and puts the doubt on the answer."""
    asked = question("q")
    found = decided(
        base(
            rule("r", PYTORCH, "strong"),
            questions=(asked,),
            gates=(gate("g", PYTORCH, atom("q", "a")),),
            criteria=1,
        )
    )
    assert found.verdict.acceptability[PYTORCH] == pytest.approx(0.5, abs=0.05)
    assert found.verdict.doubt["unanswered"] > 0.9
    assert [item.holds for item in found.gates] == [None]


def existing(name: str = "existing-work") -> tuple[Criterion, ...]:
    """Two criteria, one of which is about skills and code."""
    return (Criterion(name, "Skills", "To test."), Criterion("c1", "Other", "To test."))


def test_tie_goes_to_the_cheaper_to_reach() -> None:
    """Too close: skills and code name the candidate even when the total leans the other way."""
    rule_base = base(
        rule("skills", TENSORFLOW, criterion="existing-work"),
        rule("other", PYTORCH, criterion="c1", evidence=("fresh-low",)),
        rule("more", PYTORCH, "weak", criterion="c1"),
        criteria=existing(),
    )
    found = decided(rule_base)
    assert found.verdict.verdict_class is VerdictClass.TOO_CLOSE
    assert found.verdict.framework is TENSORFLOW
    assert "skills and code" in found.verdict.tie_break
    assert found.verdict.experiment


def test_tie_without_skills_goes_to_the_mean() -> None:
    """Where skills and code favour neither, the higher mean total does, and says so."""
    found = decided(base(rule("r", TENSORFLOW, "weak", criterion="c1"), criteria=7))
    assert found.verdict.framework is TENSORFLOW
    assert "favour neither" in found.verdict.tie_break


def test_the_experiment_is_the_cheapest_that_may_turn_it() -> None:
    """Too close with a question open that decides: that question is the experiment."""
    rule_base = base(
        rule("r", PYTORCH, "strong", when=atom("q", "a")),
        rule("s", TENSORFLOW, "strong", when=atom("q", "b")),
        questions=(question("q"),),
    )
    assert "What about q?" in decided(rule_base).verdict.experiment


def test_doubt_goes_to_its_source() -> None:
    """Each source alone gets nearly all of the doubt it causes."""
    asked = question("q")
    against = base(
        rule("r", PYTORCH, "strong", criterion="c0"),
        rule("s", TENSORFLOW, "strong", criterion="c1"),
    )
    answer = base(
        rule("r", PYTORCH, "strong", when=atom("q", "a")),
        rule("s", TENSORFLOW, "strong", when=atom("q", "b")),
        questions=(asked,),
        criteria=1,
    )
    vague = base(rule("r", PYTORCH, "strong", evidence=("expired-low",)), criteria=1)
    ratio = base(rule("r", None, "strong", measured_by=link()), criteria=1)
    for rule_base, source in (
        (against, "weights"),
        (answer, "unanswered"),
        (vague, "evidence"),
        (ratio, "measurements"),
    ):
        doubt = decided(rule_base).verdict.doubt
        assert max(doubt, key=lambda key: doubt[key]) == source
        assert sum(doubt.values()) == pytest.approx(1)


def test_monte_carlo_error_is_the_scatter_between_seeds() -> None:
    """Halving the draws raises the error by the root of two, and it is small at full size."""
    rule_base = base(rule("r", PYTORCH), rule("s", TENSORFLOW, criterion="c1"))
    few = Engine(rule_base, AS_OF, samples=2_500).balance(Answers()).monte_carlo_error
    many = Engine(rule_base, AS_OF, samples=10_000).balance(Answers()).monte_carlo_error
    assert few / many == pytest.approx(2, rel=0.1)
    assert many < 0.005


def test_notices_follow_answers_and_pick() -> None:
    """A notice is said when its condition is known to hold and it suits the candidate named."""
    notice = Notice("n", NoticeKind.HEDGE, atom("q", "a"), "Keep both open.")
    for_other = replace(notice, id="o", candidate=TENSORFLOW)
    for_pick = replace(notice, id="p", candidate=PYTORCH)
    rule_base = base(
        rule("r", PYTORCH, "strong"),
        questions=(question("q"),),
        notices=(notice, for_other, for_pick),
        criteria=1,
    )
    assert [item.id for item in decided(rule_base, answers(q="a")).notices] == ["n", "p"]
    assert decided(rule_base, answers(q="b")).notices == ()
    assert decided(rule_base).notices == ()
