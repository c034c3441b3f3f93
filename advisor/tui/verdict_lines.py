"""The lines of the verdict screen, tab by tab: plain functions from a decision to styled text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.content import Content

from advisor.interview.wording import answer_text
from advisor.model.candidate import Candidate
from advisor.model.decision import SettledHow, StepKind
from advisor.text import one_line
from advisor.tui.drawing import (
    QUIET,
    colour_of,
    diverging_bar,
    percent,
)

if TYPE_CHECKING:
    from advisor.model.answers import Answers
    from advisor.model.decision import Decision, Flip, GateResult, Reason
    from advisor.model.rulebase import RuleBase


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list; `kind` says what `ref` names and thereby what Enter opens."""

    content: Content
    kind: str = ""
    """`rule`, `gate`, `evidence`, `flip`, `question`, `notice`; empty: only to be read."""
    ref: str = ""
    evidence: tuple[str, ...] = field(default=())
    lead: str = ""
    """What stands before the first line, for instance `+ P`."""
    colour: str = ""
    """Theme variable of the lead, without its `$`."""


TABS: tuple[tuple[str, str], ...] = (
    ("why", "Why"),
    ("criteria", "Criteria"),
    ("turns", "Turns"),
    ("whatif", "What if"),
    ("facts", "Facts"),
    ("next", "Next"),
)
MOST_MAYBE = 5
"""Reasons that hang on open questions, per side."""
DOUBT_WORDS = {
    "weights": "what matters how much",
    "evidence": "how far the evidence is believed",
    "measurements": "the measurements",
    "unanswered": "questions not answered",
}


def heading(text: str) -> Line:
    """A line that only parts others."""
    return Line(Content.styled(text, "bold"))


def gap() -> Line:
    """An empty line."""
    return Line(Content(" "))


def plain(text: str, style: str = "", lead: str = "") -> Line:
    """A line to be read."""
    content = Content.styled(one_line(text), style) if style else Content(one_line(text))
    return Line(content, lead=lead)


def verdict_words(decision: Decision) -> str:
    """The verdict on one line, for the history."""
    verdict = decision.verdict
    share = percent(verdict.acceptability[verdict.framework])
    return f"{verdict.framework.label}, {verdict.verdict_class.words} ({share})"


def headline(decision: Decision, *, brief: bool = False) -> Content:
    """Who, how firmly, and what that means; only the first line when `brief`."""
    verdict = decision.verdict
    share = verdict.acceptability[verdict.framework]
    lines = [
        Content.assemble(
            (verdict.framework.label, f"bold {colour_of(verdict.framework)}"),
            (f" – {verdict.verdict_class.words}", "bold"),
        ),
        Content.styled(
            f"First in {percent(share)} of the plausible weightings and readings "
            f"(± {100 * verdict.monte_carlo_error:.1f}).",
            QUIET,
        ),
    ]
    if brief:
        return lines[0]
    lines += [Content(text) for text in (verdict.tie_break, verdict.experiment) if text]
    if verdict.both_gated:
        lines.append(Content.styled("Something rules out both: see what to relax.", "$warning"))
    neither = [one for one in decision.notices if one.kind == "neither"]
    lines += [Content.styled(f"! {one_line(one.text)}", "$warning") for one in neither[:1]]
    return Content("\n").join(lines)


# -- why ---------------------------------------------------------------------------------


def why(decision: Decision) -> list[Line]:
    """Gates that hold, reasons for, reasons against, and gates that may hold."""
    pick = decision.verdict.framework
    lines = [_gate(one) for one in decision.gates if one.holds]
    if lines:
        lines.append(gap())
    for word, candidate in (("For", pick), ("Against: for", pick.other)):
        found = [one for one in decision.reasons if one.favours is candidate]
        sure = [one for one in found if one.holds is not None]
        lines.append(heading(f"{word} {candidate.label} ({len(sure)})"))
        lines += [_reason(one, pick) for one in sure]
        if not sure:
            lines.append(plain("nothing that is known to hold", QUIET))
        maybe = [one for one in found if one.holds is None]
        if maybe:
            shown = f", the {MOST_MAYBE} strongest" if len(maybe) > MOST_MAYBE else ""
            text = f"Depends on questions not answered ({len(maybe)}{shown}):"
            lines.append(plain(text, QUIET))
            lines += [_reason(one, pick) for one in maybe[:MOST_MAYBE]]
        lines.append(gap())
    return lines + [_gate(one) for one in decision.gates if one.holds is None]


