"""Can a rule change a verdict at all? Proved where it can be, else by looking for a witness.

A witness is an answer set whose verdict (candidate or class) is another one when the rule is
silent. Finding one settles the matter. Not finding one among the sets tried is no proof, and the
finding says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from advisor.decision.applicability import effective_answers
from advisor.decision.appraisal import appraise
from advisor.decision.compiled import Compiled, compile_rule_base
from advisor.decision.draws import Draws
from advisor.decision.verdict import Balance, weigh
from advisor.model.answers import Answers, Priorities
from advisor.model.candidate import Candidate
from advisor.model.condition import All, AnyOf, Condition, Not, evaluate
from advisor.model.decision import LEAN_FROM, RECOMMEND_FROM
from advisor.model.rulebase import Emphasiser, Rule, RuleBase, Strength
from advisor.rulebase.findings import Finding, Level
from advisor.rulebase.sampling import sample_answer_sets
from advisor.rulebase.satisfy import Satisfier, shown

SAMPLES = 300
"""Draws per verdict: common to both sides of a comparison, so few will do."""
POOL = 240
"""Answer sets that every rule is tried on; the ones nearest to another verdict first."""
TRIES = 6
DIRECTED = 8
"""Answer sets made for one rule, when the pool has no witness."""
MOST_POINTS = 100
_RANK = {Strength.WEAK: 0, Strength.MODERATE: 1, Strength.STRONG: 2}
_EDGES = np.array(
    [1 - RECOMMEND_FROM, 1 - LEAN_FROM, 0.5, LEAN_FROM, RECOMMEND_FROM], dtype=np.float64
)
"""Acceptabilities of PyTorch at which the verdict is another one."""


@dataclass(frozen=True, slots=True)
class _Tried:
    answers: Answers
    balance: Balance

    @property
    def distance(self) -> float:
        """From the nearest other verdict."""
        return float(np.abs(_EDGES - self.share).min())

    @property
    def share(self) -> float:
        """The acceptability of PyTorch."""
        return self.balance.acceptability[Candidate.PYTORCH]


def decided_by_gates(rule_base: RuleBase, satisfier: Satisfier) -> Iterator[Finding]:
    """Rules that hold only where gates leave one candidate: proved to change nothing."""
    if not rule_base.gates:
        return
    left = gates_leave_both(rule_base)
    entries: list[Rule | Emphasiser] = [*rule_base.rules, *rule_base.emphases]
    for entry in entries:
        if not satisfier.possible(All((entry.when, left))):
            answers = satisfier.find(entry.when)
            if answers is not None:
                yield Finding(
                    "decided-by-gates",
                    Level.WARNING,
                    entry.id,
                    "Wherever it holds, a gate has decided already: it can never change a verdict.",
                    entry.origin,
                    shown(answers),
                )


def gates_leave_both(rule_base: RuleBase) -> Condition:
    """Holds where gates exclude neither candidate, or both: where scores decide."""
    sides = {side: excluded_by_gates(rule_base, side) for side in Candidate}
    one, two = sides[Candidate.PYTORCH], sides[Candidate.TENSORFLOW]
    return AnyOf((All((one, two)), All((Not(one), Not(two)))))


def excluded_by_gates(rule_base: RuleBase, side: Candidate) -> Condition:
    """Holds where some gate excludes `side`."""
    return AnyOf(tuple(gate.when for gate in rule_base.gates if gate.excludes is side))


def without_witness(rule_base: RuleBase, satisfier: Satisfier, *, as_of: date) -> list[Finding]:
    """Rules and emphases that changed no verdict that was tried."""
    search = _WitnessSearch(rule_base, satisfier, as_of)
    entries: list[Rule | Emphasiser] = [*search.speaking_rules(), *rule_base.emphases]
    found = []
    for entry in entries:
        tried = search.tried_in_vain(entry)
        if tried is not None:
            found.append(
                Finding(
                    "no-witness",
                    Level.NOTE,
                    entry.id,
                    f"None of the {tried} answer sets tried has another verdict without it; "
                    "that it never changes one is not proved.",
                    entry.origin,
                )
            )
    return found


class _WitnessSearch:
    def __init__(self, rule_base: RuleBase, satisfier: Satisfier, as_of: date) -> None:
        self._rule_base = rule_base
        self._satisfier = satisfier
        self._compiled = compile_rule_base(rule_base, as_of)
        self._draws = Draws(SAMPLES)
        self._rng = np.random.default_rng(0)
        sets = [_given(one) for one in sample_answer_sets(rule_base, POOL, self._rng)]
        tried = [_Tried(one, self._weigh(self._compiled, one)) for one in sets]
        self._pool = sorted(tried, key=lambda one: one.distance)

    def speaking_rules(self) -> Sequence[Rule]:
        """Rules that say something without a measurement on that day."""
        return [
            item.rule
            for item in self._compiled.rules
            if item.interval is not None and item.rule.favours is not None
        ]

    def tried_in_vain(self, entry: Rule | Emphasiser) -> int | None:
        """How many answer sets were tried; None when one of them is a witness."""
        silent = self._without(entry)
        tried = 0
        for one in self._candidates(entry):
            tried += 1
            if _verdict(self._weigh(silent, one.answers)) != _verdict(one.balance):
                return None
        return tried

    def _candidates(self, entry: Rule | Emphasiser) -> Iterator[_Tried]:
        """Answer sets in which the entry holds, from cheap to dear."""
        known = [one for one in self._pool if self._holds(entry, one.answers)]
        yield from known[:TRIES]
        directed = list(self._directed(entry))
        yield from directed
        for one in sorted(directed, key=lambda one: one.distance):
            yield from self._tilted(one)

    def _holds(self, entry: Rule | Emphasiser, answers: Answers) -> bool:
        return evaluate(entry.when, effective_answers(self._rule_base, answers)) is True

    def _directed(self, entry: Rule | Emphasiser) -> Iterator[_Tried]:
        """Further answer sets in which the entry holds and is not covered by a stronger rule.

        Its own questions are answered as it needs; the others are taken from the pool, or left
        open, which brings the verdict closer to the middle.
        """
        core = self._satisfier.find(All((entry.when, *self._not_covered(entry))))
        if core is None:
            return
        for answers in (
            _given(core),
            *(_given({**one.answers.chosen, **core}) for one in self._grounds(entry)),
        ):
            yield _Tried(answers, self._weigh(self._compiled, answers))

    def _grounds(self, entry: Rule | Emphasiser) -> list[_Tried]:
        """Answer sets to put the entry's own answers into: any, and for a rule as many that speak
        most for the other side, where it has something to turn."""
        places = self._rng.permutation(len(self._pool))[:DIRECTED]
        grounds = [self._pool[int(place)] for place in places]
        if isinstance(entry, Rule):
            sign = 1.0 if entry.favours is Candidate.PYTORCH else -1.0
            grounds += sorted(self._pool, key=lambda one: sign * one.share)[:DIRECTED]
        return grounds

    def _tilted(self, start: _Tried) -> Iterator[_Tried]:
        """The same answers with priorities that bring the verdict to where it turns.

        Points move from the criterion that speaks most for one candidate to the one that speaks
        most for the other; the acceptability follows them, so halving finds each edge.
        """
        shares = start.balance.contributions
        low, high = (pick(shares, key=lambda one: shares[one]) for pick in (min, max))
        if not shares[low] < 0 < shares[high]:
            return

        def at(points: int) -> _Tried:
            swings = dict.fromkeys(shares, MOST_POINTS // 2)
            swings |= {high: points, low: MOST_POINTS - points}
            answers = replace(start.answers, priorities=Priorities(swings=swings))
            return _Tried(answers, self._weigh(self._compiled, answers))

        for edge in _EDGES:
            below, above = 1, MOST_POINTS - 1
            if at(below).share >= edge or at(above).share < edge:
                continue
            while above - below > 1:
                middle = (below + above) // 2
                if at(middle).share < edge:
                    below = middle
                else:
                    above = middle
            yield from (at(points) for points in range(below - 1, above + 2))

    def _not_covered(self, entry: Rule | Emphasiser) -> list[Condition]:
        if isinstance(entry, Emphasiser):
            return []
        return [
            Not(other.when)
            for other in self._rule_base.rules
            if other.id != entry.id
            and (other.criterion, other.topic, other.favours)
            == (entry.criterion, entry.topic, entry.favours)
            and _RANK[other.strength] >= _RANK[entry.strength]
        ]

    def _without(self, entry: Rule | Emphasiser) -> Compiled:
        compiled = self._compiled
        if isinstance(entry, Emphasiser):
            kept = tuple(one for one in compiled.emphases if one.emphasis.id != entry.id)
            return replace(compiled, emphases=kept)
        rules = tuple(
            replace(one, interval=None) if one.rule.id == entry.id else one
            for one in compiled.rules
        )
        return replace(compiled, rules=rules)

    def _weigh(self, compiled: Compiled, answers: Answers) -> Balance:
        return weigh(appraise(compiled, self._draws, answers, None))


def _given(answers: Mapping[str, frozenset[str]]) -> Answers:
    """As a user would give them: nothing where a question does not apply."""
    return Answers({question: options for question, options in answers.items() if options})


def _verdict(balance: Balance) -> tuple[str, str]:
    return balance.framework.value, balance.verdict_class.value
