"""One prepared workload on one side: what the two frameworks' classes have in common."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable, Mapping
from time import perf_counter
from typing import Any, Callable, Optional

import numpy as np

from probekit.problem import Array, Problem
from probekit.refusal import unsupported, wrong
from probekit.slots import Slot, digest, gather, sample

Progress = Callable[[str], None]


class Work:
    """A model built from the common start, with the functions that are timed.

    The proof calls these same functions, so what is proved is what is timed.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.weights = problem.weights()
        self.calls: dict[str, Callable[[], Any]] = {}
        self.first_call_seconds: dict[str, float] = {}
        self.unsupported: dict[str, str] = {}

    # --- what a framework says ---

    layout = ""
    precision = ""

    def slots(self) -> Mapping[str, Slot]:
        """Where the common weights lie."""
        raise NotImplementedError

    def load(self, wholes: Mapping[int, Array]) -> None:
        """Put arrays into variables, by identity of the variable."""
        raise NotImplementedError

    def clear_state(self) -> None:
        """Optimiser state and running statistics as at the start."""
        raise NotImplementedError

    def read(self, variable: Any) -> Array:
        """A variable as an array."""
        raise NotImplementedError

    def gradients(self) -> Mapping[int, Array]:
        """Gradients of the training loss at the present parameters, by identity of the variable."""
        raise NotImplementedError

    def parameter_count(self) -> int:
        """Trainable parameters, as the framework counts them."""
        raise NotImplementedError

    def make_call(self, operation: str) -> Callable[[], Any]:
        """The function that is timed for an operation."""
        raise NotImplementedError

    def enter(self, operation: str) -> None:
        """Whatever must be set before an operation is called (training or evaluation)."""

    def wait(self) -> None:
        """Return when the device has done everything asked."""
        raise NotImplementedError

    def to_numpy(self, output: Any) -> Array:
        """An output on the host."""
        raise NotImplementedError

    def fairness(self) -> dict[str, str]:
        """Settings as found while running."""
        raise NotImplementedError

    def pipeline_epoch(self) -> Iterable[tuple[Array, Array]]:
        """The batches of one pass of the input pipeline."""
        raise NotImplementedError

    # --- what follows from it ---

    def reset(self) -> None:
        """Back to the common start."""
        self.load(gather(self.slots(), self.weights))
        self.clear_state()

    def prepare(self, operations: list[str], progress: Progress) -> None:
        """Make the first call of each operation.

        One that the framework cannot do here (no compiler, not enough memory) is noted with its
        reason. Raises Refusal (unsupported) when none is left.
        """
        for operation in operations:
            if operation not in self.problem.operations:
                raise wrong(f"{self.problem.name} has no operation {operation!r}")
            progress(f"first {operation} call of {self.problem.name}")
            try:
                self._first_call(operation)
            except Exception as error:
                traceback.print_exc(file=sys.stderr)
                self.unsupported[operation] = _first_line(error)
        self.reset()
        if not self.calls:
            reasons = "; ".join(f"{name}: {why}" for name, why in self.unsupported.items())
            raise unsupported(f"{self.problem.name} cannot run here: {reasons}")

    def _first_call(self, operation: str) -> None:
        begin = perf_counter()
        call = self.make_call(operation)
        self.enter(operation)
        call()
        self.wait()
        self.first_call_seconds[operation] = perf_counter() - begin
        self.calls[operation] = call

    def call(self, operation: str) -> Callable[[], Any]:
        """The function to time, with everything set for it.

        Training starts from the common weights each time: parameters that have learnt one batch
        by heart would make other numbers (and denormal ones) than a real training.
        """
        if operation not in self.calls:
            why = self.unsupported.get(operation, "it was not prepared")
            raise unsupported(f"{self.problem.name}, {operation}: {why}")
        if operation == "training":
            self.reset()
        self.enter(operation)
        return self.calls[operation]

    def parameters(self) -> dict[str, Array]:
        """The trainable parameters in the common layout."""
        read: dict[int, Array] = {}
        values = {}
        for name, slot in self.slots().items():
            if id(slot.variable) not in read:
                read[id(slot.variable)] = self.read(slot.variable)
            whole = read[id(slot.variable)]
            values[name] = np.array(slot.read(whole, self.weights[name].shape))
        return values

    def common_gradients(self) -> dict[str, Array]:
        """Gradients in the common layout."""
        wholes = self.gradients()
        return {
            name: slot.read(wholes[id(slot.variable)], self.weights[name].shape)
            for name, slot in self.slots().items()
        }

    def digests(self) -> dict[str, str]:
        """Fingerprints of the common start."""
        inputs, targets = self.problem.training_batch()
        arrays = {f"input{index}": array for index, array in enumerate(inputs)}
        arrays["targets"] = targets
        for index, array in enumerate(self.problem.inputs(1)):
            arrays[f"single{index}"] = array
        return {"weights_digest": digest(self.weights), "inputs_digest": digest(arrays)}

    def prove(self, steps: int) -> tuple[dict[str, Any], dict[str, Array]]:
        """What is compared with the other side: facts, and arrays named `group/tensor`."""
        groups: dict[str, dict[str, Array]] = {
            "outputs": self._proof_outputs(),
            "gradients": {},
            "initial": {},
            "parameters": {},
        }
        losses: list[float] = []
        if "training" in self.calls:
            self.reset()
            self.enter("training")
            groups["gradients"] = self.common_gradients()
            training = self.call("training")
            groups["initial"] = self.parameters()
            losses = [float(self.to_numpy(training())) for _ in range(steps)]
            groups["parameters"] = self.parameters()
            self.reset()
        facts: dict[str, Any] = {
            "steps": len(losses),
            "parameter_count": self.parameter_count(),
            **self.digests(),
        }
        arrays: dict[str, Array] = {"loss": np.asarray(losses, dtype=np.float64)}
        for group, tensors in groups.items():
            facts[group] = [
                {"name": name, "shape": list(value.shape)} for name, value in tensors.items()
            ]
            for name, value in tensors.items():
                arrays[f"{group}/{name}"] = sample(value)
        return facts, arrays

    def _proof_outputs(self) -> dict[str, Array]:
        outputs: dict[str, Array] = {}
        self.reset()
        for operation in ("inference", "latency"):
            if operation in self.calls:
                outputs[operation] = self.to_numpy(self.call(operation)())
        if "input-pipeline" in self.calls:
            total: Optional[Array] = None
            labels: list[Array] = []
            for features, targets in self.pipeline_epoch():
                part = np.asarray(features, dtype=np.float64).sum(axis=0)
                total = part if total is None else total + part
                labels.append(np.asarray(targets))
            if total is not None:
                # One pass delivers every example once, in any order: sums and counts agree.
                outputs["input-pipeline sums"] = total
                outputs["input-pipeline labels"] = np.bincount(np.concatenate(labels)).astype(float)
        return outputs


def _first_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:300]}" if text else type(error).__name__
