"""Many changed answer sets at once, with strengths and weights at their means: what to look into.

An estimate that orders candidates for a flip; whether one is a flip is decided in full elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from advisor.decision.appraisal import (
    Appraisal,
    exclusions,
    gate_direction,
    rule_supports,
    rule_truths,
)
from advisor.decision.compiled import Code, CompiledQuestion, State, mask_of
from advisor.decision.constants import FLIP_CHECKS, FLIP_REPLICATES, RESIDUAL_SCALE
from advisor.decision.draws import Floats
from advisor.decision.readings import mean_support
from advisor.decision.slices import head_truth
from advisor.decision.values import score, total_difference
from advisor.decision.verdict import Balance
from advisor.decision.weights import implied_shares
from advisor.model.candidate import Candidate
from advisor.model.rulebase import Question

_GATE_WEIGHT = 10.0
"""A gate outweighs any difference of totals."""
_CHUNK = 20_000
"""Answer sets looked at in one pass: bounds memory."""


@dataclass(frozen=True, slots=True)
class Move:
    """One question answered otherwise."""

    question: Question
    after: frozenset[str]
    mask: int


class Screen:
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
        holds = rule_truths(compiled, appraisal.readings, state)
        supports = rule_supports(
            compiled,
            appraisal.readings,
            holds,
            strengths=lambda _, bounds: bounds.mean,
            ratios=mean_support,
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
    ) -> Code:
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
