"""Raw blocks as pairs: which count, and their log ratios by generation."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from advisor.measure.record import RawBlock
from advisor.measure.statistics import log_ratio, outliers
from advisor.model.candidate import Candidate

AB_ARMS = (Candidate.PYTORCH.value, Candidate.TENSORFLOW.value)
"""Denominator and numerator of the ratio."""
AA_ARMS = ("first", "second")

STEAL_LIMIT = 0.02
"""Share of processor time taken by other guests above which a block does not count."""
TICK_SECONDS = 0.01
CROWD_LIMIT = 0.25
"""Processors that other programs may use beyond those our threads leave free. With as many threads as cores, one busy neighbour
made a PyTorch step ten times slower and a TensorFlow step hardly, so it would name a winner."""
LARGEST_REJECTED_SHARE = 0.20
"""With more, no verdict is given: everything is kept and shown, with the reason."""


def _pairs(blocks: Iterable[RawBlock]) -> dict[tuple[int, int], dict[str, RawBlock]]:
    found: dict[tuple[int, int], dict[str, RawBlock]] = {}
    for block in blocks:
        found.setdefault((block.generation, block.pair), {})[block.arm] = block
    return found


def arms_of(blocks: Sequence[RawBlock]) -> tuple[str, str]:
    """The two arms: those of an A/A run when its names occur, else the candidates."""
    return AA_ARMS if any(block.arm in AA_ARMS for block in blocks) else AB_ARMS


def generations_of(blocks: Sequence[RawBlock]) -> list[list[float]]:
    """Log ratios (second arm over first arm) of the complete pairs that count, by generation."""
    first, second = arms_of(blocks)
    found: dict[int, list[float]] = {}
    for (generation, _), pair in sorted(_pairs(blocks).items()):
        if first in pair and second in pair and not any(one.rejected for one in pair.values()):
            found.setdefault(generation, []).append(
                log_ratio(pair[second].seconds, pair[first].seconds)
            )
    return [found[generation] for generation in sorted(found)]


def count_pairs(blocks: Sequence[RawBlock]) -> tuple[int, int]:
    """How many complete pairs count, and how many were rejected."""
    complete = [pair for pair in _pairs(blocks).values() if len(pair) == 2]
    rejected = sum(any(one.rejected for one in pair.values()) for pair in complete)
    return len(complete) - rejected, rejected


def reject(
    blocks: Sequence[RawBlock], *, threads: int, processors: int | None = None
) -> tuple[tuple[RawBlock, ...], str]:
    """Mark blocks that the machine spoilt; returns them with a sentence when too many were.

    Spoilt: steal above 2 %; other programs that took processors our `threads` needed; or a time
    more than 14.8 scaled median absolute deviations off the median of its arm and generation.
    Both arms are judged by the same rules and the pair falls as a whole, so rejecting favours no
    side. `processors` is how many the machine has, by default this one.
    """
    built_in = processors or os.cpu_count() or 1
    reasons = [
        _steal_reason(block, built_in) or _crowd_reason(block, threads, built_in)
        for block in blocks
    ]
    groups: dict[tuple[int, str], list[int]] = {}
    for index, block in enumerate(blocks):
        groups.setdefault((block.generation, block.arm), []).append(index)
    for indices in groups.values():
        marks = outliers([blocks[index].seconds for index in indices])
        for index, far in zip(indices, marks, strict=True):
            if far and not reasons[index]:
                reasons[index] = "far off the other blocks of its process"
    marked = tuple(
        replace(block, rejected=reason) for block, reason in zip(blocks, reasons, strict=True)
    )
    counted, rejected = count_pairs(marked)
    if rejected > LARGEST_REJECTED_SHARE * (counted + rejected):
        doubt = (
            f"the machine was not quiet: {rejected} of {counted + rejected} pairs were disturbed "
            f"({_commonest(reasons)})"
        )
        return tuple(replace(block, rejected="") for block in blocks), doubt
    return marked, ""


def _commonest(reasons: Sequence[str]) -> str:
    kinds = Counter(reason.split(":", maxsplit=1)[0] for reason in reasons if reason)
    return kinds.most_common(1)[0][0]


def _steal_reason(block: RawBlock, processors: int) -> str:
    share = block.steal_share
    if share is None or share <= STEAL_LIMIT:
        return ""
    # The kernel counts in ticks: a single one says nothing about a short block.
    if share * processors * block.wall_seconds <= 1.5 * TICK_SECONDS:
        return ""
    return f"other guests of the host took processor time: {share:.0%}"


def _crowd_reason(block: RawBlock, threads: int, processors: int) -> str:
    others = block.other_cores
    if others is None or threads + others - processors <= CROWD_LIMIT:
        return ""
    return f"other programs kept processors busy: {others:.1f}"
