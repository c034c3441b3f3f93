"""The part of a workload that both sides share: sizes, initial weights, inputs, update rule, work.

numpy only. `numpy.random.RandomState` is used because its stream is frozen for ever (NEP 19): the
two sides may run under interpreters with different versions of numpy.
"""

from __future__ import annotations

import importlib
import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from probekit.refusal import unsupported, wrong

Array = np.ndarray[Any, Any]
WORKLOADS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "workloads")


@dataclass(frozen=True)
class UpdateRule:
    """How parameters change. Both sides follow the same formula:

    sgd:  v <- momentum v + g;  p <- p - rate v
    adam: m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2;
          p <- p - rate sqrt(1-b2^t)/(1-b1^t) m / (sqrt(v) + epsilon)
    The place of epsilon is Keras's (the shorter form in section 2 of Kingma and Ba, arXiv
    1412.6980); PyTorch's own formula becomes the same with epsilon / sqrt(1-b2^t).
    """

    rule: str
    rate: float
    momentum: float = 0.0
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7


class Problem:
    """One workload at one size. Subclasses say what its weights and inputs are."""

    def __init__(
        self, spec: dict[str, Any], size: str, seed: int, data: Mapping[str, Array]
    ) -> None:
        if size not in spec["sizes"]:
            raise wrong(f"no size {size!r} in workload {spec['name']}")
        self.name: str = spec["name"]
        self.size = size
        self.dims: dict[str, Any] = spec["sizes"][size]
        self.batch: int = self.dims["batch"]
        self.rule = UpdateRule(**spec["update"])
        self.operations: list[str] = spec["operations"]
        self._seed = seed
        for name in spec["data"]:
            if f"{name}/features" not in data:
                raise unsupported(f"{self.name} needs the data set {name!r}")
        self.data = data

    def draw(self, purpose: str) -> np.random.RandomState:
        """A stream of its own for each purpose, the same on both sides."""
        return np.random.RandomState(zlib.crc32(f"{self._seed}/{self.name}/{purpose}".encode()))

    # --- what a workload says ---

    def weights(self) -> dict[str, Array]:
        """Initial trainable weights in the common layout, float32."""
        raise NotImplementedError

    def training_batch(self) -> tuple[list[Array], Array]:
        """Inputs and targets of a training step."""
        raise NotImplementedError

    def inputs(self, batch: int) -> list[Array]:
        """Inputs of an inference call for so many examples."""
        raise NotImplementedError

    def forward_flops(self, batch: int) -> float:
        """Floating-point operations of one inference call: matrix products and convolutions only,
        a multiply-add as two."""
        raise NotImplementedError

    def training_flops(self) -> float:
        """The same of one training step: backward counts twice the forward pass."""
        return 3 * self.forward_flops(self.batch)

    def items(self, operation: str) -> int:
        """Examples handled by one call."""
        return 1 if operation == "latency" else self.batch

    def flops(self, operation: str) -> float:
        """Floating-point operations of one call of an operation; 0 where counting has no sense."""
        if operation == "training":
            return self.training_flops()
        if operation == "input-pipeline":
            return 0.0
        return self.forward_flops(self.items(operation))

    def pipeline_arrays(self) -> tuple[Array, Array]:
        """Raw examples (uint8) and labels for the input pipeline."""
        raise unsupported(f"{self.name} has no input pipeline")


def dense(draw: np.random.RandomState, inputs: int, outputs: int) -> Array:
    """Glorot-uniform weights, inputs x outputs."""
    limit = float(np.sqrt(6.0 / (inputs + outputs)))
    return draw.uniform(-limit, limit, size=(inputs, outputs)).astype(np.float32)


def small_bias(draw: np.random.RandomState, length: int) -> Array:
    """A bias that is not zero, so that a forgotten bias is found out."""
    return draw.uniform(-0.05, 0.05, size=(length,)).astype(np.float32)


def package_of(workload: str) -> str:
    """The Python package of a workload: `tabular-mlp` lies in `workloads/tabular_mlp`."""
    return "workloads." + workload.replace("-", "_")


def names() -> list[str]:
    """The workloads there are."""
    return sorted(
        entry.replace("_", "-")
        for entry in os.listdir(WORKLOADS)
        if os.path.exists(os.path.join(WORKLOADS, entry, "spec.json"))
    )


def load(workload: str, size: str, seed: int, data: Mapping[str, Array]) -> Problem:
    """The shared part of a workload.

    Raises Refusal for a name or size that does not exist or a data set that was not handed over.
    """
    if workload not in names():
        raise wrong(f"no workload {workload!r}; there are {', '.join(names())}")
    path = os.path.join(WORKLOADS, workload.replace("-", "_"), "spec.json")
    with open(path, encoding="utf-8") as file:
        spec = json.load(file)
    module = importlib.import_module(package_of(workload) + ".problem")
    made: Problem = module.make(spec, size, seed, data)
    return made
