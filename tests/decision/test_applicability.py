"""Which questions apply, and which answers count."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from advisor.decision.applicability import applicability, dependency_order, effective_answers
from advisor.decision.engine import decide
from advisor.model.condition import Not
from tests.decision.bases import AS_OF, PYTORCH, answers, atom, base, question, rule
from tests.properties.strategies import Case, cases

CHAIN = base(
    rule("r", PYTORCH, when=atom("third", "a")),
    questions=(
        question("third", ask_when=atom("second", "a")),
        question("second", ask_when=atom("first", "a")),
        question("first"),
    ),
)


def test_follows_the_chain_of_conditions() -> None:
    """Open parents leave children open, closed parents close them, whatever the file order."""
    assert applicability(CHAIN, answers()) == {"third": None, "second": None, "first": True}
    assert applicability(CHAIN, answers(first="b")) == {
        "third": False,
        "second": False,
        "first": True,
    }
    assert applicability(CHAIN, answers(first="a", second="a"))["third"] is True


def test_parked_answers_do_not_count() -> None:
    """An answer to a question that no longer applies is kept by the user, and counts as nothing."""
    parked = answers(first="b", second="a", third="a")
    assert effective_answers(CHAIN, parked)["third"] == frozenset()
    assert decide(CHAIN, parked, as_of=AS_OF, samples=100).reasons == ()


def test_an_answer_that_may_apply_is_not_known() -> None:
    """While its parent is open, an answer counts only in the draws in which the question applies."""
    early = answers(third="a")
    assert "third" not in effective_answers(CHAIN, early)
    (reason,) = decide(CHAIN, early, as_of=AS_OF, samples=500).reasons
    assert reason.holds is None


def test_circles_do_not_hang() -> None:
    """Questions that wait for each other, which the checker refuses, still end in an order."""
    first = question("first", ask_when=Not(atom("second", "a")))
    second = question("second", ask_when=atom("first", "a"))
    assert [q.id for q in dependency_order((second, first))] == ["first", "second"]
    decide(replace(CHAIN, questions=(first, second)), answers(), as_of=AS_OF, samples=50)


@settings(max_examples=60, deadline=None)
@given(case=cases())
def test_parents_come_first(case: Case) -> None:
    """In the order of dependence every question follows those it reads."""
    from advisor.model.condition import questions_of

    seen: set[str] = set()
    for item in dependency_order(case.rule_base.questions):
        assert questions_of(item.ask_when) <= seen
        seen.add(item.id)
