"""Page-fault storms and other disturbances of a run: the remedy planned, the findings in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from advisor.measure.board import Board
from advisor.measure.faults import ALLOCATOR_MODE, find_storm, storm_finding
from advisor.measure.record import Finding
from advisor.measure.rounds import Lane
from advisor.measure.tally import Tally
from advisor.measure.worker import RETAIN_MEMORY
from advisor.model.candidate import CANDIDATES, Candidate


def remedy_lane(lane: Lane, lanes: Sequence[Lane], board: Board) -> Lane | None:
    """The allocator remedy as an extra lane, where faults explain a good part of a lane's time.

    None when there is no storm, or when the remedy is planned already.
    """
    if not board.plan.remedy or lane.setting.mode != "default" or lane.setting.allocator:
        return None
    remedied = replace(lane.setting, allocator=True)
    if any(one.setting == remedied for one in lanes):
        return None
    stormy = [
        one
        for one in lane.tallies
        if one.open and any(find_storm(one.blocks, name.value) for name in CANDIDATES)
    ]
    if not stormy:
        return None
    board.costs_of(remedied).start = board.costs_of(lane.setting).start
    return Lane(remedied, [Tally(replace(one.id, mode=ALLOCATOR_MODE)) for one in stormy])


def storm_findings(lanes: Sequence[Lane]) -> list[Finding]:
    """Every storm in words, with what the remedy brought where it was measured."""
    by_id = {tally.id: tally for lane in lanes for tally in lane.tallies}
    plain = [tally for identity, tally in by_id.items() if identity.mode == "default"]
    found = []
    for tally in plain:
        remedied = by_id.get(replace(tally.id, mode=ALLOCATOR_MODE))
        for candidate in CANDIDATES:
            finding = _storm_of(tally, remedied, candidate)
            if finding is not None:
                found.append(finding)
    return found


def _storm_of(tally: Tally, remedied: Tally | None, candidate: Candidate) -> Finding | None:
    figures = tally.side_figures(candidate, None)
    if figures.storm is None or figures.seconds is None:
        return None
    after = remedied.side_figures(candidate, None).seconds if remedied else None
    return storm_finding(
        candidate,
        f"{tally.id.workload} {tally.id.operation}",
        figures.storm,
        [f"{name}={value}" for name, value in RETAIN_MEMORY.items()],
        after / figures.seconds if after else None,
    )


def quiet_finding(lanes: Sequence[Lane]) -> Finding | None:
    """How many comparisons other work has spoilt; None when it spoilt none."""
    spoilt = sum(bool(tally.marked()[1]) for lane in lanes for tally in lane.tallies)
    if not spoilt:
        return None
    return Finding(
        "not-quiet",
        f"In {spoilt} comparisons other work disturbed too many blocks, so they have no verdict.",
        "Close other programs and measure again; with fewer threads (--threads) other programs "
        "disturb less.",
    )
