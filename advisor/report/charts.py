"""The charts of the HTML report, drawn from the document: each with a table of the same figures.

PyTorch is always to the left and plain, TensorFlow to the right and hatched, so that no meaning
rests on colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from markupsafe import Markup

from advisor.model.candidate import CANDIDATES, Candidate
from advisor.report import svg
from advisor.report.view import View
from advisor.report.words import ratio
from advisor.text import percent

PYTORCH, TENSORFLOW = CANDIDATES
LABELS = 236.0
"""Width of the column of labels."""
ROW = 40.0
"""Height of a row."""
ZONE = (0.90, 1.10)
"""Ratios that make no practical difference."""


WIDEST = 16.0
"""Ratios beyond this factor are drawn at the edge, with an arrow."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and its twin."""

    name: str
    title: str
    description: str
    picture: Markup
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def _bar(
    chart: str, candidate: Candidate, x: float, y: float, *, width: float, height: float
) -> Markup:
    """A bar in the colour and pattern of a candidate."""
    hatched_by = chart if candidate is TENSORFLOW else ""
    return svg.rect(x, y, width, height, f"bar-{candidate.value}", hatched_by=hatched_by)


def _chart(
    name: str,
    title: str,
    description: str,
    *,
    height: float,
    body: list[Markup],
    head: tuple[str, ...],
    rows: list[tuple[str, ...]],
) -> Chart:
    picture = svg.picture(name, height, title, description, body)
    return Chart(name, title, description, picture, head, tuple(rows))


def acceptability(view: View) -> Chart:
    """Share of weightings and readings in which each candidate comes out first."""
    shares = view.document.verdict.acceptability
    body: list[Markup] = []
    x = 0.0
    for candidate in CANDIDATES:
        wide = shares[candidate] * svg.WIDTH
        if wide > 0:
            body.append(_bar("acceptability", candidate, x, 24, width=wide, height=30))
        x += wide
    body += [
        svg.text(0, 16, f"{PYTORCH.label} {percent(shares[PYTORCH])}", "label strong"),
        svg.text(
            svg.WIDTH,
            16,
            f"{TENSORFLOW.label} {percent(shares[TENSORFLOW])}",
            "label strong",
            "end",
        ),
        svg.line(svg.WIDTH / 2, 20, svg.WIDTH / 2, 58, "axis"),
        svg.text(svg.WIDTH / 2, 72, "half", "tick", "middle"),
    ]
    error = view.document.verdict.monte_carlo_error
    return _chart(
        "acceptability",
        "How often each comes out first",
        f"{PYTORCH.label} in {percent(shares[PYTORCH])} and {TENSORFLOW.label} in "
        f"{percent(shares[TENSORFLOW])} of the plausible weightings and readings.",
        height=78,
        body=body,
        head=("Candidate", "Comes out first", "Sampling error"),
        rows=[(one.label, percent(shares[one]), f"{100 * error:.1f} points") for one in CANDIDATES],
    )


def criteria(view: View) -> Chart:
    """What each criterion adds to the verdict: bars to the side it speaks for."""
    found = view.criteria
    largest = max((abs(one.contribution) for one in found), default=0.0) or 1.0
    half = (svg.WIDTH - LABELS) / 2 - 48
    middle = LABELS + half + 48
    body = [
        svg.text(middle - 8, 14, f"{PYTORCH.label} ←", "tick", "end"),
        svg.text(middle + 8, 14, f"→ {TENSORFLOW.label}", "tick"),
    ]
    y = 24.0
    for one in found:
        side = PYTORCH if one.contribution > 0 else TENSORFLOW
        length = abs(one.contribution) / largest * half
        sign = -1 if side is PYTORCH else 1
        body.append(svg.label(0, y + ROW / 2, one.label, LABELS - 12))
        if length >= 0.05:
            body.append(_bar("criteria", side, middle, y + 9, width=sign * length, height=ROW - 18))
        body.append(
            svg.text(
                middle + sign * (length + 6),
                y + ROW / 2 + 4,
                f"{abs(one.contribution):.3f}",
                "tick",
                "end" if sign < 0 else "start",
            )
        )
        y += ROW
    body.append(svg.line(middle, 20, middle, y, "axis"))
    strongest = max(found, key=lambda one: abs(one.contribution), default=None)
    said = (
        f"The strongest is {strongest.label}, which speaks for {view.speaks_for(strongest)}."
        if strongest
        else ""
    )
    return _chart(
        "criteria",
        "What each criterion adds",
        f"Weight times the difference of the values, criterion by criterion. {said}",
        height=y + 6,
        body=body,
        head=("Criterion", "Weight (95 %)", PYTORCH.label, TENSORFLOW.label, "Speaks for", "By"),
        rows=view.criterion_rows,
    )


def weights(view: View) -> Chart | None:
    """Weight of each criterion with its interval, and where the verdict would turn."""
    found = [one for one in view.criteria if one.turning_weight is not None]
    if not found:
        return None
    wide = svg.WIDTH - LABELS - 24
    body: list[Markup] = []
    y = 24.0
    bottom = y + ROW * len(found)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = LABELS + share * wide
        body += [
            svg.line(x, 20, x, bottom, "grid"),
            svg.text(x, 14, percent(share), "tick", "middle"),
        ]
    for one in found:
        at = y + ROW / 2
        turn = one.turning_weight or 0.0
        body += [
            svg.label(0, at, one.label, LABELS - 20),
            svg.line(
                LABELS + one.weight.low * wide, at, LABELS + one.weight.high * wide, at, "interval"
            ),
            svg.dot(LABELS + one.weight.mean * wide, at, "mean"),
            svg.diamond(LABELS + turn * wide, at, "turn"),
        ]
        y += ROW
    body += [
        svg.dot(LABELS + 6, y + 18, "mean"),
        svg.text(LABELS + 18, y + 22, "weight now, with its 95 % interval", "tick"),
        svg.diamond(LABELS + 262, y + 18, "turn"),
        svg.text(LABELS + 274, y + 22, "weight at which it turns", "tick"),
    ]
    return _chart(
        "weights",
        "How far a weight would have to move",
        "For each criterion, its weight now and the weight at which the verdict turns, the other "
        "criteria keeping their proportions.",
        height=y + 32,
        body=body,
        head=("Criterion", "Weight now", "95 % interval", "Turns at"),
        rows=[
            (
                one.label,
                percent(one.weight.mean),
                f"{percent(one.weight.low)} to {percent(one.weight.high)}",
                percent(one.turning_weight or 0.0),
            )
            for one in found
        ],
    )


