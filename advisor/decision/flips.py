"""The smallest sets of changed answers that turn the verdict.

A set of up to three answers, each to another question, is looked at with strengths and weights at
their means, all sets of one size in one pass. Those that come near to turning the pick are then
decided in full; only what turns the verdict there is reported, and nothing that contains a smaller
set which does. In multi questions a change adds an option, takes one away, or names one alone.

Looked at: every single change and every pair; triples of the changes that move most. The number
of full decisions is bounded (`constants.FLIP_CHECKS` per size), so a set whose effect the means
hide may be missed, while none is reported that does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

import numpy as np

from advisor.decision.appraisal import Appraisal
from advisor.decision.compiled import mask_of
from advisor.decision.constants import (
    FLIP_MISSES,
    FLIP_SHOWN,
    FLIP_SIZE,
    FLIP_TRIPLE_POOL,
)
from advisor.decision.draws import Floats
from advisor.decision.screen import Members, Move, Screen
from advisor.decision.verdict import Balance
from advisor.model.answers import Answers
from advisor.model.decision import Change, Flip
from advisor.model.rulebase import Question, QuestionKind

Chosen = frozenset[str]


def moves(appraisal: Appraisal) -> list[Move]:
    """Every change of one answer, to questions that apply or may apply or may come to apply."""
    chosen = appraisal.answers.chosen
    questions = sorted((item.question for item in appraisal.compiled.questions), key=lambda q: q.id)
    return [
        Move(question, after, mask_of(question, after))
        for question in questions
        for after in _other_answers(question, chosen.get(question.id, frozenset()))
    ]


def _other_answers(question: Question, before: Chosen) -> list[Chosen]:
    singles = [frozenset({option.id}) for option in question.options]
    if question.kind is not QuestionKind.MULTI or not before:
        return [after for after in singles if after != before]
    exclusive = {option.id for option in question.options if option.exclusive}
    found = list(singles)
    for option in question.options:
        if option.id in before:
            found.append(before - {option.id})
        elif option.id not in exclusive and not (before & exclusive):
            found.append(before | {option.id})
    return [after for after in dict.fromkeys(found) if after and after != before]


def find_flips(
    appraisal: Appraisal,
    balance: Balance,
    decide_again: Callable[[Answers], Balance],
    glance: Callable[[Answers], Balance],
) -> tuple[Flip, ...]:
    """Minimal sets of changes that name the other candidate, smallest and most plausible first.

    Args:
        appraisal: the decision as it stands.
        balance: its verdict.
        decide_again: the engine, for the answers after the change.
        glance: the same with few draws; what it is sure does not turn is not decided again.
    """
    return _Search(appraisal, balance, decide_again, glance).run()


class _Search:
    """One search, from single changes to larger sets."""

    def __init__(
        self,
        appraisal: Appraisal,
        balance: Balance,
        decide_again: Callable[[Answers], Balance],
        glance: Callable[[Answers], Balance],
    ) -> None:
        self._answers = appraisal.answers
        self._balance = balance
        self._decide_again = decide_again
        self._glance = glance
        self._screen = Screen(appraisal, balance)
        self._moves = moves(appraisal)
        self._may: dict[Members, bool] = {}
        self._decided: dict[Members, Flip | None] = {}
        self._found: dict[Members, Flip] = {}

    def run(self) -> tuple[Flip, ...]:
        """All that is found, in the order in which to show it."""
        best = np.full((FLIP_SIZE + 1, len(self._moves)), np.inf)
        for size in range(1, FLIP_SIZE + 1):
            places = range(len(self._moves)) if size < 3 else _triple_pool(best)
            sets = self._sets(places, size)
            distances = self._screen.distances(sets, self._moves)
            for members, distance in zip(sets, distances, strict=True):
                for place in members:
                    best[size, place] = min(best[size, place], distance)
            for members in self._near(self._screen.nearest(sets, distances, self._moves)):
                if len(self._found) >= FLIP_SHOWN:
                    break
                self._take(members)
            if len(self._found) >= FLIP_SHOWN:
                break
        return tuple(sorted(self._found.values(), key=_plausibility)[:FLIP_SHOWN])

    def _sets(self, places: Iterable[int], size: int) -> list[Members]:
        """Sets of changes to different questions without a set that already turns the verdict."""
        alone = {members[0] for members in self._found if len(members) == 1}
        larger = [frozenset(members) for members in self._found if len(members) > 1]
        asked = [move.question.id for move in self._moves]
        return [
            members
            for members in combinations((place for place in places if place not in alone), size)
            if len({asked[place] for place in members}) == size
            and not any(small.issubset(members) for small in larger)
        ]

    def _near(self, sets: Sequence[Members]) -> list[Members]:
        """Sets that a glance does not exclude, the most plausible first; gives up after misses."""
        near: list[Members] = []
        misses = 0
        for members in sets:
            misses = 0 if self._may_turn(members) else misses + 1
            if misses == 0:
                near.append(members)
            if misses >= FLIP_MISSES:
                break
        return sorted(near, key=self._implausibility)

    def _implausibility(self, members: Members) -> int:
        asked = [self._moves[place].question for place in members]
        chosen = self._answers.chosen
        return sum(_cost(changeable=q.changeable, answered=bool(chosen.get(q.id))) for q in asked)

    def _take(self, members: Members) -> None:
        """Keep the set if it turns the verdict; if a part of it does so already, keep that."""
        if any(set(small) < set(members) for small in self._found):
            return
        for size in range(1, len(members)):
            for part in combinations(members, size):
                flip = self._flip(part)
                if flip is not None:
                    self._found[part] = flip
                    return
        flip = self._flip(members)
        if flip is not None:
            self._found[members] = flip

    def _may_turn(self, members: Members) -> bool:
        """Not excluded by a glance: the other is named, or it is too close for so few draws."""
        if members not in self._may:
            after, pick = self._glance(self._changed(members)), self._balance.framework
            near = after.acceptability[pick] < 0.5 + 1.5 * after.monte_carlo_error
            self._may[members] = near or after.framework is not pick
        return self._may[members]

    def _flip(self, members: Members) -> Flip | None:
        """The flip, if deciding again with all changes names the other candidate."""
        if members not in self._decided:
            self._decided[members] = self._verified(members) if self._may_turn(members) else None
        return self._decided[members]

    def _verified(self, members: Members) -> Flip | None:
        before = self._answers.chosen
        after = self._decide_again(self._changed(members))
        if after.framework is self._balance.framework or after.arbitrary:
            return None
        changes = tuple(
            Change(
                question=move.question.id,
                before=_in_order(move.question, before.get(move.question.id, frozenset())),
                after=_in_order(move.question, move.after),
                changeable=move.question.changeable,
            )
            for move in (self._moves[place] for place in members)
        )
        share = after.acceptability[after.framework]
        return Flip(changes, after.framework, after.verdict_class, share)

    def _changed(self, members: Members) -> Answers:
        moved = {self._moves[place].question.id: self._moves[place].after for place in members}
        return Answers({**self._answers.chosen, **moved}, self._answers.priorities)


def _cost(*, changeable: bool, answered: bool) -> int:
    """What the user can choose is nearer than what is open, and that nearer than a fact."""
    return 0 if changeable else 2 if answered else 1


def _triple_pool(best: Floats) -> list[int]:
    """Changes that move most alone, and those that move most in a pair."""
    half = FLIP_TRIPLE_POOL // 2
    ranked = [np.argsort(best[size], kind="stable")[:half] for size in (1, 2)]
    return sorted({int(place) for places in ranked for place in places})


def _plausibility(flip: Flip) -> tuple[int, int, float, tuple[tuple[str, tuple[str, ...]], ...]]:
    facts = sum(_cost(changeable=c.changeable, answered=bool(c.before)) for c in flip.changes)
    names = tuple((change.question, change.after) for change in flip.changes)
    return len(flip.changes), facts, -flip.acceptability, names


def _in_order(question: Question, chosen: Chosen) -> tuple[str, ...]:
    return tuple(option for option in question.option_ids if option in chosen)
