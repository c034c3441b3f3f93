"""The report as Markdown that renders on forges: plain tables, no raw HTML."""

from __future__ import annotations

from advisor.model.candidate import CANDIDATES
from advisor.report.limits import CARD, DECISION_TAKEN, LIMITS, reproduce
from advisor.report.markup import block, code, escape, link, table
from advisor.report.parts import DecisionDocument
from advisor.report.probe_view import ComparisonView, ProbeView
from advisor.report.view import EvidenceView, NoticeView, ReasonView, View
from advisor.report.words import month, percent, ratio, readable, seconds, sentence

PYTORCH, TENSORFLOW = (one.label for one in CANDIDATES)


def to_markdown(document: DecisionDocument) -> str:
    """The whole report."""
    view = View(document)
    sections = (
        _summary(view),
        _criteria(view),
        _gates(view),
        _reasons(view),
        _measured(view),
        _survey(view),
        _turning(view),
        _unknown(view),
        _advice(view),
        _answers(view),
        _evidence(view),
        _environment(view),
        _limits(view),
        _decision_taken(),
        _reproduce(view),
    )
    return "\n".join(line for section in sections for line in section).rstrip() + "\n"


def _summary(view: View) -> list[str]:
    document = view.document
    shares = document.verdict.acceptability
    rows = [(f"**{escape(label)}**", escape(text)) for label, text in view.summary[1:]]
    lines = [
        f"# {escape(view.headline)}",
        "",
        f"**{escape(view.class_words)}.** {escape(' '.join(view.lead))}",
        "",
        (
            f"{PYTORCH} {percent(shares[CANDIDATES[0]])}, {TENSORFLOW} {percent(shares[CANDIDATES[1]])}"
            " of the plausible weightings and readings"
            f" · advice of {document.as_of} · rule base {escape(document.rule_base.version)}"
        ),
        "",
    ]
    return [*lines, *table(("", ""), rows)]


def _criteria(view: View) -> list[str]:
    rows = [
        (
            escape(one.label),
            f"{percent(one.weight.mean)} ({percent(one.weight.low)} to {percent(one.weight.high)})",
            f"{one.value[CANDIDATES[0]]:.2f}",
            f"{one.value[CANDIDATES[1]]:.2f}",
            view.speaks_for(one),
            f"{abs(one.contribution):.3f}",
        )
        for one in view.criteria
    ]
    lines = [
        "## Criterion by criterion",
        "",
        (
            "Values run from 0 (nothing speaks for it) to 1. A criterion moves the verdict by its weight"
            " times the difference of the values."
        ),
        "",
        *table(
            ("Criterion", "Weight (95 %)", PYTORCH, TENSORFLOW, "Speaks for", "By"),
            rows,
            "lrrrlr",
        ),
    ]
    if view.doubt:
        lines += [f"Where the doubt comes from: {escape(view.doubt)}.", ""]
    return lines


def _gates(view: View) -> list[str]:
    if not view.gates:
        return []
    lines = ["## Hard constraints", ""]
    for gate in view.gates:
        state = "" if gate.part.holds else " *May hold, depending on what was not answered.*"
        lines += [
            (
                f"- **Excludes {gate.part.excludes.label}.** {escape(sentence(gate.part.text))}{state}"
                f"{_citations(gate.evidence)}"
            ),
            f"  To lift it: {escape(sentence(gate.part.relax))}",
            *(f"  You answered: {escape(answer)}." for answer in gate.answers),
        ]
    return [*lines, ""]


def _reasons(view: View) -> list[str]:
    lines: list[str] = []
    for candidate, reasons in (
        (view.pick, view.reasons_for),
        (view.other, view.reasons_against),
    ):
        lines += [f"## What speaks for {candidate.label}", ""]
        for reason in reasons:
            lines += _reason(reason)
        lines += [] if reasons else ["Nothing in the answers given.", ""]
    return lines


def _reason(reason: ReasonView) -> list[str]:
    remarks = "".join(f" *{escape(sentence(one.capitalize()))}*" for one in reason.remarks)
    head = f"**{escape(reason.criterion)}**, {reason.part.strength.value}"
    lines = [
        f"- {escape(sentence(reason.part.text))}{_citations(reason.evidence)}{remarks}",
        f"  {head}; rule {code(reason.part.rule)}",
    ]
    if reason.answers:
        lines.append(f"  You answered: {escape('; '.join(reason.answers))}.")
    return [*lines, ""]


