"""PyTorch to ONNX, run by onnxruntime-web in Node: what a browser would run."""

from __future__ import annotations

from typing import Any, Callable

from probekit.problem import Array

from exports.kit import Artefact
from exports.node import node_runner
from exports.pytorch_onnx import convert as convert_to_onnx

DECLARATION = {
    "candidate": "pytorch",
    "title": "ONNX, run by onnxruntime-web (WASM)",
    "targets": ["browser", "node"],
    "packages": {"torch": ">=2.6", "onnx": ">=1.17", "onnxscript": ">=0.3"},
    "install": "advisor probe --deploy --install pytorch-onnx-web",
    "seconds": 180,
    "memory_mb": 4000,
    "tolerance": 1e-3,
    "executables": ["node"],
    "own_environment": {"node": ["onnxruntime-web@1.30.0"]},
}

_SCRIPT = """
const ort = require('onnxruntime-web');
ort.env.wasm.numThreads = 1;
module.exports = async (model) => {
  const session = await ort.InferenceSession.create(model, {executionProviders: ['wasm']});
  return async (inputs) => {
    const feeds = {};
    session.inputNames.forEach((name, i) => {
      feeds[name] = new ort.Tensor(inputs[i].type, inputs[i].data, inputs[i].shape);
    });
    const found = await session.run(feeds);
    return Array.from(found[session.outputNames[0]].data);
  };
};
"""


def convert(work: Any, folder: str) -> Artefact:
    """The same file as for ONNX Runtime."""
    return convert_to_onnx(work, folder)


def load(folder: str, artefact: str) -> Callable[[list[Array]], Array]:
    """Run in Node, one process that stays."""
    return node_runner(folder, artefact, _SCRIPT)
