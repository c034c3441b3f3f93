"""Weights of the criteria: what answers or the user imply, and the doubt that is left.

A Dirichlet distribution throughout, which is uniform on the simplex at its simplest; independent
uniform draws brought to a sum of one would crowd the middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from advisor.decision.compiled import Compiled, State, Truths
from advisor.decision.constants import (
    EMPHASIS_BOUNDS,
    EMPHASIS_FACTORS,
    SWING_CONCENTRATION,
    WEIGHT_CONCENTRATION,
    WEIGHT_FREE_SHARE,
)
from advisor.decision.draws import Draws, Floats
from advisor.model.answers import Priorities

_SMALLEST = 1e-300


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the criteria in every draw.

    Attributes:
        drawn: shape (criteria, draws), every column sums to 1.
        shares: what they scatter around, shape (criteria, 1) or (criteria, draws).
        stated: True when the user ranked or gave swings, so that emphases were not used.
    """

    drawn: Floats
    shares: Floats
    stated: bool


def emphasis_truths(compiled: Compiled, state: State) -> list[Truths]:
    """Truth of every emphasis, in the order of the compiled emphases."""
    return [item.when.truth(state) for item in compiled.emphases]


def draw_weights(
    compiled: Compiled, truths: list[Truths], priorities: Priorities, draws: Draws
) -> Weights:
    """Weights from what the user stated, else from importance and emphases."""
    ids = compiled.criterion_ids
    rank = [key for key in priorities.rank if key in ids]
    if rank:
        drawn = _ranked(ids, rank, draws)
        return Weights(_capped(compiled, drawn), drawn.mean(axis=1, keepdims=True), stated=True)
    swings = {key: points for key, points in priorities.swings.items() if key in ids}
    if any(points > 0 for points in swings.values()):
        shares = _swing_shares(ids, swings)
        drawn = _dirichlet(compiled, SWING_CONCENTRATION * shares, draws)
        return Weights(_capped(compiled, drawn), shares, stated=True)
    shares = implied_shares(compiled, truths)
    free = _dirichlet(compiled, WEIGHT_CONCENTRATION * shares, draws)
    drawn = (1 - WEIGHT_FREE_SHARE) * shares + WEIGHT_FREE_SHARE * free
    return Weights(_capped(compiled, drawn), shares, stated=False)


def implied_shares(compiled: Compiled, truths: list[Truths]) -> Floats:
    """Shares from importance and emphases, shape (criteria, 1), or (criteria, draws) where an
    emphasis hangs on an open answer."""
    lowest, highest = EMPHASIS_BOUNDS
    factors: list[Floats] = [np.ones(1) for _ in compiled.rule_base.criteria]
    for item, truth in zip(compiled.emphases, truths, strict=True):
        factor = EMPHASIS_FACTORS[item.emphasis.emphasis]
        if isinstance(truth, bool):
            if truth:
                factors[item.criterion] = factors[item.criterion] * factor
        else:
            factors[item.criterion] = factors[item.criterion] * np.where(truth, factor, 1.0)
    importance = [
        criterion.importance * np.clip(factor, lowest, highest)
        for criterion, factor in zip(compiled.rule_base.criteria, factors, strict=True)
    ]
    stacked = np.stack(np.broadcast_arrays(*importance))
    return np.asarray(stacked / stacked.sum(axis=0), dtype=np.float64)


def _dirichlet(compiled: Compiled, shapes: Floats, draws: Draws) -> Floats:
    rows = [
        draws.gamma(float(row[0]) if len(row) == 1 else row, key)
        for key, row in zip(compiled.criterion_ids, shapes, strict=True)
    ]
    gammas = np.stack(rows)
    return np.asarray(gammas / np.maximum(gammas.sum(axis=0), _SMALLEST))


def _ranked(ids: tuple[str, ...], rank: list[str], draws: Draws) -> Floats:
    """Uniform on the part of the simplex that the ranking allows; the means are the rank-order
    centroids (Barron and Barrett, Management Science 42(11), 1996, 1515-1523)."""
    steps = np.stack([draws.exponential("rank", str(place)) for place in range(len(ids))])
    ordered = -np.sort(-steps / steps.sum(axis=0), axis=0)
    drawn = np.empty_like(ordered)
    for place, key in enumerate(rank):
        drawn[ids.index(key)] = ordered[place]
    left = [key for key in ids if key not in rank]
    if left:
        order = np.argsort(np.stack([draws.uniform("unranked", key) for key in left]), axis=0)
        rest = np.take_along_axis(ordered[len(rank) :], np.argsort(order, axis=0), axis=0)
        for place, key in enumerate(left):
            drawn[ids.index(key)] = rest[place]
    return drawn


def _swing_shares(ids: tuple[str, ...], swings: dict[str, int]) -> Floats:
    """Shares in proportion to the points; a criterion without points gets the mean of the others."""
    points = np.array([float(swings.get(key, -1)) for key in ids])
    points[points < 0] = points[points >= 0].mean()
    return np.asarray(points / points.sum())[:, None]


def _capped(compiled: Compiled, drawn: Floats) -> Floats:
    """Cut weights above a cap and hand the rest to the other criteria in proportion."""
    caps = [(i, c.cap) for i, c in enumerate(compiled.rule_base.criteria) if c.cap is not None]
    if len(drawn) == 1:
        return drawn
    for place, cap in caps * len(caps):  # cutting one may lift another above its cap again
        own = drawn[place]
        cut = np.minimum(own, cap)
        scale = np.where(own < 1, (1 - cut) / np.maximum(1 - own, _SMALLEST), 1.0)
        drawn = drawn * scale
        drawn[place] = cut
    return drawn
