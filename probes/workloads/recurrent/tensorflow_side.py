"""TensorFlow side of the recurrent network."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from probekit.problem import Problem
from probekit.slots import Slot

from workloads.recurrent.problem import CLASSES

KERAS_GATES = ("update", "reset", "new")
"""The order in which `GRU` stacks its gates."""


def build(problem: Problem) -> Any:
    """GRU layers, then a dense layer on the last step.

    `reset_after` (Keras's default) is the form PyTorch has: a bias of its own for the hidden part.
    """
    dims = problem.dims
    model = keras.Sequential([keras.layers.Input((dims["steps"], dims["features"]))])
    for layer in range(dims["layers"]):
        last = layer == dims["layers"] - 1
        model.add(
            keras.layers.GRU(
                dims["units"], return_sequences=not last, reset_after=True, name=f"gru{layer}"
            )
        )
    model.add(keras.layers.Dense(CLASSES, name="head"))
    model.dims = dims
    return model


def slots(model: Any) -> dict[str, Slot]:
    """Gates lie side by side; the two biases are the rows of one variable."""
    found = {}
    units = model.dims["units"]
    everything = slice(None)
    for layer in range(model.dims["layers"]):
        cell = model.get_layer(f"gru{layer}").cell
        for index, gate in enumerate(KERAS_GATES):
            columns = slice(index * units, (index + 1) * units)
            name = f"layer{layer}.{gate}"
            found[f"{name}.input"] = Slot(cell.kernel, None, (everything, columns))
            found[f"{name}.hidden"] = Slot(cell.recurrent_kernel, None, (everything, columns))
            found[f"{name}.input_bias"] = Slot(cell.bias, None, (slice(0, 1), columns))
            found[f"{name}.hidden_bias"] = Slot(cell.bias, None, (slice(1, 2), columns))
    head = model.get_layer("head")
    found["head.weight"] = Slot(head.kernel)
    found["head.bias"] = Slot(head.bias)
    return found


def infer(model: Any, inputs: list[tf.Tensor]) -> tf.Tensor:
    """Logits."""
    return model(inputs[0], training=False)


def loss(model: Any, inputs: list[tf.Tensor], targets: tf.Tensor) -> tf.Tensor:
    """Mean cross-entropy."""
    logits = model(inputs[0], training=True)
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits)
    return tf.reduce_mean(each)
