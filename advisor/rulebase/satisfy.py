"""Is there a complete answer set under which a condition holds? Exact, with the answer set.

Every domain is finite, so a backtracking search decides it. Two things keep the search small:
options that no condition in play tells apart are tried once for all of them, and Kleene's logic
cuts a branch as soon as the goal has failed for certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from advisor.model.condition import Atom, Condition, atoms, evaluate, questions_of
from advisor.model.rulebase import Question, QuestionKind

AnswerSet = dict[str, frozenset[str]]
"""One answer per question; the empty set where the question does not apply."""


class Satisfier:
    """Searches the complete, consistent answer sets of a questionnaire."""

    def __init__(self, questions: Iterable[Question]) -> None:
        self._questions = {question.id: question for question in questions}
        self._order = _parents_first(self._questions)

    def find(self, goal: Condition) -> AnswerSet | None:
        """An answer set under which `goal` holds, over the questions it depends on; None when
        there is none. Questions that play no part are left out."""
        return next(self.solutions(goal), None)

    def solutions(self, goal: Condition) -> Iterator[AnswerSet]:
        """Answer sets under which `goal` holds, one per combination of options told apart."""
        relevant = self._with_ancestors(questions_of(goal))
        order = [id_ for id_ in self._order if id_ in relevant]
        conditions = [goal, *(self._questions[id_].ask_when for id_ in order)]
        values = {id_: self._values(self._questions[id_], conditions) for id_ in order}
        yield from self._search(goal, order, values, {})

    def _with_ancestors(self, ids: Iterable[str]) -> set[str]:
        waiting, seen = list(ids), set[str]()
        while waiting:
            id_ = waiting.pop()
            if id_ not in seen:
                seen.add(id_)
                waiting += questions_of(self._questions[id_].ask_when)
        return seen

    def _search(
        self,
        goal: Condition,
        order: list[str],
        values: Mapping[str, list[frozenset[str]]],
        chosen: AnswerSet,
    ) -> Iterator[AnswerSet]:
        if evaluate(goal, chosen) is False:
            return
        if len(chosen) == len(order):
            yield dict(chosen)
            return
        question = self._questions[order[len(chosen)]]
        applies = evaluate(question.ask_when, chosen)
        for value in values[question.id] if applies else [frozenset[str]()]:
            chosen[question.id] = value
            yield from self._search(goal, order, values, chosen)
            del chosen[question.id]

    def _values(self, question: Question, conditions: Iterable[Condition]) -> list[frozenset[str]]:
        """Answers to `question`, one for each way the conditions can see them."""
        seen = [atom.options for atom in _atoms_on(question.id, conditions)]
        groups: dict[tuple[bool, ...], str] = {}
        for option in question.options:
            signature = (option.exclusive, *(option.id in options for options in seen))
            groups.setdefault(signature, option.id)
        exclusive = {option.id for option in question.options if option.exclusive}
        picks = list(groups.values())
        if question.kind is not QuestionKind.MULTI:
            return [frozenset({pick}) for pick in picks]
        free = [pick for pick in picks if pick not in exclusive]
        return [frozenset({pick}) for pick in picks if pick in exclusive] + [
            frozenset(some) for size in range(1, len(free) + 1) for some in combinations(free, size)
        ]


def _atoms_on(question: str, conditions: Iterable[Condition]) -> Iterator[Atom]:
    for condition in conditions:
        for atom in atoms(condition):
            if atom.question == question:
                yield atom


def _parents_first(questions: Mapping[str, Question]) -> list[str]:
    """Ids in an order in which a question comes after those its `ask_when` reads."""
    order: list[str] = []

    def visit(id_: str) -> None:
        if id_ not in order:
            for parent in sorted(questions_of(questions[id_].ask_when)):
                visit(parent)
            order.append(id_)

    for id_ in questions:
        visit(id_)
    return order
