"""The complete check of a rule base: what can never happen, never matter, or no longer holds.

Complete because every domain is finite: "never" is the result of an exhaustive search
(`satisfy`), and what can happen is shown by an answer set.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from advisor.model.candidate import CANDIDATES, Candidate
from advisor.model.condition import All, AnyOf, Condition, Not, atoms, questions_of
from advisor.model.rulebase import (
    Emphasiser,
    Gate,
    Notice,
    Origin,
    Question,
    Rule,
    RuleBase,
    Strength,
)
from advisor.rulebase.findings import Finding, Level
from advisor.rulebase.satisfy import AnswerSet, Satisfier

READ_ELSEWHERE = frozenset({"target_machine"})
"""Questions that the program itself reads: how measurements count."""
_RANK = {Strength.WEAK: 0, Strength.MODERATE: 1, Strength.STRONG: 2}
_PRAISE = ("amazing", "superior", "best-in-class", "powerful", "elegant", "clumsy", "bloated",
           "outdated mess", "world-class", "awesome", "terrible")  # fmt: skip
"""Words that slant. A rule states what was answered and what follows."""


def check_rule_base(rule_base: RuleBase, *, as_of: date) -> list[Finding]:
    """Every finding, errors first, then by file and line."""
    satisfier = Satisfier(rule_base.questions)
    findings = [
        *_never_fire(rule_base, satisfier),
        *_shadowed(rule_base, satisfier),
        *_gates(rule_base, satisfier),
        *_unread_questions(rule_base),
        *_options_not_told_apart(rule_base),
        *_evidence(rule_base, as_of),
        *_one_sided(rule_base),
        *_wording(rule_base),
    ]
    order = list(Level)
    return sorted(
        findings,
        key=lambda one: (order.index(one.level), one.origin.file, one.origin.line, one.about),
    )


def shown(answers: AnswerSet | None) -> dict[str, list[str]]:
    """An answer set as plain sorted lists."""
    return {question: sorted(options) for question, options in (answers or {}).items()}


def conditional_entries(
    rule_base: RuleBase,
) -> Iterator[Rule | Gate | Emphasiser | Notice]:
    """Everything that has a condition, except questions."""
    yield from rule_base.rules
    yield from rule_base.gates
    yield from rule_base.emphases
    yield from rule_base.notices


def _never_fire(rule_base: RuleBase, satisfier: Satisfier) -> Iterator[Finding]:
    for entry in conditional_entries(rule_base):
        if satisfier.find(entry.when) is None:
            yield Finding(
                "never-fires",
                Level.ERROR,
                entry.id,
                "No answer set makes its condition hold.",
                entry.origin,
            )
    for question in rule_base.questions:
        if satisfier.find(question.ask_when) is None:
            yield Finding(
                "never-asked",
                Level.ERROR,
                question.id,
                "No answer set makes this question apply.",
                question.origin,
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
            if satisfier.find(uncovered) is None:
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
        if satisfier.find(Not(gate.when)) is None:
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


def _all_conditions(rule_base: RuleBase) -> Iterator[Condition]:
    for entry in conditional_entries(rule_base):
        yield entry.when
    for question in rule_base.questions:
        yield question.ask_when


def _unread_questions(rule_base: RuleBase) -> Iterator[Finding]:
    scoring = [
        *(rule.when for rule in rule_base.rules),
        *(gate.when for gate in rule_base.gates),
        *(emphasis.when for emphasis in rule_base.emphases),
    ]
    read = _read_by(_all_conditions(rule_base)) | READ_ELSEWHERE
    moves = _read_by(scoring)
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
        elif question.id not in moves | branches | READ_ELSEWHERE:
            yield Finding(
                "question-moves-nothing",
                Level.WARNING,
                question.id,
                "Only notices read it, so it cannot change a verdict.",
                question.origin,
            )


def _read_by(conditions: Iterable[Condition]) -> frozenset[str]:
    return frozenset[str]().union(*(questions_of(condition) for condition in conditions))


def _options_not_told_apart(rule_base: RuleBase) -> Iterator[Finding]:
    """Options that every condition treats alike: the user chooses, and nothing follows."""
    sets = defaultdict(set)
    for condition in _all_conditions(rule_base):
        for atom in atoms(condition):
            sets[atom.question].add(atom.options)
    for question in rule_base.questions:
        if question.id in READ_ELSEWHERE or question.id not in sets:
            continue
        alike = defaultdict(list)
        for option in question.options:
            signature = frozenset(one for one in sets[question.id] if option.id in one)
            alike[signature].append(option.id)
        for names in alike.values():
            if len(names) > 1:
                yield _alike(question, names)


def _alike(question: Question, names: list[str]) -> Finding:
    return Finding(
        "options-not-told-apart",
        Level.WARNING,
        f"{question.id}/{'+'.join(names)}",
        "No condition tells these options apart.",
        question.origin,
        {question.id: names[:1]},
    )


def _evidence(rule_base: RuleBase, as_of: date) -> Iterator[Finding]:
    cited = Counter[str]()
    scoring: list[Rule | Gate] = [*rule_base.rules, *rule_base.gates]
    citing: list[Rule | Gate | Notice] = [*scoring, *rule_base.notices]
    for entry in citing:
        cited.update(entry.evidence)
    for rule in scoring:
        expired = [one for one in rule.evidence if rule_base.evidence[one].expires <= as_of]
        if expired and len(expired) == len(rule.evidence):
            yield Finding(
                "evidence-expired",
                Level.WARNING,
                rule.id,
                f"All its evidence has expired: {', '.join(expired)}.",
                rule.origin,
            )
    for evidence in rule_base.evidence.values():
        if not cited[evidence.id]:
            yield Finding(
                "evidence-unused",
                Level.NOTE,
                evidence.id,
                "No rule, gate or notice cites it.",
                evidence.origin,
            )


def _one_sided(rule_base: RuleBase) -> Iterator[Finding]:
    for criterion in rule_base.criteria:
        rules = [rule for rule in rule_base.rules if rule.criterion == criterion.id]
        sides = Counter(rule.favours for rule in rules)
        if not rules:
            yield Finding(
                "criterion-empty",
                Level.ERROR,
                criterion.id,
                "No rule speaks on this criterion.",
                criterion.origin,
            )
        for candidate in CANDIDATES:
            if rules and not sides[candidate]:
                yield Finding(
                    "one-sided",
                    Level.ERROR,
                    criterion.id,
                    f"No rule on this criterion ever speaks for {candidate.label}.",
                    criterion.origin,
                )


def _wording(rule_base: RuleBase) -> Iterator[Finding]:
    texts: list[tuple[str, str, Origin]] = [
        (entry.id, entry.text, entry.origin) for entry in conditional_entries(rule_base)
    ]
    for id_, text, origin in texts:
        found = [word for word in _PRAISE if word in text.lower()]
        if found:
            yield Finding(
                "slanted-wording",
                Level.WARNING,
                id_,
                f"Say what follows, not how to feel about it: {', '.join(found)}.",
                origin,
            )