def _gate(gate: GateResult) -> Line:
    word = "rules out" if gate.holds else "may rule out"
    content = Content.assemble(
        (f"{word} ", "bold"),
        (gate.excludes.label, f"bold {colour_of(gate.excludes)}"),
        f"  {one_line(gate.text)} ",
        (f"To relax it: {one_line(gate.relax)}", QUIET),
    )
    return Line(content, "gate", gate.id, gate.evidence, "✗ ", "warning")


def _reason(reason: Reason, pick: Candidate) -> Line:
    sign = "?" if reason.holds is None else "+" if reason.favours is pick else "−"
    marks = "".join(
        (" [measured here]" if reason.measured else "", " [expired]" if reason.expired else "")
    )
    content = Content.assemble(one_line(reason.text), (f" ({reason.strength}){marks}", QUIET))
    lead = f"{sign} {reason.favours.label[0]}"
    return Line(content, "rule", reason.rule, reason.evidence, lead, reason.favours.value)


# -- criteria ----------------------------------------------------------------------------


def criteria(decision: Decision, width: int) -> list[Line]:
    """A diverging bar per criterion, and its weight with its 95 % interval."""
    largest = max((abs(one.contribution) for one in decision.criteria), default=0.0)
    half = max(8, min(30, (width - 4) // 2))
    head = Content.assemble(
        ("◂ PyTorch".ljust(half), "$pytorch"), " ", ("TensorFlow ▸".rjust(half), "$tensorflow")
    )
    lines = [Line(head)]
    for one in decision.criteria:
        low, high = 100 * one.weight_low, 100 * one.weight_high
        weight = f"  weight {percent(one.weight)} ({low:.0f}–{high:.0f})"
        if len(one.label) + len(weight) > width:
            weight = f"  {percent(one.weight)}"
        lines.append(Line(Content.assemble((one.label, "bold"), (weight, QUIET))))
        lines.append(Line(diverging_bar(one.contribution, max(largest, 0.02), half)))
    doubt = sorted(decision.verdict.doubt.items(), key=lambda item: -item[1])
    if doubt:
        lines += [gap(), heading("Where the doubt comes from")]
        lines += [
            plain(f"  {percent(share):>6}  {DOUBT_WORDS.get(key, key)}") for key, share in doubt
        ]
    return lines


# -- turns -------------------------------------------------------------------------------


def turns(decision: Decision, rule_base: RuleBase, *, explained: bool) -> list[Line]:
    """What would turn the verdict: answers, weights, measurements."""
    if not explained:
        return [plain("Looking for everything that would turn this…", QUIET)]
    lines: list[Line] = []
    groups = (
        ("If you chose otherwise", [one for one in decision.flips if _choice(one)]),
        ("If the facts were different", [one for one in decision.flips if not _choice(one)]),
    )
    for title, flips in groups:
        lines.append(heading(title))
        lines += [_flip(decision.flips.index(one), one, rule_base) for one in flips]
        if not flips:
            lines.append(plain("no change of up to three answers turns it", QUIET))
        lines.append(gap())
    weights = [one for one in decision.criteria if one.turning_weight is not None]
    if weights:
        lines.append(heading("If something mattered more or less"))
        lines += [
            plain(
                f"  {one.label}: {percent(one.weight)} now, turns at {percent(one.turning_weight or 0)}"
            )
            for one in weights
        ]
        lines.append(gap())
    measured = [one for one in decision.measurement_turns if one.ratio is not None]
    if measured:
        lines.append(heading("If it measured otherwise (time of TensorFlow over PyTorch)"))
        lines += [
            plain(
                f"  {one.workload} {one.operation}: turns at {one.ratio:.2f}"
                + (f", measured {one.measured:.2f}" if one.measured is not None else "")
            )
            for one in measured
        ]
    return lines


def _choice(flip: Flip) -> bool:
    return all(change.changeable for change in flip.changes)


def _flip(place: int, flip: Flip, rule_base: RuleBase) -> Line:
    parts: list[Content | str | tuple[str, str]] = ["If "]
    for at, change in enumerate(flip.changes):
        question = rule_base.question_by_id[change.question]
        parts += [
            " and " if at else "",
            f"“{question.text}” were ",
            (answer_text(question, change.after), "bold"),
        ]
    parts += [
        " → ",
        (flip.framework.label, f"bold {colour_of(flip.framework)}"),
        f" {percent(flip.acceptability)}, {flip.verdict_class.words}",
    ]
    return Line(Content.assemble(*parts), "flip", str(place), lead="•")


# -- what if -----------------------------------------------------------------------------


def what_if(answers: Answers, rule_base: RuleBase, changed: Iterable[str]) -> list[Line]:
    """Every question with its answer, the answered ones first."""
    trial = frozenset(changed)
    answered = [one for one in rule_base.questions if one.id in answers.chosen]
    rest = [one for one in rule_base.questions if one.id not in answers.chosen]
    lines = [plain("Enter changes an answer and shows what would follow.", QUIET)]
    for one in (*answered, *rest):
        said = answer_text(one, answers.chosen.get(one.id, ()))
        content = Content.assemble(f"{one.text} ", (said, "bold" if one in answered else QUIET))
        mark = "≠" if one.id in trial else "•"
        lines.append(Line(content, "question", one.id, lead=mark))
    return lines


# -- facts -------------------------------------------------------------------------------


def facts(decision: Decision, rule_base: RuleBase, measured: Iterable[str]) -> list[Line]:
    """What was measured here, and where the survey has been overtaken."""
    lines = [heading("Measured here")]
    shown = list(measured)
    lines += [plain(text, lead="•") for text in shown] or [
        plain("nothing yet: m measures both frameworks on this machine", QUIET)
    ]
    cited = {
        one for reason in decision.reasons if reason.holds is not None for one in reason.evidence
    }
    known = [rule_base.evidence[one] for one in sorted(cited) if one in rule_base.evidence]
    overtaken = [one for one in known if one.survey_says and one.now]
    agreeing = [one for one in known if one.survey_says and not one.now]
    lines += [gap(), heading(f"The survey of 2025, and what holds now ({len(overtaken)})")]
    for one in overtaken:
        content = Content.assemble(
            ("Survey: ", "bold"),
            one_line(one.survey_says),
            ("  Now: ", "bold"),
            one_line(one.now),
        )
        lines.append(Line(content, "evidence", one.id, (one.id,), "•"))
    if agreeing:
        lines += [gap(), heading(f"The survey says so too ({len(agreeing)})")]
        lines += [
            Line(Content(one_line(one.survey_says)), "evidence", one.id, (one.id,), "•")
            for one in agreeing
        ]
    if decision.expired_evidence:
        lines += [gap(), heading(f"Expired, counts less ({len(decision.expired_evidence)})")]
        for name in decision.expired_evidence:
            found = rule_base.evidence.get(name)
            text = one_line(found.claim) if found else name
            lines.append(Line(Content(text), "evidence", name, (name,), "•"))
    return lines


# -- next --------------------------------------------------------------------------------

NOTICE_TITLES = {
    "neither": "Neither is needed for this",
    "contradiction": "These answers pull against each other",
    "caution": "Mind this",
    "note": "Worth knowing",
    "hedge": "To keep both open",
    "next-step": "Next steps for your target",
}


def following(decision: Decision, rule_base: RuleBase) -> list[Line]:
    """Contradictions, next steps with commands, hedges, cautions, what else could be asked."""
    lines: list[Line] = []
    settled = decision.settled
    if settled.how is SettledHow.PROVED:
        lines += [plain("Settled: no remaining answer can change this."), gap()]
    for kind in ("contradiction", "neither", "next-step", "hedge", "caution", "note"):
        found = [one for one in decision.notices if one.kind == kind]
        if not found:
            continue
        lines.append(heading(NOTICE_TITLES[kind]))
        for one in found:
            lines.append(Line(Content(one_line(one.text)), "notice", one.id, one.evidence, "•"))
            if one.command:
                lines.append(Line(Content.styled(f"    $ {one_line(one.command)}", "bold")))
        lines.append(gap())
    steps = decision.next_steps[:5]
    if steps:
        lines.append(heading("What would tell most, per second of your time"))
        for step in steps:
            lines.append(_step(step.kind, step.id, step.turn_chance, step.seconds, rule_base))
        lines.append(gap())
    if decision.unanswered:
        lines.append(heading(f"Assumed, because not answered ({len(decision.unanswered)})"))
        for assumed in decision.unanswered:
            question = rule_base.question_by_id.get(assumed.question)
            if question is not None and assumed.applies is not False:
                lines.append(Line(Content(question.text), "question", question.id, lead="•"))
    if decision.notes:
        lines += [gap(), heading("To be read with it")]
        lines += [plain(text, lead="•") for text in decision.notes]
    return lines


def _step(kind: StepKind, ref: str, turn: float, seconds: float, rule_base: RuleBase) -> Line:
    chance = f"  turns it with a chance of {percent(turn)}, about {seconds:.0f} s"
    if kind is StepKind.PROBE:
        return Line(Content.assemble(f"Measure: {ref}", (chance, QUIET)), "probe", ref, lead="•")
    question = rule_base.question_by_id.get(ref)
    text = question.text if question else ref
    return Line(Content.assemble(f"Answer: {text}", (chance, QUIET)), "question", ref, lead="•")
