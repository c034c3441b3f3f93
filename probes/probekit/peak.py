"""The matrix-multiply peak of a framework on this machine."""

from __future__ import annotations

from time import perf_counter
from typing import Any

SIZES = (512, 1024, 2048)
DEVICE_SIZES = (2048, 4096, 8192)


def matmul_peak(runner: Any, seconds: float) -> dict[str, Any]:
    """Fastest float32 product of square matrices, in 10^9 operations per second (2 n^3 each).

    Each size gets its share of `seconds`, at least three products; the fastest counts, since a
    peak is a limit.
    """
    wait = runner.waiter()
    best, best_size = 0.0, 0
    sizes = SIZES if runner.device == "cpu" else DEVICE_SIZES
    for size in sizes:
        call = runner.product(size)
        call()
        wait()
        end = perf_counter() + seconds / len(sizes)
        done = 0
        while done < 3 or perf_counter() < end:
            begin = perf_counter()
            call()
            wait()
            rate = 2.0 * size**3 / (perf_counter() - begin) / 1e9
            done += 1
            if rate > best:
                best, best_size = rate, size
    return {"gflops": best, "size": best_size}
