"""Whether the questions that are left can still turn the pick: proved, estimated, or open.

The proof is by branch and bound over the finite answers. At a node, every rule that may hold is
taken at its worst for the pick in every draw (for the pick: silent; against it: full strength), and
every pattern of emphases that may hold is tried. If the pick comes first even so, no completion
below the node can turn it; otherwise the most telling open question is split.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np

from advisor.decision.appraisal import (
    Appraisal,
    Excluded,
    answer_state,
    exclusions,
    lead_of,
    rule_truths,
)
from advisor.decision.compiled import Compiled, Truths, mask_of
from advisor.decision.constants import SETTLED_ESTIMATE, SETTLED_NODES
from advisor.decision.doubt import AnswersOnly
from advisor.decision.draws import Draws
from advisor.decision.next_step import Worth
from advisor.decision.readings import Readings, drawn_support
from advisor.decision.strength import ceiling
from advisor.decision.values import Pair, average, score, total_difference
from advisor.decision.weights import draw_weights
from advisor.model.answers import Answers
from advisor.model.candidate import Candidate
from advisor.model.decision import Settled, SettledHow
from advisor.model.rulebase import Question, QuestionKind

_MOST_PATTERNS = 8
_MOST_OPTIONS = 5


def settled(
    appraisal: Appraisal,
    by_answers: AnswersOnly,
    worths: Mapping[str, Worth],
    framework: Candidate,
    few: Draws,
) -> Settled:
    """Whether completing the answers can name the other candidate than `framework`.

    Args:
        appraisal: the decision as it stands.
        by_answers: what the open answers alone do.
        worths: worth of every open question; the most telling is split first.
        framework: the pick.
        few: fewer draws, for a look before the proof with all.
    """
    remaining = remaining_questions(appraisal)
    if not remaining:
        return Settled(SettledHow.PROVED, (), 0.0)
    sign = 1.0 if framework is Candidate.PYTORCH else -1.0
    lead = np.where(by_answers.gate == 0.0, by_answers.difference, by_answers.gate)
    chance = float(np.mean(sign * lead < 0.0))
    if chance > SETTLED_ESTIMATE or sign * (appraisal.acceptability - 0.5) <= 0.0:
        return Settled(SettledHow.OPEN, remaining, chance)
    order = sorted(remaining, key=lambda key: (-worths[key].spread if key in worths else 0.0, key))
    proof = _Proof(appraisal, few, sign, order)
    how = SettledHow.PROVED if proof.holds() else SettledHow.ESTIMATED
    return Settled(how, remaining, 0.0 if how is SettledHow.PROVED else chance)


def remaining_questions(appraisal: Appraisal) -> tuple[str, ...]:
    """Open questions that apply or may apply, in the order of the questionnaire."""
    answered = appraisal.answers.chosen
    return tuple(
        question.id
        for question in appraisal.compiled.rule_base.questions
        if not isinstance(appraisal.state.codes[question.id], int)
        and not mask_of(question, answered.get(question.id, frozenset()))
    )


class _Proof:
    """One search for a proof, with a fixed number of nodes."""

    def __init__(self, appraisal: Appraisal, few: Draws, sign: float, order: Sequence[str]) -> None:
        self._answers = appraisal.answers
        self._compiled: Compiled = appraisal.compiled
        self._draws: Draws = appraisal.draws
        self._few = few
        self._readings: Readings = appraisal.readings
        self._sign = sign
        self._order = order
        self._nodes = 0

    def holds(self) -> bool:
        """Whether a proof was found within the number of nodes."""
        return self._covered(dict(self._answers.chosen))

    def _covered(self, chosen: dict[str, frozenset[str]]) -> bool:
        if self._nodes >= SETTLED_NODES:
            return False
        self._nodes += 1
        # A look with few draws spares most of the work where the bound fails.
        if self._bounded(chosen, self._few) and self._bounded(chosen, self._draws):
            return True
        state = answer_state(self._compiled, Answers(chosen), self._few)
        for key in self._order:
            question = self._compiled.rule_base.question_by_id[key]
            is_open = key not in chosen and not isinstance(state.codes[key], int)
            if is_open and _splittable(question):
                return all(
                    self._covered({**chosen, key: frozenset({option})})
                    for option in question.option_ids
                )
        return False

    def _bounded(self, chosen: dict[str, frozenset[str]], draws: Draws) -> bool:
        """The pick comes first at its worst, whatever the open answers are."""
        state = answer_state(self._compiled, Answers(chosen), draws)
        gates = [gate.known and gate.when.truth(state) for gate in self._compiled.gates]
        excluded = exclusions(self._compiled, gates)
        mine, theirs = (
            (excluded.pytorch, excluded.tensorflow)
            if self._sign > 0
            else (excluded.tensorflow, excluded.pytorch)
        )
        if theirs is True and mine is False:
            return True
        if mine is not False and theirs is not True:
            return False
        patterns = _patterns([item.when.truth(state) for item in self._compiled.emphases])
        if patterns is None:
            return False
        holds = rule_truths(self._compiled, self._readings, state)
        scores = score(self._compiled, self._worst(holds, draws))
        for pattern in patterns:
            weights = draw_weights(self._compiled, pattern, self._answers.priorities, draws)
            total = np.atleast_2d(np.asarray(total_difference(weights.drawn, scores)))
            lead = lead_of(total, Excluded(pytorch=False, tensorflow=False))
            if self._sign * average(lead) <= 0.0:
                return False
        return True

    def _worst(self, holds: Sequence[Truths], draws: Draws) -> list[Pair | None]:
        """Supports with everything open at its worst for the pick, in every draw."""
        supports: list[Pair | None] = []
        for rule, reading, truth in zip(
            self._compiled.rules, self._readings.rules, holds, strict=True
        ):
            favours = rule.rule.favours
            certain = truth is True
            if truth is False:
                supports.append(None)
            elif reading.ratio is not None:
                one, two = drawn_support(reading.ratio, ceiling(rule.rule.strength), draws)
                if not certain:
                    one, two = (0.0 * one, two) if self._sign > 0 else (one, 0.0 * two)
                supports.append((one, two))
            elif reading.interval is not None and favours is not None:
                for_pick = (favours is Candidate.PYTORCH) == (self._sign > 0)
                bounds = reading.interval
                drawn = draws.between(bounds.low, bounds.high, "rule", rule.rule.id)
                if for_pick and not certain:
                    supports.append(None)
                else:
                    supports.append((drawn, 0.0) if favours is Candidate.PYTORCH else (0.0, drawn))
            else:
                supports.append(None)
        return supports


def _patterns(truths: Sequence[Truths]) -> Iterator[list[Truths]] | None:
    """Every way the open emphases can turn out; None when there are too many."""
    unknown = [place for place, truth in enumerate(truths) if not isinstance(truth, bool)]
    if 2 ** len(unknown) > _MOST_PATTERNS:
        return None

    def each() -> Iterator[list[Truths]]:
        for values in product((False, True), repeat=len(unknown)):
            pattern = list(truths)
            for place, value in zip(unknown, values, strict=True):
                pattern[place] = value
            yield pattern

    return each()


def _splittable(question: Question) -> bool:
    """Its answers are few enough to be tried one by one."""
    if question.kind is QuestionKind.MULTI and not all(o.exclusive for o in question.options):
        return False
    return len(question.options) <= _MOST_OPTIONS
