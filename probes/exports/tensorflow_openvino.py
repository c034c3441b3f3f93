"""TensorFlow to OpenVINO, run on the CPU."""

from __future__ import annotations

import os
from typing import Any, Callable

from probekit.problem import Array

from exports.kit import Artefact, openvino_runner, save_model

DECLARATION = {
    "candidate": "tensorflow",
    "title": "OpenVINO model",
    "targets": ["server", "desktop", "npu"],
    "packages": {"tensorflow": ">=2.18", "openvino": ">=2025.0"},
    "install": "pip install 'framework-advisor[deploy]'",
    "seconds": 180,
    "memory_mb": 4000,
    "tolerance": 1e-3,
}


def convert(work: Any, folder: str) -> Artefact:
    """Convert a SavedModel, in 32 bits."""
    import openvino

    name, items = save_model(work, folder)
    model = openvino.convert_model(os.path.join(folder, name))
    openvino.save_model(
        model, os.path.join(folder, "openvino", "model.xml"), compress_to_fp16=False
    )
    return Artefact("openvino", items)


def load(folder: str, artefact: str) -> Callable[[list[Array]], Array]:
    """Read and compile."""
    import openvino

    return openvino_runner(openvino.Core().read_model(os.path.join(folder, artefact, "model.xml")))
