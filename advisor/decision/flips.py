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
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from advisor.decision.appraisal import Appraisal, exclusions, gate_direction, rule_supports
from advisor.decision.compiled import CompiledQuestion, State, mask_of
from advisor.decision.constants import (
    FLIP_CHECKS,
    FLIP_MISSES,
    FLIP_REPLICATES,
    FLIP_SHOWN,
    FLIP_SIZE,
    FLIP_TRIPLE_POOL,
    RESIDUAL_SCALE,
)
from advisor.decision.draws import Floats
from advisor.decision.readings import Reading
from advisor.decision.slices import head_truth
from advisor.decision.values import score, total_difference
from advisor.decision.verdict import Balance
from advisor.decision.weights import implied_shares
from advisor.model.answers import Answers
from advisor.model.candidate import Candidate
from advisor.model.decision import Change, Flip
from advisor.model.rulebase import Question, QuestionKind

Chosen = frozenset[str]
_GATE_WEIGHT = 10.0
"""A gate outweighs any difference of totals."""
_CHUNK = 20_000
"""Answer sets looked at in one pass: bounds memory."""


@dataclass(frozen=True, slots=True)
class Move:
    """One question answered otherwise."""

    question: Question
    after: Chosen
    mask: int


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
    screen = _Screen(appraisal, balance)
    single = moves(appraisal)
    found: list[Flip] = []
    turning: set[frozenset[int]] = set()
    best = np.full((FLIP_SIZE + 1, len(single)), np.inf)
    for size in range(1, FLIP_SIZE + 1):
        places = range(len(single)) if size < 3 else _triple_pool(best)
        sets = _sets(single, places, size, turning)
        leads = screen.leads(sets, single)
        for members, lead in zip(sets, leads, strict=True):
            for place in members:
                best[size, place] = min(best[size, place], lead)
        near = _near(appraisal, balance, glance, [sets[i] for i in screen.nearest(leads)], single)
        for members in near:
            if len(found) >= FLIP_SHOWN:
                break
            changed = [single[place] for place in members]
            flip = _verified(appraisal, balance, changed, decide_again)
            if flip is not None:
                turning.add(frozenset(members))
                found.append(flip)
        if len(found) >= FLIP_SHOWN:
            break
    return tuple(sorted(found, key=_plausibility)[:FLIP_SHOWN])


def _near(
    appraisal: Appraisal,
    balance: Balance,
    glance: Callable[[Answers], Balance],
    sets: Sequence[tuple[int, ...]],
    single: Sequence[Move],
) -> list[tuple[int, ...]]:
    """Sets that a glance does not exclude, the most plausible first; gives up after misses."""
    near: list[tuple[int, ...]] = []
    misses = 0
    for members in sets:
        changed = [single[place] for place in members]
        if _may_turn(glance(_changed(appraisal, changed)), balance):
            near.append(members)
            misses = 0
        else:
            misses += 1
        if misses >= FLIP_MISSES:
            break
    answered = appraisal.answers.chosen

    def implausible(members: tuple[int, ...]) -> int:
        asked = [single[place].question for place in members]
        return sum(_cost(changeable=q.changeable, answered=bool(answered.get(q.id))) for q in asked)

    return sorted(near, key=implausible)


def _cost(*, changeable: bool, answered: bool) -> int:
    """What the user can choose is nearer than what is open, and that nearer than a fact."""
    return 0 if changeable else 2 if answered else 1


def _triple_pool(best: Floats) -> list[int]:
    """Changes that move most alone, and those that move most in a pair."""
    half = FLIP_TRIPLE_POOL // 2
    ranked = [np.argsort(best[size], kind="stable")[:half] for size in (1, 2)]
    return sorted({int(place) for places in ranked for place in places})


def _sets(
    single: Sequence[Move], places: Iterable[int], size: int, turning: set[frozenset[int]]
) -> list[tuple[int, ...]]:
    """Sets of changes to different questions that contain no set which already turns the verdict."""
    alone = {place for members in turning if len(members) == 1 for place in members}
    larger = [members for members in turning if len(members) > 1]
    return [
        members
        for members in combinations((place for place in places if place not in alone), size)
        if len({single[place].question.id for place in members}) == size
        and not any(small <= set(members) for small in larger)
    ]


def _plausibility(flip: Flip) -> tuple[int, int, float, tuple[tuple[str, tuple[str, ...]], ...]]:
    facts = sum(_cost(changeable=c.changeable, answered=bool(c.before)) for c in flip.changes)
    names = tuple((change.question, change.after) for change in flip.changes)
    return len(flip.changes), facts, -flip.acceptability, names


def _changed(appraisal: Appraisal, changed: Sequence[Move]) -> Answers:
    answers = appraisal.answers
    moved = {move.question.id: move.after for move in changed}
    return Answers({**answers.chosen, **moved}, answers.priorities)


def _may_turn(glance: Balance, balance: Balance) -> bool:
    """Not excluded by a glance: the other is named, or it is too close for so few draws."""
    share = glance.acceptability[balance.framework]
    return glance.framework is not balance.framework or share < 0.5 + 1.5 * glance.monte_carlo_error


