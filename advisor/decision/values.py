"""From rules to values: topics, saturation, and the difference of the totals.

Value of candidate c on criterion k: 1 less the product over topics of (1 - s), where s is the
strongest support that a rule on the topic gives c. It lies in [0, 1], no rule lowers it, and five
rewordings of one fact weigh as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from advisor.decision.compiled import Compiled
from advisor.decision.draws import Floats

Value = float | Floats
"""One number for all draws, or one per draw: shape (draws,), or (2, draws) where a ratio enters."""
Pair = tuple[Value, Value]
"""For PyTorch and for TensorFlow."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Values and what they are made of.

    Attributes:
        supports: what every rule gives, None where it is silent.
        topics: the strongest support per topic.
        survival: 1 less the value, per criterion.
    """

    supports: Sequence[Pair | None]
    topics: Sequence[Pair]
    survival: Sequence[Pair]

    def difference(self, criterion: int) -> Value:
        """Value of PyTorch less value of TensorFlow."""
        for_pytorch, for_tensorflow = self.survival[criterion]
        return for_tensorflow - for_pytorch


def score(compiled: Compiled, supports: Sequence[Pair | None]) -> Scores:
    """Fold the supports of rules into topics and criteria."""
    survival: list[Pair] = [(1.0, 1.0) for _ in compiled.rule_base.criteria]
    topics: list[Pair] = []
    for criterion, members in compiled.topics:
        strongest = strongest_of([supports[rule] for rule in members])
        topics.append(strongest)
        survival[criterion] = (
            _times(survival[criterion][0], strongest[0]),
            _times(survival[criterion][1], strongest[1]),
        )
    return Scores(supports, topics, survival)


def strongest_of(supports: Sequence[Pair | None]) -> Pair:
    """The larger support on either side; nothing where no rule speaks."""
    one: Value = 0.0
    two: Value = 0.0
    for pair in supports:
        if pair is not None:
            one, two = larger(one, pair[0]), larger(two, pair[1])
    return one, two


def larger(one: Value, two: Value) -> Value:
    """Maximum; a plain 0 costs nothing."""
    if isinstance(one, float):
        if one == 0.0:
            return two
        if isinstance(two, float):
            return max(one, two)
    elif isinstance(two, float) and two == 0.0:
        return one
    return np.maximum(one, two)


def _times(survival: Value, support: Value) -> Value:
    return survival if isinstance(support, float) and support == 0.0 else survival * (1.0 - support)


def average(value: Value) -> float:
    """Mean over all draws. The two signs of a draw are averaged first, which makes the mean exactly
    the same, or exactly opposite, when the candidates' names are exchanged."""
    array = np.asarray(value, dtype=np.float64)
    return float(array.mean(axis=0).mean()) if array.ndim == 2 else float(array.mean())


def total_difference(weights: Floats, scores: Scores) -> Value:
    """Sum over criteria of weight times difference of values; above 0 speaks for PyTorch."""
    total: Value = 0.0
    for criterion, weight in enumerate(weights):
        difference = scores.difference(criterion)
        if isinstance(difference, float) and difference == 0.0:
            continue
        total = total + weight * difference
    return total
