"""Shared part: embedding tables, a dense part for numbers, and a top network over both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from probekit.problem import Array, Problem, dense, small_bias


class RecommenderProblem(Problem):
    """Clicks: some numbers and one category per table, few categories frequent and many rare."""

    @property
    def top_widths(self) -> list[int]:
        """Concatenated embeddings and dense part, hidden layers, one logit."""
        return [self.dims["width"] * (self.dims["tables"] + 1), *self.dims["top"], 1]

    def weights(self) -> dict[str, Array]:
        draw = self.draw("weights")
        rows, width = self.dims["rows"], self.dims["width"]
        weights: dict[str, Array] = {
            "numbers.weight": dense(draw, self.dims["numbers"], width),
            "numbers.bias": small_bias(draw, width),
        }
        for table in range(self.dims["tables"]):
            weights[f"table{table}"] = (0.1 * draw.randn(rows, width)).astype(np.float32)
        for index, (inputs, outputs) in enumerate(zip(self.top_widths, self.top_widths[1:])):
            weights[f"top{index}.weight"] = dense(draw, inputs, outputs)
            weights[f"top{index}.bias"] = small_bias(draw, outputs)
        return weights

    def _clicks(self, batch: int) -> tuple[list[Array], Array]:
        draw = self.draw("clicks")
        numbers = draw.randn(self.batch, self.dims["numbers"]).astype(np.float32)
        # Inverse-power popularity: most look-ups fall on few rows, as real ones do.
        uniform = draw.uniform(size=(self.batch, self.dims["tables"]))
        categories = (self.dims["rows"] ** uniform).astype(np.int32) - 1
        clicks = (draw.uniform(size=self.batch) < 0.3).astype(np.float32)
        return [numbers[:batch], categories[:batch]], clicks[:batch]

    def training_batch(self) -> tuple[list[Array], Array]:
        return self._clicks(self.batch)

    def inputs(self, batch: int) -> list[Array]:
        return self._clicks(batch)[0]

    def forward_flops(self, batch: int) -> float:
        dense_part = 2 * self.dims["numbers"] * self.dims["width"]
        top = sum(2 * a * b for a, b in zip(self.top_widths, self.top_widths[1:]))
        return float(batch * (dense_part + top))


def make(spec: dict[str, Any], size: str, seed: int, data: Mapping[str, Array]) -> Problem:
    """The problem of this workload."""
    return RecommenderProblem(spec, size, seed, data)
