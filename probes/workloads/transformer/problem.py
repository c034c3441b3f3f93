"""Shared part: weights of embeddings and blocks, token sequences, work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from probekit.problem import Array, Problem, dense, small_bias

CLASSES = 8
EPSILON = 1e-5
"""Of layer normalisation, the same on both sides."""


def block_weights(
    draw: np.random.RandomState, prefix: str, width: int, inner: int
) -> dict[str, Array]:
    """One block: two normalisations, four projections of attention, two dense layers."""
    weights: dict[str, Array] = {}
    for norm in ("norm1", "norm2"):
        weights[f"{prefix}.{norm}.scale"] = 1 + small_bias(draw, width)
        weights[f"{prefix}.{norm}.shift"] = small_bias(draw, width)
    for name in ("query", "key", "value", "out"):
        weights[f"{prefix}.{name}.weight"] = dense(draw, width, width)
        weights[f"{prefix}.{name}.bias"] = small_bias(draw, width)
    weights[f"{prefix}.inner.weight"] = dense(draw, width, inner)
    weights[f"{prefix}.inner.bias"] = small_bias(draw, inner)
    weights[f"{prefix}.outer.weight"] = dense(draw, inner, width)
    weights[f"{prefix}.outer.bias"] = small_bias(draw, width)
    return weights


def embedding_weights(draw: np.random.RandomState, dims: Mapping[str, Any]) -> dict[str, Array]:
    """Token and position tables."""
    return {
        "tokens": (0.5 * draw.randn(dims["vocabulary"], dims["width"])).astype(np.float32),
        "positions": (0.5 * draw.randn(dims["length"], dims["width"])).astype(np.float32),
    }


def block_flops(dims: Mapping[str, Any], queries: int, keys: int) -> float:
    """Of one block for one sequence: projections, the two products of attention, dense layers."""
    width = dims["width"]
    projections = 2 * queries * 4 * width * width
    attention = 2 * 2 * queries * keys * width
    return float(projections + attention + 2 * 2 * queries * width * dims["inner"])


class TransformerProblem(Problem):
    """Token sequences; the class is a function of the tokens."""

    def weights(self) -> dict[str, Array]:
        draw = self.draw("weights")
        weights = embedding_weights(draw, self.dims)
        for layer in range(self.dims["layers"]):
            weights.update(
                block_weights(draw, f"block{layer}", self.dims["width"], self.dims["inner"])
            )
        weights["norm.scale"] = 1 + small_bias(draw, self.dims["width"])
        weights["norm.shift"] = small_bias(draw, self.dims["width"])
        weights["head.weight"] = dense(draw, self.dims["width"], CLASSES)
        weights["head.bias"] = small_bias(draw, CLASSES)
        return weights

    def inputs(self, batch: int) -> list[Array]:
        draw = self.draw("tokens")
        shape = (self.batch, self.dims["length"])
        return [draw.randint(0, self.dims["vocabulary"], size=shape)[:batch].astype(np.int32)]

    def training_batch(self) -> tuple[list[Array], Array]:
        tokens = self.inputs(self.batch)
        return tokens, (tokens[0].sum(axis=1) % CLASSES).astype(np.int32)

    def forward_flops(self, batch: int) -> float:
        length = self.dims["length"]
        blocks = self.dims["layers"] * block_flops(self.dims, length, length)
        return float(batch * (blocks + 2 * self.dims["width"] * CLASSES))


def make(spec: dict[str, Any], size: str, seed: int, data: Mapping[str, Array]) -> Problem:
    """The problem of this workload."""
    return TransformerProblem(spec, size, seed, data)
