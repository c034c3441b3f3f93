"""Is there a complete answer set under which a condition holds? Exact, with the answer set.

Every domain is finite, so a backtracking search decides it. Three things keep the search small:
options that no condition in play tells apart are tried once for all of them, a question of many
options is decided option by option, and Kleene's logic cuts a branch as soon as the goal has
failed for certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from advisor.model.condition import (
    All,
    AnyOf,
    Atom,
    Condition,
    Not,
    Truth,
    atoms,
    questions_of,
)
from advisor.model.rulebase import Question, QuestionKind

AnswerSet = dict[str, frozenset[str]]
"""One answer per question; the empty set where the question does not apply."""


def shown(answers: AnswerSet | None) -> dict[str, list[str]]:
    """An answer set as plain sorted lists."""
    return {question: sorted(options) for question, options in (answers or {}).items()}


_NOTHING = frozenset[str]()


@dataclass(frozen=True, slots=True)
class _Partial:
    """What is decided about the answer to one question."""

    chosen: frozenset[str]
    open: frozenset[str]
    """Options that may still be chosen."""


class Satisfier:
    """Searches the complete, consistent answer sets of a questionnaire."""

    def __init__(self, questions: Iterable[Question]) -> None:
        self._questions = {question.id: question for question in questions}
        self._order = _parents_first(self._questions)

    def find(self, goal: Condition) -> AnswerSet | None:
        """An answer set under which `goal` holds, over the questions it depends on; None when
        there is none. Questions that play no part are left out."""
        return next(self.solutions(goal), None)

    def possible(self, goal: Condition) -> bool:
        """Whether some complete answer set makes `goal` hold."""
        return self.find(goal) is not None

    def solutions(self, goal: Condition) -> Iterator[AnswerSet]:
        """Answer sets under which `goal` holds, one per combination of options told apart."""
        relevant = self._with_ancestors(questions_of(goal))
        order = [id_ for id_ in self._order if id_ in relevant]
        conditions = [goal, *(self._questions[id_].ask_when for id_ in order)]
        search = _Search(
            goal, [(self._questions[id_], _told_apart(self._questions[id_], conditions))
                   for id_ in order]
        )  # fmt: skip
        yield from search.run(0)

    def _with_ancestors(self, ids: Iterable[str]) -> set[str]:
        waiting, seen = list(ids), set[str]()
        while waiting:
            id_ = waiting.pop()
            if id_ not in seen:
                seen.add(id_)
                waiting += questions_of(self._questions[id_].ask_when)
        return seen


class _Search:
    """One search; questions come after those that decide whether they apply."""

    def __init__(self, goal: Condition, order: list[tuple[Question, list[str]]]) -> None:
        self._goal = goal
        self._order = order
        self._state: dict[str, _Partial] = {}

    def run(self, place: int) -> Iterator[AnswerSet]:
        """Decide the questions from `place` on."""
        if self._truth(self._goal) is False:
            return
        if place == len(self._order):
            yield {id_: partial.chosen for id_, partial in self._state.items()}
            return
        question, picks = self._order[place]
        if self._truth(question.ask_when) is False:
            branches = self._set(question, _NOTHING, _NOTHING, place)
        elif question.kind is QuestionKind.MULTI:
            branches = self._several(question, picks, place)
        else:
            branches = self._single(question, picks, place)
        yield from branches
        self._state.pop(question.id, None)

    def _set(
        self, question: Question, chosen: frozenset[str], open_: frozenset[str], place: int
    ) -> Iterator[AnswerSet]:
        self._state[question.id] = _Partial(chosen, open_)
        yield from self.run(place + 1)

    def _single(self, question: Question, picks: list[str], place: int) -> Iterator[AnswerSet]:
        for pick in picks:
            yield from self._set(question, frozenset({pick}), _NOTHING, place)

    def _several(self, question: Question, picks: list[str], place: int) -> Iterator[AnswerSet]:
        exclusive = {option.id for option in question.options if option.exclusive}
        for pick in picks:
            if pick in exclusive:
                yield from self._set(question, frozenset({pick}), _NOTHING, place)
        free = [pick for pick in picks if pick not in exclusive]
        yield from self._each(question, _NOTHING, free, place)

    def _each(
        self, question: Question, chosen: frozenset[str], open_: list[str], place: int
    ) -> Iterator[AnswerSet]:
        """Leave the first open option or take it, so that short answers are found first; an
        answer holds at least one option."""
        self._state[question.id] = _Partial(chosen, frozenset(open_))
        if not (chosen or open_) or self._truth(self._goal) is False:
            return
        if not open_:
            yield from self.run(place + 1)
            return
        first, rest = open_[0], open_[1:]
        yield from self._each(question, chosen, rest, place)
        yield from self._each(question, chosen | {first}, rest, place)

    def _truth(self, condition: Condition) -> Truth:
        """Kleene's truth of `condition` when answers are decided in part."""
        match condition:
            case Atom(question, options):
                partial = self._state.get(question)
                if partial is None:
                    return None
                if not partial.chosen.isdisjoint(options):
                    return True
                return False if partial.open.isdisjoint(options) else None
            case All(parts):
                return self._fold(parts, decisive=False)
            case AnyOf(parts):
                return self._fold(parts, decisive=True)
            case Not(part):
                truth = self._truth(part)
                return None if truth is None else not truth

    def _fold(self, parts: tuple[Condition, ...], *, decisive: bool) -> Truth:
        unknown = False
        for part in parts:
            truth = self._truth(part)
            if truth is decisive:
                return decisive
            unknown = unknown or truth is None
        return None if unknown else not decisive


def _told_apart(question: Question, conditions: Iterable[Condition]) -> list[str]:
    """One option of each group that the conditions cannot tell apart."""
    seen = [
        atom.options
        for condition in conditions
        for atom in atoms(condition)
        if atom.question == question.id
    ]
    groups: dict[tuple[bool, ...], str] = {}
    for option in question.options:
        signature = (option.exclusive, *(option.id in options for options in seen))
        groups.setdefault(signature, option.id)
    return list(groups.values())


def _parents_first(questions: Mapping[str, Question]) -> list[str]:
    """Ids in an order in which a question comes after those its `ask_when` reads."""
    order: dict[str, None] = {}

    def visit(id_: str) -> None:
        if id_ not in order:
            for parent in sorted(questions_of(questions[id_].ask_when)):
                visit(parent)
            order[id_] = None

    for id_ in questions:
        visit(id_)
    return list(order)
