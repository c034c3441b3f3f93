"""Do both sides do the same work? Compared before anything is timed.

From one set of initial weights and inputs: outputs, loss at each step, gradients at the start, and
what a few optimiser steps changed in the parameters. The last is compared as the change itself: the
parameters hardly move in a few steps, so comparing them whole would hide any error.

The deviation of outputs is the largest difference of two entries, as a share of the largest entry.
That of gradients and changes is the root mean square of the differences, as a share of that of the
tensor: where an activation lies on the edge of ReLU, rounding turns single entries on or off, and the
more of them there are, the surer it happens. Its floor is a hundredth of the largest tensor's, since
some gradients are zero by construction (a shift before a normalisation, the bias of a key), and what
is left of them is rounding.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from advisor.measure.protocol import ProofData, Tensor

if TYPE_CHECKING:
    from advisor.measure.protocol import Array

TOLERANCES: Mapping[str, float] = {
    "outputs": 1e-4,
    "loss": 1e-4,
    "gradients": 1e-2,
    "parameters": 2e-2,
}
"""Largest deviation allowed, by quantity. float32 carries 6e-8; a product of hundreds of terms, a
normalisation and a softmax make 1e-6 of it, activations on the edge of ReLU up to 5e-3 in a gradient
(seen in the residual network at medium size), and Adam divides small gradients by their own size. A wrong epsilon, a missing bias or a swapped gate deviates
by 1e-2 and more (tested)."""

_FLOOR_SHARE = 0.01
_NOISE_SHARE = 1e-5


@dataclass(frozen=True, slots=True)
class Deviation:
    """The largest deviation in one quantity."""

    quantity: str
    """outputs, loss, gradients or parameters."""
    tensor: str
    """Where it is largest."""
    value: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Within the tolerance; NaN never is."""
        return self.value <= self.tolerance


@dataclass(frozen=True, slots=True)
class EqualWork:
    """The result of a proof."""

    passed: bool
    steps: int
    """Optimiser steps after which the parameters were compared."""
    deviations: tuple[Deviation, ...]
    """One per quantity that was compared."""
    reason: str = ""
    """Why it failed, in words; empty when it passed."""

    @property
    def worst(self) -> Deviation | None:
        """The deviation nearest to (or furthest beyond) its tolerance."""

        def closeness(one: Deviation) -> float:
            return math.inf if math.isnan(one.value) else one.value / one.tolerance

        return max(self.deviations, key=closeness, default=None)


def compare(
    first: ProofData,
    second: ProofData,
    *,
    tolerances: Mapping[str, float] = TOLERANCES,
) -> EqualWork:
    """Compare the proofs of the two sides; the order of the two does not matter."""
    unequal = _unequal_start(first, second)
    if unequal:
        return EqualWork(passed=False, steps=first.steps, deviations=(), reason=unequal)
    # An operation that one side cannot do is never timed, so its outputs need no proof.
    common = first.outputs.keys() & second.outputs.keys()
    deviations = [
        _outputs(
            {name: first.outputs[name] for name in common},
            {name: second.outputs[name] for name in common},
            tolerances["outputs"],
        )
    ]
    if min(first.steps, second.steps) > 0:
        deviations.append(_losses(first.loss, second.loss, tolerances["loss"]))
        deviations.append(
            _group("gradients", first.gradients, second.gradients, tolerances["gradients"])
        )
        deviations.append(_group("parameters", *_changes(first, second), tolerances["parameters"]))
    kept = tuple(one for one in deviations if one is not None)
    if not kept:
        return EqualWork(
            passed=False, steps=0, deviations=(), reason="there is nothing that both sides can do"
        )
    failed = [one for one in kept if not one.passed]
    reason = ""
    if failed:
        words = "; ".join(
            f"{one.quantity} deviate by {one.value:.2g} (allowed {one.tolerance:g}) in {one.tensor}"
            for one in failed
        )
        reason = f"the two sides do not compute the same: {words}"
    return EqualWork(
        passed=not failed, steps=min(first.steps, second.steps), deviations=kept, reason=reason
    )


def _unequal_start(first: ProofData, second: ProofData) -> str:
    """Why a comparison makes no sense; empty when it does."""
    if first.weights_digest != second.weights_digest:
        return "the two sides did not start from the same weights"
    if first.inputs_digest != second.inputs_digest:
        return "the two sides did not get the same inputs"
    if first.parameter_count != second.parameter_count:
        return f"the parameter counts differ: {first.parameter_count} and {second.parameter_count}"
    groups = ["gradients", "initial", "parameters"]
    if min(first.steps, second.steps) == 0:
        groups = []  # one side cannot train: only outputs are compared
    elif first.steps != second.steps or len(first.loss) != len(second.loss):
        return f"the numbers of steps differ: {first.steps} and {second.steps}"
    for name in first.outputs.keys() & second.outputs.keys():
        one, two = {name: first.outputs[name]}, {name: second.outputs[name]}
        if why := _unequal_shapes("outputs", one, two):
            return why
    return next(
        (
            why
            for group in groups
            if (why := _unequal_shapes(group, getattr(first, group), getattr(second, group)))
        ),
        "",
    )


