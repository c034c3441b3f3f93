"""TensorFlow side of the transformer encoder, with Keras's own `MultiHeadAttention`."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from probekit.problem import Problem
from probekit.slots import Slot

from workloads.transformer.problem import CLASSES, EPSILON


class Positions(keras.layers.Layer):  # type: ignore[misc]
    """Adds a learned vector per position."""

    def __init__(self, length: int, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.table = self.add_weight(shape=(length, width), name="table")

    def call(self, value: Any) -> Any:
        """The value with its position."""
        return value + self.table


def build(problem: Problem) -> Any:
    """Embeddings, blocks, a last normalisation, the mean, a dense layer, as a functional model."""
    dims = problem.dims
    width, heads = dims["width"], dims["heads"]
    tokens = keras.layers.Input((dims["length"],), dtype="int32")
    value = keras.layers.Embedding(dims["vocabulary"], width, name="tokens")(tokens)
    value = Positions(dims["length"], width, name="positions")(value)
    for layer in range(dims["layers"]):
        prefix = f"block{layer}"
        normal = keras.layers.LayerNormalization(epsilon=EPSILON, name=f"{prefix}_norm1")(value)
        attention = keras.layers.MultiHeadAttention(
            heads, width // heads, name=f"{prefix}_attention"
        )
        value = keras.layers.Add()([value, attention(normal, normal)])
        normal = keras.layers.LayerNormalization(epsilon=EPSILON, name=f"{prefix}_norm2")(value)
        inner = keras.layers.Dense(dims["inner"], activation=_gelu, name=f"{prefix}_inner")(normal)
        outer = keras.layers.Dense(width, name=f"{prefix}_outer")(inner)
        value = keras.layers.Add()([value, outer])
    value = keras.layers.LayerNormalization(epsilon=EPSILON, name="norm")(value)
    value = keras.layers.GlobalAveragePooling1D()(value)
    model = keras.Model(tokens, keras.layers.Dense(CLASSES, name="head")(value))
    model.depth = dims["layers"]
    return model


def _gelu(value: Any) -> Any:
    """The exact form (with the error function), PyTorch's default."""
    return keras.activations.gelu(value, approximate=False)


def slots(model: Any) -> dict[str, Slot]:
    """`MultiHeadAttention` keeps width x heads x size of a head; the same entries in that order."""
    found = {
        "tokens": Slot(model.get_layer("tokens").embeddings),
        "positions": Slot(model.get_layer("positions").table),
    }
    for layer in range(model.depth):
        prefix = f"block{layer}"
        for name in ("norm1", "norm2"):
            norm = model.get_layer(f"{prefix}_{name}")
            found[f"{prefix}.{name}.scale"] = Slot(norm.gamma)
            found[f"{prefix}.{name}.shift"] = Slot(norm.beta)
        attention = model.get_layer(f"{prefix}_attention")
        for name, dense in (
            ("query", attention.query_dense),
            ("key", attention.key_dense),
            ("value", attention.value_dense),
            ("out", attention.output_dense),
            ("inner", model.get_layer(f"{prefix}_inner")),
            ("outer", model.get_layer(f"{prefix}_outer")),
        ):
            found[f"{prefix}.{name}.weight"] = Slot(dense.kernel)
            found[f"{prefix}.{name}.bias"] = Slot(dense.bias)
    norm, head = model.get_layer("norm"), model.get_layer("head")
    found["norm.scale"], found["norm.shift"] = Slot(norm.gamma), Slot(norm.beta)
    found["head.weight"], found["head.bias"] = Slot(head.kernel), Slot(head.bias)
    return found


def infer(model: Any, inputs: list[tf.Tensor]) -> tf.Tensor:
    """Logits."""
    return model(inputs[0], training=False)


def loss(model: Any, inputs: list[tf.Tensor], targets: tf.Tensor) -> tf.Tensor:
    """Mean cross-entropy."""
    logits = model(inputs[0], training=True)
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits)
    return tf.reduce_mean(each)
