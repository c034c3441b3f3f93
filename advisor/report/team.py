"""Several people's answers: what they agree on counts, what they dispute stays open.

Nothing is averaged. A point that only some have answered is agreed on; a point answered
differently is disputed, and the report shows those disputes that can turn the verdict, with who
holds what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from advisor.model.answers import Answers, Priorities
from advisor.model.candidate import Candidate
from advisor.report.parts import DecisionDocument, DisputePart, MemberPart, TeamPart
from advisor.report.replay import measurements_of

if TYPE_CHECKING:
    from advisor.decision.engine import Engine
    from advisor.model.measurement import Measurements
    from advisor.model.rulebase import RuleBase

PRIORITIES = "priorities"
"""Stands for the priorities where question ids stand otherwise."""
MOST_COMBINATIONS = 512
"""Above this, every disputed point is tried by itself instead of in all combinations: a
decision takes a few milliseconds, and nobody waits for minutes."""


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a team and what they answered."""

    name: str
    answers: Answers


Point = frozenset[str] | Priorities
"""What somebody holds on one point: options, or priorities."""


@dataclass(frozen=True, slots=True)
class Merged:
    """Answers agreed on, and what is held on each disputed point, by name."""

    agreed: Answers
    disputed: Mapping[str, Mapping[str, Point]]


def merge(rule_base: RuleBase, members: Sequence[Member]) -> Merged:
    """What the members agree on, and what not, in the order of the questionnaire."""
    chosen: dict[str, frozenset[str]] = {}
    disputed: dict[str, Mapping[str, Point]] = {}
    for question in rule_base.questions:
        held = {
            one.name: one.answers.chosen[question.id]
            for one in members
            if question.id in one.answers.chosen
        }
        if len(set(held.values())) == 1:
            chosen[question.id] = next(iter(held.values()))
        elif held:
            disputed[question.id] = held
    stated = {
        one.name: one.answers.priorities
        for one in members
        if one.answers.priorities.rank or one.answers.priorities.swings
    }
    distinct = list(stated.values())
    agreed = distinct[0] if distinct and all(one == distinct[0] for one in distinct) else None
    if distinct and agreed is None:
        disputed[PRIORITIES] = stated
    return Merged(Answers(chosen, agreed or Priorities()), disputed)


def team_part(
    engine: Engine,
    merged: Merged,
    names: Sequence[str],
    measurements: Measurements | None = None,
) -> TeamPart:
    """Who would decide what, and which disputes can turn the verdict.

    Args:
        engine: decides.
        merged: from `merge`.
        names: of the members, in their order.
        measurements: the probe that counts for all of them.
    """
    trial = _Trial(engine, merged, measurements)
    turning, exhaustive = trial.turning(names)
    swings: dict[str, dict[str, int]] = {}
    for name, stated in merged.disputed.get(PRIORITIES, {}).items():
        if isinstance(stated, Priorities) and stated.swings:
            swings[name] = dict(stated.swings)
    return TeamPart(
        members=tuple(trial.member(name) for name in names),
        disputes=tuple(
            DisputePart(
                question=point,
                held={name: _listed(held.get(name), engine, point) for name in names},
                matters=point in turning,
                outcomes={name: trial.verdict({point: value}) for name, value in held.items()},
            )
            for point, held in merged.disputed.items()
        ),
        exhaustive=exhaustive,
        swings=swings,
    )


def team_again(
    team: TeamPart,
    rule_base: RuleBase,
    agreed: Answers,
    document: DecisionDocument,
    *,
    as_of: date,
) -> TeamPart:
    """The same part, computed again from who holds what."""
    from advisor.decision.engine import Engine

    disputed: dict[str, Mapping[str, Point]] = {}
    for one in team.disputes:
        if one.question == PRIORITIES:
            disputed[PRIORITIES] = {
                name: Priorities((), team.swings[name]) if name in team.swings else Priorities(rank)
                for name, rank in one.held.items()
                if rank
            }
        elif one.question in rule_base.question_by_id:
            disputed[one.question] = {
                name: frozenset(options) for name, options in one.held.items() if options
            }
    engine = Engine(rule_base, as_of, samples=document.method.samples)
    names = [one.name for one in team.members]
    return team_part(engine, Merged(agreed, disputed), names, measurements_of(document))


def _listed(value: Point | None, engine: Engine, point: str) -> tuple[str, ...]:
    """What somebody holds, in a stable order."""
    if value is None:
        return ()
    if isinstance(value, Priorities):
        if value.rank:
            return value.rank
        return tuple(sorted(value.swings, key=lambda name: (-value.swings[name], name)))
    order = engine.rule_base.question_by_id[point].option_ids
    return tuple(option for option in order if option in value)


class _Trial:
    """Tries out what would be decided if disputes went one way or another."""

    def __init__(self, engine: Engine, merged: Merged, measurements: Measurements | None) -> None:
        self._engine = engine
        self._merged = merged
        self._measurements = measurements

    def _answers(self, settled: Mapping[str, Point]) -> Answers:
        chosen = dict(self._merged.agreed.chosen)
        priorities = self._merged.agreed.priorities
        for point, value in settled.items():
            if isinstance(value, Priorities):
                priorities = value
            else:
                chosen[point] = value
        return Answers(chosen, priorities)

    def verdict(self, settled: Mapping[str, Point]) -> Candidate:
        """The framework named when these points are settled and the others stay open."""
        return self._engine.balance(self._answers(settled), self._measurements).framework

    def _held_by(self, name: str) -> dict[str, Point]:
        return {point: held[name] for point, held in self._merged.disputed.items() if name in held}

    def member(self, name: str) -> MemberPart:
        """What somebody's own answers give, with what all agree on."""
        balance = self._engine.balance(self._answers(self._held_by(name)), self._measurements)
        return MemberPart(
            name,
            balance.framework,
            balance.verdict_class,
            balance.acceptability[balance.framework],
        )

    def turning(self, names: Sequence[str]) -> tuple[set[str], bool]:
        """The points that can turn the verdict, and whether all combinations were tried.

        A point can turn it when two of the values held give different frameworks, the other
        points being settled in some way that somebody holds, or left open.
        """
        ways: dict[str, list[Point | None]] = {
            point: [None, *_distinct(list(held.values()))]
            for point, held in self._merged.disputed.items()
        }
        if prod(len(values) for values in ways.values()) <= MOST_COMBINATIONS:
            return self._in_all_combinations(ways), True
        starts: list[dict[str, Point]] = [{}, *(self._held_by(name) for name in names)]
        found = {
            point
            for point, values in ways.items()
            for start in starts
            if len({self.verdict({**start, point: one}) for one in values if one is not None}) > 1
        }
        return found, False

    def _in_all_combinations(self, ways: Mapping[str, list[Point | None]]) -> set[str]:
        points = list(ways)
        verdicts: dict[tuple[int, ...], Candidate] = {}
        for choice in product(*(range(len(ways[point])) for point in points)):
            settled = {
                point: value
                for point, index in zip(points, choice, strict=True)
                if (value := ways[point][index]) is not None
            }
            verdicts[choice] = self.verdict(settled)
        return {
            point
            for place, point in enumerate(points)
            for choice, verdict in verdicts.items()
            if choice[place] and verdicts[(*choice[:place], 1, *choice[place + 1 :])] is not verdict
        }


def _distinct(values: list[Point]) -> list[Point]:
    found: list[Point] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found
