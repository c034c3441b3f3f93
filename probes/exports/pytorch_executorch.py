"""PyTorch to ExecuTorch with the XNNPACK backend, run by ExecuTorch's own run time."""

from __future__ import annotations

import os
from typing import Any, Callable

from probekit.problem import Array

from exports.kit import Artefact, torch_arrays, torch_source

DECLARATION = {
    "candidate": "pytorch",
    "title": "ExecuTorch (.pte) with XNNPACK",
    "targets": ["android", "ios", "embedded-linux"],
    "packages": {"torch": ">=2.9", "executorch": ">=1.1"},
    "install": "pip install 'framework-advisor[deploy]'",
    "seconds": 240,
    "memory_mb": 4000,
    "tolerance": 1e-4,
}


def convert(work: Any, folder: str) -> Artefact:
    """Lower to the edge dialect and to XNNPACK."""
    import torch
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower

    module, items = torch_source(work)
    program = torch.export.export(module, tuple(items[0]))
    lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
    with open(os.path.join(folder, "model.pte"), "wb") as file:
        file.write(lowered.to_executorch().buffer)
    return Artefact("model.pte", torch_arrays(items))


def load(folder: str, artefact: str) -> Callable[[list[Array]], Array]:
    """Load the program and its forward method."""
    import torch
    from executorch.runtime import Runtime

    program = Runtime.get().load_program(os.path.join(folder, artefact))
    method = program.load_method("forward")

    def call(inputs: list[Array]) -> Array:
        output: Array = method.execute([torch.from_numpy(one) for one in inputs])[0].numpy()
        return output

    call.keep = program  # type: ignore[attr-defined]
    return call
