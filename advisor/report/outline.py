"""The report as a sequence of blocks: what stands in it and in which order.

Markdown and PDF lay these blocks out; the HTML report has a template of its own, with charts.
"""

from __future__ import annotations

from collections.abc import Iterator

from advisor.model.candidate import CANDIDATES
from advisor.report.blocks import (
    Block,
    Code,
    Heading,
    Item,
    Items,
    Run,
    Runs,
    code,
    items,
    paragraph,
    plain,
    runs,
    strong,
    table,
)
from advisor.report.facts import EvidenceView, GateView, NoticeView, ReasonView
from advisor.report.limits import DECISION_TAKEN, LIMITS, SURVEY, reproduce
from advisor.report.parts import SourcePart
from advisor.report.probe_view import ProbeView
from advisor.report.view import View
from advisor.report.words import sentence
from advisor.text import percent

MOST_OPEN = 12
"""How many points that may hold are set out."""
SIDES = tuple(one.label for one in CANDIDATES)


def outline(view: View) -> Iterator[Block]:
    """The whole report."""
    yield from _summary(view)
    yield from _team(view)
    yield from _criteria(view)
    yield from _gates(view)
    yield from _reasons(view)
    yield from _measured(view)
    yield from _survey(view)
    yield from _turning(view)
    yield from _unknown(view)
    yield from _advice(view)
    yield from _answers(view)
    yield from _evidence(view)
    yield from _environment(view)
    yield from _limits(view)
    yield from _decision_taken()
    yield from _check(view)


def _summary(view: View) -> Iterator[Block]:
    document = view.document
    shares = " and ".join(
        f"{one.label} in {percent(document.verdict.acceptability[one])}" for one in CANDIDATES
    )
    yield Heading(1, view.headline)
    yield paragraph(strong(f"{view.class_words}."), f" {' '.join(view.lead)}")
    yield paragraph(
        f"Comes out first: {shares} of the plausible weightings and readings. "
        f"Advice of {document.as_of}, rule base {document.rule_base.version}."
    )
    yield table(("", ""), [(strong(label), text) for label, text in view.summary[1:]])


def _team(view: View) -> Iterator[Block]:
    if not view.team_sentence:
        return
    yield Heading(2, "Where the team disagrees")
    yield paragraph(view.team_sentence)
    if view.dispute_rows:
        yield table(("Point", "Who holds what", "Settled so, it gives"), view.dispute_rows)
    yield table(("Person", "By their own answers"), view.members)


def _criteria(view: View) -> Iterator[Block]:
    yield Heading(2, "Criterion by criterion")
    yield paragraph(
        "Values run from 0 (nothing speaks for it) to 1. A criterion moves the verdict by its "
        "weight times the difference of the values."
    )
    yield table(
        ("Criterion", "Weight (95 %)", *SIDES, "Speaks for", "By"),
        view.criterion_rows,
        "lrrrlr",
    )
    if view.doubt:
        yield paragraph(f"Where the doubt comes from: {view.doubt}.")


def _gates(view: View) -> Iterator[Block]:
    if view.gates:
        yield Heading(2, "Hard constraints")
        yield Items(tuple(_gate(one) for one in view.gates))


def _gate(gate: GateView) -> Item:
    doubt = "" if gate.part.holds else " May hold, depending on what was not answered."
    return Item(
        (
            runs(
                strong(f"Excludes {gate.part.excludes.label}."),
                f" {sentence(gate.part.text)}",
                *_citations(gate.evidence),
                Run(doubt, "note"),
            ),
            plain(f"To lift it: {sentence(gate.part.relax)}"),
            *(plain(f"You answered: {answer}") for answer in gate.answers),
        )
    )


def _reasons(view: View) -> Iterator[Block]:
    for candidate, reasons in ((view.pick, view.reasons_for), (view.other, view.reasons_against)):
        yield Heading(2, f"What speaks for {candidate.label}")
        if reasons:
            yield Items(tuple(_reason(one) for one in reasons))
        else:
            yield paragraph(view.nothing_for(candidate))


