"""The complete check of a rule base: what can never happen, never matter, or no longer holds.

Complete because every domain is finite: "never" is the result of an exhaustive search
(`satisfy`), and what can happen is shown by an answer set.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from advisor.model.candidate import Candidate
from advisor.model.condition import All, AnyOf, Not
from advisor.model.rulebase import Gate, Rule, RuleBase, Strength
from advisor.rulebase.check_content import check_content
from advisor.rulebase.check_questions import check_questions, conditional_entries
from advisor.rulebase.findings import Finding, Level
from advisor.rulebase.inert import (
    decided_by_gates,
    excluded_by_gates,
    without_witness,
)
from advisor.rulebase.satisfy import Satisfier, shown

_RANK = {Strength.WEAK: 0, Strength.MODERATE: 1, Strength.STRONG: 2}


def check_rule_base(rule_base: RuleBase, *, as_of: date, witnesses: bool = False) -> list[Finding]:
    """Every finding, errors first, then by file and line.

    Args:
        rule_base: what to check.
        as_of: the day on which evidence is judged.
        witnesses: also look, for every rule, for an answer set whose verdict it changes. Takes
            some ten milliseconds per rule and trial.
    """
    satisfier = Satisfier(rule_base.questions)
    findings = [
        *_never_fire(rule_base, satisfier),
        *_shadowed(rule_base, satisfier),
        *_gates(rule_base, satisfier),
        *_never_said(rule_base, satisfier),
        *decided_by_gates(rule_base, satisfier),
        *check_questions(rule_base, satisfier),
        *check_content(rule_base, satisfier, as_of),
    ]
    if witnesses:
        proved = {one.about for one in findings if one.check in PROVED_INERT}
        findings += [
            one
            for one in without_witness(rule_base, satisfier, as_of=as_of)
            if one.about not in proved
        ]
    order = list(Level)
    return sorted(
        findings,
        key=lambda one: (order.index(one.level), one.origin.file, one.origin.line, one.about),
    )


PROVED_INERT = frozenset({"never-fires", "shadowed", "decided-by-gates"})
"""Checks that prove that a rule changes no verdict, so that no witness need be looked for."""


def _never_fire(rule_base: RuleBase, satisfier: Satisfier) -> Iterator[Finding]:
    for entry in conditional_entries(rule_base):
        if not satisfier.possible(entry.when):
            yield Finding(
                "never-fires",
                Level.ERROR,
                entry.id,
                "No answer set makes its condition hold.",
                entry.origin,
            )


def _shadowed(rule_base: RuleBase, satisfier: Satisfier) -> Iterator[Finding]:
    """A rule that holds only where rules at least as strong hold adds nothing, ever."""
    groups = defaultdict(list)
    for rule in rule_base.rules:
        groups[rule.criterion, rule.topic, rule.favours].append(rule)
    for rules in groups.values():
        for rule in rules:
            stronger = [other for other in rules if _covers(other, rule)]
            if not stronger or satisfier.find(rule.when) is None:
                continue
            uncovered = All((rule.when, *(Not(other.when) for other in stronger)))
            if not satisfier.possible(uncovered):
                names = ", ".join(other.id for other in stronger)
                yield Finding(
                    "shadowed",
                    Level.ERROR,
                    rule.id,
                    f"Wherever it holds, a rule at least as strong holds on the same topic: {names}.",
                    rule.origin,
                    shown(satisfier.find(All((rule.when, AnyOf(tuple(o.when for o in stronger)))))),
                )


def _covers(other: Rule, rule: Rule) -> bool:
    """Whether `other`, where both hold, leaves `rule` without effect."""
    if other.id == rule.id or other.measured_by != rule.measured_by:
        return False
    if _RANK[other.strength] != _RANK[rule.strength]:
        return _RANK[other.strength] > _RANK[rule.strength]
    return other.id < rule.id


def _gates(rule_base: RuleBase, satisfier: Satisfier) -> Iterator[Finding]:
    for gate in rule_base.gates:
        if not satisfier.possible(Not(gate.when)):
            yield Finding(
                "gate-always-holds",
                Level.ERROR,
                gate.id,
                "It holds whatever is answered.",
                gate.origin,
            )
        for other in rule_base.gates:
            if gate.excludes is Candidate.PYTORCH and other.excludes is Candidate.TENSORFLOW:
                yield from _gate_pair(gate, other, satisfier)


def _gate_pair(gate: Gate, other: Gate, satisfier: Satisfier) -> Iterator[Finding]:
    both = satisfier.find(All((gate.when, other.when)))
    if both is None:
        return
    always = (
        satisfier.find(All((gate.when, Not(other.when)))) is None
        or satisfier.find(All((other.when, Not(gate.when)))) is None
    )
    yield Finding(
        "gates-contradict",
        Level.ERROR if always else Level.NOTE,
        f"{gate.id}+{other.id}",
        "One of these gates never holds without the other: nothing would be left to recommend."
        if always
        else "Both can hold at once; the verdict then says what to relax.",
        gate.origin,
        shown(both),
    )


def _never_said(rule_base: RuleBase, satisfier: Satisfier) -> Iterator[Finding]:
    """Notices for one candidate that hold only where gates exclude that candidate alone."""
    for notice in rule_base.notices:
        if notice.candidate is None or satisfier.find(notice.when) is None:
            continue
        own = excluded_by_gates(rule_base, notice.candidate)
        other = excluded_by_gates(rule_base, notice.candidate.other)
        possible = All((notice.when, AnyOf((Not(own), other))))
        if not satisfier.possible(possible):
            yield Finding(
                "never-said",
                Level.ERROR,
                notice.id,
                f"Wherever it holds, gates exclude {notice.candidate.label}.",
                notice.origin,
                shown(satisfier.find(notice.when)),
            )
