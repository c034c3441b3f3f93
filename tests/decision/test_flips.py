"""Flips: verified, minimal, and as many as an exhaustive search finds."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

from hypothesis import assume, given, settings

from advisor.decision.engine import Balance, Engine
from advisor.model.answers import Answers
from advisor.model.condition import All
from advisor.model.decision import Decision, Flip
from advisor.model.rulebase import Question, QuestionKind, RuleBase
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
Changes = frozenset[tuple[str, tuple[str, ...]]]


def changes(flip: Flip) -> Changes:
    """The answers after the flip, by question."""
    return frozenset((change.question, change.after) for change in flip.changes)


def changed(chosen: Answers, after: Changes) -> Answers:
    """Answers with some changed."""
    return Answers({**chosen.chosen, **{key: frozenset(value) for key, value in after}})


def decided(rule_base: RuleBase, chosen: Answers) -> Decision:
    """A decision with few draws."""
    return Engine(rule_base, AS_OF, samples=SAMPLES).decide(chosen)


AND = base(
    rule("now", PYTORCH, "moderate"),
    rule(
        "both",
        TENSORFLOW,
        "strong",
        when=All((atom("x", "a"), atom("y", "a"))),
    ),
    questions=(question("x", changeable=True), question("y"), question("z")),
    criteria=1,
)


def test_finds_the_pair_that_only_works_together() -> None:
    """Neither answer turns the verdict alone; both together do, and nothing larger is listed."""
    found = decided(AND, answers(x="b", y="b", z="b")).flips
    assert [changes(flip) for flip in found] == [frozenset({("x", ("a",)), ("y", ("a",))})]
    (flip,) = found
    assert flip.framework is TENSORFLOW
    assert {change.question: change.changeable for change in flip.changes} == {
        "x": True,
        "y": False,
    }
    assert {change.before for change in flip.changes} == {("b",)}


def test_one_change_hides_its_supersets() -> None:
    """With one of the pair in place the other alone is the flip."""
    found = decided(AND, answers(x="a", y="b", z="b")).flips
    assert [changes(flip) for flip in found] == [frozenset({("y", ("a",))})]


def test_open_answers_are_changes_from_nothing() -> None:
    """Answering an open question may turn the verdict; then nothing is given as the answer before."""
    rule_base = replace(
        AND, questions=(question("x"), question("y", "a", "b", "c", "d", "e"), question("z"))
    )
    found = decided(rule_base, answers(x="a", z="b")).flips
    assert [changes(flip) for flip in found] == [frozenset({("y", ("a",))})]
    assert found[0].changes[0].before == ()


def test_triples_are_found() -> None:
    """A set of three that works only together is found too."""
    names = ("q0", "q1", "q2")
    rule_base = base(
        rule("now", PYTORCH, "moderate"),
        rule("all", TENSORFLOW, "strong", when=All(tuple(atom(name, "a") for name in names))),
        questions=tuple(question(name) for name in names),
        criteria=1,
    )
    found = decided(rule_base, answers(q0="b", q1="b", q2="b")).flips
    assert [len(flip.changes) for flip in found] == [3]


def test_relaxing_a_gate_is_a_flip() -> None:
    """Where a gate decides, the answer it rests on is what would turn the verdict."""
    rule_base = base(
        rule("r", PYTORCH, "strong"),
        questions=(question("q", changeable=True),),
        gates=(gate("g", PYTORCH, atom("q", "a")),),
    )
    found = decided(rule_base, answers(q="a"))
    assert found.verdict.framework is TENSORFLOW
    assert [changes(flip) for flip in found.flips] == [frozenset({("q", ("b",))})]


def test_multi_answers_gain_or_lose_an_option() -> None:
    """In a multi question one option more is a change, and an exclusive one replaces all."""
    where = question("where", "none", "x", "y", "z", kind=QuestionKind.MULTI, exclusive=("none",))
    rule_base = base(
        rule("now", PYTORCH, "moderate"),
        rule("y", TENSORFLOW, "strong", when=atom("where", "y")),
        questions=(where,),
        criteria=1,
    )
    found = {changes(flip) for flip in decided(rule_base, answers(where={"x", "z"})).flips}
    assert found == {frozenset({("where", ("x", "y", "z"))}), frozenset({("where", ("y",))})}


def test_lifting_the_gate_that_decides_is_found_on_uncertain_evidence() -> None:
    """What would be named without the gate is estimated roughly; all that is near is looked into."""
    old = ("expired-high",)
    rule_base = base(
        rule("t-weak", TENSORFLOW, "weak", evidence=(*old, "fresh-high")),
        rule("t-more", TENSORFLOW, "moderate", evidence=old),
        rule("p-one", PYTORCH, "strong", topic="same", evidence=old),
        rule("p-two", PYTORCH, "strong", topic="same", evidence=old),
        questions=(question("where"),),
        criteria=2,
        gates=(gate("cannot", PYTORCH, atom("where", "a")),),
    )
    now = decided(rule_base, answers(where="a"))
    assert now.verdict.framework is TENSORFLOW
    assert {changes(flip) for flip in now.flips} == {frozenset({("where", ("b",))})}


def test_changeable_flips_come_first() -> None:
    """Of flips of one size, those the user can choose stand before facts."""
    rule_base = base(
        rule("now", PYTORCH, "weak"),
        rule("f", TENSORFLOW, "strong", when=atom("fact", "a")),
        rule("p", TENSORFLOW, "strong", when=atom("plan", "a"), topic="other"),
        questions=(question("fact"), question("plan", changeable=True)),
        criteria=1,
    )
    found = decided(rule_base, answers(fact="b", plan="b")).flips
    assert [flip.changes[0].question for flip in found] == ["plan", "fact"]


@settings(max_examples=40, deadline=None)
@given(case=cases())
def test_every_flip_holds_and_is_minimal(case: Case) -> None:
    """Deciding again names the other candidate, and no part of the change does so alone."""
    engine = Engine(case.rule_base, AS_OF, samples=SAMPLES)
    now = engine.decide(case.answers)
    for flip in now.flips:
        after = engine.balance(changed(case.answers, changes(flip)))
        assert after.framework is flip.framework is now.verdict.framework.other
        assert after.acceptability[flip.framework] == flip.acceptability
        for size in range(1, len(flip.changes)):
            for part in combinations(changes(flip), size):
                smaller = engine.balance(changed(case.answers, frozenset(part)))
                assert smaller.framework is now.verdict.framework or smaller.arbitrary


@settings(max_examples=40, deadline=None)
@given(case=cases(complete=True))
def test_finds_what_an_exhaustive_search_finds(case: Case) -> None:
    """On small rule bases with every answer given, single and double flips are all found."""
    assume(all(q.kind is not QuestionKind.MULTI for q in case.rule_base.questions))
    engine = Engine(case.rule_base, AS_OF, samples=SAMPLES)
    now = engine.decide(case.answers)
    found = {changes(flip) for flip in now.flips}
    missing = _exhaustive(engine, case, now) - found
    assert not missing or len(now.flips) >= 20


def _exhaustive(engine: Engine, case: Case, now: Decision) -> set[Changes]:
    found: set[Changes] = set()
    for size in (1, 2):
        for picked in combinations(case.rule_base.questions, size):
            for after in product(*[_others(asked, case.answers) for asked in picked]):
                change: Changes = frozenset(
                    (q.id, (option,)) for q, option in zip(picked, after, strict=True)
                )
                if any(smaller <= change for smaller in found):
                    continue
                result = engine.balance(changed(case.answers, change))
                turned = result.framework is not now.verdict.framework and not result.arbitrary
                if turned and _beyond_error(result):
                    found.add(change)
    return found


def _beyond_error(result: Balance) -> bool:
    """Whether more is behind the pick than the scatter of the draws: an even balance turns nothing."""
    return result.acceptability[result.framework] - 0.5 > 2 * result.monte_carlo_error


def _others(asked: Question, chosen: Answers) -> list[str]:
    return [option for option in asked.option_ids if option not in chosen.chosen[asked.id]]
