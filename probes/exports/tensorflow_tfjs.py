"""TensorFlow to TensorFlow.js, run in Node: what a browser would run.

The converter pins an older TensorFlow (pkg:pypi/tensorflowjs@4.22.0), so it lives in an environment
of its own and reads the SavedModel that this TensorFlow wrote.
"""

from __future__ import annotations

import os
import subprocess
from typing import Any, Callable

from probekit.problem import Array

from exports.kit import Artefact, save_model
from exports.node import node_runner

DECLARATION = {
    "candidate": "tensorflow",
    "title": "TensorFlow.js graph model",
    "targets": ["browser", "node"],
    "packages": {"tensorflow": ">=2.18"},
    "install": "advisor probe --deploy --install tensorflow-tfjs",
    "seconds": 300,
    "memory_mb": 5000,
    "tolerance": 1e-3,
    "executables": ["node"],
    "own_environment": {
        "python": ["tensorflowjs==4.22.0", "tensorflow==2.19.*", "ydf<0.13", "setuptools<81"],
        "node": ["@tensorflow/tfjs@4.22.0"],
    },
}

PYTHON_VARIABLE = "ADVISOR_OWN_PYTHON"

_SCRIPT = """
const tf = require('@tensorflow/tfjs');
const fs = require('fs');
const path = require('path');
module.exports = async (file) => {
  const folder = path.dirname(file);
  const model = JSON.parse(fs.readFileSync(file));
  const weights = Buffer.concat(model.weightsManifest.flatMap(
    (group) => group.paths.map((name) => fs.readFileSync(path.join(folder, name)))));
  const graph = await tf.loadGraphModel(tf.io.fromMemory({
    modelTopology: model.modelTopology,
    format: model.format,
    signature: model.signature,
    weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
    weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength),
  }));
  return async (inputs) => {
    const tensors = inputs.map((one) => tf.tensor(one.data, one.shape, one.type));
    const output = graph.predict(tensors.length === 1 ? tensors[0] : tensors);
    const first = Array.isArray(output) ? output[0] : output;
    const values = Array.from(await first.data());
    tf.dispose([...tensors, first]);
    return values;
  };
};
"""


def convert(work: Any, folder: str) -> Artefact:
    """Save here, convert with the converter's own interpreter."""
    name, items = save_model(work, folder)
    subprocess.run(
        [
            os.environ[PYTHON_VARIABLE],
            "-m",
            "tensorflowjs.converters.converter",
            "--input_format=tf_saved_model",
            "--signature_name=serving_default",
            os.path.join(folder, name),
            os.path.join(folder, "tfjs"),
        ],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return Artefact("tfjs", items)


def load(folder: str, artefact: str) -> Callable[[list[Array]], Array]:
    """Run in Node, one process that stays."""
    return node_runner(folder, os.path.join(artefact, "model.json"), _SCRIPT)
