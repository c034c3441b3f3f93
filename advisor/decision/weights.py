"""Weights of the criteria: what answers or the user imply, and the doubt that is left.

A Dirichlet distribution throughout, which is uniform on the simplex at its simplest; independent
uniform draws brought to a sum of one would crowd the middle. An emphasis multiplies the weight of
its criterion in every draw and the sum is brought back to one (a scaled Dirichlet distribution), so
the same draws serve all answers, and more emphasis is more weight in each of them.
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
from advisor.decision.values import Value
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
        drawn = _to_one(_gammas(compiled, SWING_CONCENTRATION * shares, draws))
        return Weights(_capped(compiled, drawn), shares[:, None], stated=True)
    factors = _factors(compiled, truths)
    importance = _importance(compiled)
    shares = _to_one(importance[:, None] * factors)
    gammas = _gammas(compiled, WEIGHT_CONCENTRATION * importance / importance.sum(), draws)
    free = _to_one(gammas * factors)
    drawn = (1 - WEIGHT_FREE_SHARE) * shares + WEIGHT_FREE_SHARE * free
    return Weights(_capped(compiled, drawn), shares, stated=False)


def implied_shares(compiled: Compiled, truths: list[Truths]) -> Floats:
    """Shares from importance and emphases, shape (criteria, 1), or (criteria, draws) where an
    emphasis hangs on an open answer."""
    return _to_one(_importance(compiled)[:, None] * _factors(compiled, truths))


def _importance(compiled: Compiled) -> Floats:
    return np.array([criterion.importance for criterion in compiled.rule_base.criteria])


def _factors(compiled: Compiled, truths: list[Truths]) -> Floats:
    """Product of the emphases of each criterion, shape (criteria, 1 or draws)."""
    lowest, highest = EMPHASIS_BOUNDS
    factors: list[Value] = [1.0 for _ in compiled.rule_base.criteria]
    for item, truth in zip(compiled.emphases, truths, strict=True):
        factor = EMPHASIS_FACTORS[item.emphasis.emphasis]
        if isinstance(truth, bool):
            factors[item.criterion] = factors[item.criterion] * (factor if truth else 1.0)
        else:
            factors[item.criterion] = factors[item.criterion] * (1.0 + (factor - 1.0) * truth)
    rows = [np.atleast_1d(np.clip(factor, lowest, highest)) for factor in factors]
    return np.stack(np.broadcast_arrays(*rows))


def _to_one(rows: Floats) -> Floats:
    """Columns brought to a sum of 1."""
    return np.asarray(rows / np.maximum(rows.sum(axis=0), _SMALLEST))


def _gammas(compiled: Compiled, shapes: Floats, draws: Draws) -> Floats:
    """Gamma draws of those shapes: brought to a sum of 1 they are a Dirichlet distribution."""
    return np.stack(
        [
            draws.gamma(float(shape), key)
            for key, shape in zip(compiled.criterion_ids, shapes, strict=True)
        ]
    )


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
    return np.asarray(points / points.sum())


def _capped(compiled: Compiled, drawn: Floats) -> Floats:
    """Cut weights above a cap and hand the rest to the criteria without one, in proportion."""
    caps = np.array([np.inf if c.cap is None else c.cap for c in compiled.rule_base.criteria])
    free = np.isinf(caps)
    if free.all() or not free.any():
        return drawn
    cut = np.minimum(drawn, caps[:, None])
    left = 1.0 - cut[~free].sum(axis=0)
    cut[free] = _to_one(drawn[free]) * left
    return np.asarray(cut)
