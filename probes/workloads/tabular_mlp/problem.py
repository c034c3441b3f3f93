"""Shared part: layer widths, weights, and batches taken from the digits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from probekit.problem import Array, Problem, dense, small_bias

CLASSES = 10


class TabularProblem(Problem):
    """Digits as a table: 64 columns between 0 and 1."""

    @property
    def widths(self) -> list[int]:
        """Inputs, hidden layers, classes."""
        return [int(self.data["digits/features"].shape[1]), *self.dims["hidden"], CLASSES]

    def weights(self) -> dict[str, Array]:
        draw = self.draw("weights")
        weights: dict[str, Array] = {}
        for index, (inputs, outputs) in enumerate(zip(self.widths, self.widths[1:])):
            weights[f"layer{index}.weight"] = dense(draw, inputs, outputs)
            weights[f"layer{index}.bias"] = small_bias(draw, outputs)
        return weights

    def training_batch(self) -> tuple[list[Array], Array]:
        labels = self.data["digits/labels"][: self.batch].astype(np.int32)
        return self.inputs(self.batch), labels

    def inputs(self, batch: int) -> list[Array]:
        return [self.data["digits/features"][:batch].astype(np.float32)]

    def forward_flops(self, batch: int) -> float:
        return float(sum(2 * batch * a * b for a, b in zip(self.widths, self.widths[1:])))

    def pipeline_arrays(self) -> tuple[Array, Array]:
        features = np.round(self.data["digits/features"] * 255).astype(np.uint8)
        return features, self.data["digits/labels"].astype(np.int32)


def make(spec: dict[str, Any], size: str, seed: int, data: Mapping[str, Array]) -> Problem:
    """The problem of this workload."""
    return TabularProblem(spec, size, seed, data)
