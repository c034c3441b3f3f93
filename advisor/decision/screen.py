"""Many changed answer sets at once, with strengths and weights at their means: what to look into.

An estimate that orders candidates for a flip; whether one is a flip is decided in full elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from advisor.decision.applicability import known_answers
from advisor.decision.appraisal import (
    Appraisal,
    exclusions,
    gate_direction,
    rule_supports,
    rule_truths,
)
from advisor.decision.compiled import Code, CompiledQuestion, State, mask_of
from advisor.decision.constants import (
    EXISTING_WORK_CRITERION,
    FLIP_CHECKS,
    FLIP_MARGIN,
    FLIP_MARGIN_GATED,
    FLIP_REPLICATES,
    FLIP_REPLICATES_NEAR,
    FLIP_SECOND_LOOKS,
    RESIDUAL_SCALE,
    TIE_EPSILON,
)
from advisor.decision.doubt import answers_only
from advisor.decision.draws import Floats
from advisor.decision.readings import mean_support
from advisor.decision.values import average, score, total_difference
from advisor.decision.verdict import Balance
from advisor.decision.weights import implied_shares
from advisor.model.candidate import Candidate
from advisor.model.decision import LEAN_FROM, VerdictClass
from advisor.model.rulebase import Question

Members = tuple[int, ...]
"""Places of moves: one set of changes."""

_CHUNK = 20_000
"""Answer sets looked at in one pass: bounds memory."""


@dataclass(frozen=True, slots=True)
class Move:
    """One question answered otherwise."""

    question: Question
    after: frozenset[str]
    mask: int


class Screen:
    """How far many changed answer sets are from turning the verdict, everything at its mean.

    A distance below 0 says that the other candidate would be named. It is estimated from the share
    of replicates (draws of the open answers) that each candidate wins, the scatter of weights and
    evidence taken as one logistic; what this gets wrong for the answers as they stand is taken off
    everywhere. Near a tie the verdict follows skills and code, so the distance does too.
    """

    def __init__(self, appraisal: Appraisal, balance: Balance) -> None:
        self._appraisal = appraisal
        self._sign = 1.0 if balance.framework is Candidate.PYTORCH else -1.0
        ids = appraisal.compiled.criterion_ids
        existing = EXISTING_WORK_CRITERION
        self._existing = ids.index(existing) if existing in ids else None
        answered = appraisal.answers.chosen
        ordered = (item.question for item in appraisal.compiled.questions)
        self._known = known_answers(ordered, appraisal.answers)
        self._open = any(
            not mask_of(item.question, answered.get(item.question.id, frozenset()))
            for item in appraisal.compiled.questions
        )
        self._scale = self._scatter()
        self._shift = 0.0
        lead, _, _ = self._looked([()], [], self._replicates(FLIP_REPLICATES_NEAR))
        self._shift = average(appraisal.lead) - float(lead[0])
        gated = balance.verdict_class is VerdictClass.GATED
        self._margin = FLIP_MARGIN_GATED if gated else FLIP_MARGIN

    def _replicates(self, wanted: int) -> int:
        return min(wanted, self._appraisal.draws.size) if self._open else 1

    def _scatter(self) -> float:
        """Scale of the logistic that stands for the doubt of weights, evidence and residual."""
        by_answers = answers_only(self._appraisal).difference
        rest = float(self._appraisal.difference.var()) - float(by_answers.var())
        return sqrt(3.0 * max(rest, 0.0)) / pi + RESIDUAL_SCALE

    def distances(self, sets: Sequence[Members], single: Sequence[Move]) -> Floats:
        """A first estimate for every set, from few replicates."""
        return self._distances(sets, single, self._replicates(FLIP_REPLICATES))

    def nearest(
        self, sets: Sequence[Members], distances: Floats, single: Sequence[Move]
    ) -> list[Members]:
        """Sets worth deciding, nearest to a turn first, by a second estimate of the best."""
        order = [int(place) for place in np.argsort(distances, kind="stable")[:FLIP_SECOND_LOOKS]]
        chosen = [sets[place] for place in order]
        again = self._distances(chosen, single, self._replicates(FLIP_REPLICATES_NEAR))
        best = np.argsort(again, kind="stable")[:FLIP_CHECKS]
        return [chosen[place] for place in best if again[place] <= self._margin]

    def _distances(
        self, sets: Sequence[Members], single: Sequence[Move], replicates: int
    ) -> Floats:
        step = max(_CHUNK // replicates, 1)
        found = [
            self._distance(*self._looked(sets[start : start + step], single, replicates))
            for start in range(0, len(sets), step)
        ]
        return np.concatenate(found) if found else np.zeros(0)

    def _distance(self, lead: Floats, existing: Floats, gated: Floats) -> Floats:
        mine = self._sign * np.clip(lead + np.where(gated == 0.0, self._shift, 0.0), -1.0, 1.0)
        towards = np.where(np.abs(existing) > TIE_EPSILON, np.sign(self._sign * existing), 0.0)
        zone = 2 * LEAN_FROM - 1
        return np.asarray(mine + np.where(gated == 0.0, zone * towards, 0.0))

    def _looked(
        self, sets: Sequence[Members], single: Sequence[Move], replicates: int
    ) -> tuple[Floats, Floats, Floats]:
        """Mean lead of PyTorch, mean contribution of skills and code, and known gates, per set."""
        appraisal, compiled = self._appraisal, self._appraisal.compiled
        size = len(sets) * replicates
        state = self._state(sets, single, replicates)
        supports = rule_supports(
            compiled,
            appraisal.readings,
            rule_truths(compiled, appraisal.readings, state),
            strengths=lambda _, bounds: bounds.mean,
            ratios=mean_support,
        )
        if appraisal.weights.stated:
            shares = appraisal.weights.shares
        else:
            shares = implied_shares(compiled, [i.when.truth(state) for i in compiled.emphases])
        scores = score(compiled, supports)
        total = np.asarray(total_difference(shares, scores))
        gates = [gate.known and gate.when.truth(state) for gate in compiled.gates]
        gate = np.asarray(gate_direction(exclusions(compiled, gates)))
        lead = np.where(gate == 0.0, np.tanh(total / (2 * self._scale)), gate)
        existing = np.zeros(1)
        if self._existing is not None:
            place = self._existing
            existing = np.asarray(shares[place] * scores.difference(place))

        def per_set(values: Floats) -> Floats:
            table = np.broadcast_to(values, (size,)).reshape(len(sets), replicates)
            return np.asarray(table.mean(axis=1))

        decided = per_set(gate)
        return per_set(lead), per_set(existing), np.where(np.abs(decided) == 1.0, decided, 0.0)

    def _state(self, sets: Sequence[Members], single: Sequence[Move], replicates: int) -> State:
        changed: dict[str, dict[int, int]] = {}
        for row, members in enumerate(sets):
            for place in members:
                changed.setdefault(single[place].question.id, {})[row] = single[place].mask
        state = State(len(sets) * replicates)
        for item in self._appraisal.compiled.questions:
            rows = changed.get(item.question.id, {})
            state.codes[item.question.id] = self._codes(item, state, rows, replicates)
        return state

    def _codes(
        self, item: CompiledQuestion, state: State, rows: dict[int, int], replicates: int
    ) -> Code:
        question = item.question
        applies = item.ask_when.truth(state)
        if applies is False:
            return 0
        chosen = self._appraisal.answers.chosen.get(question.id, frozenset())
        code = mask_of(question, chosen)
        if code and not rows:
            return code if applies is True else np.where(applies, code, np.int32(0))
        if code:
            codes = np.full(state.size, code, dtype=np.int32)
        else:
            odds = question.odds_given(self._known)
            drawn = self._appraisal.draws.answer_codes(question, odds)[:replicates]
            codes = np.resize(drawn, state.size)
        if rows:
            table = codes.reshape(-1, replicates)
            table[list(rows)] = np.array(list(rows.values()), dtype=np.int32)[:, None]
        return codes if applies is True else np.where(applies, codes, np.int32(0))