def _citations(evidence: tuple[EvidenceView, ...]) -> str:
    if not evidence:
        return ""
    return " " + ", ".join(f"[E{one.number}](#e{one.number})" for one in evidence)


def _measured(view: View) -> list[str]:
    probe = view.probe
    if probe is None:
        return ["## Measured", "", escape(view.measured_sentence), ""]
    lines = [
        "## Measured",
        "",
        (
            f"{escape(probe.summary)} Ratios are the time of {TENSORFLOW} over the time of {PYTORCH}"
            f" on the same work: above 1, {PYTORCH} is faster. Differences within 0.90 to 1.10 count"
            " as none in practice."
        ),
        "",
        *table(
            ("Work", "Conditions", PYTORCH, TENSORFLOW, "Ratio (95 %)", "Finding", "Equal work"),
            [_comparison(one) for one in probe.comparisons],
            "llrrrll",
        ),
        f"Noise floor: {escape(probe.noise)}",
        "",
    ]
    lines += _turns(view)
    lines += _probe_extras(probe)
    return lines


def _comparison(one: ComparisonView) -> tuple[str, ...]:
    times = [
        seconds(one.seconds[candidate]) if candidate in one.seconds else ""
        for candidate in CANDIDATES
    ]
    shown = f"{one.interval}" if one.interval else ""
    return (
        escape(one.name),
        escape(one.conditions),
        *times,
        shown,
        escape(one.finding),
        escape(one.proof),
    )


def _turns(view: View) -> list[str]:
    rows = [
        (
            f"{escape(readable(one.workload))}, {escape(readable(one.operation))}",
            ratio(one.measured) if one.measured is not None else "not measured",
            ratio(one.ratio) if one.ratio is not None else "nowhere",
        )
        for one in view.document.measurement_turns
    ]
    if not rows:
        return []
    return [
        "At which ratio each measurement would turn the verdict:",
        "",
        *table(("Measurement", "Measured", "Turns at"), rows, "lrr"),
    ]


def _probe_extras(probe: ProbeView) -> list[str]:
    lines: list[str] = []
    if probe.break_even:
        lines += ["After how many calls compiling has paid for itself:", ""]
        lines += table(
            ("Framework", "Work", "Pays after"),
            [tuple(map(escape, row)) for row in probe.break_even],
        )
    if probe.accuracy:
        lines += ["Time until the stated accuracy on a small data set:", ""]
        lines += table(
            ("Learner", "Time", "Accuracy"), [tuple(map(escape, row)) for row in probe.accuracy]
        )
    if probe.attempts:
        lines += ["Ways to deployment, tried here:", ""]
        lines += table(
            ("Path", "From", "Target", "Outcome", "Remark"),
            [tuple(map(escape, row)) for row in probe.attempts],
        )
    for text, remedy in probe.findings:
        lines.append(f"- {escape(sentence(text))} {escape(sentence(remedy))}".rstrip())
    return [*lines, ""] if probe.findings else lines


def _survey(view: View) -> list[str]:
    if not view.survey:
        return []
    rows = [
        (
            escape(one.part.survey_says),
            escape(one.part.now or "still holds"),
            f"[E{one.number}](#e{one.number}), {month(one.part.as_of)}",
        )
        for one in view.survey
    ]
    return [
        "## Claimed in 2025, and today",
        "",
        "What the survey arXiv 2508.04035 says on the points of this decision, beside later sources.",
        "",
        *table(("The survey says", "Today", "Source"), rows),
    ]


def _turning(view: View) -> list[str]:
    lines = ["## What would turn it", ""]
    for choice, title in ((True, "For the team to choose:"), (False, "Facts, if they were so:")):
        flips = [one for one in view.flips if one.choice is choice]
        if flips:
            lines += [title, ""]
            lines += [
                f"- {'; and '.join(map(escape, one.changes))} → **{escape(one.result)}**"
                for one in flips
            ]
            lines.append("")
    if not view.flips:
        lines += [escape(view.turning_sentence), ""]
    turning = [one for one in view.criteria if one.turning_weight is not None]
    if turning:
        rows = [
            (escape(one.label), percent(one.weight.mean), percent(one.turning_weight or 0))
            for one in turning
        ]
        lines += [
            "Weights at which the verdict turns, the others keeping their proportions:",
            "",
            *table(("Criterion", "Weight now", "Turns at"), rows, "lrr"),
        ]
    return lines


