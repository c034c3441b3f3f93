"""PyTorch side of the recommender.

By default `nn.Embedding` makes dense gradients; in `best` mode they are sparse, which is what
PyTorch offers for large tables and what TensorFlow always does.
"""

from __future__ import annotations

from typing import Any

import torch
from probekit.problem import Problem
from probekit.slots import Slot
from torch import nn
from torch.nn import functional

SPARSE_IN_BEST = True
"""Tells the runner that `build` takes `sparse`."""


class Network(nn.Module):  # type: ignore[misc]
    """Dense part and embeddings side by side, then the top network."""

    def __init__(self, problem: Problem, sparse: bool) -> None:
        super().__init__()
        dims = problem.dims
        self.numbers = nn.Linear(dims["numbers"], dims["width"])
        self.tables = nn.ModuleList(
            nn.Embedding(dims["rows"], dims["width"], sparse=sparse) for _ in range(dims["tables"])
        )
        widths = problem.top_widths  # type: ignore[attr-defined]
        self.top = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))
        # The compiler cannot make sparse gradients: look-ups stay outside, the rest is compiled.
        self.look_up = torch.compiler.disable(self._look_up) if sparse else self._look_up

    def _look_up(self, categories: torch.Tensor) -> torch.Tensor:
        """The embeddings of all tables side by side."""
        found = [table(categories[:, index]) for index, table in enumerate(self.tables)]
        return torch.cat(found, dim=1)

    def forward(self, numbers: torch.Tensor, categories: torch.Tensor) -> torch.Tensor:
        """One logit per example."""
        found = self.look_up(categories)
        value = torch.cat([functional.relu(self.numbers(numbers)), found], dim=1)
        for layer in self.top[:-1]:
            value = functional.relu(layer(value))
        return self.top[-1](value)[:, 0]


def build(problem: Problem, sparse: bool = False) -> Any:
    """The network."""
    return Network(problem, sparse)


def slots(model: Any) -> dict[str, Slot]:
    """Tables lie alike on both sides."""
    found = {
        "numbers.weight": Slot(model.numbers.weight, axes=(1, 0)),
        "numbers.bias": Slot(model.numbers.bias),
    }
    for index, table in enumerate(model.tables):
        found[f"table{index}"] = Slot(table.weight)
    for index, layer in enumerate(model.top):
        found[f"top{index}.weight"] = Slot(layer.weight, axes=(1, 0))
        found[f"top{index}.bias"] = Slot(layer.bias)
    return found


def infer(model: Any, inputs: list[torch.Tensor]) -> torch.Tensor:
    """Logits."""
    return model(*inputs)


def loss(model: Any, inputs: list[torch.Tensor], targets: torch.Tensor) -> torch.Tensor:
    """Mean binary cross-entropy."""
    return functional.binary_cross_entropy_with_logits(model(*inputs), targets)
