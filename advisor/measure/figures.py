"""Figures that rest on several parts of a run: frameworks as installed, break-even of compiling."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from statistics import median

from advisor.measure.board import Board
from advisor.measure.installation import Installation
from advisor.measure.record import BreakEven, ComparisonRecord, FrameworkRecord
from advisor.model.candidate import CANDIDATES, Candidate

WORTH_SAVING = 0.02
"""A compiled call that saves less than this share is not called faster."""


def framework_records(
    board: Board, installations: Sequence[Installation]
) -> tuple[FrameworkRecord, ...]:
    """Both candidates as they are installed and as they started."""
    installed = {one.candidate: one for one in installations}
    return tuple(_framework(candidate, board, installed.get(candidate)) for candidate in CANDIDATES)


def _framework(
    candidate: Candidate, board: Board, installation: Installation | None
) -> FrameworkRecord:
    hello = board.hellos.get(candidate)
    mine = [one for one in board.processes if one.candidate is candidate]
    imports = [one.import_seconds for one in mine if one.alone and one.import_seconds is not None]
    # The very first import reads the files from disk; later ones find them in memory.
    imports = imports[1:] or imports
    memory = [one.import_rss_bytes for one in mine if one.import_rss_bytes is not None]
    size = board.sizes.get(candidate)
    peaks = [value for (name, _, _), value in board.peaks.items() if name is candidate]
    version = installation.version if installation else ""
    python = hello.python_version if hello else (installation.python if installation else "")
    return FrameworkRecord(
        candidate=candidate,
        usable=hello is not None and candidate not in board.lost,
        reason=board.lost.get(candidate, ""),
        version=version or None,
        python=python or None,
        import_seconds=median(imports) if imports else None,
        import_rss_bytes=int(median(memory)) if memory else None,
        installed_bytes=size.with_dependencies_bytes if size else None,
        matmul_gflops=max(peaks) if peaks else None,
        devices=tuple(one.kind for one in hello.devices if one.available) if hello else (),
    )


def break_even(comparisons: Sequence[ComparisonRecord]) -> tuple[BreakEven, ...]:
    """After how many calls the best mode has made up for its longer first call.

    Compared within one candidate: same workload, size, operation, threads and device.
    """

    def key(one: ComparisonRecord) -> tuple[object, ...]:
        return one.workload, one.size, one.operation, one.threads, one.device

    plain = {key(one): one for one in comparisons if one.mode == "default"}
    found: list[BreakEven] = []
    for best in comparisons:
        if best.mode != "best" or key(best) not in plain:
            continue
        for candidate in CANDIDATES:
            before, after = plain[key(best)].side(candidate), best.side(candidate)
            if not before.first_call_seconds or not after.first_call_seconds:
                continue
            if before.seconds is None or after.seconds is None:
                continue
            # The first generation compiled with a cold cache, as a user's first run does.
            extra = after.first_call_seconds[0] - before.first_call_seconds[0]
            saved = before.seconds - after.seconds
            calls = max(0, ceil(extra / saved)) if saved > WORTH_SAVING * before.seconds else None
            found.append(
                BreakEven(candidate, best.workload, best.size, best.operation, calls, extra, saved)
            )
    return tuple(found)
