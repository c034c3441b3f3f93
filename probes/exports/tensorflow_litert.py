"""TensorFlow to LiteRT (.tflite), run by ai-edge-litert."""

from __future__ import annotations

import os
from typing import Any, Callable

from probekit.problem import Array

from exports.kit import Artefact, frozen_function, litert_runner

DECLARATION = {
    "candidate": "tensorflow",
    "title": "LiteRT (.tflite)",
    "targets": ["android", "ios", "embedded-linux"],
    "packages": {"tensorflow": ">=2.18", "ai-edge-litert": ">=2.0"},
    "install": "pip install 'framework-advisor[deploy]'",
    "seconds": 180,
    "memory_mb": 4000,
    "tolerance": 1e-4,
}


def convert(work: Any, folder: str) -> Artefact:
    """Convert a traced function with the built-in operators only."""
    import tensorflow as tf

    function, items = frozen_function(work)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    with open(os.path.join(folder, "model.tflite"), "wb") as file:
        file.write(converter.convert())
    return Artefact("model.tflite", items)


def load(folder: str, artefact: str) -> Callable[[list[Array]], Array]:
    """Open an interpreter."""
    return litert_runner(os.path.join(folder, artefact))
