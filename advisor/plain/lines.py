"""What plain mode prints: whole lines, read from top to bottom, with nothing drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from advisor.interview.session import Entry, Session, Status
from advisor.interview.wording import answer_text, condition_text
from advisor.model.candidate import CANDIDATES
from advisor.model.decision import SettledHow
from advisor.model.rulebase import QuestionKind
from advisor.text import one_line, percent

if TYPE_CHECKING:
    from advisor.model.decision import Decision, Reason
    from advisor.model.rulebase import Gate, Question, Rule, RuleBase

COMMANDS = """\
Type the number or the name of an option; several with commas where the question takes several.
Enter alone  skip for now        d  don't know           ?  help on this question
b  back to the question before   j NUMBER  jump (numbers as in the review)
r  review every answer           w  why it is asked, and what it can change
o  order of your priorities      p  measure both frameworks here
v  verdict                       e PATH  write a report (.json .md .html .csv .pdf)
c  these commands                q  stop; everything is kept"""

STATUS_WORDS = {
    Status.UNSURE: "don't know",
    Status.OPEN: "not answered yet",
    Status.WAITING: "waits for another answer",
    Status.SKIPPED: "skipped: does not apply",
}
SHOWN_REASONS = 4
SHOWN_FLIPS = 3


def question_lines(session: Session, question: Question) -> Iterator[str]:
    """A question with its options, numbered."""
    section = next(one for one in session.rule_base.sections if one.id == question.section)
    yield ""
    yield f"{one_line(section.label)}. Questions left: {session.left()}."
    yield one_line(question.text)
    chosen = session.chosen(question.id)
    for number, option in enumerate(question.options, start=1):
        mark = " (chosen)" if option.id in chosen else ""
        yield f"  {number}. {one_line(option.label)}{mark}"
    if question.kind is QuestionKind.MULTI:
        yield "Several may be named, for instance: 1,3"


def help_lines(question: Question) -> Iterator[str]:
    """Everything there is to say about the options."""
    yield one_line(question.text)
    if question.help:
        yield one_line(question.help)
    for number, option in enumerate(question.options, start=1):
        explained = f": {one_line(option.help)}" if option.help else ""
        yield f"  {number}. {one_line(option.label)}{explained}"
    yield "d means don't know: it widens the doubt and counts for nobody."


def why_lines(question: Question, rule_base: RuleBase) -> Iterator[str]:
    """Why a question is asked, and the rules it can wake."""
    from advisor.model.condition import questions_of

    yield f"Why: {one_line(question.why)}"
    rules = [rule for rule in rule_base.rules if question.id in questions_of(rule.when)]
    gates = [gate for gate in rule_base.gates if question.id in questions_of(gate.when)]
    yield f"Read by {len(rules)} rules and {len(gates)} gates."
    readers: list[Rule | Gate] = [*gates, *rules]
    for entry in readers[:5]:
        yield f"  {one_line(entry.text)}"
        for cited in entry.evidence[:2]:
            evidence = rule_base.evidence[cited]
            yield f"    Source, {evidence.as_of:%Y-%m}: {one_line(evidence.sources[0].title)}"


def review_lines(session: Session) -> Iterator[str]:
    """Every question with its answer, numbered for `j`."""
    section = ""
    for number, entry in enumerate(session.review(), start=1):
        if entry.question.section != section:
            section = entry.question.section
            yield next(one.label for one in session.rule_base.sections if one.id == section)
        yield f"  {number}. {one_line(entry.question.text)} {_status(entry, session.rule_base)}"
    yield "j NUMBER goes to a question."


def _status(entry: Entry, rule_base: RuleBase) -> str:
    if entry.status is Status.ANSWERED:
        return answer_text(entry.question, entry.chosen)
    if entry.status is Status.PARKED:
        when = condition_text(entry.question.ask_when, rule_base)
        kept = answer_text(entry.question, entry.chosen)
        return f"parked: {kept} (counts again when {when})"
    if entry.minor:
        return "left out: hardly changes anything"
    return STATUS_WORDS[entry.status]


def verdict_lines(decision: Decision, rule_base: RuleBase) -> Iterator[str]:
    """Verdict, reasons, flips and next steps, in the order in which one would say them."""
    verdict = decision.verdict
    share = verdict.acceptability[verdict.framework]
    yield ""
    yield f"Verdict: {verdict.framework.label}, {verdict.verdict_class.words}."
    yield (
        f"It comes out first in {percent(share)} of the plausible weightings and readings "
        f"(sampling error {100 * verdict.monte_carlo_error:.1f} points)."
    )
    yield from (one_line(text) for text in (verdict.tie_break, verdict.experiment) if text)
    if verdict.both_gated:
        yield "Something rules out both frameworks:"
    for gate in decision.gates:
        if gate.holds:
            yield f"Ruled out: {gate.excludes.label}. {one_line(gate.text)} {one_line(gate.relax)}"
    for candidate in CANDIDATES:
        yield from _reasons(
            candidate.label,
            [one for one in decision.reasons if one.favours is candidate and one.holds],
            rule_base,
        )
    if decision.flips:
        yield "What would turn it:"
        for flip in decision.flips[:SHOWN_FLIPS]:
            changes = " and ".join(
                f"{one_line(question.text)} {answer_text(question, change.after)}"
                for change in flip.changes
                if (question := rule_base.question_by_id.get(change.question))
            )
            yield f"  {changes}: then {flip.framework.label}, {flip.verdict_class.words}"
    for notice in decision.notices:
        yield f"{notice.kind.replace('-', ' ').capitalize()}: {one_line(notice.text)}"
        if notice.command:
            yield f"  {one_line(notice.command)}"
    yield from (f"Note: {one_line(note)}" for note in decision.notes)
    yield settled_line(decision)


def _reasons(label: str, reasons: Iterable[Reason], rule_base: RuleBase) -> Iterator[str]:
    found = list(reasons)
    if not found:
        return
    yield f"For {label}:"
    for reason in found[:SHOWN_REASONS]:
        source = "measured here"
        if not reason.measured and reason.evidence:
            evidence = rule_base.evidence[reason.evidence[0]]
            source = f"{one_line(evidence.sources[0].title)}, {evidence.as_of:%Y-%m}"
        old = ", expired" if reason.expired else ""
        yield f"  {one_line(reason.text)} ({source}{old})"
    if len(found) > SHOWN_REASONS:
        yield f"  and {len(found) - SHOWN_REASONS} more; the report has them all"


def settled_line(decision: Decision) -> str:
    """Whether going on can still change anything."""
    match decision.settled.how:
        case SettledHow.PROVED:
            return "Settled: no remaining answer can change this (proved)."
        case SettledHow.ESTIMATED:
            return "Settled as far as can be estimated: no sampled completion changed it."
        case SettledHow.OPEN:
            chance = decision.settled.turn_chance
            return (
                f"Open: the remaining answers would change it in about {percent(chance)} of cases."
            )
