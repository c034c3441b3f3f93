"""Checks of the questionnaire: everything asked must be read, every option must matter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from advisor.model.condition import (
    ALWAYS,
    All,
    AnyOf,
    Atom,
    Condition,
    Not,
    atoms,
    questions_of,
)
from advisor.model.rulebase import (
    Emphasiser,
    Gate,
    Notice,
    Question,
    QuestionKind,
    Rule,
    RuleBase,
)
from advisor.rulebase.findings import Finding, Level
from advisor.rulebase.satisfy import Satisfier

READ_ELSEWHERE = frozenset({"target_machine"})
"""Questions that the program itself reads: how measurements count."""
NEVER: Condition = AnyOf(())


def conditional_entries(
    rule_base: RuleBase,
) -> Iterator[Rule | Gate | Emphasiser | Notice]:
    """Everything that has a condition, except questions."""
    yield from rule_base.rules
    yield from rule_base.gates
    yield from rule_base.emphases
    yield from rule_base.notices


def all_conditions(rule_base: RuleBase) -> Iterator[Condition]:
    """Every condition, those of questions included."""
    for entry in conditional_entries(rule_base):
        yield entry.when
    for question in rule_base.questions:
        yield question.ask_when


def check_questions(rule_base: RuleBase, satisfier: Satisfier) -> Iterator[Finding]:
    """Questions never asked or never read, options that nothing tells apart."""
    for question in rule_base.questions:
        if not satisfier.possible(question.ask_when):
            yield Finding(
                "never-asked",
                Level.ERROR,
                question.id,
                "No answer set makes this question apply.",
                question.origin,
            )
    yield from _unread(rule_base)
    yield from _alike(rule_base, satisfier)


def _unread(rule_base: RuleBase) -> Iterator[Finding]:
    scoring = [
        *(rule.when for rule in rule_base.rules),
        *(gate.when for gate in rule_base.gates),
        *(emphasis.when for emphasis in rule_base.emphases),
    ]
    read = _read_by(all_conditions(rule_base)) | READ_ELSEWHERE
    moves = _read_by(scoring) | READ_ELSEWHERE
    branches = _read_by(question.ask_when for question in rule_base.questions)
    for question in rule_base.questions:
        if question.id not in read:
            yield Finding(
                "unread-question",
                Level.ERROR,
                question.id,
                "No rule, gate, emphasis or notice reads it.",
                question.origin,
            )
        elif question.id not in moves | branches:
            yield Finding(
                "question-moves-nothing",
                Level.WARNING,
                question.id,
                "Only notices read it, so it cannot change a verdict.",
                question.origin,
            )


def _read_by(conditions: Iterable[Condition]) -> frozenset[str]:
    return frozenset[str]().union(*(questions_of(condition) for condition in conditions))


def _alike(rule_base: RuleBase, satisfier: Satisfier) -> Iterator[Finding]:
    """Groups of options between which no condition can tell: the user chooses, nothing follows."""
    readers: dict[str, list[Condition]] = defaultdict(list)
    for condition in all_conditions(rule_base):
        for id_ in questions_of(condition):
            readers[id_].append(condition)
    for question in rule_base.questions:
        if question.id in READ_ELSEWHERE or not readers[question.id]:
            continue
        groups: list[list[str]] = []
        for option in question.option_ids:
            for group in groups:
                if not _told_apart(question, group[0], option, readers[question.id], satisfier):
                    group.append(option)
                    break
            else:
                groups.append([option])
        for group in groups:
            if len(group) > 1:
                yield Finding(
                    "options-not-told-apart",
                    Level.WARNING,
                    f"{question.id}/{'+'.join(group)}",
                    "Whatever else is answered, no condition tells these options apart.",
                    question.origin,
                    {question.id: group[:1]},
                )


def _told_apart(
    question: Question, one: str, other: str, readers: list[Condition], satisfier: Satisfier
) -> bool:
    """Whether some condition can hold with one option and fail with the other, all else equal."""
    return any(
        satisfier.possible(All((question.ask_when, _differs(question, one, other, condition))))
        for condition in readers
        if any(
            atom.question == question.id and (one in atom.options) != (other in atom.options)
            for atom in atoms(condition)
        )
    )


def _differs(question: Question, one: str, other: str, condition: Condition) -> Condition:
    """Holds where `one` is chosen, and `condition` is another with `other` in its place.

    In a multi question, options chosen beside it stay; they are never the other of the two.
    """
    every = frozenset(question.option_ids)
    pair = frozenset({one, other})
    alone = _swapped(question, one, other, condition, frozenset())
    if question.kind is not QuestionKind.MULTI:
        return All((Atom(question.id, frozenset({one})), alone))
    chosen = Atom(question.id, frozenset({one}))
    exclusive = {option.id for option in question.options if option.exclusive}
    rest = every - pair - exclusive
    nothing_else = Not(Atom(question.id, every - {one}))
    ways: list[Condition] = [All((nothing_else, alone))]
    if rest and not pair & exclusive:
        ways.append(
            All(
                (
                    Atom(question.id, rest),
                    Not(Atom(question.id, every - rest - {one})),
                    _swapped(question, one, other, condition, rest),
                )
            )
        )
    return All((chosen, AnyOf(tuple(ways))))


def _swapped(
    question: Question, one: str, other: str, condition: Condition, rest: frozenset[str]
) -> Condition:
    return _unequal(*(_with(condition, question.id, pick, rest) for pick in (one, other)))


def _unequal(one: Condition, other: Condition) -> Condition:
    return AnyOf((All((one, Not(other))), All((Not(one), other))))


def _with(condition: Condition, question: str, pick: str, rest: frozenset[str]) -> Condition:
    """`condition` when `pick` is chosen; options in `rest` may be chosen beside it."""
    match condition:
        case Atom(read, options) if read == question:
            if pick in options:
                return ALWAYS
            left = options & rest
            return Atom(question, left) if left else NEVER
        case Atom():
            return condition
        case All(parts):
            return All(tuple(_with(part, question, pick, rest) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_with(part, question, pick, rest) for part in parts))
        case Not(part):
            return Not(_with(part, question, pick, rest))
