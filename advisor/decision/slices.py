"""The first draws of values, truths and exclusions: for what needs less than all of them."""

from __future__ import annotations

import numpy as np

from advisor.decision.appraisal import Excluded
from advisor.decision.compiled import Truths
from advisor.decision.values import Pair, Value


def head_truth(truth: Truths, size: int) -> Truths:
    """The first `size` draws of a truth."""
    return truth if isinstance(truth, bool) else truth[:size]


def head_value(value: Value, size: int) -> Value:
    """The first `size` draws of a value."""
    return value if isinstance(value, float) or np.ndim(value) == 0 else value[..., :size]


def head_pair(pair: Pair | None, size: int) -> Pair | None:
    """The first `size` draws of a support."""
    return None if pair is None else (head_value(pair[0], size), head_value(pair[1], size))


def head_excluded(excluded: Excluded, size: int) -> Excluded:
    """The first `size` draws of what gates exclude."""
    return Excluded(
        pytorch=head_truth(excluded.pytorch, size),
        tensorflow=head_truth(excluded.tensorflow, size),
    )
