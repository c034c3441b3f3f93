"""The probe screen's text: the plan, the run, the fairness table, as styled content."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from advisor.measure.progress import ratio_words, seconds_words, verdict_words
from advisor.model.candidate import CANDIDATES
from advisor.model.measurement import ComparisonStatus
from advisor.text import one_line
from advisor.tui.drawing import FULL, LIGHT, QUIET, interval_plot, sparkline
from advisor.tui.probing import LEVELS, Picture, Row

if TYPE_CHECKING:
    from advisor.deploy.declarations import Declaration
    from advisor.measure.record import ComparisonRecord, ProbeRecord


def plan_content(
    level: str,
    seconds: float,
    plan: Sequence[tuple[str, str, str]],
    *,
    answered: bool,
    ways: Sequence[Declaration],
) -> Content:
    """What would be measured and tried, how long it takes, and what to mind."""
    levels = "  ".join(f"[{one}]" if one == level else one for one in LEVELS)
    lines = [
        Content.styled("Measure both frameworks on this machine", "bold"),
        Content.styled(
            "Each in its own process, on the same work, in pairs of blocks. At most "
            f"{seconds:.0f} s; it ends earlier when more could not change anything.",
            QUIET,
        ),
        Content(""),
        Content.assemble(("Length (l) ", QUIET), levels),
        Content.assemble(
            ("Ways to targets (d) ", QUIET),
            _ways_words(ways),
        ),
        Content(""),
    ]
    for name, operations, because in plan:
        lines.append(
            Content.assemble((f"  {name:<13}", "bold"), f" {operations}", (f"  – {because}", QUIET))
        )
    lines += [
        Content.assemble((f"  {one.candidate.label:<13}", "bold"), f" {one.title}") for one in ways
    ]
    more = "" if answered else " Without answers the picture is broad."
    lines += [
        Content(""),
        Content.styled(
            "You can go on answering meanwhile, but typing takes time from what is measured and "
            f"adds noise; leaving the machine alone is best.{more}",
            QUIET,
        ),
    ]
    return Content("\n").join(lines)


def _ways_words(ways: Sequence[Declaration]) -> str:
    if not ways:
        return "[ ] not tried"
    minutes = math.ceil(sum(one.most_seconds for one in ways) / 60)
    return f"[x] {len(ways)} ways: convert, load, run, compare; at most {minutes} min more"


def run_content(picture: Picture, width: int, *, running: bool) -> Content:
    """A run as far as it is, or what it found."""
    if picture.error:
        return Content.assemble(
            ("Nothing could be measured\n", "bold $error"), one_line(picture.error)
        )
    lines = [_progress(picture, width)] if running else [_outcome(picture)]
    lines.append(Content(""))
    if picture.rows:
        for row in picture.rows.values():
            lines += _row(row, width)
    elif picture.record is not None:
        for record in picture.record.comparisons:
            lines += _record(record, width)
    lines += [_noise(picture, running=running)]
    lines += _attempts(picture)
    lines += _findings(picture)
    if picture.record is not None:
        lines += _fairness(picture.record)
    return Content("\n").join(lines)


def _progress(picture: Picture, width: int) -> Content:
    cells = max(10, min(40, width - 30))
    filled = round(cells * picture.share)
    return Content.assemble(
        (FULL * filled, "$primary"),
        (LIGHT * (cells - filled), QUIET),
        f" {100 * picture.share:3.0f} %  {picture.elapsed:.0f} s",
        (f", {picture.remaining:.0f} s left at most\n", QUIET) if picture.remaining else "\n",
        (one_line(picture.doing), QUIET),
    )


def _outcome(picture: Picture) -> Content:
    record = picture.record
    if record is None:
        return Content(one_line(picture.doing))
    words = {
        "finished": "Measured.",
        "budget": "Measured as far as the time went.",
        "cancelled": "Stopped; what was measured is kept.",
    }[record.outcome.value]
    versions = ", ".join(
        f"{one.candidate.label} {one.version or 'not usable: ' + one.reason}"
        for one in record.frameworks
    )
    return Content.assemble(
        (words, "bold"), (f" {record.elapsed_seconds:.0f} s. {one_line(versions)}", QUIET)
    )


def _row(row: Row, width: int) -> list[Content]:
    if row.record is not None:
        return _record(row.record, width, row.ratios)
    head = Content.styled(row.id.label, "bold")
    if row.so_far is None:
        state = "  waiting" if not row.ratios else f"  {len(row.ratios)} pairs, no interval yet"
        return [Content.assemble(head, (state + _proof_words(row), QUIET)), Content("")]
    note = " (provisional)" if row.provisional else ""
    plot = max(15, min(41, width - 30))
    ratio = row.so_far
    return [
        Content.assemble(
            head, f"  {ratio_words(ratio)}", (f"{note}, {len(row.ratios)} pairs", QUIET)
        ),
        Content.assemble(
            "  ",
            interval_plot(ratio.low, ratio.estimate, ratio.high, plot),
            "  ",
            sparkline(row.ratios, 16),
            (_proof_words(row), QUIET),
        ),
        Content(""),
    ]


def _proof_words(row: Row) -> str:
    if row.proof is None:
        return ""
    if row.proof.passed:
        return f"  equal work proved to {row.proof.largest_deviation:.0e}"
    return "  the two do not do the same work: not compared"


def _record(record: ComparisonRecord, width: int, ratios: Sequence[float] = ()) -> list[Content]:
    threads = f"{record.threads} thread{'' if record.threads == 1 else 's'}"
    mode = "" if record.mode == "default" else f", {record.mode}"
    head = Content.assemble(
        (f"{record.workload} {record.operation}", "bold"), (f"  {threads}{mode}", QUIET)
    )
    if record.status is not ComparisonStatus.MEASURED or record.ratio is None:
        status = record.status.value.replace("-", " ")
        words = f"  {status}. {one_line(record.reason)}".rstrip()
        return [Content.assemble(head, words), Content("")]
    ratio = record.ratio
    plot = max(15, min(41, width - 30))
    times = ", ".join(
        f"{one.label} {seconds_words(record.side(one).seconds)}" for one in CANDIDATES
    )
    found = ratios or record.generation_ratios
    proof = ""
    if record.proof is not None and record.proof.passed:
        proof = f"  equal work to {record.proof.largest_deviation:.0e}"
    return [
        Content.assemble(
            head, "  ", (verdict_words(record.verdict), "bold"), f"  {ratio_words(ratio)}"
        ),
        Content.assemble(
            "  ",
            interval_plot(ratio.low, ratio.estimate, ratio.high, plot),
            "  ",
            sparkline(found, 16),
            (f"{proof}", QUIET),
        ),
        Content.styled(
            f"  {times}; {record.pairs} pairs in {len(record.generation_ratios)} processes each",
            QUIET,
        ),
        Content(""),
    ]


def _noise(picture: Picture, *, running: bool) -> Content:
    if picture.noise is None:
        state = "being measured" if running else "not measured"
        return Content.styled(f"Noise floor of this machine: {state}.", QUIET)
    stored = " (from an earlier run)" if picture.noise_stored else ""
    return Content.assemble(
        ("Noise floor, a framework against itself: ", "bold"),
        f"{ratio_words(picture.noise)}{stored}. ",
        ("No difference below it is claimed.", QUIET),
    )


def _attempts(picture: Picture) -> list[Content]:
    """Ways to deployment targets, as far as they were tried."""
    found = picture.record.attempts if picture.record is not None else ()
    found = found or tuple(picture.attempts)
    if not found:
        return []
    from advisor.deploy.matrix import attempt_line

    marks = {"works": "✓", "differs": "≠", "fails": "✗"}
    return [
        Content(""),
        Content.styled("Ways to your targets, tried here", "bold"),
        *(
            Content(f"  {marks.get(one.outcome.value, '–')} {one_line(attempt_line(one))}")
            for one in found
        ),
    ]


def _findings(picture: Picture) -> list[Content]:
    found = list(picture.findings)
    if picture.record is not None:
        found = list(picture.record.findings)
    if not found:
        return []
    lines = [Content(""), Content.styled("Found on this machine", "bold")]
    lines += [
        Content.assemble(
            ("  ! " if one.severity != "note" else "  · ", "bold $warning"),
            one_line(one.text),
            (f" {one_line(one.remedy)}" if one.remedy else "", QUIET),
        )
        for one in found
    ]
    return lines


def _fairness(record: ProbeRecord) -> list[Content]:
    """The settings of both sides, asserted while running; alike for all comparisons once."""
    rows: dict[str, tuple[str, str, bool]] = {}
    for one in record.comparisons:
        for row in one.fairness:
            rows.setdefault(row.name, (row.pytorch, row.tensorflow, row.alike))
    if not rows:
        return []
    lines = [
        Content(""),
        Content.styled("Fairness, checked while running", "bold"),
        Content.styled(f"  {'':<18} {'PyTorch':<22} TensorFlow", QUIET),
    ]
    for name, (pytorch, tensorflow, alike) in rows.items():
        mark = "=" if alike else "≠"
        lines.append(Content(f"{mark} {name:<18} {pytorch:<22} {tensorflow}"))
    return lines
