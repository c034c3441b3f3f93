"""PyTorch side of the residual network: channels first; in `best` mode in channels-last memory."""

from __future__ import annotations

from typing import Any

import torch
from probekit.problem import Problem
from probekit.slots import Slot
from torch import nn
from torch.nn import functional

from workloads.residual_cnn.problem import CLASSES, EPSILON, MOMENTUM, Convolution

CHANNEL_INPUTS = True
"""The inputs are pictures: the runner turns them from channels-last to channels-first."""


class ConvolutionNorm(nn.Module):  # type: ignore[misc]
    """A convolution without bias, then batch normalisation."""

    def __init__(self, plan: Convolution) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(
            plan.inputs,
            plan.outputs,
            plan.kernel,
            stride=plan.stride,
            padding=plan.kernel // 2,
            bias=False,
        )
        # PyTorch's momentum is the share of the new value.
        self.norm = nn.BatchNorm2d(plan.outputs, eps=EPSILON, momentum=1 - MOMENTUM)

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        """Normalised, not yet rectified."""
        return self.norm(self.convolution(value))


class Network(nn.Module):  # type: ignore[misc]
    """Stem, blocks, mean, dense layer."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        stem, self.blocks = problem.plan()  # type: ignore[attr-defined]
        plans = problem.convolutions()  # type: ignore[attr-defined]
        # Names of submodules must not hold dots.
        self.parts = nn.ModuleDict({c.name.replace(".", "_"): ConvolutionNorm(c) for c in plans})
        self.plans = plans
        self.stem = stem
        self.head = nn.Linear(plans[-1].outputs, CLASSES)

    def part(self, plan: Convolution) -> Any:
        """The convolution of that plan."""
        return self.parts[plan.name.replace(".", "_")]

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Logits."""
        value = functional.relu(self.part(self.stem)(pictures))
        for block in self.blocks:
            around = value
            for plan in block.shortcut:
                around = self.part(plan)(value)
            value = functional.relu(self.part(block.first)(value))
            value = functional.relu(self.part(block.second)(value) + around)
        return self.head(value.mean(dim=(2, 3)))


def build(problem: Problem) -> Any:
    """The network."""
    return Network(problem)


def slots(model: Any) -> dict[str, Slot]:
    """Kernels lie as outputs, inputs, height, width."""
    found = {}
    for plan in model.plans:
        part = model.part(plan)
        found[f"{plan.name}.kernel"] = Slot(part.convolution.weight, axes=(3, 2, 0, 1))
        found[f"{plan.name}.scale"] = Slot(part.norm.weight)
        found[f"{plan.name}.shift"] = Slot(part.norm.bias)
    found["head.weight"] = Slot(model.head.weight, axes=(1, 0))
    found["head.bias"] = Slot(model.head.bias)
    return found


def infer(model: Any, inputs: list[torch.Tensor]) -> torch.Tensor:
    """Logits."""
    return model(inputs[0])


def loss(model: Any, inputs: list[torch.Tensor], targets: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy."""
    return functional.cross_entropy(model(inputs[0]), targets)
