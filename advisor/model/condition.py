"""Conditions over finite answers, in Kleene's three-valued logic.

There are no expressions: a condition is a tree of `and`, `or`, `not` over atoms, and an atom asks
whether the answer to one question holds at least one option of a set. `equals`, `any-of` and
`at-least` of the rule files are all such sets, so every condition can be enumerated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Truth = bool | None
"""True, False, or None for unknown."""

KnownAnswers = Mapping[str, frozenset[str]]
"""Answered questions only. A question that does not apply is answered by the empty set."""


@dataclass(frozen=True, slots=True)
class Atom:
    """The answer to `question` holds at least one of `options`."""

    question: str
    options: frozenset[str]


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; holds when there are no parts."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds; fails when there are no parts."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


Condition = Atom | All | AnyOf | Not

ALWAYS: Condition = All(())
"""Holds whatever the answers are."""


def evaluate(condition: Condition, answers: KnownAnswers) -> Truth:
    """Truth of `condition` when only `answers` are known.

    Unanswered questions make an atom unknown; Kleene's rules carry the doubt upwards.
    """
    match condition:
        case Atom(question, options):
            answer = answers.get(question)
            return None if answer is None else not answer.isdisjoint(options)
        case All(parts):
            return _fold(parts, answers, decisive=False)
        case AnyOf(parts):
            return _fold(parts, answers, decisive=True)
        case Not(part):
            truth = evaluate(part, answers)
            return None if truth is None else not truth


def _fold(parts: tuple[Condition, ...], answers: KnownAnswers, *, decisive: bool) -> Truth:
    unknown = False
    for part in parts:
        truth = evaluate(part, answers)
        if truth is decisive:
            return decisive
        unknown = unknown or truth is None
    return None if unknown else not decisive


def atoms(condition: Condition) -> Iterator[Atom]:
    """Every atom of `condition`, in the order of the tree."""
    match condition:
        case Atom():
            yield condition
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from atoms(part)
        case Not(part):
            yield from atoms(part)


def questions_of(condition: Condition) -> frozenset[str]:
    """The ids of the questions that `condition` reads."""
    return frozenset(atom.question for atom in atoms(condition))
