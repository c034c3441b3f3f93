"""PyTorch to LiteRT by litert-torch, run by ai-edge-litert."""

from __future__ import annotations

import os
from typing import Any, Callable

from probekit.problem import Array

from exports.kit import Artefact, litert_runner, torch_arrays, torch_source

DECLARATION = {
    "candidate": "pytorch",
    "title": "LiteRT through litert-torch",
    "targets": ["android", "embedded-linux"],
    "packages": {"torch": ">=2.9", "litert-torch": ">=0.9", "ai-edge-litert": ">=2.0"},
    "install": "pip install 'framework-advisor[deploy]'",
    "seconds": 240,
    "memory_mb": 5000,
    "tolerance": 1e-4,
}


def convert(work: Any, folder: str) -> Artefact:
    """Convert without TensorFlow."""
    import litert_torch

    module, items = torch_source(work)
    litert_torch.convert(module, tuple(items[0])).export(os.path.join(folder, "model.tflite"))
    return Artefact("model.tflite", torch_arrays(items))


def load(folder: str, artefact: str) -> Callable[[list[Array]], Array]:
    """Open an interpreter."""
    return litert_runner(os.path.join(folder, artefact))
