"""Shared part: the plan of the network, weights (height, width, inputs, outputs), and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from probekit.problem import Array, Problem, dense, small_bias

CLASSES = 10
COLOURS = 3
EPSILON = 1e-5
"""Of batch normalisation, the same on both sides."""
MOMENTUM = 0.9
"""Of the running statistics: the share of the old value."""


class Convolution(NamedTuple):
    """One convolution with its batch normalisation."""

    name: str
    kernel: int
    inputs: int
    outputs: int
    stride: int
    side: int
    """Height and width of its output."""


class Block(NamedTuple):
    """Two convolutions and the shortcut around them (a convolution where the shape changes)."""

    first: Convolution
    second: Convolution
    shortcut: list[Convolution]


class CnnProblem(Problem):
    """A stem, residual blocks, the mean over the picture, a dense layer."""

    def plan(self) -> tuple[Convolution, list[Block]]:
        """Stem and blocks, in order."""
        channels, side = self.dims["channels"], self.dims["side"]
        stem = Convolution("stem", 3, COLOURS, channels[0], 1, side)
        blocks: list[Block] = []
        inputs = channels[0]
        for stage, outputs in enumerate(channels):
            for index in range(self.dims["blocks"]):
                stride = 2 if stage > 0 and index == 0 else 1
                side //= stride
                name = f"stage{stage}.block{index}"
                shortcut = []
                if stride != 1 or inputs != outputs:
                    shortcut = [Convolution(f"{name}.shortcut", 1, inputs, outputs, stride, side)]
                blocks.append(
                    Block(
                        Convolution(f"{name}.first", 3, inputs, outputs, stride, side),
                        Convolution(f"{name}.second", 3, outputs, outputs, 1, side),
                        shortcut,
                    )
                )
                inputs = outputs
        return stem, blocks

    def convolutions(self) -> list[Convolution]:
        """All of them, in order."""
        stem, blocks = self.plan()
        return [stem, *(c for b in blocks for c in (b.first, b.second, *b.shortcut))]

    def weights(self) -> dict[str, Array]:
        draw = self.draw("weights")
        weights: dict[str, Array] = {}
        for conv in self.convolutions():
            spread = np.sqrt(2.0 / (conv.kernel**2 * conv.inputs))
            shape = (conv.kernel, conv.kernel, conv.inputs, conv.outputs)
            weights[f"{conv.name}.kernel"] = (spread * draw.randn(*shape)).astype(np.float32)
            weights[f"{conv.name}.scale"] = 1 + small_bias(draw, conv.outputs)
            weights[f"{conv.name}.shift"] = small_bias(draw, conv.outputs)
        weights["head.weight"] = dense(draw, self.dims["channels"][-1], CLASSES)
        weights["head.bias"] = small_bias(draw, CLASSES)
        return weights

    def _pictures(self, count: int) -> Array:
        """Digits as pictures: batch, height, width, colour; values around 0 to 1.

        With noise, as pictures have it: in flat areas thousands of positions hold one value, and
        where that lies on the edge of ReLU, one rounding turns the gradient of all of them.
        """
        side = self.dims["side"]
        digits = self.data["digits/features"][:count].reshape(-1, 8, 8)
        large = np.kron(digits, np.ones((1, side // 8, side // 8)))
        noise = 0.1 * self.draw("noise").randn(count, side, side, COLOURS)
        return (np.repeat(large[..., None], COLOURS, axis=3) + noise).astype(np.float32)

    def training_batch(self) -> tuple[list[Array], Array]:
        labels = self.data["digits/labels"][: self.batch].astype(np.int32)
        return self.inputs(self.batch), labels

    def inputs(self, batch: int) -> list[Array]:
        return [self._pictures(batch)]

    def forward_flops(self, batch: int) -> float:
        convolutions = sum(
            2 * c.kernel**2 * c.inputs * c.outputs * c.side**2 for c in self.convolutions()
        )
        return float(batch * (convolutions + 2 * self.dims["channels"][-1] * CLASSES))

    def pipeline_arrays(self) -> tuple[Array, Array]:
        count = min(512, len(self.data["digits/labels"]))
        pictures = np.round(self._pictures(count).clip(0, 1) * 255).astype(np.uint8)
        return pictures, self.data["digits/labels"][:count].astype(np.int32)


def make(spec: dict[str, Any], size: str, seed: int, data: Mapping[str, Array]) -> Problem:
    """The problem of this workload."""
    return CnnProblem(spec, size, seed, data)