def _verified(
    appraisal: Appraisal,
    balance: Balance,
    changed: Sequence[Move],
    decide_again: Callable[[Answers], Balance],
) -> Flip | None:
    """The flip, if deciding again with all changes names the other candidate."""
    before = appraisal.answers.chosen
    after = decide_again(_changed(appraisal, changed))
    if after.framework is balance.framework or after.arbitrary:
        return None
    changes = tuple(
        Change(
            question=move.question.id,
            before=_in_order(move.question, before.get(move.question.id, frozenset())),
            after=_in_order(move.question, move.after),
            changeable=move.question.changeable,
        )
        for move in changed
    )
    share = after.acceptability[after.framework]
    return Flip(changes, after.framework, after.verdict_class, share)


def _in_order(question: Question, chosen: Chosen) -> tuple[str, ...]:
    return tuple(option for option in question.option_ids if option in chosen)


class _Screen:
    """Lead of the present pick for many changed answer sets at once, everything at its mean.

    What the means get wrong for the answers as they stand is taken off everywhere (the answers that
    stay open are the same draws before and after).
    """

    def __init__(self, appraisal: Appraisal, balance: Balance) -> None:
        self._appraisal = appraisal
        self._sign = 1.0 if balance.framework is Candidate.PYTORCH else -1.0
        compiled = appraisal.compiled
        answered = appraisal.answers.chosen
        self._open = any(
            not mask_of(item.question, answered.get(item.question.id, frozenset()))
            for item in compiled.questions
        )
        self._replicates = FLIP_REPLICATES if self._open else 1
        base = float(self._difference([()], [])[0])
        lead = appraisal.lead.mean()
        middle = 2 * np.arctanh(np.clip(lead, -0.999999, 0.999999)) * RESIDUAL_SCALE
        gate = gate_direction(appraisal.excluded)
        self._shift = 0.0
        if isinstance(gate, float) and gate == 0.0:
            self._shift = float(middle) - base if abs(base) < 1.0 else 0.0
        spread = float(appraisal.difference.std())
        self.margin = 0.01 + 0.5 * spread
        """Sets whose pick leads by more than this are not decided in full."""

    def leads(self, sets: Sequence[tuple[int, ...]], single: Sequence[Move]) -> Floats:
        """Lead of the present pick after each set of changes."""
        found = [
            self._difference(sets[start : start + _CHUNK // self._replicates], single)
            for start in range(0, len(sets), _CHUNK // self._replicates)
        ]
        if not found:
            return np.zeros(0)
        return self._sign * (np.concatenate(found) + self._shift)

    def nearest(self, leads: Floats) -> list[int]:
        """Places of the sets worth deciding, nearest to a turn first."""
        order = np.argsort(leads, kind="stable")[:FLIP_CHECKS]
        return [int(place) for place in order if leads[place] <= self.margin]

    def _difference(self, sets: Sequence[tuple[int, ...]], single: Sequence[Move]) -> Floats:
        appraisal, compiled = self._appraisal, self._appraisal.compiled
        size = len(sets) * self._replicates
        changed: dict[str, dict[int, int]] = {}
        for row, members in enumerate(sets):
            for place in members:
                changed.setdefault(single[place].question.id, {})[row] = single[place].mask
        state = State(size)
        for item in compiled.questions:
            state.codes[item.question.id] = self._codes(item, state, changed, size)
        holds = [
            rule.when.truth(state)
            if reading.interval is not None or reading.ratio is not None
            else False
            for rule, reading in zip(compiled.rules, appraisal.readings.rules, strict=True)
        ]
        supports = rule_supports(
            compiled,
            appraisal.readings,
            holds,
            strengths=lambda _, bounds: bounds.mean,
            ratios=_mean_ratio,
        )
        if appraisal.weights.stated:
            shares = appraisal.weights.shares
        else:
            shares = implied_shares(compiled, [i.when.truth(state) for i in compiled.emphases])
        total = total_difference(shares, score(compiled, supports))
        gates = [gate.known and gate.when.truth(state) for gate in compiled.gates]
        gate = gate_direction(exclusions(compiled, gates))
        both = np.asarray(total) + _GATE_WEIGHT * np.asarray(gate)
        spread = np.broadcast_to(both, (size,)).reshape(len(sets), self._replicates)
        return np.asarray(spread.mean(axis=1))

    def _codes(
        self,
        item: CompiledQuestion,
        state: State,
        changed: dict[str, dict[int, int]],
        size: int,
    ) -> int | np.ndarray[tuple[int], np.dtype[np.int64]]:
        question = item.question
        applies = item.ask_when.truth(state)
        if applies is False:
            return 0
        chosen = self._appraisal.answers.chosen.get(question.id, frozenset())
        code = mask_of(question, chosen)
        rows = changed.get(question.id)
        if code and not rows:
            return code if applies is True else np.where(applies, code, np.int64(0))
        if code:
            codes = np.full(size, code, dtype=np.int64)
        else:
            drawn = self._appraisal.draws.answer_codes(question)[: self._replicates]
            codes = np.resize(drawn, size)
        if rows:
            table = codes.reshape(-1, self._replicates)
            table[list(rows)] = np.array(list(rows.values()), dtype=np.int64)[:, None]
        return codes if applies is True else np.where(head_truth(applies, size), codes, np.int64(0))


def _mean_ratio(reading: Reading) -> float:
    if reading.ratio is None:
        raise AssertionError("asked for the ratio of a rule without one")
    return reading.ratio.mean
