"""Conditions and answers in the user's words, alike in every face."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.model.condition import All, AnyOf, Atom, Condition, Not
from advisor.model.rulebase import Question, RuleBase

DONT_KNOW = "don't know"


def answer_text(question: Question, options: Iterable[str]) -> str:
    """The labels of the chosen options, in the order of the question; "don't know" for none."""
    chosen = frozenset(options)
    labels = [one.label for one in question.options if one.id in chosen]
    return ", ".join(labels) if labels else DONT_KNOW


def condition_text(condition: Condition, rule_base: RuleBase) -> str:
    """A condition as a clause, for instance `"Where must it run?" is Android`; empty: always."""
    if isinstance(condition, All) and not condition.parts:
        return ""
    return _clause(condition, rule_base, negated=False)


def _clause(condition: Condition, rule_base: RuleBase, *, negated: bool) -> str:
    match condition:
        case Atom(question, options):
            known = rule_base.question_by_id.get(question)
            labels = [one.label for one in known.options if one.id in options] if known else []
            named = " or ".join(labels or sorted(options))
            return f"“{known.text if known else question}” {'is not' if negated else 'is'} {named}"
        case Not(part):
            return _clause(part, rule_base, negated=not negated)
        case All(parts) | AnyOf(parts):
            both = isinstance(condition, All) is not negated
            clauses = [_clause(part, rule_base, negated=negated) for part in parts]
            return (" and " if both else " or ").join(clauses)
