"""Overhead of our timing loop against torch.utils.benchmark on the same operation.

Runs in a process of its own (`python -m bench.probes.overhead`), since it imports PyTorch. Both
time the same callable in the same process, in turns.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from advisor.measure.statistics import interval, log_ratio
from bench.probes.page import save

PROBES = Path(__file__).resolve().parents[2] / "probes"


def measure(rounds: int, threads: int) -> dict[str, Any]:
    """Times of both loops for a short and a long operation, in seconds per call."""
    sys.path.insert(0, str(PROBES))
    import torch
    from probekit import timing
    from torch.utils import benchmark

    torch.set_num_threads(threads)
    found: dict[str, Any] = {"torch": torch.__version__, "threads": threads}
    model = torch.nn.Sequential(torch.nn.Linear(64, 256), torch.nn.ReLU(), torch.nn.Linear(256, 10))
    batch = torch.randn(64, 64)
    large = torch.randn(512, 512)

    def network() -> object:
        with torch.no_grad():
            return model(batch)

    def product() -> object:
        return large @ large

    # as the worker does once its workload is prepared
    gc.collect()
    gc.freeze()

    def wait() -> None:
        return None

    for name, call in (("small network, forward", network), ("matrix product 512", product)):
        timer = benchmark.Timer("call()", globals={"call": call}, num_threads=threads)
        timer.blocked_autorange(min_run_time=0.2)
        count = timing.calibrate(call, wait, 0.1)
        ours, theirs = [], []

        def mine(call: Any = call, count: int = count) -> float:
            block = timing.time_block(
                call,
                wait,
                operation="bench",
                iterations=count,
                seconds=None,
                each=False,
                extra_work=0.0,
            )
            return float(block["wall_seconds"]) / count

        for number in range(rounds):
            # in turns, each first in every second pair
            if number % 2:
                ours.append(mine())
            theirs.append(timer.timeit(count).times[0])
            if not number % 2:
                ours.append(mine())
        logs = [log_ratio(one, other) for one, other in zip(ours, theirs, strict=True)]
        batches = [logs[place : place + 10] for place in range(0, len(logs), 10)]
        ratio = interval(batches)
        found[name] = {
            "ours": median(ours),
            "theirs": median(theirs),
            "ratio": [ratio.low, ratio.estimate, ratio.high] if ratio else None,
            "calls_per_block": count,
        }
    return found


def run(scale: float, threads: int) -> None:
    """Write the part `overhead`."""
    rounds = max(30, round(200 * scale))
    load = round(os.getloadavg()[0], 2)
    done = subprocess.run(
        [sys.executable, "-m", "bench.probes.overhead", str(rounds), str(threads)],
        capture_output=True,
        text=True,
        check=True,
    )
    save(
        "overhead",
        f"python -m bench.probes.run overhead --scale {scale:g}",
        {"load_at_start": load, "rounds": rounds, **json.loads(done.stdout.splitlines()[-1])},
    )


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
