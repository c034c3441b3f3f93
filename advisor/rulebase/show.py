"""`advisor rules list` and `advisor rules show`: a rule in the words of its own definition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from advisor.errors import InputError
from advisor.model.condition import All, AnyOf, Atom, Condition, Not
from advisor.model.rulebase import Evidence, Rule, RuleBase
from advisor.rulebase.conditions import did_you_mean


def list_rules(rule_base: RuleBase) -> str:
    """One line per rule, by criterion and topic."""
    lines = []
    for criterion in rule_base.criteria:
        rules = [rule for rule in rule_base.rules if rule.criterion == criterion.id]
        lines.append(f"{criterion.label} ({len(rules)} rules)")
        for rule in sorted(rules, key=lambda rule: (rule.topic, rule.id)):
            side = rule.favours.label if rule.favours else "as measured"
            lines.append(f"  {rule.id:<44} {rule.topic:<26} {side:<11} {rule.strength}")
    lines.append(f"Gates ({len(rule_base.gates)})")
    lines += [f"  {gate.id:<44} excludes {gate.excludes.label}" for gate in rule_base.gates]
    lines.append(
        f"{len(rule_base.rules)} rules, {len(rule_base.gates)} gates, "
        f"{len(rule_base.questions)} questions, {len(rule_base.evidence)} pieces of evidence; "
        f"version {rule_base.version}, sha256 {rule_base.sha256[:12]}"
    )
    return "\n".join(lines) + "\n"


def show(rule_base: RuleBase, id_: str, *, as_of: date) -> str:
    """Everything about one rule, gate, question, notice or piece of evidence.

    Raises:
        InputError: nothing has that id.
    """
    if rule := rule_base.rule_by_id.get(id_):
        return _show_rule(rule_base, rule, as_of)
    if question := rule_base.question_by_id.get(id_):
        options = "\n".join(f"  {option.id}: {option.label}" for option in question.options)
        when = (
            f"Asked when {in_words(question.ask_when)}.\n"
            if _conditional(question.ask_when)
            else ""
        )
        readers = [rule.id for rule in rule_base.rules if id_ in str(rule.when)]
        return (
            f"{question.id} (question, {question.section}, {question.kind})\n{question.text}\n"
            f"Why: {question.why}\n{when}{options}\nRead by {len(readers)} rules: "
            f"{', '.join(readers)}\n"
        )
    for gate in rule_base.gates:
        if gate.id == id_:
            return (
                f"{gate.id} (gate)\n{gate.text}\nExcludes {gate.excludes.label} when "
                f"{in_words(gate.when)}.\nTo relax: {gate.relax}\n"
                + _evidence_block(rule_base, gate.evidence, as_of)
            )
    for notice in rule_base.notices:
        if notice.id == id_:
            return (
                f"{notice.id} ({notice.kind})\n{notice.text}\nSaid when {in_words(notice.when)}.\n"
                + _evidence_block(rule_base, notice.evidence, as_of)
            )
    if evidence := rule_base.evidence.get(id_):
        citing = [rule.id for rule in rule_base.rules if id_ in rule.evidence]
        return _evidence_text(evidence, as_of) + f"Cited by: {', '.join(citing) or 'no rule'}\n"
    names = [
        *rule_base.rule_by_id,
        *rule_base.question_by_id,
        *(gate.id for gate in rule_base.gates),
        *(notice.id for notice in rule_base.notices),
        *rule_base.evidence,
    ]
    raise InputError(f"Nothing here is called `{id_}`.", remedy=did_you_mean(id_, names))


def _show_rule(rule_base: RuleBase, rule: Rule, as_of: date) -> str:
    criterion = rule_base.criterion_by_id[rule.criterion].label
    side = rule.favours.label if rule.favours else "whichever is measured faster here"
    measured = ""
    if link := rule.measured_by:
        what = link.deployment_target or ", ".join(sorted(link.workloads | link.operations))
        measured = f"A measurement on the target replaces it: {what}.\n"
    return (
        f"{rule.id} (rule)\n{rule.text}\n"
        f"Favours {side}, {rule.strength}, on {criterion}; topic {rule.topic}.\n"
        f"Holds when {in_words(rule.when)}.\n{measured}"
        f"Written in {rule.origin.file}:{rule.origin.line}\n"
        + _evidence_block(rule_base, rule.evidence, as_of)
    )


def _evidence_block(rule_base: RuleBase, ids: Sequence[str], as_of: date) -> str:
    return "".join("\n" + _evidence_text(rule_base.evidence[one], as_of) for one in ids)


def _evidence_text(evidence: Evidence, as_of: date) -> str:
    state = "expired" if evidence.expires <= as_of else f"good until {evidence.expires:%Y-%m}"
    lines = [
        f"{evidence.id} (as of {evidence.as_of:%Y-%m}, {state}, confidence {evidence.confidence})",
        f"  {evidence.claim}",
    ]
    if evidence.survey_says:
        lines.append(f"  Survey says: {evidence.survey_says}")
    if evidence.now:
        lines.append(f"  Now: {evidence.now}")
    lines += [f"  {source.title}: {source.url}" for source in evidence.sources]
    return "\n".join(lines) + "\n"


def _conditional(condition: Condition) -> bool:
    return not (isinstance(condition, All) and not condition.parts)


def in_words(condition: Condition) -> str:
    """A condition as a phrase, with the ids of questions and options."""
    match condition:
        case Atom(question, options):
            return f"{question} is {' or '.join(sorted(options))}"
        case All(parts):
            return " and ".join(_bracketed(part, AnyOf) for part in parts) if parts else "always"
        case AnyOf(parts):
            return " or ".join(_bracketed(part, All) for part in parts)
        case Not(part):
            return f"not ({in_words(part)})"


def _bracketed(part: Condition, kind: type[All | AnyOf]) -> str:
    words = in_words(part)
    return f"({words})" if isinstance(part, kind) and len(part.parts) > 1 else words
