"""TensorFlow to a LiteRT file of whole numbers only, and what a microcontroller makes of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Callable

from probekit.problem import Array

from exports.kit import Artefact, calibration, frozen_function, litert_runner
from exports.microcontroller import examine

DECLARATION = {
    "candidate": "tensorflow",
    "title": "LiteRT in 8 bits, for microcontrollers too",
    "targets": ["microcontroller", "android", "embedded-linux"],
    "packages": {"tensorflow": ">=2.18", "ai-edge-litert": ">=2.0"},
    "install": "pip install 'framework-advisor[deploy]'",
    "seconds": 180,
    "memory_mb": 4000,
    "tolerance": 0.25,
    "quantised": True,
}


def convert(work: Any, folder: str) -> Artefact:
    """Full-integer quantisation with calibration data; refuses operators without an 8-bit form."""
    import tensorflow as tf

    function, items = frozen_function(work)
    shown = calibration(work)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]

    def representative() -> Iterator[list[Array]]:
        yield from shown

    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    path = os.path.join(folder, "int8.tflite")
    with open(path, "wb") as file:
        file.write(converter.convert())
    return Artefact("int8.tflite", items, facts=examine(path))


def load(folder: str, artefact: str) -> Callable[[list[Array]], Array]:
    """Open an interpreter."""
    return litert_runner(os.path.join(folder, artefact))
