"""The rule base made ready for arithmetic: questions as bit masks, conditions as trees over them.

An answer to a question is an integer with one bit per option; an atom is `code & mask != 0`. A code
is a plain integer where the answer is known and an array with one code per draw where it is not,
so one walk over a condition gives a truth value or one truth value per draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from advisor.decision.applicability import dependency_order
from advisor.decision.strength import Interval, rule_interval
from advisor.model.candidate import Candidate
from advisor.model.condition import All, AnyOf, Atom, Condition, Not, questions_of
from advisor.model.rulebase import Emphasiser, Evidence, Gate, Notice, Question, Rule, RuleBase

Bools = NDArray[np.bool_]
Truths = bool | Bools
"""Known to hold, known not to, or one value per draw."""
Code = int | NDArray[np.int32]


class State:
    """The answers as codes, one per question; atoms are worked out once.

    Attributes:
        size: number of draws where codes are arrays.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.codes: dict[str, Code] = {}
        self._atoms: dict[tuple[str, int], Truths] = {}

    def atom(self, question: str, mask: int) -> Truths:
        """Whether the answer to `question` holds an option of `mask`."""
        code = self.codes.get(question, 0)
        if isinstance(code, int):
            return code & mask != 0
        key = (question, mask)
        truth = self._atoms.get(key)
        if truth is None:
            truth = (code & mask) != 0
            self._atoms[key] = truth
        return truth


@dataclass(frozen=True, slots=True)
class AtomNode:
    """`code & mask != 0`."""

    question: str
    mask: int

    def truth(self, state: State) -> Truths:
        """Its truth in `state`."""
        return state.atom(self.question, self.mask)


@dataclass(frozen=True, slots=True)
class FoldNode:
    """And (decisive is False) or or (decisive is True) of its parts."""

    parts: tuple[Node, ...]
    decisive: bool

    def truth(self, state: State) -> Truths:
        """Its truth in `state`; parts that are known decide before arrays are touched."""
        drawn: list[Bools] = []
        for part in self.parts:
            truth = part.truth(state)
            if isinstance(truth, bool):
                if truth is self.decisive:
                    return truth
            else:
                drawn.append(truth)
        if not drawn:
            return not self.decisive
        folded = drawn[0]
        for truth in drawn[1:]:
            folded = (folded | truth) if self.decisive else (folded & truth)
        return folded


@dataclass(frozen=True, slots=True)
class NotNode:
    """The part does not hold."""

    part: Node

    def truth(self, state: State) -> Truths:
        """Its truth in `state`."""
        truth = self.part.truth(state)
        return not truth if isinstance(truth, bool) else ~truth


Node = AtomNode | FoldNode | NotNode


def mask_of(question: Question, options: Sequence[str] | frozenset[str]) -> int:
    """The bits of `options`; options the question does not have are ignored."""
    if not options:
        return 0
    return sum(1 << place for place, one in enumerate(question.options) if one.id in options)


def compile_condition(condition: Condition, questions: Mapping[str, Question]) -> Node:
    """`condition` over bit masks. A question that does not exist never holds anything."""
    match condition:
        case Atom(question_id, options):
            question = questions.get(question_id)
            return AtomNode(question_id, mask_of(question, options) if question else 0)
        case All(parts):
            return FoldNode(tuple(compile_condition(p, questions) for p in parts), decisive=False)
        case AnyOf(parts):
            return FoldNode(tuple(compile_condition(p, questions) for p in parts), decisive=True)
        case Not(part):
            return NotNode(compile_condition(part, questions))


@dataclass(frozen=True, slots=True)
class CompiledQuestion:
    """A question and when it applies."""

    question: Question
    ask_when: Node


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its condition and its strength on the day of the decision."""

    rule: Rule
    when: Node
    interval: Interval | None
    """None: nothing it rests on was known on that day, so it is silent."""
    criterion: int
    topic: int
    questions: tuple[str, ...]
    """The questions it reads, sorted."""


@dataclass(frozen=True, slots=True)
class CompiledGate:
    """A gate and its condition; `known` is False before its evidence existed."""

    gate: Gate
    when: Node
    known: bool


@dataclass(frozen=True, slots=True)
class CompiledEmphasis:
    """An emphasis, its condition, and the place of its criterion."""

    emphasis: Emphasiser
    when: Node
    criterion: int


@dataclass(frozen=True, slots=True)
class CompiledNotice:
    """A notice and its condition."""

    notice: Notice
    when: Node


@dataclass(frozen=True)
class Compiled:
    """A rule base on one day."""

    rule_base: RuleBase
    as_of: date
    questions: tuple[CompiledQuestion, ...]
    """In an order in which each question comes after those it depends on."""
    rules: tuple[CompiledRule, ...]
    topics: tuple[tuple[int, tuple[int, ...]], ...]
    """Criterion and rules of every topic of a criterion, sorted by name."""
    gates: tuple[CompiledGate, ...]
    emphases: tuple[CompiledEmphasis, ...]
    notices: tuple[CompiledNotice, ...]

    @property
    def criterion_ids(self) -> tuple[str, ...]:
        """Ids in the order of the vocabulary."""
        return tuple(criterion.id for criterion in self.rule_base.criteria)


def compile_rule_base(rule_base: RuleBase, as_of: date) -> Compiled:
    """Prepare `rule_base` for decisions on the day `as_of`."""
    by_id = rule_base.question_by_id
    places = {criterion.id: place for place, criterion in enumerate(rule_base.criteria)}
    rules = sorted(rule_base.rules, key=lambda rule: rule.id)
    names = sorted({(rule.criterion, rule.topic) for rule in rules})
    topic_of = {name: place for place, name in enumerate(names)}
    members: list[list[int]] = [[] for _ in names]
    compiled: list[CompiledRule] = []
    for place, rule in enumerate(rules):
        topic = topic_of[rule.criterion, rule.topic]
        members[topic].append(place)
        compiled.append(
            CompiledRule(
                rule=rule,
                when=compile_condition(rule.when, by_id),
                interval=rule_interval(rule, rule_base.evidence, as_of),
                criterion=places[rule.criterion],
                topic=topic,
                questions=tuple(sorted(questions_of(rule.when))),
            )
        )
    return Compiled(
        rule_base=rule_base,
        as_of=as_of,
        questions=tuple(
            CompiledQuestion(question, compile_condition(question.ask_when, by_id))
            for question in dependency_order(rule_base.questions)
        ),
        rules=tuple(compiled),
        topics=tuple(
            (places[name[0]], tuple(group)) for name, group in zip(names, members, strict=True)
        ),
        gates=tuple(
            CompiledGate(
                gate,
                compile_condition(gate.when, by_id),
                known=_existed(gate.evidence, rule_base.evidence, as_of),
            )
            for gate in sorted(rule_base.gates, key=lambda gate: gate.id)
        ),
        emphases=tuple(
            CompiledEmphasis(item, compile_condition(item.when, by_id), places[item.criterion])
            for item in sorted(rule_base.emphases, key=lambda item: item.id)
        ),
        notices=tuple(
            CompiledNotice(notice, compile_condition(notice.when, by_id))
            for notice in sorted(rule_base.notices, key=lambda notice: notice.id)
        ),
    )


def _existed(ids: Sequence[str], evidence: Mapping[str, Evidence], as_of: date) -> bool:
    return any(key in evidence and evidence[key].as_of <= as_of for key in ids)


def sides(favours: Candidate) -> int:
    """Place of a candidate in pairs: 0 for PyTorch, 1 for TensorFlow."""
    return 0 if favours is Candidate.PYTORCH else 1
