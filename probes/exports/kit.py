"""What every path shares: the source model on each side, single items, and facts of an artefact."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Callable

import numpy as np
from probekit.problem import Array, Problem

ITEMS = 8
"""Single items on which source and artefact are compared."""
CALIBRATION = 64
"""Items shown to a quantiser."""


@dataclass
class Artefact:
    """What a conversion left behind."""

    name: str
    """File or folder, relative to the attempt's folder."""
    items: list[list[Array]]
    """Single items in the layout that the artefact takes."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Further findings, for instance operators and memory on a microcontroller."""


def single_items(problem: Problem, count: int) -> list[list[Array]]:
    """`count` items, each a list of inputs with a batch of one."""
    inputs = problem.inputs(count)
    return [[array[index : index + 1] for array in inputs] for index in range(count)]


def size_of(path: str) -> int:
    """Bytes of a file or of everything in a folder."""
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(
        os.path.getsize(os.path.join(folder, name))
        for folder, _, names in os.walk(path)
        for name in names
    )


def torch_source(work: Any) -> tuple[Any, list[list[Any]]]:
    """The prepared PyTorch model as one module over its tensors, and the single items as tensors."""
    import torch

    class Source(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, model: Any, infer: Callable[..., Any]) -> None:
            super().__init__()
            self.model, self.infer = model, infer

        def forward(self, *inputs: Any) -> Any:
            """The output of the model."""
            return self.infer(self.model, list(inputs))

    module = Source(work.model, work.side.infer).eval()
    items = [work.tensors(item) for item in single_items(work.problem, ITEMS)]
    return module, items


def torch_arrays(items: list[list[Any]]) -> list[list[Array]]:
    """Tensors as arrays."""
    return [[tensor.detach().cpu().numpy() for tensor in item] for item in items]


def tensorflow_source(work: Any) -> tuple[Any, list[list[Array]]]:
    """The prepared TensorFlow model as a module with a `serve` function of fixed shapes, and the
    single items as arrays."""
    import tensorflow as tf

    items = single_items(work.problem, ITEMS)
    specs = [
        tf.TensorSpec(array.shape, array.dtype, name=f"input_{index}")
        for index, array in enumerate(items[0])
    ]
    module = tf.Module()
    module.model = work.model
    infer, model = work.side.infer, work.model

    @tf.function(input_signature=specs)  # type: ignore[untyped-decorator, unused-ignore]
    def serve(*inputs: Any) -> Any:
        return infer(model, list(inputs))

    module.serve = serve
    return module, items


def save_model(work: Any, folder: str) -> tuple[str, list[list[Array]]]:
    """Write a SavedModel below `folder`; returns its name and the single items."""
    import tensorflow as tf

    module, items = tensorflow_source(work)
    tf.saved_model.save(
        module, os.path.join(folder, "saved_model"), signatures={"serving_default": module.serve}
    )
    return "saved_model", items


def frozen_function(work: Any) -> tuple[Any, list[list[Array]]]:
    """The `serve` function with its variables as constants, and the single items.

    LiteRT would otherwise read variables that nobody has set.
    """
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    module, items = tensorflow_source(work)
    return convert_variables_to_constants_v2(module.serve.get_concrete_function()), items


def calibration(work: Any) -> list[list[Array]]:
    """Items for a quantiser, in the common layout."""
    return single_items(work.problem, CALIBRATION)


def litert_runner(path: str) -> Callable[[list[Array]], Array]:
    """Runs a .tflite file with ai-edge-litert; quantises and dequantises at the edges where the file
    takes whole numbers. Inputs are matched by shape, since converters reorder them."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=path, num_threads=1)
    interpreter.allocate_tensors()
    details = sorted(interpreter.get_input_details(), key=lambda one: str(one["name"]))
    output = interpreter.get_output_details()[0]

    def call(inputs: list[Array]) -> Array:
        waiting = list(inputs)
        for detail in details:
            shape = tuple(detail["shape"])
            place = next(i for i, array in enumerate(waiting) if array.shape == shape)
            interpreter.set_tensor(detail["index"], _quantised(waiting.pop(place), detail))
        interpreter.invoke()
        return _dequantised(interpreter.get_tensor(output["index"]), output)

    return call


def _quantised(array: Array, detail: dict[str, Any]) -> Array:
    wanted = detail["dtype"]
    if np.issubdtype(wanted, np.floating) or not np.issubdtype(array.dtype, np.floating):
        return array.astype(wanted)
    scale, zero = detail["quantization"]
    limits = np.iinfo(wanted)
    whole: Array = np.clip(np.round(array / scale + zero), limits.min, limits.max).astype(wanted)
    return whole


def _dequantised(array: Array, detail: dict[str, Any]) -> Array:
    if np.issubdtype(array.dtype, np.floating):
        return np.array(array)
    scale, zero = detail["quantization"]
    values: Array = (array.astype(np.float32) - zero) * scale
    return values


def onnx_runner(path: str) -> Callable[[list[Array]], Array]:
    """Runs an ONNX file with ONNX Runtime on one CPU thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_inputs()]
    return lambda inputs: np.asarray(session.run(None, dict(zip(names, inputs)))[0])


def openvino_runner(model: Any) -> Callable[[list[Array]], Array]:
    """Runs a model with OpenVINO on the CPU."""
    import openvino

    compiled = openvino.compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": 1})
    return lambda inputs: np.asarray(compiled(inputs)[0])