def tornado(view: View, most: int = 8) -> Chart | None:
    """How far each change of answers moves the share of the pick, the largest first."""
    now = view.acceptability
    found = [
        (one, flip.acceptability if flip.framework is view.pick else 1 - flip.acceptability)
        for one, flip in view.flip_pairs
    ]
    found = sorted(found, key=lambda item: -abs(item[1] - now))[:most]
    if not found:
        return None
    row = 48.0
    labels = 360.0
    wide = svg.WIDTH - labels - 24
    y = 24.0
    bottom = y + row * len(found)
    body: list[Markup] = []
    for share in (0.0, 0.5, 1.0):
        x = labels + share * wide
        body += [
            svg.line(x, 20, x, bottom, "axis" if share == 0.5 else "grid"),
            svg.text(x, 14, percent(share), "tick", "middle"),
        ]
    for one, after in found:
        at = y + row / 2
        width = (after - now) * wide
        body += [
            svg.label(0, at, "; ".join(one.short), labels - 16),
            _bar("tornado", view.other, labels + now * wide, at - 10, width=width, height=20),
            svg.dot(labels + after * wide, at, "mean"),
        ]
        y += row
    body.append(svg.line(labels + now * wide, 20, labels + now * wide, bottom, "now"))
    return _chart(
        "tornado",
        f"How far a changed answer moves {view.pick.label}",
        f"{view.pick.label} comes out first in {percent(now)} now; each bar leads to its share "
        "after the change named. Left of half, the other one is ahead.",
        height=y + 6,
        body=body,
        head=("Change", "Kind", "Then"),
        rows=[
            ("; ".join(one.changes), "choice" if one.choice else "fact", one.result)
            for one, _ in found
        ],
    )


def ratios(view: View) -> Chart | None:
    """Measured time ratios with their intervals on a log scale, and the zone of no difference."""
    found = view.probe.measured if view.probe else ()
    intervals = [(one, one.interval) for one in found if one.interval is not None]
    if not intervals:
        return None
    lowest = max(min(0.75, *(one.low for _, one in intervals)), 1 / WIDEST)
    highest = min(max(1.33, *(one.high for _, one in intervals)), WIDEST)
    labels = 250.0
    wide = svg.WIDTH - labels - 30

    def place(value: float) -> float:
        held = min(max(value, lowest), highest)
        return labels + 10 + (log(held) - log(lowest)) / (log(highest) - log(lowest)) * wide

    y = 40.0
    bottom = y + ROW * len(intervals)
    body = [
        svg.rect(place(ZONE[0]), 24, place(ZONE[1]) - place(ZONE[0]), bottom - 24, "zone"),
        svg.line(place(1.0), 24, place(1.0), bottom, "axis"),
        svg.text(place(1.0) - 30, 14, "← TensorFlow faster", "tick", "end"),
        svg.text(place(1.0) + 30, 14, "PyTorch faster →", "tick"),
    ]
    for value in _ticks(lowest, highest):
        body += [
            svg.line(place(value), bottom, place(value), bottom + 4, "axis"),
            svg.text(place(value), bottom + 18, f"{value:.3g}", "tick", "middle"),
        ]
    for one, interval in intervals:
        at = y + ROW / 2
        body += [
            svg.label(0, at, one.name, labels - 10),
            svg.line(place(interval.low), at, place(interval.high), at, "interval"),
            *_end(place(interval.low), at, -1 if interval.low < lowest else 0),
            *_end(place(interval.high), at, 1 if interval.high > highest else 0),
            svg.dot(place(interval.estimate), at, "mean"),
        ]
        y += ROW
    return _chart(
        "ratios",
        "Measured time ratios",
        "Time of TensorFlow over time of PyTorch on the same work, with 95 % intervals; the band "
        "from 0.90 to 1.10 makes no practical difference.",
        height=bottom + 26,
        body=body,
        head=("Work", "Ratio", "95 % interval", "Finding"),
        rows=[
            (
                one.name,
                ratio(interval.estimate),
                f"{ratio(interval.low)} to {ratio(interval.high)}",
                one.verdict,
            )
            for one, interval in intervals
        ],
    )


def _end(x: float, y: float, beyond: int) -> list[Markup]:
    """The end of an interval: a stroke, or an arrow to the side where it goes on."""
    if not beyond:
        return [svg.line(x, y - 5, x, y + 5, "interval")]
    return [
        svg.line(x, y, x - 7 * beyond, y - 5, "interval"),
        svg.line(x, y, x - 7 * beyond, y + 5, "interval"),
    ]


def _ticks(lowest: float, highest: float) -> list[float]:
    """Round ratios within the range: powers of two, and closer ones on a narrow range."""
    narrow = (0.5, 0.7, 0.8, 0.9, 1.1, 1.25, 1.5, 2.0)
    wide = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0, 16.0)
    return [one for one in (narrow if highest / lowest < 3.5 else wide) if lowest <= one <= highest]
