"""How many questions are still to come: "3 to 6 left", and both ends are reached by some answers.

Open questions that decide whether others are asked are enumerated over the groups of options that
those conditions can tell apart. Questions linked by conditions form a family; families are
independent, so their fewest and most add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from advisor.decision.applicability import dependency_order
from advisor.model.condition import atoms, evaluate, questions_of
from advisor.model.rulebase import Question, QuestionKind, RuleBase

MOST_STATES = 2_000
"""Above so many ways to answer a family, bounds are taken that may be wider than needed."""


@dataclass(frozen=True, slots=True)
class Remaining:
    """The fewest and the most questions still to come."""

    fewest: int
    most: int


def remaining(
    rule_base: RuleBase, said: Mapping[str, frozenset[str]], unsure: frozenset[str]
) -> Remaining:
    """Bounds on the number of questions that will still be asked.

    Args:
        said: answers given, parked ones included.
        unsure: questions answered with "don't know".
    """
    fewest = most = 0
    for family in _families(rule_base.questions):
        low, high = _Family(family, said, unsure).bounds()
        fewest += low
        most += high
    return Remaining(fewest, most)


def _families(questions: Iterable[Question]) -> list[tuple[Question, ...]]:
    """Questions linked by their conditions, each family in an order that answers can be given in."""
    ordered = dependency_order(questions)
    group = {one.id: one.id for one in ordered}

    def root(key: str) -> str:
        while group[key] != key:
            key = group[key]
        return key

    for one in ordered:
        for read in questions_of(one.ask_when) & group.keys():
            group[root(one.id)] = root(read)
    families: dict[str, list[Question]] = {}
    for one in ordered:
        families.setdefault(root(one.id), []).append(one)
    return [tuple(members) for members in families.values()]


class _Family:
    def __init__(
        self,
        members: tuple[Question, ...],
        said: Mapping[str, frozenset[str]],
        unsure: frozenset[str],
    ) -> None:
        self.members = members
        self.said = said
        self.unsure = unsure
        self.states = 0
        self.representatives = {
            one.id: _representatives(one, members)
            for one in members
            if one.id not in said and one.id not in unsure
        }

    def bounds(self) -> tuple[int, int]:
        counts: set[int] = set()
        for count in self._walk(0, {}, 0):
            counts.add(count)
            self.states += 1
            if self.states > MOST_STATES:
                return self._wide()
        return min(counts), max(counts)

    def _walk(self, place: int, known: dict[str, frozenset[str]], asked: int) -> Iterator[int]:
        if place == len(self.members):
            yield asked
            return
        one = self.members[place]
        truth = evaluate(one.ask_when, known)
        if truth is not True:
            step = known if truth is None else {**known, one.id: frozenset()}
            yield from self._walk(place + 1, step, asked)
        elif one.id in self.said:
            yield from self._walk(place + 1, {**known, one.id: self.said[one.id]}, asked)
        elif one.id in self.unsure:
            yield from self._walk(place + 1, known, asked)
        else:
            for answer in self.representatives[one.id]:
                step = known if answer is None else {**known, one.id: answer}
                yield from self._walk(place + 1, step, asked + 1)

    def _wide(self) -> tuple[int, int]:
        """Bounds from three-valued logic: valid, though some answers may not reach them."""
        known: dict[str, frozenset[str]] = {}
        low = high = 0
        for one in self.members:
            truth = evaluate(one.ask_when, known)
            if truth is False:
                known[one.id] = frozenset()
            elif truth is True and one.id in self.said:
                known[one.id] = self.said[one.id]
            elif one.id not in self.said and one.id not in self.unsure:
                low += truth is True
                high += 1
        return low, high


def _representatives(
    question: Question, family: tuple[Question, ...]
) -> tuple[frozenset[str] | None, ...]:
    """One answer for each way in which the family's conditions can tell answers apart.

    None is "don't know".
    """
    sets = [
        atom.options
        for one in family
        for atom in atoms(one.ask_when)
        if atom.question == question.id
    ]
    if not sets:
        return (frozenset({question.options[0].id}),)
    by_pattern: dict[tuple[bool, ...], frozenset[str]] = {}

    def add(answer: frozenset[str]) -> None:
        by_pattern.setdefault(tuple(not answer.isdisjoint(one) for one in sets), answer)

    for option in question.options:
        add(frozenset({option.id}))
    if question.kind is QuestionKind.MULTI:
        told = [
            pattern_answer
            for pattern_answer in by_pattern.values()
            if not any(question.option(one).exclusive for one in pattern_answer)
        ]
        for size in range(2, len(told) + 1):
            for several in combinations(told, size):
                add(frozenset().union(*several))
                if len(by_pattern) > MOST_STATES:
                    break
    return (*by_pattern.values(), None)
