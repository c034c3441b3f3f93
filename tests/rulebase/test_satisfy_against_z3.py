"""The checker's search against an independent solver, on random small questionnaires."""

from __future__ import annotations

from typing import Any

import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.model.condition import All, AnyOf, Atom, Condition, Not, evaluate
from advisor.model.rulebase import Option, Question, QuestionKind
from advisor.rulebase.satisfy import Satisfier

OPTIONS = ("a", "b", "c")
IDS = ("q0", "q1", "q2", "q3")


def conditions(ids: tuple[str, ...]) -> st.SearchStrategy[Condition]:
    """Conditions over the given questions."""
    leaf = st.builds(
        Atom,
        st.sampled_from(ids),
        st.frozensets(st.sampled_from(OPTIONS), min_size=1, max_size=2),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds(All, st.lists(inner, min_size=1, max_size=3).map(tuple)),
            st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
            st.builds(Not, inner),
        ),
        max_leaves=6,
    )


@st.composite
def questionnaires(draw: st.DrawFn) -> list[Question]:
    """Two to four questions, later ones asked depending on earlier ones."""
    questions: list[Question] = []
    for place, id_ in enumerate(IDS[: draw(st.integers(2, 4))]):
        kind = draw(st.sampled_from([QuestionKind.SINGLE, QuestionKind.MULTI]))
        exclusive = kind is QuestionKind.MULTI and draw(st.booleans())
        earlier = IDS[:place]
        asked = draw(st.booleans()) if earlier else False
        ask_when: Condition = draw(conditions(earlier)) if asked else All(())
        options = tuple(Option(one, one, exclusive=exclusive and one == "c") for one in OPTIONS)
        questions.append(Question(id_, "s", kind, "?", "why", options, ask_when=ask_when))
    return questions


def solver_says(questions: list[Question], goal: Condition) -> bool:
    """Whether z3 finds a complete answer set under which `goal` holds."""
    chosen = {(q.id, o): z3.Bool(f"{q.id}.{o}") for q in questions for o in OPTIONS}

    def formula(condition: Condition) -> Any:
        match condition:
            case Atom(question, options):
                return z3.Or([chosen[question, one] for one in options])
            case All(parts):
                return z3.And([formula(part) for part in parts])
            case AnyOf(parts):
                return z3.Or([formula(part) for part in parts])
            case Not(part):
                return z3.Not(formula(part))

    solver = z3.Solver()
    for question in questions:
        own = [chosen[question.id, one] for one in OPTIONS]
        applies = formula(question.ask_when)
        solver.add(z3.Implies(z3.Not(applies), z3.Not(z3.Or(own))))
        solver.add(z3.Implies(applies, z3.Or(own)))
        if question.kind is QuestionKind.SINGLE:
            solver.add(z3.AtMost(*own, 1))
        elif question.options[-1].exclusive:
            solver.add(z3.Implies(own[-1], z3.Not(z3.Or(own[:-1]))))
    solver.add(formula(goal))
    return bool(solver.check() == z3.sat)


@settings(max_examples=150, deadline=None)
@given(st.data(), questionnaires())
def test_search_and_solver_agree(data: st.DataObject, questions: list[Question]) -> None:
    """An answer set is found exactly when one exists, and it makes the condition hold."""
    goal = data.draw(conditions(tuple(question.id for question in questions)))
    found = Satisfier(questions).find(goal)
    assert (found is not None) == solver_says(questions, goal)
    if found is not None:
        assert evaluate(goal, found) is True


@settings(max_examples=100, deadline=None)
@given(st.data(), questionnaires())
def test_shadowing_agrees_with_the_solver(data: st.DataObject, questions: list[Question]) -> None:
    """One condition implies another exactly when the solver cannot tell them apart."""
    ids = tuple(question.id for question in questions)
    one, other = data.draw(conditions(ids)), data.draw(conditions(ids))
    uncovered = All((one, Not(other)))
    assert (Satisfier(questions).find(uncovered) is None) == (not solver_says(questions, uncovered))
