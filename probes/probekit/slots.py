"""Where each initial weight goes in a framework's own variables, and how to read it back.

Both sides draw the same weights in a common layout (dense: inputs x outputs; convolution: height,
width, inputs, outputs; gates of a recurrent cell each apart). A slot names the variable, which part
of it, and in which order its axes lie, so that gradients and parameters can be compared entry by
entry whatever each framework's layout is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np

Array = np.ndarray[Any, Any]
SAMPLE_ENTRIES = 16384


@dataclass(frozen=True)
class Slot:
    """One common weight inside a framework's variable."""

    variable: Any
    """The framework's own parameter object."""
    axes: Optional[tuple[int, ...]] = None
    """Order of the common axes as they lie in the part (a numpy transpose); None: as they are."""
    part: tuple[slice, ...] = ()
    """Which part of the variable; empty: all of it."""

    def write(self, whole: Array, common: Array) -> None:
        """Put a common weight into an array shaped like the variable."""
        target = whole[self.part] if self.part else whole
        value = common if self.axes is None else common.transpose(self.axes)
        target[...] = value.reshape(target.shape)

    def read(self, whole: Array, shape: tuple[int, ...]) -> Array:
        """Take the common weight of that shape out of an array shaped like the variable."""
        value = whole[self.part] if self.part else whole
        if self.axes is None:
            return value.reshape(shape)
        lying = tuple(shape[axis] for axis in self.axes)
        return value.reshape(lying).transpose(np.argsort(self.axes))


def gather(slots: Mapping[str, Slot], weights: Mapping[str, Array]) -> dict[int, Array]:
    """Arrays to load, by identity of the variable, from the common weights.

    Raises KeyError when the two do not name the same weights.
    """
    if slots.keys() != weights.keys():
        raise KeyError(f"weights without a place: {sorted(slots.keys() ^ weights.keys())}")
    wholes: dict[int, Array] = {}
    for name, slot in slots.items():
        whole = wholes.setdefault(
            id(slot.variable), np.zeros(tuple(slot.variable.shape), dtype=np.float32)
        )
        slot.write(whole, weights[name])
    return wholes


def digest(arrays: Mapping[str, Array]) -> str:
    """SHA-256 over names, shapes, types and bytes."""
    state = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        state.update(f"{name}|{array.dtype.str}|{array.shape}|".encode())
        state.update(array.tobytes())
    return state.hexdigest()


def sample(array: Array) -> Array:
    """The norm first, then all entries, or evenly picked ones of a large tensor (float64)."""
    flat = np.asarray(array, dtype=np.float64).ravel()
    norm = np.sqrt(np.dot(flat, flat))
    if flat.size > SAMPLE_ENTRIES:
        picked = np.linspace(0, flat.size - 1, SAMPLE_ENTRIES).astype(np.int64)
        flat = flat[picked]
    return np.concatenate(([norm], flat))