def _reason(reason: ReasonView) -> Item:
    return Item(
        (
            runs(
                reason.text,
                *_citations(reason.evidence),
                *(Run(f" {sentence(_capital(one))}", "note") for one in reason.remarks),
            ),
            runs(
                strong(reason.criterion),
                f", {reason.part.strength.value}; rule ",
                code(reason.part.rule),
            ),
            *(plain(f"You answered: {answer}") for answer in reason.answers),
        )
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _citations(evidence: tuple[EvidenceView, ...]) -> Runs:
    found: list[Run] = []
    for one in evidence:
        found += [Run(", " if found else " "), Run(str(one.number), "cite")]
    return tuple(found)


def _measured(view: View) -> Iterator[Block]:
    probe = view.probe
    yield Heading(2, "Measured")
    if probe is None:
        yield paragraph(view.measured_sentence)
        return
    yield paragraph(
        f"{probe.summary} Ratios are the time of {SIDES[1]} over the time of {SIDES[0]} on the "
        f"same work: above 1, {SIDES[0]} is faster. Differences within 0.90 to 1.10 count as none "
        "in practice."
    )
    if probe.rows:
        yield table(
            ("Work", "Conditions", *SIDES, "Ratio (95 %)", "Finding"),
            probe.rows,
            "llrrrl",
        )
        if probe.remarks:
            yield items(probe.remarks)
    if probe.left_out:
        yield paragraph(probe.left_out)
    yield paragraph(f"Noise floor: {probe.noise}")
    if view.claim_rows:
        yield paragraph("What was claimed, beside what was measured:")
        yield table(("Claim", "Speaks for", "Measured", "Outcome"), view.claim_rows)
    if view.turn_rows:
        yield paragraph("At which ratio each measurement would turn the verdict:")
        yield table(("Measurement", "Measured", "Turns at"), view.turn_rows, "lrr")
    if view.no_turn:
        yield paragraph(view.no_turn)
    yield from _probe_extras(view, probe)


def _probe_extras(view: View, probe: ProbeView) -> Iterator[Block]:
    if probe.break_even:
        yield paragraph("After how many calls compiling has paid for itself:")
        yield table(("Framework", "Work", "Pays after"), probe.break_even)
    if probe.accuracy:
        yield paragraph("Time until the stated accuracy on a small data set:")
        yield table(("Learner", "Time", "Accuracy"), probe.accuracy)
    if probe.attempts:
        yield paragraph("Ways to deployment, tried on this machine; the best of each side:")
        yield table(("Target", *SIDES), view.attempt_matrix)
        yield table(("Way", "From", "Outcome", "Figures"), probe.attempts)
    if probe.findings:
        yield items(f"{sentence(text)} {sentence(remedy)}" for text, remedy in probe.findings)


def _survey(view: View) -> Iterator[Block]:
    if not view.survey:
        return
    yield Heading(2, "Claimed, and what holds today")
    yield paragraph(SURVEY)
    yield table(
        ("The survey, or common wisdom", "Today", "Source"),
        [
            (
                one.part.survey_says,
                one.part.now or "still holds",
                runs(Run(str(one.number), "cite"), f" {one.month}"),
            )
            for one in view.survey
        ],
    )


def _turning(view: View) -> Iterator[Block]:
    yield Heading(2, "What would turn it")
    for choice, title in ((True, "For the team to choose:"), (False, "Facts, if they were so:")):
        flips = [one for one in view.flips if one.choice is choice]
        if flips:
            yield paragraph(title)
            yield items(
                runs(f"{'; and '.join(one.changes)} → ", strong(one.result)) for one in flips
            )
    if not view.flips:
        yield paragraph(view.turning_sentence)
    turning = [one for one in view.criteria if one.turning_weight is not None]
    if turning:
        yield paragraph("Weights at which the verdict turns, the others keeping their proportions:")
        yield table(
            ("Criterion", "Weight now", "Turns at"),
            [
                (one.label, percent(one.weight.mean), percent(one.turning_weight or 0))
                for one in turning
            ],
            "lrr",
        )


def _unknown(view: View) -> Iterator[Block]:
    document = view.document
    if not document.unanswered and not document.next_steps:
        return
    yield Heading(2, "What was not known")
    yield paragraph(view.unknown_sentence)
    if view.assumed:
        yield paragraph(view.assumed)
    if view.unanswered_rows:
        yield table(("Question", "Could turn it"), view.unanswered_rows, "lr")
    if view.unanswered_rest:
        yield paragraph(view.unanswered_rest)
    if view.open_rows:
        yield paragraph("What may hold, depending on those answers, the weightiest first:")
        yield table(("If it holds", "It speaks for", "Depends on"), view.open_rows[:MOST_OPEN])
        left = len(view.open_rows) - MOST_OPEN
        if left > 0:
            yield paragraph(f"{left} more, of less weight, are in the JSON and HTML forms.")
    if view.no_steps:
        yield paragraph(view.no_steps)
    if view.steps:
        yield paragraph("What to find out next, the most worth per second first:")
        yield items(
            (
                plain(f"{text} (about {time}; could turn it: {chance})")
                for text, time, chance in view.steps
            ),
            ordered=True,
        )


def _advice(view: View) -> Iterator[Block]:
    for title, notices, otherwise, extra in view.advice:
        yield Heading(2, title)
        if notices:
            yield Items(tuple(_notice(one) for one in notices))
        else:
            yield paragraph(otherwise)
        for text in extra:
            yield paragraph(text)


def _notice(notice: NoticeView) -> Item:
    line = runs(sentence(notice.part.text), *_citations(notice.evidence))
    return Item((line,), notice.part.command)


def _answers(view: View) -> Iterator[Block]:
    yield Heading(2, "Your answers")
    rows = [(section, *pair) for section, pairs in view.answers for pair in pairs]
    if rows:
        yield table(("", "Question", "Answer"), rows)
    else:
        yield paragraph("None were given.")
    if view.priorities:
        yield paragraph(view.priorities)


def _evidence(view: View) -> Iterator[Block]:
    if not view.evidence:
        return
    yield Heading(2, "Evidence")
    for one in view.evidence:
        versions = f" Versions: {sentence(one.part.versions)}" if one.part.versions else ""
        yield Heading(3, f"E{one.number}")
        yield paragraph(
            f"{sentence(one.part.claim)}{versions} Known {one.dated}; "
            f"confidence {one.part.confidence.value}. Sources: ",
            *_sources(one.part.sources),
        )
        if one.part.measurable:
            yield paragraph(f"To check it: {sentence(one.part.measurable)}")


def _sources(sources: tuple[SourcePart, ...]) -> Runs:
    found: list[Run] = []
    for one in sources:
        found += [Run(", ")] if found else []
        found.append(Run(one.title or one.url, "link", one.url))
    return (*found, Run("."))


def _environment(view: View) -> Iterator[Block]:
    probe = view.probe
    if probe is None:
        return
    yield Heading(2, "Machine and fairness of the measurements")
    if probe.machine:
        yield table(("Machine", ""), probe.machine)
    if probe.frameworks:
        yield table(("", *SIDES), probe.framework_rows)
    if probe.proof_rows:
        yield table(("Work", "Proof that both sides did the same"), probe.proof_rows)
    for names, settings in probe.fairness:
        yield paragraph(f"Settings asserted while running, {names}:")
        yield table(("Setting", *SIDES, "Alike"), settings)
    yield table(("The run", ""), probe.run)


def _limits(view: View) -> Iterator[Block]:
    yield Heading(2, "Limits")
    yield items((*view.document.notes, *LIMITS))
    yield table(("About this advice", ""), view.card)


def _decision_taken() -> Iterator[Block]:
    yield Heading(2, "Decision taken")
    yield paragraph("This report recommends; people decide. To be filled in by them.")
    yield table(("", ""), [(label, "") for label in DECISION_TAKEN])


def _check(view: View) -> Iterator[Block]:
    document = view.document
    yield Heading(2, "How to check this")
    yield Code("\n".join(reproduce(view)))
    yield paragraph(
        f"Rule base {document.rule_base.version}, sha256 ",
        code(document.rule_base.sha256),
        f"; framework-advisor {document.advisor_version}; {document.method.samples} draws, seed ",
        code(document.method.seed),
        ".",
    )
