"""A prepared workload on the TensorFlow side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any, Callable, Optional

import keras
import numpy as np
import tensorflow as tf

from probekit.problem import Array, Problem, UpdateRule, package_of
from probekit.rules import rule_words
from probekit.slots import Slot
from probekit.work import Work


class TensorflowWork(Work):
    """In `default` mode a `tf.function`, compiled as Keras's `fit` would compile its step here; in
    `best` mode `tf.function(jit_compile=True)`, that is XLA."""

    def __init__(
        self, problem: Problem, *, device: str, mode: str, threads: int, wait: Callable[[], None]
    ) -> None:
        super().__init__(problem)
        self.side = import_module(package_of(problem.name) + ".tensorflow_side")
        self.device, self.best, self.threads = device, mode == "best", threads
        self.wait = wait  # type: ignore[method-assign]
        self.place = {"cpu": "/CPU:0", "xpu": "/XPU:0"}.get(device, "/GPU:0")
        with tf.device(self.place):
            self.model = self.side.build(problem)
            self.optimiser = _optimiser(problem.rule)
            self.optimiser.build(self.model.trainable_variables)
            inputs, targets = problem.training_batch()
            self.inputs, self.targets = self.tensors(inputs), self.tensors([targets])[0]
        self.jit = True if self.best else self._jit_of_fit()
        self._slots: Mapping[str, Slot] = self.side.slots(self.model)
        states = [*self.model.non_trainable_variables, *self.optimiser.variables]
        self._states = [(state, state.numpy()) for state in states]
        self._restore: Optional[Callable[[], Any]] = None
        self.layout = "channels last" if len(inputs[0].shape) == 4 else "rows"
        self.precision = str(self.model.trainable_variables[0].dtype)
        self.train_step = self.compiled(self._train_step)
        self.reset()

    def _jit_of_fit(self) -> bool:
        """What `compile` and `fit` decide on this device; never XLA on a machine with CPUs only."""
        self.model.compile(optimizer=self.optimiser, loss=keras.losses.MeanSquaredError())
        return self.device != "cpu" and bool(getattr(self.model, "jit_compile", False))

    def compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function as this mode runs it."""
        return tf.function(function, jit_compile=self.jit)  # type: ignore[no-any-return]

    def tensors(self, arrays: list[Array]) -> list[tf.Tensor]:
        """Arrays on the device."""
        with tf.device(self.place):
            return [tf.constant(array) for array in arrays]

    def _train_step(self, inputs: list[tf.Tensor], targets: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = self.side.loss(self.model, inputs, targets)
        variables = self.model.trainable_variables
        gradients = tape.gradient(loss, variables)
        if self.problem.rule.rule == "adam":
            # Keras's Adam squares the parts of a sparse gradient before adding up those of the same
            # row (seen in 3.15.1), which is another rule than Adam; summed up, it is Adam.
            gradients = [tf.convert_to_tensor(one) for one in gradients]
        self.optimiser.apply_gradients(zip(gradients, variables))
        return loss

    def slots(self) -> Mapping[str, Slot]:
        return self._slots

    def reset(self) -> None:
        """Back to the common start: in one traced call, since a hundred single ones take longer
        than a block."""
        if self._restore is None:
            super().reset()
            states = [state for state, _ in self._states]
            variables = [*self.model.trainable_variables, *states]
            start = [tf.identity(tf.convert_to_tensor(one)) for one in variables]

            def restore(values: list[tf.Tensor]) -> None:
                for variable, value in zip(variables, values):
                    variable.assign(value)

            traced = tf.function(restore)
            self._restore = lambda: traced(start)
        self._restore()

    def load(self, wholes: Mapping[int, Array]) -> None:
        for variable in self.model.trainable_variables:
            variable.assign(wholes[id(variable)])

    def clear_state(self) -> None:
        for state, value in self._states:
            state.assign(value)

    def read(self, variable: Any) -> Array:
        return np.array(variable.numpy())

    def gradients(self) -> Mapping[int, Array]:
        variables = self.model.trainable_variables

        def compute(inputs: list[tf.Tensor], targets: tf.Tensor) -> list[tf.Tensor]:
            with tf.GradientTape() as tape:
                loss = self.side.loss(self.model, inputs, targets)
            return [tf.convert_to_tensor(one) for one in tape.gradient(loss, variables)]

        found = self.compiled(compute)(self.inputs, self.targets)
        return {id(variable): one.numpy() for variable, one in zip(variables, found)}

    def parameter_count(self) -> int:
        return int(sum(np.prod(value.shape) for value in self.model.trainable_variables))

    def train_on(self, inputs: list[tf.Tensor], targets: tf.Tensor) -> tf.Tensor:
        """One training step."""
        return self.train_step(inputs, targets)

    def make_call(self, operation: str) -> Callable[[], Any]:
        if operation == "input-pipeline":
            return self._pipeline_call()
        if operation == "training":
            step, inputs, targets = self.train_step, self.inputs, self.targets
            return lambda: step(inputs, targets)
        batch = self.problem.batch if operation == "inference" else 1
        given = self.tensors(self.problem.inputs(batch))
        infer = self.compiled(lambda inputs: self.side.infer(self.model, inputs))
        return lambda: infer(given)

    def to_numpy(self, output: Any) -> Array:
        return np.array(output.numpy())

    # --- input pipeline ---

    def _dataset(self) -> Any:
        features, labels = self.problem.pipeline_arrays()
        options = tf.data.Options()
        options.threading.private_threadpool_size = self.threads
        dataset = tf.data.Dataset.from_tensor_slices((features, labels)).with_options(options)
        dataset = dataset.shuffle(len(labels), reshuffle_each_iteration=True)
        if self.best:
            # The documented faster way: whole batches at a time.
            return dataset.batch(self.problem.batch).map(
                _scaled, num_parallel_calls=tf.data.AUTOTUNE
            )
        return dataset.map(_scaled, num_parallel_calls=tf.data.AUTOTUNE).batch(self.problem.batch)

    def _pipeline_call(self) -> Callable[[], Any]:
        with tf.device("/CPU:0"):
            endless = iter(self._dataset().repeat().prefetch(tf.data.AUTOTUNE))
        return lambda: next(endless)

    def pipeline_epoch(self) -> Iterable[tuple[Array, Array]]:
        for features, labels in self._dataset():
            yield features.numpy(), labels.numpy()

    def fairness(self) -> dict[str, str]:
        tf32 = tf.config.experimental.tensor_float_32_execution_enabled()
        return {
            "execution": "tf.function with XLA" if self.jit else "tf.function",
            "precision": self.precision,
            "reduced precision in products": "allowed" if tf32 else "off",
            "layout": self.layout,
            "device": self.device if self.device != "rocm" else "cuda",
            "threads inside an operation": str(
                tf.config.threading.get_intra_op_parallelism_threads()
            ),
            "threads between operations": str(
                tf.config.threading.get_inter_op_parallelism_threads()
            ),
            "batch": str(self.problem.batch),
            "update rule": rule_words(self.problem.rule),
            "optimiser": f"keras.optimizers.{type(self.optimiser).__name__}",
            "embedding gradients": "dense" if self.problem.rule.rule == "adam" else "sparse",
            "inputs": "resident on the device",
            "waiting": "for the device at the end of each block; in latency after each call",
        }


def _scaled(features: Any, labels: Any) -> tuple[Any, Any]:
    """Bytes become numbers between -1 and 1."""
    return tf.cast(features, tf.float32) / 127.5 - 1.0, labels


def _optimiser(rule: UpdateRule) -> Any:
    if rule.rule == "sgd":
        return keras.optimizers.SGD(rule.rate, momentum=rule.momentum)
    return keras.optimizers.Adam(
        rule.rate, beta_1=rule.beta_1, beta_2=rule.beta_2, epsilon=rule.epsilon
    )