def _unequal_shapes(group: str, first: Mapping[str, Tensor], second: Mapping[str, Tensor]) -> str:
    if first.keys() != second.keys():
        odd = ", ".join(sorted(first.keys() ^ second.keys()))
        return f"the {group} of the two sides have different names: {odd}"
    for name, one in first.items():
        two = second[name]
        if one.shape != two.shape or one.values.shape != two.values.shape:
            return f"{name} among the {group} has the shapes {one.shape} and {two.shape}"
    return ""


def _changes(first: ProofData, second: ProofData) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """What the steps changed in each parameter, on both sides.

    Where the gradients are nothing but rounding (not both zero, and below 1e-5 of the largest), the
    changes count as zero: Adam divides a gradient by its own size, so there it steps in a random
    direction.
    """
    noise = _NOISE_SHARE * max(_largest(first.gradients), _largest(second.gradients))
    changes: tuple[dict[str, Tensor], dict[str, Tensor]] = ({}, {})
    for name in first.parameters:
        gradient = np.maximum(
            np.abs(first.gradients[name].values), np.abs(second.gradients[name].values)
        )
        rounding = (gradient > 0) & (gradient < noise)
        for proof, side in zip((first, second), changes, strict=True):
            after = proof.parameters[name]
            change = np.where(rounding, 0.0, after.values - proof.initial[name].values)
            side[name] = Tensor(shape=after.shape, values=change, norm=after.norm)
    return changes


def _largest(tensors: Mapping[str, Tensor]) -> float:
    """The largest entry of a group; NaN where there is one."""
    values = [float(np.max(np.abs(one.values))) for one in tensors.values() if one.values.size]
    return float(np.max(values)) if values else 0.0


def _mean_square_root(values: Array) -> float:
    """Root mean square; NaN where there is one."""
    return float(np.sqrt(np.mean(np.square(values)))) if values.size else 0.0


def _outputs(
    first: Mapping[str, Tensor], second: Mapping[str, Tensor], tolerance: float
) -> Deviation | None:
    """The largest difference of two entries in a group of tensors; None for an empty group."""
    shares = {}
    for name, one in first.items():
        two = second[name]
        difference = float(np.max(np.abs(one.values - two.values))) if one.values.size else 0.0
        shares[name] = max(
            _share(difference, max(_largest({name: one}), _largest({name: two}))),
            _norms(one, two, 0.0),
            key=_nan_first,
        )
    return _worst("outputs", shares, tolerance)


def _group(
    quantity: str, first: Mapping[str, Tensor], second: Mapping[str, Tensor], tolerance: float
) -> Deviation | None:
    """The largest root mean square difference in a group of tensors; None for an empty group."""
    sizes = {
        name: max(
            _mean_square_root(one.values), _mean_square_root(second[name].values), key=_nan_first
        )
        for name, one in first.items()
    }
    floor = _FLOOR_SHARE * max(sizes.values(), default=0.0)
    shares = {}
    for name, one in first.items():
        two, scale = second[name], max(sizes[name], floor)
        shares[name] = max(
            _share(_mean_square_root(one.values - two.values), scale),
            # The norm covers the entries that a sample of a large tensor left out.
            _norms(one, two, scale * math.sqrt(math.prod(one.shape))),
            key=_nan_first,
        )
    return _worst(quantity, shares, tolerance)


def _norms(one: Tensor, two: Tensor, floor: float) -> float:
    return _share(abs(one.norm - two.norm), max(one.norm, two.norm, floor))


def _nan_first(value: float) -> float:
    """NaN is the largest deviation of all."""
    return math.inf if math.isnan(value) else value


def _worst(quantity: str, shares: Mapping[str, float], tolerance: float) -> Deviation | None:
    if not shares:
        return None
    name = max(shares, key=lambda one: _nan_first(shares[one]))
    return Deviation(quantity, name, shares[name], tolerance)


def _share(difference: float, scale: float) -> float:
    if math.isnan(difference):
        return math.nan
    if difference == 0.0:
        return 0.0
    return difference / scale if scale > 0 else math.inf


def _losses(
    first: tuple[float, ...], second: tuple[float, ...], tolerance: float
) -> Deviation | None:
    shares = {
        f"step {step}": _share(abs(one - two), max(abs(one), abs(two)))
        for step, (one, two) in enumerate(zip(first, second, strict=True), start=1)
    }
    return _worst("loss", shares, tolerance)
