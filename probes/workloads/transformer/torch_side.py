"""PyTorch side of the transformer encoder: one product for query, key and value, and
`scaled_dot_product_attention`, as PyTorch models are written today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from probekit.problem import Problem
from probekit.slots import Slot
from torch import nn
from torch.nn import functional

from workloads.transformer.problem import CLASSES, EPSILON


class Block(nn.Module):  # type: ignore[misc]
    """Attention and dense layers, each normalised first, each with a way around."""

    def __init__(self, dims: Mapping[str, Any]) -> None:
        super().__init__()
        width = dims["width"]
        self.heads = dims["heads"]
        self.norm1 = nn.LayerNorm(width, eps=EPSILON)
        self.norm2 = nn.LayerNorm(width, eps=EPSILON)
        self.triple = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.inner = nn.Linear(width, dims["inner"])
        self.outer = nn.Linear(dims["inner"], width)

    def split(self, value: torch.Tensor) -> list[torch.Tensor]:
        """Query, key and value, each batch x heads x length x size of a head."""
        batch, length, width = value.shape
        parts = self.triple(value).view(batch, length, 3, self.heads, width // self.heads)
        return list(parts.permute(2, 0, 3, 1, 4).unbind(0))

    def join(self, value: torch.Tensor) -> torch.Tensor:
        """Heads side by side again, and projected."""
        batch, heads, length, size = value.shape
        return self.out(value.transpose(1, 2).reshape(batch, length, heads * size))

    def dense(self, value: torch.Tensor) -> torch.Tensor:
        """The dense half of the block."""
        return value + self.outer(functional.gelu(self.inner(self.norm2(value))))

    def forward(self, value: torch.Tensor, causal: bool = False) -> torch.Tensor:
        """The whole block; with `causal`, no position sees a later one."""
        query, key, content = self.split(self.norm1(value))
        seen = functional.scaled_dot_product_attention(query, key, content, is_causal=causal)
        return self.dense(value + self.join(seen))


def block_slots(block: Block, prefix: str, width: int) -> dict[str, Slot]:
    """Query, key and value are the thirds of one layer."""
    found = {}
    for name in ("norm1", "norm2"):
        norm = getattr(block, name)
        found[f"{prefix}.{name}.scale"] = Slot(norm.weight)
        found[f"{prefix}.{name}.shift"] = Slot(norm.bias)
    for index, name in enumerate(("query", "key", "value")):
        rows = (slice(index * width, (index + 1) * width),)
        found[f"{prefix}.{name}.weight"] = Slot(block.triple.weight, (1, 0), rows)
        found[f"{prefix}.{name}.bias"] = Slot(block.triple.bias, None, rows)
    for name in ("out", "inner", "outer"):
        layer = getattr(block, name)
        found[f"{prefix}.{name}.weight"] = Slot(layer.weight, axes=(1, 0))
        found[f"{prefix}.{name}.bias"] = Slot(layer.bias)
    return found


class Network(nn.Module):  # type: ignore[misc]
    """Embeddings, blocks, a last normalisation, the mean over the sequence, a dense layer."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        dims = problem.dims
        self.tokens = nn.Embedding(dims["vocabulary"], dims["width"])
        self.positions = nn.Embedding(dims["length"], dims["width"])
        self.blocks = nn.ModuleList(Block(dims) for _ in range(dims["layers"]))
        self.norm = nn.LayerNorm(dims["width"], eps=EPSILON)
        self.head = nn.Linear(dims["width"], CLASSES)
        self.width = dims["width"]

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Logits."""
        value = self.tokens(tokens) + self.positions.weight[None]
        for block in self.blocks:
            value = block(value)
        return self.head(self.norm(value).mean(dim=1))


def build(problem: Problem) -> Any:
    """The network."""
    return Network(problem)


def slots(model: Any) -> dict[str, Slot]:
    """Embeddings, blocks, head."""
    found = {"tokens": Slot(model.tokens.weight), "positions": Slot(model.positions.weight)}
    for layer, block in enumerate(model.blocks):
        found.update(block_slots(block, f"block{layer}", model.width))
    found["norm.scale"] = Slot(model.norm.weight)
    found["norm.shift"] = Slot(model.norm.bias)
    found["head.weight"] = Slot(model.head.weight, axes=(1, 0))
    found["head.bias"] = Slot(model.head.bias)
    return found


def infer(model: Any, inputs: list[torch.Tensor]) -> torch.Tensor:
    """Logits."""
    return model(inputs[0])


def loss(model: Any, inputs: list[torch.Tensor], targets: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy."""
    return functional.cross_entropy(model(inputs[0]), targets)
