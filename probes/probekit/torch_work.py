"""A prepared workload on the PyTorch side."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib import import_module
from typing import Any, Callable

import numpy as np
import torch

from probekit.problem import Array, Problem, UpdateRule, package_of
from probekit.rules import rule_words
from probekit.slots import Slot
from probekit.work import Work


class TorchWork(Work):
    """Eager in `default` mode; in `best` mode `torch.compile`, fused optimisers, channels-last
    memory for pictures and sparse gradients for embeddings where the workload has them."""

    def __init__(
        self, problem: Problem, *, device: str, mode: str, wait: Callable[[], None]
    ) -> None:
        super().__init__(problem)
        self.side = import_module(package_of(problem.name) + ".torch_side")
        self.device = torch.device("cuda" if device == "rocm" else device)
        self.best = mode == "best"
        self.wait = wait  # type: ignore[method-assign]
        options = {"sparse": True} if self.best and hasattr(self.side, "SPARSE_IN_BEST") else {}
        self.pictures = hasattr(self.side, "CHANNEL_INPUTS")
        self.model = self.side.build(problem, **options).to(self.device)
        if self.pictures and self.best:
            self.model = self.model.to(memory_format=torch.channels_last)
        self._slots: Mapping[str, Slot] = self.side.slots(self.model)
        self._buffers = {name: value.clone() for name, value in self.model.named_buffers()}
        self._fused = self.best and not options
        inputs, targets = problem.training_batch()
        self.inputs, self.targets = self.tensors(inputs), self.tensors([targets])[0]
        self.layout = "channels first"
        if self.pictures and self.best:
            self.layout = "channels first, kept in channels-last memory"
        elif not self.pictures:
            self.layout = "rows"
        self.precision = str(next(self.model.parameters()).dtype).replace("torch.", "")
        compiled_loss = self.compiled(lambda x, y: self.side.loss(self.model, x, y))
        self.loss: Callable[[list[torch.Tensor], torch.Tensor], torch.Tensor] = compiled_loss
        self.reset()

    @cached_property
    def _update(self) -> tuple[Any, Callable[[int], None]]:
        """Made when training is first asked for: the first optimiser of a process imports the
        compiler (1.5 to 3 s), which a program that only infers never pays."""
        return _optimiser(self.problem.rule, list(self.model.parameters()), fused=self._fused)

    @property
    def optimiser(self) -> Any:
        """The optimiser of the workload's update rule."""
        return self._update[0]

    def prepare(self, operations: list[str], progress: Callable[[str], None]) -> None:
        """As any work; the optimiser is made before, so that a first call is that call alone."""
        if "training" in operations:
            _ = self._update
        super().prepare(operations, progress)

    def compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function as this mode runs it; shapes are fixed in all our work."""
        return torch.compile(function, dynamic=False) if self.best else function

    def tensors(self, arrays: list[Array]) -> list[torch.Tensor]:
        """Arrays on the device, as PyTorch wants them: channels first, whole numbers as int64."""
        made = []
        for array in arrays:
            tensor = torch.from_numpy(np.array(array)).to(self.device)
            if self.pictures and tensor.ndim == 4:
                tensor = tensor.permute(0, 3, 1, 2)
                kept = torch.channels_last if self.best else torch.contiguous_format
                tensor = tensor.contiguous(memory_format=kept)
            made.append(tensor.long() if tensor.dtype == torch.int32 else tensor)
        return made

    def slots(self) -> Mapping[str, Slot]:
        return self._slots

    def load(self, wholes: Mapping[int, Array]) -> None:
        with torch.no_grad():
            for parameter in self.model.parameters():
                parameter.copy_(torch.from_numpy(wholes[id(parameter)]))

    def clear_state(self) -> None:
        with torch.no_grad():
            for name, buffer in self.model.named_buffers():
                buffer.copy_(self._buffers[name])
        if "_update" not in self.__dict__:
            return
        self.optimiser.zero_grad(set_to_none=True)
        # In place: a state made anew would cost its page faults inside the next block.
        for state in self.optimiser.state.values():
            for value in state.values():
                if torch.is_tensor(value):
                    value.zero_()
        self._update[1](0)

    def read(self, variable: Any) -> Array:
        return np.array(variable.detach().cpu().numpy())

    def gradients(self) -> Mapping[int, Array]:
        self.optimiser.zero_grad(set_to_none=True)
        self.loss(self.inputs, self.targets).backward()
        found = {}
        for parameter in self.model.parameters():
            gradient = parameter.grad
            if gradient is not None and gradient.is_sparse:
                gradient = gradient.to_dense()
            found[id(parameter)] = (
                np.zeros(tuple(parameter.shape), np.float32)
                if gradient is None
                else np.array(gradient.cpu().numpy())
            )
        self.optimiser.zero_grad(set_to_none=True)
        return found

    def parameter_count(self) -> int:
        return sum(value.numel() for value in self.model.parameters() if value.requires_grad)

    def train_on(self, inputs: list[torch.Tensor], targets: torch.Tensor) -> torch.Tensor:
        """One training step."""
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.loss(inputs, targets)
        loss.backward()
        self._update[1](1)
        self.optimiser.step()
        return loss

    def make_call(self, operation: str) -> Callable[[], Any]:
        if operation == "training":
            inputs, targets = self.inputs, self.targets
            return lambda: self.train_on(inputs, targets)
        if operation == "input-pipeline":
            return self._pipeline_call()
        given = self.tensors(
            self.problem.inputs(self.problem.batch if operation == "inference" else 1)
        )
        if hasattr(self.side, "LOOP_OUTSIDE"):
            infer = self.side.make_infer(self.model, self.compiled)
        else:
            infer = self.compiled(self.side.infer)
        model = self.model

        def call() -> torch.Tensor:
            with torch.inference_mode():
                return infer(model, given)

        return call

    def enter(self, operation: str) -> None:
        if operation != "input-pipeline":
            self.model.train(operation == "training")

    def to_numpy(self, output: Any) -> Array:
        return np.array(output.detach().float().cpu().numpy())

    # --- input pipeline ---

    def _loader(self) -> Any:
        features, labels = self.problem.pipeline_arrays()
        examples = _Examples(features, labels)
        if not self.best:
            return torch.utils.data.DataLoader(
                examples, batch_size=self.problem.batch, shuffle=True, drop_last=False
            )
        # The documented faster way: a sampler of whole batches and one look-up per batch.
        sampler = torch.utils.data.BatchSampler(
            torch.utils.data.RandomSampler(examples), self.problem.batch, drop_last=False
        )
        return torch.utils.data.DataLoader(examples, sampler=sampler, batch_size=None)

    def _pipeline_call(self) -> Callable[[], Any]:
        loader = self._loader()
        endless = itertools.chain.from_iterable(itertools.repeat(loader))
        return lambda: next(endless)

    def pipeline_epoch(self) -> Iterable[tuple[Array, Array]]:
        for features, labels in self._loader():
            yield features.numpy(), labels.numpy()

    def fairness(self) -> dict[str, str]:
        compiled = "torch.compile" if self.best else "eager"
        optimiser = "none: nothing is trained"
        if "_update" in self.__dict__:
            fused = "fused" if self.optimiser.defaults.get("fused") else "not fused"
            optimiser = f"torch.optim.{type(self.optimiser).__name__}, {fused}"
        rule = self.problem.rule
        return {
            "execution": compiled,
            "precision": self.precision,
            "reduced precision in products": torch.get_float32_matmul_precision().replace(
                "highest", "off"
            ),
            "layout": self.layout,
            "device": self.device.type,
            "threads inside an operation": str(torch.get_num_threads()),
            "threads between operations": str(torch.get_num_interop_threads()),
            "batch": str(self.problem.batch),
            "update rule": rule_words(rule),
            "optimiser": optimiser,
            "embedding gradients": "sparse"
            if self.best and hasattr(self.side, "SPARSE_IN_BEST")
            else "dense",
            "inputs": "resident on the device",
            "waiting": "for the device at the end of each block; in latency after each call",
        }


class _Examples(torch.utils.data.Dataset):  # type: ignore[misc]
    """Arrays as a data set: bytes become numbers between -1 and 1."""

    def __init__(self, features: Array, labels: Array) -> None:
        self.features = torch.from_numpy(features)
        self.labels = torch.from_numpy(labels).long()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """One example, or with a list of indices a batch."""
        return self.features[index].float().div(127.5).sub(1.0), self.labels[index]


def _optimiser(
    rule: UpdateRule, parameters: list[Any], *, fused: bool
) -> tuple[Any, Callable[[int], None]]:
    """The optimiser, and what to call before each step (1) and at the start (0)."""
    options: dict[str, Any] = {"lr": rule.rate}
    made: Any = torch.optim.SGD
    if rule.rule == "sgd":
        options["momentum"] = rule.momentum
    else:
        made = torch.optim.Adam
        options.update(betas=(rule.beta_1, rule.beta_2), eps=rule.epsilon)
    optimiser = None
    if fused:
        # Older releases have no fused update on this device.
        with contextlib.suppress(RuntimeError, TypeError, ValueError):
            optimiser = made(parameters, fused=True, **options)
    if optimiser is None:
        optimiser = made(parameters, **options)
    if rule.rule == "sgd":
        return optimiser, lambda _advance: None
    taken = [0]
    group = optimiser.param_groups[0]

    def before(advance: int) -> None:
        taken[0] = taken[0] + 1 if advance else 0
        if advance:
            group["eps"] = rule.epsilon / math.sqrt(1.0 - rule.beta_2 ** taken[0])

    return optimiser, before
