"""Tries one deployment path, in two processes: `convert`, then `run` without the source.

    export.py convert PATH WORKLOAD SIZE FOLDER     FOLDER holds data.npz; leaves the artefact there
    export.py run PATH FOLDER                       loads the artefact, compares, times

The last line on standard output is one JSON object; everything else goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib import import_module
from typing import Any

COMPARED = "compared.npz"
LATENCY_SECONDS = 1.0
LATENCY_CALLS = 300
WARM_CALLS = 5


def module_of(path: str) -> Any:
    """The file of a path: `pytorch-onnx` lies in exports/pytorch_onnx.py."""
    return import_module("exports." + path.replace("-", "_"))


def convert(path: str, workload: str, size: str, folder: str) -> dict[str, Any]:
    """Build the source from the common start, convert it, and keep what it says to single items."""
    import numpy as np
    from exports.kit import size_of
    from probekit import problem as problems

    module = module_of(path)
    with np.load(os.path.join(folder, "data.npz")) as file:
        data = {name.replace("|", "/"): file[name] for name in file.files}
    problem = problems.load(workload, size, 0, data)
    if module.DECLARATION["candidate"] == "pytorch":
        from probekit.torch_work import TorchWork

        work: Any = TorchWork(problem, device="cpu", mode="default", wait=lambda: None)
        work.model.eval()
        reference = _torch_reference(work)
    else:
        from probekit.tensorflow_work import TensorflowWork

        work = TensorflowWork(problem, device="cpu", mode="default", threads=1, wait=lambda: None)
        reference = _tensorflow_reference(work)
    begin = time.perf_counter()
    artefact = module.convert(work, folder)
    seconds = time.perf_counter() - begin
    stored: dict[str, Any] = {"reference": np.stack(reference)}
    for index, item in enumerate(artefact.items):
        for place, array in enumerate(item):
            stored[f"item|{index}|{place}"] = array
    np.savez(os.path.join(folder, COMPARED), **stored)
    return {
        "artefact": artefact.name,
        "convert_seconds": seconds,
        "artefact_bytes": size_of(os.path.join(folder, artefact.name)),
        "facts": artefact.facts,
    }


def _torch_reference(work: Any) -> list[Any]:
    import torch
    from exports.kit import ITEMS, single_items

    with torch.inference_mode():
        return [
            work.side.infer(work.model, work.tensors(item)).numpy().ravel()
            for item in single_items(work.problem, ITEMS)
        ]


def _tensorflow_reference(work: Any) -> list[Any]:
    from exports.kit import ITEMS, single_items

    return [
        work.side.infer(work.model, work.tensors(item)).numpy().ravel()
        for item in single_items(work.problem, ITEMS)
    ]


def run(path: str, folder: str, artefact: str) -> dict[str, Any]:
    """Load with the target's run time, compare with the source, time single items."""
    import numpy as np

    module = module_of(path)
    with np.load(os.path.join(folder, COMPARED)) as file:
        reference = file["reference"]
        items = [
            [file[f"item|{index}|{place}"] for place in range(_inputs(file.files))]
            for index in range(len(reference))
        ]
    begin = time.perf_counter()
    call = module.load(folder, artefact)
    load_seconds = time.perf_counter() - begin
    begin = time.perf_counter()
    outputs = [np.asarray(call(item), dtype=np.float64).ravel() for item in items]
    found = np.stack(outputs)
    if found.shape != reference.shape:
        raise ValueError(f"output has shape {found.shape[1:]}, the source {reference.shape[1:]}")
    if not np.isfinite(found).all():
        raise ValueError("the output holds numbers that are not finite")
    deviation = float(np.abs(found - reference).max())
    scale = float(np.abs(reference).max()) or 1.0
    rms = float(np.sqrt(np.mean(reference**2))) or 1.0
    return {
        "load_seconds": load_seconds,
        "largest_deviation": deviation,
        "relative_deviation": deviation / scale,
        "rms_deviation": float(np.sqrt(np.mean((found - reference) ** 2))) / rms,
        "same_winner": float((found.argmax(1) == reference.argmax(1)).mean()),
        "latency": _latency(call, items[0]),
    }


def _inputs(names: list[str]) -> int:
    return sum(name.startswith("item|0|") for name in names)


def _latency(call: Any, item: list[Any]) -> dict[str, Any]:
    """Median time of one call in seconds, with the order statistics that bound it at 95 %."""
    for _ in range(WARM_CALLS):
        call(item)
    times: list[float] = []
    deadline = time.perf_counter() + LATENCY_SECONDS
    while (len(times) < LATENCY_CALLS and time.perf_counter() < deadline) or len(times) < 20:
        begin = time.perf_counter()
        call(item)
        took = time.perf_counter() - begin
        times.append(getattr(call, "seconds", took))
    times.sort()
    count = len(times)
    # The median lies between these order statistics with 95 % (normal approximation of the binomial).
    half = 0.98 * count**0.5
    low, high = max(0, int(count / 2 - half)), min(count - 1, int(count / 2 + half))
    return {
        "calls": count,
        "median_seconds": times[count // 2],
        "low_seconds": times[low],
        "high_seconds": times[high],
    }


def main(words: list[str]) -> int:
    """Do one step."""
    from probekit import leash
    from probekit.channel import Channel

    channel = Channel()
    leash.follow_parent()
    leash.Requests()
    if words[:1] == ["convert"] and len(words) == 5:
        result = convert(*words[1:])
    elif words[:1] == ["run"] and len(words) == 4:
        result = run(*words[1:])
    else:
        print(__doc__, file=sys.stderr)
        return 2
    channel.send(json.loads(json.dumps(result, default=float)))
    sys.stderr.flush()
    os._exit(0)  # converters leave threads behind that would keep the process


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
