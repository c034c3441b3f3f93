"""What was tried, target by target: rows for every face."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from advisor.measure.record import AttemptOutcome, AttemptRecord
from advisor.model.candidate import CANDIDATES, Candidate

WORDS = {
    AttemptOutcome.WORKS: "works",
    AttemptOutcome.DIFFERS: "converts, output differs",
    AttemptOutcome.FAILS: "fails",
    AttemptOutcome.NOT_TRIED: "not tried",
}
_BEST_FIRST = (
    AttemptOutcome.WORKS,
    AttemptOutcome.DIFFERS,
    AttemptOutcome.FAILS,
    AttemptOutcome.NOT_TRIED,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """How one candidate reaches one target here."""

    target: str
    candidate: Candidate
    outcome: AttemptOutcome | None
    """The best of its paths; None: there is no path."""
    paths: tuple[AttemptRecord, ...]

    @property
    def words(self) -> str:
        """The outcome in words."""
        return "no path" if self.outcome is None else WORDS[self.outcome]


def matrix(attempts: Iterable[AttemptRecord]) -> tuple[tuple[str, tuple[Cell, ...]], ...]:
    """One row per target, one cell per candidate in their usual order."""
    found = list(attempts)
    targets = sorted({target for one in found for target in one.targets})
    return tuple(
        (target, tuple(_cell(found, target, candidate) for candidate in CANDIDATES))
        for target in targets
    )


def _cell(found: list[AttemptRecord], target: str, candidate: Candidate) -> Cell:
    mine = tuple(one for one in found if target in one.targets and one.candidate is candidate)
    outcomes = {one.outcome for one in mine}
    best = next((one for one in _BEST_FIRST if one in outcomes), None)
    return Cell(target, candidate, best, mine)


def as_text(attempts: Iterable[AttemptRecord]) -> str:
    """The matrix, then every path with its figures."""
    found = list(attempts)
    lines = [f"{'target':<18}" + "".join(f"{one.label:<28}" for one in CANDIDATES)]
    for target, cells in matrix(found):
        lines.append(f"{target:<18}" + "".join(f"{cell.words:<28}" for cell in cells).rstrip())
    lines.append("")
    lines += [attempt_line(one) for one in found]
    return "\n".join(lines) + "\n"


def attempt_line(one: AttemptRecord) -> str:
    """One path on one line."""
    return f"{one.candidate.label}, {one.title}: {WORDS[one.outcome]}{_figures(one)}"


def _figures(one: AttemptRecord) -> str:
    parts = [one.reason.rstrip(".")] if one.reason else []
    if one.largest_deviation is not None:
        parts.append(f"largest deviation {one.largest_deviation:.2g}")
    if one.artefact_bytes is not None:
        parts.append(f"{one.artefact_bytes / 1000:,.0f} kB")
    if one.convert_seconds is not None:
        parts.append(f"converted in {one.convert_seconds:.1f} s")
    if one.load_seconds is not None:
        parts.append(f"cold load {one.load_seconds:.2f} s")
    if one.latency is not None:
        timed = one.latency
        parts.append(
            f"one item {timed.median_seconds * 1e3:.3g} ms "
            f"[{timed.low_seconds * 1e3:.3g}, {timed.high_seconds * 1e3:.3g}]"
        )
    parts += [f"{name}: {value}" for name, value in one.facts if value]
    return f" ({'; '.join(parts)})" if parts else ""
