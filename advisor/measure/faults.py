"""Page-fault storms: an allocator that hands memory back to the kernel on every call.

Seen with PyTorch under glibc: arrays above the mmap threshold are unmapped when freed, so each
call faults its pages in anew. The same convolution then took 1.4 ms in one process and 2 to 5 ms
in the next. Raising the threshold is the remedy; it is measured as an extra mode.
"""

from __future__ import annotations

import mmap
import sys
import time
from collections.abc import Sequence
from functools import lru_cache
from statistics import median

from advisor.measure.record import Finding, RawBlock, Storm
from advisor.model.candidate import Candidate

STORM_SHARE = 0.10
"""Share of a block's time explained by faults from which it is a storm."""
PRESUMED_FAULT_SECONDS = 0.5e-6
_PAGES = 4096
ALLOCATOR_MODE = "default-allocator"


@lru_cache(maxsize=1)
def seconds_per_fault() -> float:
    """What one minor page fault costs on this machine: fresh pages touched, best of five.

    The second touch of the same pages is taken off, so that only the fault remains.
    """
    size = _PAGES * mmap.PAGESIZE
    costs: list[float] = []
    for _ in range(5):
        with mmap.mmap(-1, size) as area:
            if sys.platform == "linux":
                area.madvise(mmap.MADV_NOHUGEPAGE)
            costs.append((_touch(area) - _touch(area)) / _PAGES)
    best = min(costs)
    return best if best > 0 else PRESUMED_FAULT_SECONDS


def _touch(area: mmap.mmap) -> float:
    began = time.perf_counter()
    for place in range(0, len(area), mmap.PAGESIZE):
        area[place] = 1
    return time.perf_counter() - began


def find_storm(blocks: Sequence[RawBlock], arm: str, price: float | None = None) -> Storm | None:
    """The storm in one arm's blocks, if their page faults explain a good part of their time.

    `price` is the cost of one fault in seconds, measured here when left out.
    """
    seen = [one for one in blocks if one.arm == arm and one.minor_faults is not None]
    if not seen:
        return None
    cost = seconds_per_fault() if price is None else price
    share = median((one.minor_faults or 0) * cost / one.wall_seconds for one in seen)
    if share < STORM_SHARE:
        return None
    calls = median((one.minor_faults or 0) / one.iterations for one in seen)
    return Storm(faults_per_call=calls, explained_share=min(1.0, share))


def storm_finding(
    candidate: Candidate, what: str, storm: Storm, variables: Sequence[str], remedied: float | None
) -> Finding:
    """The storm in words, with the remedy and what it brought.

    `what` names workload and operation; `remedied` is time with the remedy over time without.
    """
    text = (
        f"{candidate.label} takes {storm.faults_per_call:,.0f} page faults per call in {what}, "
        f"about {storm.explained_share:.0%} of its time: freed memory goes back to the kernel and "
        "is fetched again."
    )
    if remedied is not None:
        text += f" With the allocator setting it takes {remedied:.2f} times as long."
    helps = remedied is None or remedied < 0.95
    remedy = "Start your program with " + " ".join(variables) if helps and variables else ""
    return Finding(f"page-faults-{candidate.value}-{what.replace(' ', '-')}", text, remedy)
