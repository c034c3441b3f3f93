"""PyTorch compiled ahead of time by AOTInductor into a package that C++ programs load."""

from __future__ import annotations

import os
from typing import Any, Callable

from probekit.problem import Array

from exports.kit import Artefact, torch_arrays, torch_source

DECLARATION = {
    "candidate": "pytorch",
    "title": "AOTInductor package",
    "targets": ["cpp", "server"],
    "packages": {"torch": ">=2.6"},
    "install": "pip install torch, and a C++ compiler (for instance the package g++)",
    "seconds": 300,
    "memory_mb": 6000,
    "tolerance": 1e-4,
}


def convert(work: Any, folder: str) -> Artefact:
    """Compile ahead of time; needs a C++ compiler here, none on the target."""
    import torch

    module, items = torch_source(work)
    program = torch.export.export(module, tuple(items[0]))
    path = os.path.join(folder, "model.pt2")
    torch._inductor.aoti_compile_and_package(program, package_path=path)
    return Artefact("model.pt2", torch_arrays(items))


def load(folder: str, artefact: str) -> Callable[[list[Array]], Array]:
    """Load the package (C++ programs use AOTIModelPackageLoader on the same file)."""
    import torch

    torch.set_num_threads(1)
    model = torch._inductor.aoti_load_package(os.path.join(folder, artefact))

    def call(inputs: list[Array]) -> Array:
        output: Array = model(*(torch.from_numpy(one) for one in inputs)).numpy()
        return output

    return call
