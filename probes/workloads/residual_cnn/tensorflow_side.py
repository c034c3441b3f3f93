"""TensorFlow side of the residual network: channels last."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from probekit.problem import Problem
from probekit.slots import Slot

from workloads.residual_cnn.problem import CLASSES, COLOURS, EPSILON, MOMENTUM, Convolution


def _part(plan: Convolution, value: Any) -> Any:
    """A convolution without bias, then batch normalisation.

    With stride 2, padding "same" would pad one side only; padding both, as PyTorch does and as
    Keras's own ResNet does, keeps the work equal.
    """
    padding = "same"
    if plan.stride != 1 and plan.kernel > 1:
        value = keras.layers.ZeroPadding2D(plan.kernel // 2)(value)
        padding = "valid"
    name = plan.name.replace(".", "_")
    value = keras.layers.Conv2D(
        plan.outputs,
        plan.kernel,
        strides=plan.stride,
        padding=padding,
        use_bias=False,
        name=f"{name}_convolution",
    )(value)
    return keras.layers.BatchNormalization(epsilon=EPSILON, momentum=MOMENTUM, name=f"{name}_norm")(
        value
    )


def build(problem: Problem) -> Any:
    """The network, as a functional model."""
    stem, blocks = problem.plan()  # type: ignore[attr-defined]
    side = problem.dims["side"]
    pictures = keras.layers.Input((side, side, COLOURS))
    value = keras.layers.ReLU()(_part(stem, pictures))
    for block in blocks:
        around = value
        for plan in block.shortcut:
            around = _part(plan, value)
        value = keras.layers.ReLU()(_part(block.first, value))
        value = keras.layers.ReLU()(keras.layers.Add()([_part(block.second, value), around]))
    logits = keras.layers.Dense(CLASSES, name="head")(keras.layers.GlobalAveragePooling2D()(value))
    model = keras.Model(pictures, logits)
    model.plans = problem.convolutions()  # type: ignore[attr-defined]
    return model


def slots(model: Any) -> dict[str, Slot]:
    """Kernels lie as height, width, inputs, outputs."""
    found = {}
    for plan in model.plans:
        name = plan.name.replace(".", "_")
        norm = model.get_layer(f"{name}_norm")
        found[f"{plan.name}.kernel"] = Slot(model.get_layer(f"{name}_convolution").kernel)
        found[f"{plan.name}.scale"] = Slot(norm.gamma)
        found[f"{plan.name}.shift"] = Slot(norm.beta)
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
