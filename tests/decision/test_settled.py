"""Settled: what is called proved is true in every completion."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings

from advisor.decision.engine import Engine
from advisor.model.answers import Answers
from advisor.model.condition import All
from advisor.model.decision import SettledHow
from advisor.model.rulebase import Emphasis, Emphasiser, QuestionKind
from tests.decision.bases import (
    AS_OF,
    PYTORCH,
    TENSORFLOW,
    answers,
    atom,
    base,
    gate,
    question,
    rule,
)
from tests.properties.strategies import Case, cases

SAMPLES = 300


def engine_of(case: Case) -> Engine:
    """An engine with few draws."""
    return Engine(case.rule_base, AS_OF, samples=SAMPLES)


def test_everything_answered_is_settled() -> None:
    """With nothing left to ask there is nothing left to turn."""
    rule_base = base(rule("r", PYTORCH), questions=(question("q"),))
    found = Engine(rule_base, AS_OF, samples=SAMPLES).decide(answers(q="a")).settled
    assert found.how is SettledHow.PROVED
    assert found.remaining == ()


STRONG = [rule(f"r{i}", PYTORCH, "strong", criterion=f"c{i}") for i in range(3)]


def test_proved_by_bounds() -> None:
    """A weak word for the other candidate cannot turn three strong ones, whatever the answer."""
    rule_base = base(
        *STRONG,
        rule("s", TENSORFLOW, "weak", when=atom("q", "a")),
        questions=(question("q"), question("idle")),
    )
    found = Engine(rule_base, AS_OF, samples=SAMPLES).decide(Answers()).settled
    assert found.how is SettledHow.PROVED
    assert found.remaining == ("q", "idle")
    assert found.turn_chance == 0


def test_proved_by_splitting() -> None:
    """Rules that cannot hold together are not counted together: the proof splits their question."""
    against = [
        rule(
            f"s{option}",
            TENSORFLOW,
            "strong",
            when=atom("q", option),
            criterion=f"c{place}",
        )
        for place, option in enumerate("abc")
    ]
    rule_base = base(
        *STRONG,
        rule("more", PYTORCH, "strong", criterion="c0"),
        *against,
        questions=(question("q", "a", "b", "c"),),
    )
    found = Engine(rule_base, AS_OF, samples=2_000).decide(Answers()).settled
    assert found.how is SettledHow.PROVED


def test_open_when_an_answer_turns_it() -> None:
    """The chance of a turn is that of the answer that turns it."""
    rule_base = base(
        rule("r", PYTORCH, "moderate"),
        rule("s", TENSORFLOW, "strong", when=atom("q", "a")),
        questions=(question("q", "a", "b", "c", "d"),),
        criteria=1,
    )
    found = Engine(rule_base, AS_OF, samples=2_000).decide(Answers()).settled
    assert found.how is SettledHow.OPEN
    assert 0.2 < found.turn_chance < 0.3


def test_a_rare_gate_forbids_the_proof() -> None:
    """A gate that may still hold is never called proved, however rare its answers are."""
    names = tuple(f"q{i}" for i in range(8))
    rule_base = base(
        *STRONG,
        questions=tuple(question(name, *"abcdef") for name in names),
        gates=(gate("g", PYTORCH, All(tuple(atom(name, "a") for name in names))),),
    )
    found = Engine(rule_base, AS_OF, samples=2_000).decide(Answers()).settled
    assert found.how is SettledHow.ESTIMATED


def test_emphases_are_tried() -> None:
    """An open emphasis on the other candidate's criterion is part of the worst case."""
    rule_base = base(
        rule("r", PYTORCH, "strong", criterion="c0"),
        rule("s", TENSORFLOW, "moderate", criterion="c1"),
        questions=(question("q"),),
        emphases=(Emphasiser("e", "c1", atom("q", "a"), Emphasis.MUCH_MORE, "Counts."),),
    )
    engine = Engine(rule_base, AS_OF, samples=2_000)
    assert engine.balance(answers(q="a")).framework is TENSORFLOW
    assert engine.balance(answers(q="b")).framework is PYTORCH
    assert engine.decide(Answers()).settled.how is SettledHow.OPEN


@settings(max_examples=60, deadline=None)
@given(case=cases())
def test_proof_means_every_completion(case: Case) -> None:
    """Where the pick is called proved, no completion comes out on the other side."""
    engine = engine_of(case)
    decision = engine.decide(case.answers, explain=False)
    if decision.settled.how is not SettledHow.PROVED:
        return
    left = [
        question for question in case.rule_base.questions if question.id not in case.answers.chosen
    ]
    if any(question.kind is QuestionKind.MULTI for question in left):
        left = [question for question in left if question.kind is not QuestionKind.MULTI]
    pick = decision.verdict.framework
    for options in product(*[asked.option_ids for asked in left]):
        completed = dict(case.answers.chosen)
        completed |= {q.id: frozenset({o}) for q, o in zip(left, options, strict=True)}
        result = engine.balance(Answers(completed))
        if decision.settled.remaining:
            assert result.acceptability[pick] >= 0.5
