"""Checks of what the rules say: evidence, balance between the candidates, wording, repetition."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import combinations

from advisor.model.candidate import CANDIDATES
from advisor.model.condition import All, AnyOf, Not, questions_of
from advisor.model.rulebase import Gate, Notice, Origin, Rule, RuleBase
from advisor.rulebase.check_questions import conditional_entries
from advisor.rulebase.findings import Finding, Level
from advisor.rulebase.satisfy import Satisfier, shown

_PRAISE = ("amazing", "superior", "inferior", "best-in-class", "powerful", "elegant", "clumsy",
           "bloated", "outdated mess", "world-class", "awesome", "terrible", "unfortunately",
           "sadly", "obviously", "clearly", "of course", "everybody knows", "dead framework",
           "beautiful", "ugly", "great choice", "poor choice")  # fmt: skip
"""Words that slant. A rule states what was answered and what follows; it would read the same with
the candidates exchanged."""


def check_content(rule_base: RuleBase, satisfier: Satisfier, as_of: date) -> Iterator[Finding]:
    """Findings that need no search, and those about rules that repeat or undo each other."""
    yield from _evidence(rule_base, as_of)
    yield from _one_sided(rule_base)
    yield from _wording(rule_base)
    yield from _repeated_text(rule_base)
    yield from _same_condition(rule_base, satisfier)


def _evidence(rule_base: RuleBase, as_of: date) -> Iterator[Finding]:
    cited = Counter[str]()
    scoring: list[Rule | Gate] = [*rule_base.rules, *rule_base.gates]
    citing: list[Rule | Gate | Notice] = [*scoring, *rule_base.notices]
    for entry in citing:
        cited.update(set(entry.evidence))
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
        if evidence.as_of > as_of:
            yield Finding(
                "evidence-from-the-future",
                Level.WARNING,
                evidence.id,
                f"It is dated {evidence.as_of:%Y-%m}; until then what cites it is silent.",
                evidence.origin,
            )
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
    for entry in conditional_entries(rule_base):
        found = [word for word in _PRAISE if f" {word}" in f" {entry.text.lower()}"]
        if found:
            yield Finding(
                "slanted-wording",
                Level.WARNING,
                entry.id,
                f"Say what follows, not how to feel about it: {', '.join(found)}.",
                entry.origin,
            )


def _repeated_text(rule_base: RuleBase) -> Iterator[Finding]:
    """The same sentence twice is one fact counted twice, or a slip of copying."""
    texts: list[tuple[str, str, Origin]] = [
        *((entry.id, entry.text, entry.origin) for entry in conditional_entries(rule_base)),
        *((one.id, one.claim, one.origin) for one in rule_base.evidence.values()),
    ]
    first: dict[str, str] = {}
    for id_, text, origin in texts:
        words = " ".join(text.lower().split())
        if words in first:
            yield Finding(
                "repeated-text",
                Level.WARNING,
                id_,
                f"It says word for word what `{first[words]}` says.",
                origin,
            )
        first.setdefault(words, id_)


def _same_condition(rule_base: RuleBase, satisfier: Satisfier) -> Iterator[Finding]:
    """Rules on one criterion that hold under exactly the same answers."""
    groups: dict[tuple[str, frozenset[str]], list[Rule]] = defaultdict(list)
    for rule in rule_base.rules:
        groups[rule.criterion, questions_of(rule.when)].append(rule)
    for rules in groups.values():
        for one, other in combinations(rules, 2):
            apart = AnyOf((All((one.when, Not(other.when))), All((other.when, Not(one.when)))))
            if satisfier.possible(apart):
                continue
            example = shown(satisfier.find(one.when))
            if one.favours is other.favours and one.topic != other.topic:
                if set(one.evidence) & set(other.evidence):
                    yield Finding(
                        "counted-twice",
                        Level.WARNING,
                        other.id,
                        f"It holds whenever `{one.id}` holds, for the same side and from the same "
                        "evidence, but on another topic, so that both add up.",
                        other.origin,
                        example,
                    )
            elif (
                one.topic == other.topic
                and one.strength is other.strength
                and one.favours
                and other.favours
                and one.measured_by == other.measured_by
                and one.favours is other.favours.other
            ):
                yield Finding(
                    "cancels-out",
                    Level.WARNING,
                    other.id,
                    f"`{one.id}` holds under the same answers and speaks as strongly for the other "
                    "side: together they say nothing.",
                    other.origin,
                    example,
                )
