"""The timing loops: as little as possible between the calls, the device waited for at the end."""

from __future__ import annotations

import gc
import itertools
from time import perf_counter
from typing import Any, Callable, Optional

from probekit import counters

Call = Callable[[], Any]
_MINIMUM_SHARE = 0.25
"""A calibration run counts when it took at least this share of the target."""


def _loop(call: Call, iterations: int) -> None:
    for _ in itertools.repeat(None, iterations):
        call()


def _loop_with_extra(call: Call, iterations: int, share: float) -> None:
    """The same with uncounted calls strewn in: a slowdown by a known share."""
    owed = 0.0
    for _ in itertools.repeat(None, iterations):
        call()
        owed += share
        while owed >= 1.0:
            call()
            owed -= 1.0


def _loop_each(call: Call, wait: Call, iterations: int) -> list[float]:
    times = []
    for _ in itertools.repeat(None, iterations):
        begin = perf_counter()
        call()
        wait()
        times.append(perf_counter() - begin)
    return times


def _loop_for(call: Call, seconds: float) -> int:
    done = 0
    end = perf_counter() + seconds
    while True:
        call()
        done += 1
        if perf_counter() >= end:
            return done


def time_block(
    call: Call,
    wait: Call,
    *,
    operation: str,
    iterations: Optional[int],
    seconds: Optional[float],
    each: bool,
    extra_work: float,
) -> dict[str, Any]:
    """One block: `iterations` calls, or calls for `seconds`; garbage collection waits outside.

    `wait` returns when the device has done everything asked; with `each`, it follows every call
    and the time of every call is kept.
    """
    per_call: Optional[list[float]] = None
    if each and iterations is None:
        iterations = calibrate(call, wait, seconds or 0.1)
    wait()
    gc.collect()
    collecting = gc.isenabled()
    gc.disable()
    try:
        before = counters.read()
        begin = perf_counter()
        if each and iterations is not None:
            per_call = _loop_each(call, wait, iterations)
        elif iterations is None:
            iterations = _loop_for(call, seconds or 0.1)
        elif extra_work > 0:
            _loop_with_extra(call, iterations, extra_work)
        else:
            _loop(call, iterations)
        wait()
        wall = perf_counter() - begin
        after = counters.read()
    finally:
        if collecting:
            gc.enable()
    throttled = None
    if before.throttled_periods is not None and after.throttled_periods is not None:
        throttled = after.throttled_periods - before.throttled_periods
    return {
        "operation": operation,
        "iterations": iterations,
        "wall_seconds": wall,
        "cpu_seconds": after.cpu_seconds - before.cpu_seconds,
        "minor_faults": after.minor_faults - before.minor_faults,
        "major_faults": after.major_faults - before.major_faults,
        "involuntary_switches": after.involuntary_switches - before.involuntary_switches,
        "steal_share": counters.steal_share(before, after),
        "throttled_periods": throttled,
        "other_cores": counters.other_cores(before, after, wall),
        "load": counters.load_average(),
        "per_call": per_call,
    }


def calibrate(call: Call, wait: Call, target_seconds: float) -> int:
    """How many calls take about `target_seconds`: double until a run is long enough to judge by."""
    iterations = 1
    while True:
        wait()
        begin = perf_counter()
        _loop(call, iterations)
        wait()
        took = perf_counter() - begin
        if took >= _MINIMUM_SHARE * target_seconds:
            return max(1, round(iterations * target_seconds / took))
        iterations *= 2


def series(call: Call, wait: Call, seconds: float, values: int) -> list[float]:
    """Times of single calls from now on: at most `values` of them, at most `seconds` long."""
    times: list[float] = []
    end = perf_counter() + seconds
    wait()
    while len(times) < values:
        begin = perf_counter()
        call()
        wait()
        now = perf_counter()
        times.append(now - begin)
        if now >= end:
            break
    return times
