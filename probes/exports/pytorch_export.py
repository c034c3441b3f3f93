"""PyTorch's own exported program, loaded in a process without the source code of the model."""

from __future__ import annotations

import os
from typing import Any, Callable

from probekit.problem import Array

from exports.kit import Artefact, torch_arrays, torch_source

DECLARATION = {
    "candidate": "pytorch",
    "title": "torch.export program, loaded again",
    "targets": ["server", "batch", "desktop"],
    "packages": {"torch": ">=2.6"},
    "install": "pip install torch",
    "seconds": 120,
    "memory_mb": 4000,
    "tolerance": 1e-4,
}


def convert(work: Any, folder: str) -> Artefact:
    """Export and save."""
    import torch

    module, items = torch_source(work)
    program = torch.export.export(module, tuple(items[0]))
    torch.export.save(program, os.path.join(folder, "program.pt2"))
    return Artefact("program.pt2", torch_arrays(items))


def load(folder: str, artefact: str) -> Callable[[list[Array]], Array]:
    """Load with torch.export.load."""
    import torch

    torch.set_num_threads(1)
    module = torch.export.load(os.path.join(folder, artefact)).module()

    def call(inputs: list[Array]) -> Array:
        with torch.inference_mode():
            output: Array = module(*(torch.from_numpy(one) for one in inputs)).numpy()
        return output

    return call
