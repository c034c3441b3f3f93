"""TensorFlow side of the decoder: the loop over steps is inside the `tf.function`, the cache is
updated with `slice_update`, as Keras Hub's `generate` does."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from probekit.problem import Problem
from probekit.slots import Slot

from workloads.transformer.problem import EPSILON
from workloads.transformer.tensorflow_side import _gelu


class Block(keras.layers.Layer):  # type: ignore[misc]
    """Attention and dense layers, each normalised first, each with a way around."""

    def __init__(self, dims: dict[str, Any], **options: Any) -> None:
        super().__init__(**options)
        width = dims["width"]
        self.heads, self.size = dims["heads"], width // dims["heads"]
        self.norm1 = keras.layers.LayerNormalization(epsilon=EPSILON)
        self.norm2 = keras.layers.LayerNormalization(epsilon=EPSILON)
        self.query = keras.layers.Dense(width)
        self.key = keras.layers.Dense(width)
        self.value = keras.layers.Dense(width)
        self.out = keras.layers.Dense(width)
        self.inner = keras.layers.Dense(dims["inner"], activation=_gelu)
        self.outer = keras.layers.Dense(width)
        for layer in (self.norm1, self.norm2, self.query, self.key, self.value, self.out):
            layer.build((None, None, width))
        self.inner.build((None, None, width))
        self.outer.build((None, None, dims["inner"]))
        self.built = True

    def split(self, value: tf.Tensor) -> list[tf.Tensor]:
        """Query, key and value, each batch x heads x length x size of a head."""
        shape = (-1, value.shape[1], self.heads, self.size)
        return [
            tf.transpose(tf.reshape(layer(value), shape), (0, 2, 1, 3))
            for layer in (self.query, self.key, self.value)
        ]

    def attend(
        self, query: tf.Tensor, keys: tf.Tensor, values: tf.Tensor, seen: tf.Tensor
    ) -> tf.Tensor:
        """Heads side by side again, and projected; where `seen` is false, nothing is looked at."""
        scores = tf.matmul(query, keys, transpose_b=True) * self.size**-0.5
        scores = tf.where(seen, scores, tf.constant(-1e9, scores.dtype))
        mixed = tf.transpose(tf.matmul(tf.nn.softmax(scores), values), (0, 2, 1, 3))
        return self.out(tf.reshape(mixed, (-1, mixed.shape[1], self.heads * self.size)))

    def dense(self, value: tf.Tensor) -> tf.Tensor:
        """The dense half of the block."""
        return value + self.outer(self.inner(self.norm2(value)))

    def call(self, value: tf.Tensor, seen: tf.Tensor) -> tf.Tensor:
        """The whole block."""
        query, key, content = self.split(self.norm1(value))
        return self.dense(value + self.attend(query, key, content, seen))


class Network(keras.Model):  # type: ignore[misc]
    """Embeddings, causal blocks, a last normalisation, logits over the vocabulary."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        dims = problem.dims
        self.dims = dims
        self.tokens = keras.layers.Embedding(dims["vocabulary"], dims["width"])
        self.positions = keras.layers.Embedding(dims["length"], dims["width"])
        self.blocks = [Block(dims) for _ in range(dims["layers"])]
        self.norm = keras.layers.LayerNormalization(epsilon=EPSILON)
        self.head = keras.layers.Dense(dims["vocabulary"])
        for layer in (self.tokens, self.positions):
            layer.build((None, None))
        for layer in (self.norm, self.head):
            layer.build((None, None, dims["width"]))
        self.built = True

    def call(self, tokens: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Logits for the next token at every position."""
        length = self.dims["length"]
        causal = tf.linalg.band_part(tf.ones((length, length), tf.bool), -1, 0)
        value = self.tokens(tokens) + self.positions.embeddings[None]
        for block in self.blocks:
            value = block(value, causal)
        return self.head(self.norm(value))

    def step(
        self, tokens: tf.Tensor, position: tf.Tensor, keys: tf.Tensor, values: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Logits after one more token per sequence, and the caches with it."""
        value = (self.tokens(tokens) + self.positions(position))[:, None]
        seen = tf.range(self.dims["length"]) <= position
        zero = tf.zeros_like(position)
        for layer, block in enumerate(self.blocks):
            query, key, content = block.split(block.norm1(value))
            place = (layer, zero, zero, position, zero)
            keys = keras.ops.slice_update(keys, place, key[None])
            values = keras.ops.slice_update(values, place, content[None])
            value = block.dense(value + block.attend(query, keys[layer], values[layer], seen))
        return self.head(self.norm(value))[:, 0], keys, values


def build(problem: Problem) -> Any:
    """The network."""
    return Network(problem)


def slots(model: Any) -> dict[str, Slot]:
    """Embeddings, blocks, head."""
    found = {
        "tokens": Slot(model.tokens.embeddings),
        "positions": Slot(model.positions.embeddings),
    }
    for index, block in enumerate(model.blocks):
        prefix = f"block{index}"
        for name in ("norm1", "norm2"):
            norm = getattr(block, name)
            found[f"{prefix}.{name}.scale"] = Slot(norm.gamma)
            found[f"{prefix}.{name}.shift"] = Slot(norm.beta)
        for name in ("query", "key", "value", "out", "inner", "outer"):
            layer = getattr(block, name)
            found[f"{prefix}.{name}.weight"] = Slot(layer.kernel)
            found[f"{prefix}.{name}.bias"] = Slot(layer.bias)
    found["norm.scale"], found["norm.shift"] = Slot(model.norm.gamma), Slot(model.norm.beta)
    found["head.weight"], found["head.bias"] = Slot(model.head.kernel), Slot(model.head.bias)
    return found


def infer(model: Any, inputs: list[tf.Tensor]) -> tf.Tensor:
    """Greedy generation: logits of the last step."""
    tokens, keys, values = inputs
    dims = model.dims
    logits = tf.zeros((tokens.shape[0], dims["vocabulary"]))

    def going_on(position: tf.Tensor, *_: tf.Tensor) -> tf.Tensor:
        return position < dims["length"]

    def one_step(
        position: tf.Tensor,
        tokens: tf.Tensor,
        _logits: tf.Tensor,
        keys: tf.Tensor,
        values: tf.Tensor,
    ) -> tuple[tf.Tensor, ...]:
        logits, keys, values = model.step(tokens, position, keys, values)
        return position + 1, tf.argmax(logits, axis=1, output_type=tf.int32), logits, keys, values

    start = tf.constant(dims["length"] - dims["new"])
    state = (start, tokens, logits, keys, values)
    return tf.while_loop(going_on, one_step, state, maximum_iterations=dims["new"])[2]


def loss(model: Any, inputs: list[tf.Tensor], targets: tf.Tensor) -> tf.Tensor:
    """Mean cross-entropy over all positions."""
    logits = model(inputs[0], training=True)
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits)
    return tf.reduce_mean(each)
