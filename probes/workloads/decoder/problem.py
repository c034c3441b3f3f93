"""Shared part: a causal transformer, a filled key-value cache, greedy generation of a few tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from probekit.problem import Array, Problem, dense, small_bias

from workloads.transformer.problem import block_flops, block_weights, embedding_weights


class DecoderProblem(Problem):
    """An inference call takes one token per sequence and a cache filled up to `length - new`, and
    generates `new` tokens greedily, each from the one before."""

    @property
    def filled(self) -> int:
        """Positions of the cache that hold something when generation begins."""
        return int(self.dims["length"] - self.dims["new"])

    def weights(self) -> dict[str, Array]:
        draw = self.draw("weights")
        width = self.dims["width"]
        weights = embedding_weights(draw, self.dims)
        for layer in range(self.dims["layers"]):
            weights.update(block_weights(draw, f"block{layer}", width, self.dims["inner"]))
        weights["norm.scale"] = 1 + small_bias(draw, width)
        weights["norm.shift"] = small_bias(draw, width)
        weights["head.weight"] = dense(draw, width, self.dims["vocabulary"])
        weights["head.bias"] = small_bias(draw, self.dims["vocabulary"])
        return weights

    def training_batch(self) -> tuple[list[Array], Array]:
        draw = self.draw("text")
        shape = (self.batch, self.dims["length"] + 1)
        text = draw.randint(0, self.dims["vocabulary"], size=shape).astype(np.int32)
        return [text[:, :-1].copy()], text[:, 1:].copy()

    def inputs(self, batch: int) -> list[Array]:
        """First tokens (batch), keys and values (layers, batch, heads, length, size of a head)."""
        draw = self.draw("cache")
        dims = self.dims
        size = dims["width"] // dims["heads"]
        shape = (dims["layers"], self.batch, dims["heads"], dims["length"], size)
        first = draw.randint(0, dims["vocabulary"], size=self.batch).astype(np.int32)
        caches = [(0.5 * draw.randn(*shape)).astype(np.float32) for _ in range(2)]
        for cache in caches:
            cache[:, :, :, self.filled :] = 0
        return [first[:batch], *(np.ascontiguousarray(cache[:, :batch]) for cache in caches)]

    def items(self, operation: str) -> int:
        """Tokens per call."""
        if operation == "training":
            return int(self.batch * self.dims["length"])
        return int((1 if operation == "latency" else self.batch) * self.dims["new"])

    def flops(self, operation: str) -> float:
        if operation == "training":
            return self.training_flops()
        return self.forward_flops(1 if operation == "latency" else self.batch)

    def forward_flops(self, batch: int) -> float:
        """Every step multiplies with the whole cache; what is not filled yet is masked."""
        dims = self.dims
        step = dims["layers"] * block_flops(dims, 1, dims["length"])
        return float(batch * dims["new"] * (step + 2 * dims["width"] * dims["vocabulary"]))

    def training_flops(self) -> float:
        dims = self.dims
        length = dims["length"]
        # Masked products are counted whole: whether they are skipped is the framework's affair.
        blocks = dims["layers"] * block_flops(dims, length, length)
        head = 2 * length * dims["width"] * dims["vocabulary"]
        return float(3 * self.batch * (blocks + head))


def make(spec: dict[str, Any], size: str, seed: int, data: Mapping[str, Array]) -> Problem:
    """The problem of this workload."""
    return DecoderProblem(spec, size, seed, data)
