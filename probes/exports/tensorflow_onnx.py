"""Keras export to ONNX (through tf2onnx), run by ONNX Runtime."""

from __future__ import annotations

import os
from typing import Any, Callable

from probekit.problem import Array

from exports.kit import ITEMS, Artefact, onnx_runner, single_items

DECLARATION = {
    "candidate": "tensorflow",
    "title": "ONNX through Keras export, run by ONNX Runtime",
    "targets": ["server", "batch", "desktop", "cpp", "node", "serverless"],
    "packages": {"tensorflow": ">=2.18", "tf2onnx": ">=1.17", "onnxruntime": ">=1.20"},
    "install": "pip install 'framework-advisor[deploy]'",
    "seconds": 180,
    "memory_mb": 4000,
    "tolerance": 1e-4,
}


def convert(work: Any, folder: str) -> Artefact:
    """Export with model.export(format="onnx")."""
    import keras

    items = single_items(work.problem, ITEMS)
    signature = [
        keras.InputSpec(shape=array.shape, dtype=str(array.dtype), name=f"input_{index}")
        for index, array in enumerate(items[0])
    ]
    work.model.export(
        os.path.join(folder, "model.onnx"),
        format="onnx",
        verbose=False,
        input_signature=signature,
    )
    return Artefact("model.onnx", items)


def load(folder: str, artefact: str) -> Callable[[list[Array]], Array]:
    """Open an inference session."""
    return onnx_runner(os.path.join(folder, artefact))
