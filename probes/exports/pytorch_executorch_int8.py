"""PyTorch quantised to 8 bits by the PT2E flow and lowered to ExecuTorch with XNNPACK."""

from __future__ import annotations

import os
from typing import Any, Callable

from probekit.problem import Array

from exports.kit import Artefact, calibration, torch_arrays, torch_source
from exports.pytorch_executorch import load as load_program

DECLARATION = {
    "candidate": "pytorch",
    "title": "ExecuTorch in 8 bits with XNNPACK",
    "targets": ["android", "ios", "embedded-linux"],
    "packages": {"torch": ">=2.9", "executorch": ">=1.1", "torchao": ">=0.14"},
    "install": "pip install 'framework-advisor[deploy]'",
    "seconds": 300,
    "memory_mb": 4000,
    "tolerance": 0.25,
    "quantised": True,
}


def convert(work: Any, folder: str) -> Artefact:
    """Calibrate, convert, lower."""
    import torch
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
        XNNPACKQuantizer,
        get_symmetric_quantization_config,
    )
    from executorch.exir import to_edge_transform_and_lower
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    module, items = torch_source(work)
    quantiser = XNNPACKQuantizer()
    quantiser.set_global(get_symmetric_quantization_config())
    program = torch.export.export(module, tuple(items[0]))
    prepared = prepare_pt2e(program.module(), quantiser)
    for item in calibration(work):
        prepared(*work.tensors(item))
    quantised = torch.export.export(convert_pt2e(prepared), tuple(items[0]))
    lowered = to_edge_transform_and_lower(quantised, partitioner=[XnnpackPartitioner()])
    with open(os.path.join(folder, "int8.pte"), "wb") as file:
        file.write(lowered.to_executorch().buffer)
    return Artefact("int8.pte", torch_arrays(items))


def load(folder: str, artefact: str) -> Callable[[list[Array]], Array]:
    """Load the program; its 8-bit operators come with ExecuTorch's kernels library."""
    import executorch.kernels.quantized  # noqa: F401 - registers operators

    return load_program(folder, artefact)
