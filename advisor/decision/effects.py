"""What every rule changes: the mean difference of the totals with it less the same without it.

When a rule falls silent, the next strongest on its topic speaks, and what other topics add stays.
With s the topic's strongest support and s' the strongest without the rule, the value of its
candidate falls by (s - s') / (1 - s) of what the value still lacks to 1.
"""

from __future__ import annotations

import numpy as np

from advisor.decision.appraisal import Appraisal
from advisor.decision.constants import EFFECT_SAMPLES
from advisor.decision.draws import Floats
from advisor.decision.slices import head_pair, head_value
from advisor.decision.values import Pair, Value, average, strongest_of

_ALMOST_NOTHING = 1e-6
_SIGNS = (1.0, -1.0)
"""What supports PyTorch raises the difference, what supports TensorFlow lowers it."""


def rule_effects(appraisal: Appraisal) -> dict[int, float]:
    """Effect of every rule that supports somebody in some draw, by place: above 0 for PyTorch."""
    return _Effects(appraisal).all()


class _Effects:
    """Rules of one criterion and side are worked out together, a row each."""

    def __init__(self, appraisal: Appraisal) -> None:
        self._appraisal = appraisal
        self._size = min(EFFECT_SAMPLES, appraisal.draws.size)
        self._found: dict[int, float] = {}
        self._rows: dict[tuple[int, int], list[tuple[int, Value, Floats]]] = {}

    def all(self) -> dict[int, float]:
        """The effects."""
        for place, pair in enumerate(self._appraisal.scores.supports):
            if pair is not None:
                self._found[place] = 0.0
                self._collect(place, pair)
        for (criterion, side), rows in self._rows.items():
            carried = self._carried(criterion, side)
            carried = carried.mean(axis=0) if carried.ndim == 2 else carried
            strongest = np.stack([row for _, _, row in rows])
            change = strongest - np.stack(
                [np.broadcast_to(np.asarray(rest), self._size) for _, rest, _ in rows]
            )
            means = (carried * _fallen(change, strongest)).mean(axis=1)
            for (place, _, _), mean in zip(rows, means, strict=True):
                self._found[place] += _SIGNS[side] * float(mean)
        return self._found

    def _collect(self, place: int, pair: Pair) -> None:
        """Put the rule with its like, or work it out at once where ratios or numbers enter."""
        rule = self._appraisal.compiled.rules[place]
        rest = self._without(place)
        for side in (0, 1):
            own = pair[side]
            if isinstance(own, float) and own == 0.0:
                continue
            topic = self._appraisal.scores.topics[rule.topic][side]
            strongest = np.asarray(head_value(topic, self._size))
            if strongest.ndim == 1 and np.ndim(rest[side]) <= 1:
                rows = self._rows.setdefault((rule.criterion, side), [])
                rows.append((place, rest[side], strongest))
            else:
                fallen = _fallen(np.asarray(strongest - rest[side]), strongest)
                carried = self._carried(rule.criterion, side)
                self._found[place] += _SIGNS[side] * average(carried * fallen)

    def _without(self, place: int) -> Pair:
        """The strongest supports on the rule's topic without it."""
        compiled, scores = self._appraisal.compiled, self._appraisal.scores
        members = compiled.topics[compiled.rules[place].topic][1]
        if len(members) == 1:
            return 0.0, 0.0
        return strongest_of(
            [head_pair(scores.supports[other], self._size) for other in members if other != place]
        )

    def _carried(self, criterion: int, side: int) -> Floats:
        """Weight of the criterion times what the value of the candidate on it lacks to 1."""
        lacking = head_value(self._appraisal.scores.survival[criterion][side], self._size)
        return np.asarray(self._appraisal.weights.drawn[criterion, : self._size] * lacking)


def _fallen(change: Floats, strongest: Floats) -> Floats:
    return np.asarray(change / np.maximum(1.0 - strongest, _ALMOST_NOTHING))
