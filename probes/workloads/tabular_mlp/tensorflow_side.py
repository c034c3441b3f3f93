"""TensorFlow side of the table network."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from probekit.problem import Problem
from probekit.slots import Slot


def build(problem: Problem) -> Any:
    """Dense layers with ReLU between them."""
    widths = problem.widths  # type: ignore[attr-defined]
    model = keras.Sequential([keras.layers.Input((widths[0],))])
    for width in widths[1:-1]:
        model.add(keras.layers.Dense(width, activation="relu"))
    model.add(keras.layers.Dense(widths[-1]))
    return model


def slots(model: Any) -> dict[str, Slot]:
    """`Dense` keeps its kernel as inputs x outputs."""
    found = {}
    for index, layer in enumerate(model.layers):
        found[f"layer{index}.weight"] = Slot(layer.kernel)
        found[f"layer{index}.bias"] = Slot(layer.bias)
    return found


def infer(model: Any, inputs: list[tf.Tensor]) -> tf.Tensor:
    """Logits."""
    return model(inputs[0], training=False)


def loss(model: Any, inputs: list[tf.Tensor], targets: tf.Tensor) -> tf.Tensor:
    """Mean cross-entropy."""
    logits = model(inputs[0], training=True)
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits)
    return tf.reduce_mean(each)
