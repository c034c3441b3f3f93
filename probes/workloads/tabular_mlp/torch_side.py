"""PyTorch side of the table network."""

from __future__ import annotations

from typing import Any

import torch
from probekit.problem import Problem
from probekit.slots import Slot
from torch import nn
from torch.nn import functional


def build(problem: Problem) -> Any:
    """Linear layers with ReLU between them."""
    layers: list[Any] = []
    widths = problem.widths  # type: ignore[attr-defined]
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def slots(model: Any) -> dict[str, Slot]:
    """`nn.Linear` keeps its weight as outputs x inputs."""
    found = {}
    for index, layer in enumerate(part for part in model if isinstance(part, nn.Linear)):
        found[f"layer{index}.weight"] = Slot(layer.weight, axes=(1, 0))
        found[f"layer{index}.bias"] = Slot(layer.bias)
    return found


def infer(model: Any, inputs: list[torch.Tensor]) -> torch.Tensor:
    """Logits."""
    return model(inputs[0])


def loss(model: Any, inputs: list[torch.Tensor], targets: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy."""
    return functional.cross_entropy(model(inputs[0]), targets)
