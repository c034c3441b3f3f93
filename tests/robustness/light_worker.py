"""A worker without a framework: speaks the whole protocol in no time, or fails at a given request.

Its argument is `works`, or `HOW@REQUEST` such as `SIGKILL@time_block`: how it falls, and at which
request. Numbers are drawn, not measured; both sides send the same arrays, so that the proof holds.
"""

from __future__ import annotations

import base64
import json
import os
import random
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

STEP_SECONDS = 0.002
REAL_SECONDS = 0.001
"""What a block really takes."""


def send(message: dict[str, Any]) -> None:
    """One line."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def hello(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to `start`."""
    return {
        "framework": request["framework"],
        "python_version": "3.11.0",
        "versions": {request["framework"]: "1.0"},
        "import_seconds": 0.01,
        "import_peak_rss_bytes": 1 << 20,
        "devices": [{"kind": "cpu", "available": True, "name": "CPU", "reason": ""}],
        "threads": request["threads"],
        "pid": os.getpid(),
        "build": {},
    }


def prepared(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to `prepare`."""
    operations = request["operations"]
    return {
        "workload": request["workload"],
        "size": request["size"],
        "operations": operations,
        "parameters": 10,
        "flops": dict.fromkeys(operations, 1e6),
        "items": dict.fromkeys(operations, 32),
        "first_call_seconds": dict.fromkeys(operations, 0.01),
        "layout": "as drawn",
        "precision": "float32",
        "fairness": {},
        "weights_digest": "0" * 64,
        "inputs_digest": "1" * 64,
        "peak_rss_bytes": 1 << 20,
        "unsupported": {},
    }


def send_array(number: int, name: str, values: list[float]) -> None:
    """One array of doubles."""
    data = base64.b64encode(struct.pack(f"<{len(values)}d", *values)).decode()
    send({"id": number, "event": "array", "name": name, "dtype": "<f8", "shape": [len(values)],
          "part": 0, "parts": 1, "data": data})  # fmt: skip


def digits(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to `digits`, after its arrays; nobody here looks into them."""
    for name in ("features", "labels", "test-features", "test-labels"):
        send_array(request["id"], f"digits/{name}", [0.0])
    return {}


def proof(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to `prove`, after its arrays."""
    groups = ("outputs", "gradients", "initial", "parameters")
    for name in (*(f"{group}/w" for group in groups), "loss"):
        send_array(
            request["id"], name, [2.0, 1.0, 1.0, 1.0, 1.0] if name != "loss" else [3.0, 2.0, 1.0]
        )
    return {
        "steps": request["steps"],
        "parameter_count": 10,
        "weights_digest": "0" * 64,
        "inputs_digest": "1" * 64,
        **{group: [{"name": "w", "shape": [2, 2]}] for group in groups},
    }


def block(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to `time_block`."""
    time.sleep(REAL_SECONDS)
    count = request.get("iterations") or 10
    seconds = count * STEP_SECONDS * random.uniform(0.98, 1.02)
    latency = request["operation"] == "latency"
    return {
        "operation": request["operation"],
        "iterations": count,
        "wall_seconds": seconds,
        "cpu_seconds": seconds,
        "minor_faults": 0,
        "major_faults": 0,
        "involuntary_switches": 0,
        "steal_share": 0.0,
        "throttled_periods": None,
        "load": None,
        "other_cores": 0.0,
        "per_call": [seconds / count] * count if latency else None,
    }


def steady(_request: dict[str, Any]) -> dict[str, Any]:
    """The answer to `steady`."""
    return {"values": [STEP_SECONDS * random.uniform(0.99, 1.01) for _ in range(60)]}


ANSWERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "start": hello,
    "prepare": prepared,
    "digits": digits,
    "prove": proof,
    "time_block": block,
    "steady": steady,
    "calibrate": lambda _: {"iterations": 50},
    "matmul_peak": lambda _: {"gflops": 100.0, "size": 64},
    "memory": lambda _: {"peak_rss_bytes": 1 << 20, "device_peak_bytes": None},
    "installed_size": lambda _: {
        "framework_bytes": 1,
        "with_dependencies_bytes": 1,
        "distributions": {"x": 1},
    },
}


def fall(how: str) -> None:
    """End in that way."""
    if how == "exit":
        os._exit(0)
    if how == "hang":
        time.sleep(1000)
    os.kill(os.getpid(), getattr(signal, how))


def main() -> None:
    """Greet and answer; the end of standard input ends it, as it does a real worker."""
    how, _, when = sys.argv[1].partition("@")
    send({"protocol": "framework-advisor-probe", "version": 1})
    requests: list[dict[str, Any]] = []
    came = threading.Event()

    def read() -> None:
        for line in sys.stdin:
            requests.append(json.loads(line))
            came.set()
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    while True:
        came.wait()
        came.clear()
        while requests:
            request = requests.pop(0)
            if request["do"] == "array":
                continue
            if request["do"] == when:
                fall(how)
            send({"id": request["id"], "ok": True, "result": ANSWERS[request["do"]](request)})


if __name__ == "__main__":
    main()
