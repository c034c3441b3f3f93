"""The benches that time real workers: A/A runs, planted slowdowns, a naive loop beside them.

One framework plays both arms: everything is as in a real probe, except that the true ratio is
known. A planted slowdown is extra real calls inside the timed blocks of one arm.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from math import exp, log, sqrt
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from advisor.measure import real
from advisor.measure.events import ComparisonId
from advisor.measure.lab import Lab, Worker
from advisor.measure.noise import NoiseStore
from advisor.measure.plan import PlannedSetting, ProbePlan, Setting
from advisor.measure.protocol import Hello, WorkloadSpec
from advisor.measure.record import ProbeRecord
from advisor.measure.run import Site, run_probe
from advisor.measure.worker import WorkerHandle
from advisor.model.candidate import Candidate
from advisor.model.measurement import RatioVerdict
from bench.probes.page import save

WINNERS = (RatioVerdict.PYTORCH_FASTER, RatioVerdict.TENSORFLOW_FASTER)
WORKLOAD, OPERATION = "tabular-mlp", "inference"
NAIVE_CALLS = 30
NAIVE_LIMIT = 0.10
"""A naive reader calls a difference of more than 10 % a finding."""


class OneFramework(WorkerHandle):
    """A worker that is `framework`, whichever candidate is asked for."""

    framework = Candidate.PYTORCH

    async def start(self, candidate: Candidate, **how: Any) -> Hello:
        """Start `framework` in the name of `candidate`."""
        return await super().start(self.framework, **how)


class TensorflowTwice(OneFramework):
    """Both arms are TensorFlow."""

    framework = Candidate.TENSORFLOW


def one_framework_lab(framework: Candidate, folder: Path) -> Lab:
    """A laboratory in which both candidates are the same framework."""
    kind: type[OneFramework] = OneFramework if framework is Candidate.PYTORCH else TensorflowTwice

    def new_worker() -> Worker:
        return kind()

    return replace(real.real_lab(), new_worker=new_worker, noise=NoiseStore(folder))


def plan_for(seconds: float, seed: int, threads: int, workload: str = WORKLOAD) -> ProbePlan:
    """One comparison within a budget."""
    setting = Setting("default", threads, "cpu")
    comparison = ComparisonId(workload, "small", OPERATION, "default", threads, "cpu")
    return ProbePlan(
        budget_seconds=seconds,
        settings=(PlannedSetting(setting, (comparison,)),),
        seed=seed,
        most_generations=4 if seconds < 40 else 6,
        warm_seconds=0.25,
        remedy=False,
        matmul_peak=False,
    )


async def one_run(
    framework: Candidate,
    seconds: float,
    seed: int,
    *,
    site: Site,
    folder: Path,
    threads: int,
    planted: float = 0.0,
) -> ProbeRecord:
    """One A/A run, with a slowdown of the second arm by `planted`."""
    return await run_probe(
        plan_for(seconds, seed, threads),
        lambda _event: None,
        site=site,
        lab=one_framework_lab(framework, folder),
        extra_work={Candidate.TENSORFLOW.value: planted} if planted else None,
    )


def outcome(record: ProbeRecord) -> dict[str, Any]:
    """What a bench keeps of a run."""
    found = record.comparisons[0]
    others = [block.other_cores for block in found.blocks if block.other_cores is not None]
    return {
        "verdict": found.verdict.value if found.verdict else None,
        "reason": found.reason,
        "ratio": [found.ratio.low, found.ratio.estimate, found.ratio.high] if found.ratio else None,
        "generations": list(found.generation_ratios),
        "pairs": found.pairs,
        "rejected": found.rejected_pairs,
        "seconds": round(record.elapsed_seconds, 1),
        "other_cores": round(mean(others), 2) if others else None,
    }


def _load() -> float:
    return round(os.getloadavg()[0], 2)


async def _noise_floor(
    framework: Candidate, site: Site, folder: Path, threads: int, tries: int = 3
) -> None:
    """Measure and store the noise floor first, as any earlier probe would have."""
    for seed in range(tries):
        await one_run(framework, 45.0, seed, site=site, folder=folder, threads=threads)
        if any(folder.glob("*.json")):
            return


async def aa(scale: float, threads: int) -> None:
    """A/A runs: how often is a difference found that is not there?"""
    site = await real.look_at_site({})
    command = f"python -m bench.probes.run aa --scale {scale:g} --threads {threads}"
    start = _load()
    results: dict[str, Any] = {"threads": threads, "workload": f"{WORKLOAD} {OPERATION}"}
    for framework, seconds, most in (
        (Candidate.PYTORCH, 20.0, 20),
        (Candidate.TENSORFLOW, 45.0, 4),
    ):
        with tempfile.TemporaryDirectory() as folder:
            await _noise_floor(framework, site, Path(folder), threads)
            runs: list[dict[str, Any]] = []
            for seed in range(max(2, round(most * scale))):
                record = await one_run(
                    framework, seconds, seed, site=site, folder=Path(folder), threads=threads
                )
                runs.append(outcome(record))
                results[framework.value] = {"budget": seconds, "runs": runs}
                save("aa", command, {"load_at_start": start, **results})


async def planted(seconds: float, most: int, scale: float, threads: int) -> None:
    """Planted slowdowns: how often are they found within so many seconds?"""
    part = f"planted-{seconds:g}"
    site = await real.look_at_site({})
    command = f"python -m bench.probes.run {part} --scale {scale:g} --threads {threads}"
    start = _load()
    found: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        await _noise_floor(Candidate.PYTORCH, site, Path(folder), threads)
        for seed in range(max(1, round(most * scale))):
            for slowdown in (0.25, 0.50, 0.10, 0.05):
                record = await one_run(
                    Candidate.PYTORCH,
                    seconds,
                    seed,
                    site=site,
                    folder=Path(folder),
                    threads=threads,
                    planted=slowdown,
                )
                found.setdefault(f"{slowdown:.0%}", []).append(outcome(record))
                save(
                    part,
                    command,
                    {
                        "load_at_start": start,
                        "threads": threads,
                        "budget": seconds,
                        "workload": f"{WORKLOAD} {OPERATION}",
                        "runs": found,
                    },
                )


async def naive_ratio(threads: int, planted_share: float = 0.0) -> float:
    """One process after the other, the mean of 30 calls each, second over first."""
    from advisor.measure.datasets import digits

    arrays = await digits()
    times = []
    for share in (0.0, planted_share):
        worker = WorkerHandle()
        try:
            await worker.start(Candidate.PYTORCH, threads=threads)
            await worker.prepare(WorkloadSpec(WORKLOAD, operations=(OPERATION,)), arrays)
            block = await worker.time_block(OPERATION, iterations=NAIVE_CALLS, extra_work=share)
            times.append(block.wall_seconds / block.iterations)
        finally:
            await worker.close(grace=0)
    return times[1] / times[0]


async def naive(scale: float, threads: int) -> None:
    """A naive loop beside it: its spread and its false findings."""
    start = _load()
    ratios: list[float] = []
    for _ in range(max(3, round(20 * scale))):
        ratios.append(await naive_ratio(threads))
        spread = stdev([log(one) for one in ratios]) if len(ratios) > 1 else 0.0
        save(
            "naive",
            f"python -m bench.probes.run naive --scale {scale:g} --threads {threads}",
            {
                "load_at_start": start,
                "threads": threads,
                "workload": f"{WORKLOAD} {OPERATION}",
                "ratios": ratios,
                "spread": spread,
                "false_findings": sum(abs(log(one)) > log(1 + NAIVE_LIMIT) for one in ratios),
            },
        )


def typical_spread(runs: list[dict[str, Any]]) -> float:
    """Log-scale standard deviation of the runs' estimates."""
    values = [log(one["ratio"][1]) for one in runs if one["ratio"]]
    return stdev(values) if len(values) > 1 else 0.0


def words(spread: float) -> str:
    """A log-scale spread as a factor."""
    return f"x/÷ {exp(spread):.3f}" if spread < 5 else "beyond any use"


def pooled(spreads: list[float]) -> float:
    """Root mean square."""
    return sqrt(mean(one * one for one in spreads)) if spreads else 0.0


def start(part: str, scale: float, threads: int) -> None:
    """Run a part of this module."""
    parts: dict[str, Callable[[float, int], Coroutine[Any, Any, None]]] = {
        "aa": aa,
        "planted-20": partial(planted, 20.0, 10),
        "planted-60": partial(planted, 60.0, 10),
        "naive": naive,
    }
    asyncio.run(parts[part](scale, threads))
