"""PyTorch side of the recurrent network."""

from __future__ import annotations

from typing import Any

import torch
from probekit.problem import Problem
from probekit.slots import Slot
from torch import nn
from torch.nn import functional

from workloads.recurrent.problem import CLASSES, GATES


class Network(nn.Module):  # type: ignore[misc]
    """GRU layers, then a dense layer on the last step."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        dims = problem.dims
        self.units, self.layers = dims["units"], dims["layers"]
        self.gru = nn.GRU(dims["features"], self.units, num_layers=self.layers, batch_first=True)
        self.head = nn.Linear(self.units, CLASSES)

    def forward(self, series: torch.Tensor) -> torch.Tensor:
        """Logits."""
        outputs, _ = self.gru(series)
        return self.head(outputs[:, -1])


def build(problem: Problem) -> Any:
    """The network."""
    return Network(problem)


def slots(model: Any) -> dict[str, Slot]:
    """`nn.GRU` stacks its gates as reset, update, new, each outputs x inputs."""
    found = {}
    units = model.units
    for layer in range(model.layers):
        for index, gate in enumerate(GATES):
            rows = (slice(index * units, (index + 1) * units),)
            name = f"layer{layer}.{gate}"
            gru = model.gru
            found[f"{name}.input"] = Slot(getattr(gru, f"weight_ih_l{layer}"), (1, 0), rows)
            found[f"{name}.hidden"] = Slot(getattr(gru, f"weight_hh_l{layer}"), (1, 0), rows)
            found[f"{name}.input_bias"] = Slot(getattr(gru, f"bias_ih_l{layer}"), None, rows)
            found[f"{name}.hidden_bias"] = Slot(getattr(gru, f"bias_hh_l{layer}"), None, rows)
    found["head.weight"] = Slot(model.head.weight, axes=(1, 0))
    found["head.bias"] = Slot(model.head.bias)
    return found


def infer(model: Any, inputs: list[torch.Tensor]) -> torch.Tensor:
    """Logits."""
    return model(inputs[0])


def loss(model: Any, inputs: list[torch.Tensor], targets: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy."""
    return functional.cross_entropy(model(inputs[0]), targets)