def _unknown(view: View) -> list[str]:
    document = view.document
    if not document.unanswered and not document.next_steps:
        return []
    lines = ["## What was not known", "", escape(view.unknown_sentence), ""]
    if document.unanswered:
        rows = [
            (
                escape(view.question_text(one.question)),
                escape(one.text),
                percent(one.turn_chance),
            )
            for one in document.unanswered
        ]
        lines += table(("Question", "What was done about it", "Could turn it"), rows, "llr")
    if document.next_steps:
        lines += ["What to find out next, the most worth per second first:", ""]
        lines += [
            f"{number}. {escape(view.step_text(step.kind.value, step.id))}"
            f" (about {seconds(step.seconds)}; could turn it: {percent(step.turn_chance)})"
            for number, step in enumerate(document.next_steps[:5], start=1)
        ]
        lines.append("")
    return lines


def _advice(view: View) -> list[str]:
    lines: list[str] = []
    for title, notices, otherwise, extra in view.advice:
        lines += [f"## {title}", ""]
        for notice in notices:
            lines += _notice(notice)
        lines += [] if notices else [otherwise]
        for text in extra:
            lines += ["", escape(text)]
        lines.append("")
    return lines


def _notice(notice: NoticeView) -> list[str]:
    lines = [f"- {escape(sentence(notice.part.text))}{_citations(notice.evidence)}"]
    if notice.part.command:
        lines += ["", *(f"  {line}" for line in block(notice.part.command, "sh")), ""]
    return lines


def _answers(view: View) -> list[str]:
    rows = [
        (escape(section), escape(question), escape(answer))
        for section, answers in view.answers
        for question, answer in answers
    ]
    lines = ["## Your answers", ""]
    lines += table(("", "Question", "Answer"), rows) if rows else ["None were given.", ""]
    if view.priorities:
        lines += [escape(view.priorities), ""]
    return lines


def _evidence(view: View) -> list[str]:
    lines = ["## Evidence", ""]
    for one in view.evidence:
        sources = ", ".join(link(source.title, source.url) for source in one.part.sources)
        versions = f" Versions: {escape(one.part.versions)}." if one.part.versions else ""
        lines += [
            f"### E{one.number}",
            "",
            (
                f"{escape(sentence(one.part.claim))}{versions} Known {escape(one.dated)};"
                f" confidence {one.part.confidence.value}. Sources: {sources}."
            ),
            "",
        ]
        if one.part.measurable:
            lines += [f"To check it: {escape(sentence(one.part.measurable))}", ""]
    return lines


def _environment(view: View) -> list[str]:
    probe = view.probe
    if probe is None:
        return []
    lines = ["## Machine and fairness of the measurements", ""]
    lines += table(("Machine", ""), [(escape(a), escape(b)) for a, b in probe.machine])
    lines += table(
        ("", PYTORCH, TENSORFLOW),
        [(escape(label), *map(escape, values)) for label, values in probe.frameworks],
    )
    for names, settings in probe.fairness:
        lines += [f"Settings asserted while running, {escape(names)}:", ""]
        lines += table(
            ("Setting", PYTORCH, TENSORFLOW, "Alike"),
            [tuple(map(escape, row)) for row in settings],
        )
    lines += table(("The run", ""), [(escape(a), escape(b)) for a, b in probe.run])
    return lines


def _limits(view: View) -> list[str]:
    lines = [
        "## Limits",
        "",
        *(f"- {escape(text)}" for text in (*view.document.notes, *LIMITS)),
        "",
    ]
    ages = ", ".join(f"{label}: {count}" for label, count in view.evidence_ages)
    card = (*CARD, ("Age of the evidence cited", ages), ("Rules per side", view.sides))
    return [*lines, *table(("About this advice", ""), [(escape(a), escape(b)) for a, b in card])]


def _decision_taken() -> list[str]:
    rows = [(escape(label), " ") for label in DECISION_TAKEN]
    return [
        "## Decision taken",
        "",
        "This report recommends; people decide. To be filled in by them.",
        "",
        *table(("", ""), rows),
    ]


def _reproduce(view: View) -> list[str]:
    return [
        "## How to check this",
        "",
        *block("\n".join(reproduce(view)), "sh"),
        "",
        (
            f"Rule base {escape(view.document.rule_base.version)},"
            f" sha256 {code(view.document.rule_base.sha256)};"
            f" framework-advisor {escape(view.document.advisor_version)};"
            f" {view.document.method.samples} draws, seed {code(view.document.method.seed)}."
        ),
        "",
    ]
