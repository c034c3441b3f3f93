"""Interval coverage, false findings and power on simulated data with process effects.

No framework and no timing: the statistics alone, against a truth that is known.
"""

from __future__ import annotations

from math import exp, log
from typing import Any

import numpy as np

from advisor.measure import statistics
from advisor.model.measurement import RatioInterval, RatioVerdict
from bench.probes.page import save

NOISE = RatioInterval(1.0, 0.97, 1.03)
WINNERS = (RatioVerdict.PYTORCH_FASTER, RatioVerdict.TENSORFLOW_FASTER)

Generations = list[list[float]]


def simulate(
    random: np.random.Generator,
    *,
    effect: float,
    generations: int,
    pairs: int,
    process_sd: float,
    block_sd: float,
    kind: str,
) -> Generations:
    """Log ratios with a true value of `effect`; `kind` is what the noise looks like."""
    found = []
    for _ in range(generations):
        if kind == "heavy processes":
            process = process_sd * random.standard_t(3) / np.sqrt(3.0)
        else:
            process = process_sd * random.standard_normal()
        blocks = block_sd * random.standard_normal(pairs)
        if kind == "outliers":
            for sign in (1.0, -1.0):
                hit = random.random(pairs) < 0.05
                blocks = blocks + sign * hit * random.exponential(0.5, pairs)
        if kind == "correlated blocks":
            for place in range(1, pairs):
                blocks[place] = 0.5 * blocks[place - 1] + np.sqrt(0.75) * blocks[place]
        found.append([float(effect + process + value) for value in blocks])
    return found


def stopped_early(random: np.random.Generator, most: int, **truth: Any) -> Generations:
    """As a run does it: stop from the third generation on once there is a verdict."""
    whole = simulate(random, generations=most, **truth)
    for count in range(statistics.FEWEST_GENERATIONS, most):
        if statistics.judge(whole[:count], NOISE, statistics.STOPPING_LEVEL).resolved:
            return whole[:count]
    return whole


def covered(found: RatioInterval | None, effect: float) -> bool:
    """Whether the interval covers the truth."""
    return found is not None and found.low <= exp(effect) <= found.high


def coverage(rounds: int, seed: int) -> list[dict[str, Any]]:
    """Coverage of the interval used and of the plain bootstrap, scenario by scenario."""
    random = np.random.default_rng(seed)
    rows = []
    for kind in ("normal", "outliers", "heavy processes", "correlated blocks"):
        for generations in (3, 5, 8):
            for pairs in (6, 20):
                for process_sd, block_sd in ((0.0, 0.10), (0.03, 0.10), (0.05, 0.03)):
                    hits = boots = 0
                    for number in range(rounds):
                        data = simulate(
                            random,
                            effect=0.1,
                            generations=generations,
                            pairs=pairs,
                            process_sd=process_sd,
                            block_sd=block_sd,
                            kind=kind,
                        )
                        hits += covered(statistics.interval(data), 0.1)
                        if number % 5 == 0:
                            boots += covered(
                                statistics.bootstrap_interval(data, seed=number, resamples=500), 0.1
                            )
                    rows.append(
                        {
                            "noise": kind,
                            "generations": generations,
                            "pairs": pairs,
                            "process_sd": process_sd,
                            "block_sd": block_sd,
                            "coverage": hits / rounds,
                            "bootstrap": boots / ((rounds + 4) // 5),
                        }
                    )
    return rows


def power(rounds: int, seed: int) -> list[dict[str, Any]]:
    """Verdicts and coverage when runs stop early, by true slowdown and process noise."""
    random = np.random.default_rng(seed)
    rows = []
    for process_sd in (0.01, 0.03, 0.05):
        for slowdown in (0.0, 0.05, 0.10, 0.25, 0.50):
            effect = log(1.0 + slowdown)
            winners = ties = wrong = hits = used = 0
            for _ in range(rounds):
                data = stopped_early(
                    random,
                    5,
                    effect=effect,
                    pairs=12,
                    process_sd=process_sd,
                    block_sd=0.05,
                    kind="normal",
                )
                verdict = statistics.judge(data, NOISE).verdict
                winners += verdict in WINNERS
                wrong += verdict is RatioVerdict.TENSORFLOW_FASTER
                ties += verdict is RatioVerdict.NO_PRACTICAL_DIFFERENCE
                hits += covered(statistics.interval(data), effect)
                used += len(data)
            rows.append(
                {
                    "process_sd": process_sd,
                    "slowdown": slowdown,
                    "winner_named": winners / rounds,
                    "wrong_winner": wrong / rounds,
                    "tie_named": ties / rounds,
                    "coverage": hits / rounds,
                    "generations": used / rounds,
                }
            )
    return rows


def run(scale: float, seed: int = 20261128) -> None:
    """Write the part `coverage`."""
    rounds = max(200, int(4000 * scale))
    save(
        "coverage",
        f"python -m bench.probes.run coverage --scale {scale:g}",
        {
            "rounds": rounds,
            "seed": seed,
            "coverage": coverage(rounds, seed),
            "power": power(max(200, rounds // 2), seed + 1),
        },
    )
