"""Shared part: gates each apart, so that the order in which a framework stores them does not matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from probekit.problem import Array, Problem, dense, small_bias

CLASSES = 8
GATES = ("reset", "update", "new")


class RecurrentProblem(Problem):
    """Noisy oscillations; which of eight frequencies is it?"""

    def weights(self) -> dict[str, Array]:
        draw = self.draw("weights")
        weights: dict[str, Array] = {}
        units = self.dims["units"]
        for layer in range(self.dims["layers"]):
            inputs = self.dims["features"] if layer == 0 else units
            for gate in GATES:
                weights[f"layer{layer}.{gate}.input"] = dense(draw, inputs, units)
                weights[f"layer{layer}.{gate}.hidden"] = dense(draw, units, units)
                weights[f"layer{layer}.{gate}.input_bias"] = small_bias(draw, units)
                weights[f"layer{layer}.{gate}.hidden_bias"] = small_bias(draw, units)
        weights["head.weight"] = dense(draw, units, CLASSES)
        weights["head.bias"] = small_bias(draw, CLASSES)
        return weights

    def _series(self, batch: int) -> tuple[Array, Array]:
        draw = self.draw("series")
        steps, features = self.dims["steps"], self.dims["features"]
        labels = draw.randint(0, CLASSES, size=self.batch)
        phases = draw.uniform(0, 2 * np.pi, size=(self.batch, 1, features))
        noise = 0.3 * draw.randn(self.batch, steps, features)
        time = np.arange(steps).reshape(1, steps, 1) / steps
        waves = np.sin(2 * np.pi * (1 + labels.reshape(-1, 1, 1)) * time + phases)
        return (waves + noise)[:batch].astype(np.float32), labels[:batch].astype(np.int32)

    def training_batch(self) -> tuple[list[Array], Array]:
        series, labels = self._series(self.batch)
        return [series], labels

    def inputs(self, batch: int) -> list[Array]:
        return [self._series(batch)[0]]

    def forward_flops(self, batch: int) -> float:
        units, total = self.dims["units"], 0
        for layer in range(self.dims["layers"]):
            inputs = self.dims["features"] if layer == 0 else units
            total += self.dims["steps"] * len(GATES) * 2 * (inputs + units) * units
        return float(batch * (total + 2 * units * CLASSES))


def make(spec: dict[str, Any], size: str, seed: int, data: Mapping[str, Array]) -> Problem:
    """The problem of this workload."""
    return RecurrentProblem(spec, size, seed, data)
