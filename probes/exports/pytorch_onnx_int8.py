"""PyTorch to ONNX, quantised after training to 8 bits by ONNX Runtime's static quantiser."""

from __future__ import annotations

import os
from typing import Any, Callable, Optional

from probekit.problem import Array

from exports.kit import Artefact, calibration, onnx_runner, torch_arrays, torch_source

DECLARATION = {
    "candidate": "pytorch",
    "title": "ONNX in 8 bits, run by ONNX Runtime",
    "targets": ["server", "desktop", "embedded-linux"],
    "packages": {
        "torch": ">=2.6",
        "onnx": ">=1.17",
        "onnxscript": ">=0.3",
        "onnxruntime": ">=1.20",
    },
    "install": "pip install 'framework-advisor[deploy]'",
    "seconds": 240,
    "memory_mb": 4000,
    "tolerance": 0.25,
    "quantised": True,
}


def convert(work: Any, folder: str) -> Artefact:
    """Export, then quantise with calibration data."""
    import torch
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static

    module, items = torch_source(work)
    plain, path = os.path.join(folder, "float.onnx"), os.path.join(folder, "int8.onnx")
    program = torch.onnx.export(module, tuple(items[0]), dynamo=True)
    program.save(plain)
    names = [one.name for one in program.model.graph.inputs]
    shown = torch_arrays([work.tensors(item) for item in calibration(work)])

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.waiting = iter(shown)

        def get_next(self) -> Optional[dict[str, Array]]:
            """The next item, or None."""
            item = next(self.waiting, None)
            return None if item is None else dict(zip(names, item))

    quantize_static(
        plain, path, Reader(), activation_type=QuantType.QInt8, weight_type=QuantType.QInt8
    )
    return Artefact("int8.onnx", torch_arrays(items))


def load(folder: str, artefact: str) -> Callable[[list[Array]], Array]:
    """Open an inference session."""
    return onnx_runner(os.path.join(folder, artefact))
