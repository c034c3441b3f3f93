"""The A/A run of this probe as a record."""

from __future__ import annotations

from math import exp

from advisor.measure.board import NoiseTally
from advisor.measure.pairing import count_pairs, generations_of, reject
from advisor.measure.record import NoiseRecord
from advisor.measure.statistics import centres, interval


def noise_record(noise: NoiseTally, measured_at: str) -> NoiseRecord | None:
    """What was measured of the noise floor until now; None before the first pair."""
    if noise.id is None or not noise.blocks:
        return None
    blocks, doubt = reject(noise.blocks, threads=noise.id.threads)
    generations = generations_of(blocks)
    return NoiseRecord(
        candidate=None,
        workload=noise.id.workload,
        size=noise.id.size,
        operation=noise.id.operation,
        mode=noise.id.mode,
        threads=noise.id.threads,
        device=noise.id.device,
        ratio=interval(generations),
        generation_ratios=tuple(exp(value) for value in centres(generations)),
        pairs=count_pairs(blocks)[0],
        measured_at=measured_at,
        doubt=doubt,
        blocks=blocks,
    )
