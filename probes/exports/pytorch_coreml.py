"""PyTorch to Core ML; converting works anywhere, running only on macOS."""

from __future__ import annotations

import os
from typing import Any, Callable

import numpy as np
from probekit.problem import Array

from exports.kit import Artefact, torch_arrays, torch_source

DECLARATION = {
    "candidate": "pytorch",
    "title": "Core ML program",
    "targets": ["ios"],
    "packages": {"torch": ">=2.6", "coremltools": ">=9.0"},
    "install": "pip install 'framework-advisor[deploy]'",
    "seconds": 240,
    "memory_mb": 4000,
    "tolerance": 0.02,
    "runs_on": ["Darwin"],
}


def convert(work: Any, folder: str) -> Artefact:
    """Convert an exported program for iOS 17 and later."""
    import coremltools
    import torch

    module, items = torch_source(work)
    program = torch.export.export(module, tuple(items[0])).run_decompositions({})
    model = coremltools.convert(program, minimum_deployment_target=coremltools.target.iOS17)
    model.save(os.path.join(folder, "model.mlpackage"))
    return Artefact("model.mlpackage", torch_arrays(items))


def load(folder: str, artefact: str) -> Callable[[list[Array]], Array]:
    """Load and predict; macOS only."""
    import coremltools

    model = coremltools.models.MLModel(os.path.join(folder, artefact))
    names = [one.name for one in model.get_spec().description.input]
    return lambda inputs: np.asarray(
        next(iter(model.predict(dict(zip(names, inputs))).values())), dtype=np.float32
    )
