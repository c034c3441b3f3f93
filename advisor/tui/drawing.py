"""Bars and sparklines out of characters, exact to the half cell, readable without colour."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

from textual.content import Content

from advisor.model.candidate import Candidate

PYTORCH, TENSORFLOW, QUIET = "$pytorch", "$tensorflow", "$quiet"
FULL, LIGHT, LEFT_HALF, RIGHT_HALF = "█", "░", "▌", "▐"
SPARKS = "▁▂▃▄▅▆▇█"


def colour_of(candidate: Candidate) -> str:
    """The theme variable of a candidate."""
    return PYTORCH if candidate is Candidate.PYTORCH else TENSORFLOW


def percent(share: float) -> str:
    """A share as a whole percentage; never 0 or 100 unless it is exactly that."""
    value = round(100 * share)
    if value in {0, 100} and share not in {0.0, 1.0}:
        return "<1 %" if value == 0 else ">99 %"
    return f"{value} %"


def share_bar(pytorch: float, width: int) -> Content:
    """One bar shared by both: solid for PyTorch from the left, light for TensorFlow."""
    cells = max(2, width)
    left = min(cells, max(0, round(pytorch * cells)))
    if 0.0 < pytorch < 1.0:
        left = min(cells - 1, max(1, left))
    return Content.assemble((FULL * left, PYTORCH), (LIGHT * (cells - left), TENSORFLOW))


def balance_line(pytorch: float, width: int) -> Content:
    """`PyTorch 62 % ████░░ 38 % TensorFlow`, shortened to P and T when there is little room."""
    short = width < 48
    names = ("P", "T") if short else (Candidate.PYTORCH.label, Candidate.TENSORFLOW.label)
    left, right = f"{names[0]} {percent(pytorch)} ", f" {percent(1 - pytorch)} {names[1]}"
    room = width - len(left) - len(right)
    return Content.assemble((left, PYTORCH), share_bar(pytorch, room), (right, TENSORFLOW))


def diverging_bar(value: float, largest: float, half: int) -> Content:
    """A bar from the middle: to the left for PyTorch, to the right for TensorFlow.

    Args:
        value: above 0 speaks for PyTorch.
        largest: the value that fills a side.
        half: cells of one side.
    """
    halves = 0 if largest <= 0 else min(2 * half, round(2 * half * abs(value) / largest))
    if value and not halves and abs(value) > 1e-9:
        halves = 1
    whole, rest = divmod(halves, 2)
    if value > 0:
        bar = (RIGHT_HALF if rest else "") + FULL * whole
        return Content.assemble((bar.rjust(half), PYTORCH), ("│", QUIET), " " * half)
    bar = FULL * whole + (LEFT_HALF if rest else "")
    return Content.assemble(" " * half, ("│", QUIET), (bar.ljust(half), TENSORFLOW))


def sparkline(values: Sequence[float], width: int) -> str:
    """The last values, low to high in eight steps."""
    shown = list(values)[-width:]
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    if high <= low:
        return SPARKS[3] * len(shown)
    return "".join(SPARKS[min(7, int(8 * (one - low) / (high - low)))] for one in shown)


SCALE = log(4.0)
"""The interval plot goes from a quarter to four times."""
ZONE = (0.90, 1.10)
"""Within these ratios there is no practical difference (method.md)."""


def interval_plot(low: float, estimate: float, high: float, width: int) -> Content:
    """An interval of a time ratio on a log scale from 1/4 to 4, with the zone of no difference.

    Left of the middle: TensorFlow is faster; right: PyTorch is. `┆` mark the zone.
    """

    def place(ratio: float) -> int:
        share = 0.5 + 0.5 * log(max(exp(-SCALE), min(exp(SCALE), ratio))) / SCALE
        return min(width - 1, max(0, round(share * (width - 1))))

    cells = ["·"] * width
    cells[place(ZONE[0])] = cells[place(ZONE[1])] = "┆"
    start, end = place(low), place(high)
    for at in range(start, end + 1):
        cells[at] = "─"
    cells[start], cells[end] = "├", "┤"
    if low < exp(-SCALE):
        cells[start] = "◂"
    if high > exp(SCALE):
        cells[end] = "▸"
    cells[place(estimate)] = "●"
    style = QUIET
    if low > ZONE[1]:
        style = PYTORCH
    elif high < ZONE[0]:
        style = TENSORFLOW
    return Content.assemble(("".join(cells), style))
