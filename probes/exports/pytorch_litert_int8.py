"""PyTorch to a LiteRT file of whole numbers, by litert-torch and the AI Edge quantiser."""

from __future__ import annotations

import os
from typing import Any, Callable

from probekit.problem import Array

from exports.kit import Artefact, calibration, litert_runner, torch_arrays, torch_source
from exports.microcontroller import examine

DECLARATION = {
    "candidate": "pytorch",
    "title": "LiteRT in 8 bits through litert-torch, for microcontrollers too",
    "targets": ["microcontroller", "android", "embedded-linux"],
    "packages": {
        "torch": ">=2.9",
        "litert-torch": ">=0.9",
        "ai-edge-quantizer": ">=0.4",
        "ai-edge-litert": ">=2.0",
    },
    "install": "pip install 'framework-advisor[deploy]'",
    "seconds": 300,
    "memory_mb": 5000,
    "tolerance": 0.25,
    "quantised": True,
}


def convert(work: Any, folder: str) -> Artefact:
    """Convert in floating point, then quantise weights and activations to 8 bits."""
    import litert_torch
    from ai_edge_quantizer import quantizer, recipe

    module, items = torch_source(work)
    plain, path = os.path.join(folder, "float.tflite"), os.path.join(folder, "int8.tflite")
    litert_torch.convert(module, tuple(items[0])).export(plain)
    shown = torch_arrays([work.tensors(item) for item in calibration(work)])
    quantiser = quantizer.Quantizer(plain, recipe.static_wi8_ai8())
    names = _input_names(plain)
    data = {"serving_default": [dict(zip(names, item)) for item in shown]}
    quantised = quantiser.quantize(quantiser.calibrate(data))
    quantised.export_model(path, overwrite=True)
    return Artefact("int8.tflite", torch_arrays(items), facts=examine(path))


def _input_names(path: str) -> list[str]:
    from ai_edge_litert.interpreter import Interpreter

    signature = Interpreter(model_path=path).get_signature_list()["serving_default"]
    return sorted(signature["inputs"])


def load(folder: str, artefact: str) -> Callable[[list[Array]], Array]:
    """Open an interpreter."""
    return litert_runner(os.path.join(folder, artefact))
