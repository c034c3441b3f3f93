"""PyTorch side of the decoder: a Python loop over steps, the cache written in place (a static cache,
which is also what `torch.compile` wants: every step has the same shapes)."""

from __future__ import annotations

from typing import Any, Callable

import torch
from probekit.problem import Problem
from probekit.slots import Slot
from torch import nn
from torch.nn import functional

from workloads.transformer.problem import EPSILON
from workloads.transformer.torch_side import Block, block_slots

LOOP_OUTSIDE = True
"""Tells the runner that the step is what is compiled, and that `infer` calls it."""


class Network(nn.Module):  # type: ignore[misc]
    """Embeddings, causal blocks, a last normalisation, logits over the vocabulary."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        dims = problem.dims
        self.tokens = nn.Embedding(dims["vocabulary"], dims["width"])
        self.positions = nn.Embedding(dims["length"], dims["width"])
        self.blocks = nn.ModuleList(Block(dims) for _ in range(dims["layers"]))
        self.norm = nn.LayerNorm(dims["width"], eps=EPSILON)
        self.head = nn.Linear(dims["width"], dims["vocabulary"])
        self.width, self.length, self.new = dims["width"], dims["length"], dims["new"]

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Logits for the next token at every position."""
        value = self.tokens(tokens) + self.positions.weight[None]
        for block in self.blocks:
            value = block(value, causal=True)
        return self.head(self.norm(value))

    def step(
        self,
        tokens: torch.Tensor,
        position: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
    ) -> torch.Tensor:
        """Logits after one more token per sequence; writes that token's keys and values."""
        value = self.tokens(tokens)[:, None] + self.positions(position)[None]
        seen = torch.arange(self.length, device=tokens.device) <= position
        for layer, block in enumerate(self.blocks):
            query, key, content = block.split(block.norm1(value))
            keys[layer].index_copy_(2, position, key)
            values[layer].index_copy_(2, position, content)
            attended = functional.scaled_dot_product_attention(
                query, keys[layer], values[layer], attn_mask=seen[None, None, None]
            )
            value = block.dense(value + block.join(attended))
        return self.head(self.norm(value))[:, 0]


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


def make_infer(
    model: Any, compiled: Callable[[Any], Any]
) -> Callable[[Any, list[torch.Tensor]], torch.Tensor]:
    """Greedy generation around the (possibly compiled) step."""
    step = compiled(model.step)
    device = model.head.weight.device
    first = model.length - model.new
    positions = [torch.tensor([first + index], device=device) for index in range(model.new)]

    def infer(_model: Any, inputs: list[torch.Tensor]) -> torch.Tensor:
        tokens, keys, values = inputs
        for position in positions:
            logits = step(tokens, position, keys, values)
            tokens = logits.argmax(dim=1)
        return logits

    return infer


def loss(model: Any, inputs: list[torch.Tensor], targets: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy over all positions."""
    return functional.cross_entropy(model(inputs[0]).flatten(0, 1), targets.flatten())
