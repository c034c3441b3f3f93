"""What TensorFlow Lite Micro would make of a file: operators it knows, and the memory it needs.

An estimate without a board: operators are held against the list of kernels in the run time's
repository (AllOpsResolver, snapshot 2026-08), and the tensor arena is bounded from below by the
largest sum of tensors alive at the same time, as its greedy memory planner lays them out. The run
time adds a few kilobytes of its own, which only the board tells.
"""

from __future__ import annotations

from typing import Any

import numpy as np

KERNELS = frozenset(
    [
        "ABS",
        "ADD",
        "ADD_N",
        "ARG_MAX",
        "ARG_MIN",
        "ASSIGN_VARIABLE",
        "AVERAGE_POOL_2D",
        "BATCH_MATMUL",
        "BATCH_TO_SPACE_ND",
        "BROADCAST_ARGS",
        "BROADCAST_TO",
        "CALL_ONCE",
        "CAST",
        "CEIL",
        "CONCATENATION",
        "CONV_2D",
        "COS",
        "CUMSUM",
        "DEPTH_TO_SPACE",
        "DEPTHWISE_CONV_2D",
        "DEQUANTIZE",
        "DIV",
        "ELU",
        "EMBEDDING_LOOKUP",
        "EQUAL",
        "EXP",
        "EXPAND_DIMS",
        "FILL",
        "FLOOR",
        "FLOOR_DIV",
        "FLOOR_MOD",
        "FULLY_CONNECTED",
        "GATHER",
        "GATHER_ND",
        "GREATER",
        "GREATER_EQUAL",
        "HARD_SWISH",
        "IF",
        "L2_NORMALIZATION",
        "L2_POOL_2D",
        "LEAKY_RELU",
        "LESS",
        "LESS_EQUAL",
        "LOG",
        "LOGICAL_AND",
        "LOGICAL_NOT",
        "LOGICAL_OR",
        "LOGISTIC",
        "LOG_SOFTMAX",
        "MAXIMUM",
        "MAX_POOL_2D",
        "MEAN",
        "MINIMUM",
        "MIRROR_PAD",
        "MUL",
        "NEG",
        "NOT_EQUAL",
        "PACK",
        "PAD",
        "PADV2",
        "PRELU",
        "QUANTIZE",
        "READ_VARIABLE",
        "REDUCE_ALL",
        "REDUCE_MAX",
        "REDUCE_MIN",
        "RELU",
        "RELU6",
        "RESHAPE",
        "RESIZE_BILINEAR",
        "RESIZE_NEAREST_NEIGHBOR",
        "REVERSE_V2",
        "ROUND",
        "RSQRT",
        "SELECT_V2",
        "SHAPE",
        "SIN",
        "SLICE",
        "SOFTMAX",
        "SPACE_TO_BATCH_ND",
        "SPACE_TO_DEPTH",
        "SPLIT",
        "SPLIT_V",
        "SQRT",
        "SQUARE",
        "SQUARED_DIFFERENCE",
        "SQUEEZE",
        "STRIDED_SLICE",
        "SUB",
        "SUM",
        "SVDF",
        "TANH",
        "TRANSPOSE",
        "TRANSPOSE_CONV",
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        "UNPACK",
        "VAR_HANDLE",
        "WHILE",
        "ZEROS_LIKE",
    ]
)


def examine(path: str) -> dict[str, Any]:
    """Operators, those without a kernel, whole-number purity, and the least tensor arena in bytes."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(
        model_path=path, experimental_preserve_all_tensors=True, num_threads=1
    )
    operations = [one for one in interpreter._get_ops_details() if one["op_name"] != "DELEGATE"]
    names = sorted({str(one["op_name"]) for one in operations})
    tensors = {int(one["index"]): one for one in interpreter.get_tensor_details()}
    floats = [
        str(tensors[index]["name"])
        for one in operations
        for index in one["outputs"]
        if index in tensors and np.issubdtype(tensors[index]["dtype"], np.floating)
    ]
    return {
        "operators": names,
        "operators_without_kernel": [name for name in names if name not in KERNELS],
        "whole_numbers_only": not floats,
        "least_arena_bytes": _least_arena(interpreter, operations, tensors),
    }


def _least_arena(
    interpreter: Any, operations: list[dict[str, Any]], tensors: dict[int, dict[str, Any]]
) -> int:
    """The largest sum of activations alive at one step."""
    born: dict[int, int] = {int(one["index"]): 0 for one in interpreter.get_input_details()}
    dies: dict[int, int] = {}
    for step, operation in enumerate(operations):
        for index in operation["outputs"]:
            born.setdefault(int(index), step)
        for index in (*operation["inputs"], *operation["outputs"]):
            if int(index) in born:
                dies[int(index)] = step
    for one in interpreter.get_output_details():
        dies[int(one["index"])] = len(operations)
    alive = [
        sum(_bytes(tensors[i]) for i, at in born.items() if at <= step <= dies.get(i, at))
        for step in range(len(operations))
    ]
    return int(max(alive, default=0))


def _bytes(tensor: dict[str, Any]) -> int:
    """Bytes of one tensor, rounded up to the run time's alignment of 16."""
    size = int(np.prod(tensor["shape"], dtype=np.int64)) * np.dtype(tensor["dtype"]).itemsize
    aligned: int = -(-size // 16) * 16
    return aligned
