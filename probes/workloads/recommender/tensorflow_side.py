"""TensorFlow side of the recommender; gradients of embeddings are sparse (IndexedSlices)."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from probekit.problem import Problem
from probekit.slots import Slot


def build(problem: Problem) -> Any:
    """Dense part and embeddings side by side, then the top network, as a functional model."""
    dims = problem.dims
    numbers = keras.layers.Input((dims["numbers"],))
    categories = keras.layers.Input((dims["tables"],), dtype="int32")
    parts = [keras.layers.Dense(dims["width"], activation="relu", name="numbers")(numbers)]
    for index in range(dims["tables"]):
        table = keras.layers.Embedding(dims["rows"], dims["width"], name=f"table{index}")
        parts.append(table(categories[:, index]))
    value = keras.layers.Concatenate()(parts)
    widths = problem.top_widths  # type: ignore[attr-defined]
    for index, width in enumerate(widths[1:]):
        activation = "relu" if index < len(widths) - 2 else None
        value = keras.layers.Dense(width, activation=activation, name=f"top{index}")(value)
    model = keras.Model([numbers, categories], value[:, 0])
    model.tables, model.tops = dims["tables"], len(widths) - 1
    return model


def slots(model: Any) -> dict[str, Slot]:
    """Tables lie alike on both sides."""
    numbers = model.get_layer("numbers")
    found = {"numbers.weight": Slot(numbers.kernel), "numbers.bias": Slot(numbers.bias)}
    for index in range(model.tables):
        found[f"table{index}"] = Slot(model.get_layer(f"table{index}").embeddings)
    for index in range(model.tops):
        layer = model.get_layer(f"top{index}")
        found[f"top{index}.weight"] = Slot(layer.kernel)
        found[f"top{index}.bias"] = Slot(layer.bias)
    return found


def infer(model: Any, inputs: list[tf.Tensor]) -> tf.Tensor:
    """Logits."""
    return model(inputs, training=False)


def loss(model: Any, inputs: list[tf.Tensor], targets: tf.Tensor) -> tf.Tensor:
    """Mean binary cross-entropy."""
    logits = model(inputs, training=True)
    each = tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)
    return tf.reduce_mean(each)
