"""Longer texts as styled content: what a question can change, what a reason rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from textual.content import Content

from advisor.model.candidate import Candidate
from advisor.model.condition import questions_of
from advisor.text import one_line
from advisor.tui.drawing import QUIET, colour_of, percent

if TYPE_CHECKING:
    from advisor.desk import Advice
    from advisor.model.rulebase import Evidence, Question, Rule, RuleBase


def side(candidate: Candidate | None) -> Content:
    """`P` or `T` in the candidate's colour: letter and colour say the same; `·` for measured."""
    if candidate is None:
        return Content.styled("·", QUIET)
    return Content.styled(candidate.label[0], f"bold {colour_of(candidate)}")


def question_content(question: Question, rule_base: RuleBase, advice: Advice | None) -> Content:
    """Why a question is asked: its own words, its worth now, the rules that read it."""
    lines: list[Content] = [Content(f"{question.why} {question.help}".strip()), Content("")]
    worth = _worth(question, advice)
    if worth:
        lines += [Content(worth), Content("")]
    readers = [
        (rule.id, rule.favours, rule.text, rule.evidence)
        for rule in rule_base.rules
        if question.id in questions_of(rule.when)
    ]
    gates = [gate for gate in rule_base.gates if question.id in questions_of(gate.when)]
    for gate in gates:
        lines.append(
            Content.assemble(("Rules out ", "bold"), (gate.excludes.label, "bold"), ": ", gate.text)
        )
    if gates:
        lines.append(Content(""))
    if readers:
        count = f"{len(readers)} rule{'s read' if len(readers) != 1 else ' reads'} the answer:"
        lines.append(Content.styled(count, "bold"))
    for _, favours, text, evidence in readers:
        lines.append(Content.assemble("  ", side(favours), f" {one_line(text)}", _ids(evidence)))
    opens = [one for one in rule_base.questions if question.id in questions_of(one.ask_when)]
    if opens:
        lines += [Content(""), Content.styled("It decides whether these are asked:", "bold")]
        lines += [Content(f"  {one.text}") for one in opens]
    cited = [one for *_, evidence in readers for one in evidence]
    lines += _sources([*cited, *(one for gate in gates for one in gate.evidence)], rule_base)
    return Content("\n").join(lines)


def _ids(evidence: Iterable[str]) -> Content:
    return Content.styled(f" [{', '.join(evidence)}]", QUIET)


def _worth(question: Question, advice: Advice | None) -> str:
    """What knowing the answer is worth now."""
    if advice is None or question.id not in advice.moves:
        return ""
    points = round(100 * advice.moves[question.id])
    turn = next(
        (one.turn_chance for one in advice.decision.next_steps if one.id == question.id), 0.0
    )
    moved = {0: "less than a point", 1: "about a point"}.get(points, f"about {points} points")
    alone = f"by itself it turns the recommendation with a chance of {percent(turn)}"
    return f"Now its answer moves the balance by {moved}; {alone}."


def _sources(ids: Iterable[str], rule_base: RuleBase) -> list[Content]:
    """One line for each piece of evidence: when, and where it can be read."""
    known = [rule_base.evidence[one] for one in sorted(set(ids)) if one in rule_base.evidence]
    if not known:
        return []
    lines = [Content(""), Content.styled("Sources", "bold")]
    for one in known:
        lines.append(Content(f"  {one.id}, {one.as_of:%B %Y}"))
        lines += [Content.styled(f"    {one_line(source.url)}", QUIET) for source in one.sources]
    return lines


def evidence_content(
    lead: Content, ids: Sequence[str], rule_base: RuleBase, as_of: object
) -> Content:
    """`lead`, then each piece of evidence in full."""
    lines = [lead] if lead.plain else []
    for one in ids:
        found = rule_base.evidence.get(one)
        if found is not None:
            lines += [Content(""), *evidence_lines(found, as_of)]
    return Content("\n").join(lines)


def evidence_lines(found: Evidence, as_of: object) -> list[Content]:
    """Claim, survey against now, dates, sources."""
    expired = isinstance(as_of, date) and found.expires <= as_of
    state = "EXPIRED, counts less" if expired else f"holds until {found.expires:%B %Y}"
    lines = [
        Content.assemble((one_line(found.claim), "bold")),
        Content.styled(
            f"{found.id} · as of {found.as_of:%B %Y} · {state} · {found.confidence.value} "
            f"confidence{' · ' + found.versions if found.versions else ''}",
            "$warning" if expired else QUIET,
        ),
    ]
    if found.survey_says:
        lines.append(
            Content.assemble(("The survey of 2025: ", "bold"), one_line(found.survey_says))
        )
    if found.now:
        lines.append(Content.assemble(("Now: ", "bold"), one_line(found.now)))
    if found.measurable:
        lines.append(Content.assemble(("To check it: ", "bold"), one_line(found.measurable)))
    lines += [Content(f"  {one_line(one.title)}\n  {one_line(one.url)}") for one in found.sources]
    return lines


def rule_content(rule: Rule, rule_base: RuleBase, as_of: object) -> Content:
    """A rule in full: what it says, when, for whom, and its evidence."""
    from advisor.interview.wording import condition_text

    criterion = rule_base.criterion_by_id.get(rule.criterion)
    favours = rule.favours.label if rule.favours else "whichever a probe finds faster"
    when = condition_text(rule.when, rule_base)
    lead = Content("\n").join(
        [
            Content(one_line(rule.text)),
            Content(""),
            Content.assemble(
                ("Speaks for ", "bold"),
                favours,
                f" ({rule.strength.value}) on {criterion.label if criterion else rule.criterion}",
            ),
            Content.assemble(("When ", "bold"), when or "always"),
            Content.styled(
                f"{rule.id}, topic {rule.topic}, {rule.origin.file}:{rule.origin.line}", QUIET
            ),
        ]
    )
    return evidence_content(lead, rule.evidence, rule_base, as_of)
