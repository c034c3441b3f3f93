"""A SavedModel, loaded in a process without the Keras code of the model."""

from __future__ import annotations

import os
from typing import Any, Callable

from probekit.problem import Array

from exports.kit import Artefact, save_model

DECLARATION = {
    "candidate": "tensorflow",
    "title": "SavedModel, loaded again",
    "targets": ["server", "batch", "cpp", "jvm", "desktop"],
    "packages": {"tensorflow": ">=2.18"},
    "install": "pip install tensorflow",
    "seconds": 120,
    "memory_mb": 4000,
    "tolerance": 1e-4,
}


def convert(work: Any, folder: str) -> Artefact:
    """Save with one signature of fixed shapes."""
    name, items = save_model(work, folder)
    return Artefact(name, items)


def load(folder: str, artefact: str) -> Callable[[list[Array]], Array]:
    """Load and call the serving signature."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    model = tf.saved_model.load(os.path.join(folder, artefact))
    signature = model.signatures["serving_default"]
    names = sorted(signature.structured_input_signature[1])

    def call(inputs: list[Array]) -> Array:
        given = {name: tf.constant(one) for name, one in zip(names, inputs)}
        output: Array = next(iter(signature(**given).values())).numpy()
        return output

    call.keep = model  # type: ignore[attr-defined]
    return call
