"""PyTorch to ONNX by the exporter on torch.export, run by ONNX Runtime."""

from __future__ import annotations

import os
from typing import Any, Callable

from probekit.problem import Array

from exports.kit import Artefact, onnx_runner, torch_arrays, torch_source

DECLARATION = {
    "candidate": "pytorch",
    "title": "ONNX, run by ONNX Runtime",
    "targets": ["server", "batch", "desktop", "cpp", "jvm", "node", "serverless"],
    "packages": {
        "torch": ">=2.6",
        "onnx": ">=1.17",
        "onnxscript": ">=0.3",
        "onnxruntime": ">=1.20",
    },
    "install": "pip install 'framework-advisor[deploy]'",
    "seconds": 180,
    "memory_mb": 4000,
    "tolerance": 1e-4,
}


def convert(work: Any, folder: str) -> Artefact:
    """Export with torch.onnx.export(dynamo=True)."""
    import torch

    module, items = torch_source(work)
    path = os.path.join(folder, "model.onnx")
    torch.onnx.export(module, tuple(items[0]), path, dynamo=True, external_data=False)
    return Artefact("model.onnx", torch_arrays(items))


def load(folder: str, artefact: str) -> Callable[[list[Array]], Array]:
    """Open an inference session."""
    return onnx_runner(os.path.join(folder, artefact))
