"""The measurements as CSV, for a spreadsheet: a row per comparison and candidate."""

from __future__ import annotations

import csv
import io

from advisor.model.candidate import CANDIDATES
from advisor.report.parts import DecisionDocument
from advisor.report.probe_view import ComparisonView
from advisor.report.view import View
from advisor.text import one_line

HEAD = (
    "workload",
    "operation",
    "size",
    "mode",
    "threads",
    "device",
    "precision",
    "status",
    "verdict",
    "reason",
    "ratio_tensorflow_over_pytorch",
    "ratio_low",
    "ratio_high",
    "pairs",
    "generations",
    "candidate",
    "version",
    "median_seconds",
    "first_call_seconds",
    "likeness",
    "as_of",
)
"""One row per comparison and candidate; times in seconds, the ratio with its 95 % interval."""


def to_csv(document: DecisionDocument) -> str:
    """All comparisons, measured or not; only the heading when there was no probe.

    Text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    view = View(document)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEAD)
    if view.probe is not None:
        versions = view.probe.versions
        for one in view.probe.comparisons:
            for candidate in CANDIDATES:
                time, first = one.seconds.get(candidate), one.first_call.get(candidate)
                writer.writerow(
                    [
                        *_of_comparison(one),
                        candidate.value,
                        harmless(versions.get(candidate, "")),
                        "" if time is None else repr(time),
                        "" if first is None else repr(first),
                        document.likeness.value,
                        document.as_of.isoformat(),
                    ]
                )
    return out.getvalue()


def _of_comparison(one: ComparisonView) -> list[str]:
    texts = (one.workload, one.operation, one.size, one.mode, one.threads, one.device)
    more = (one.precision, one.status, one.verdict_id, one.reason)
    found = one.interval
    ratio = [repr(x) for x in (found.estimate, found.low, found.high)] if found else ["", "", ""]
    return [
        *(harmless(str(text)) for text in (*texts, *more)),
        *ratio,
        str(one.pairs),
        str(one.generations),
    ]


def harmless(text: str) -> str:
    """Foreign text on one line that no spreadsheet computes."""
    line = one_line(text)
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line
