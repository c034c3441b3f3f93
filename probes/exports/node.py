"""Running a JavaScript run time in Node: one process that stays, JSON lines over its pipes."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Callable

import numpy as np
from probekit.problem import Array

MODULES_VARIABLE = "ADVISOR_OWN_NODE_MODULES"
_LOOP = """
const readline = require('readline');
(async () => {
  const make = require(process.argv[2]);
  const call = await make(process.argv[3]);
  process.stdout.write('ready\\n');
  for await (const line of readline.createInterface({input: process.stdin})) {
    const inputs = JSON.parse(line).map((one) => ({
      type: one.type,
      shape: one.shape,
      data: one.type === 'int32' ? Int32Array.from(one.data)
        : one.type === 'int64' ? BigInt64Array.from(one.data.map((v) => BigInt(v)))
        : Float32Array.from(one.data),
    }));
    const before = performance.now();
    const output = await call(inputs);
    process.stdout.write(JSON.stringify({output, ms: performance.now() - before}) + '\\n');
  }
})().catch((error) => { console.error(error); process.exit(1); });
"""


def node_runner(folder: str, artefact: str, script: str) -> Callable[[list[Array]], Array]:
    """Start Node with `script` (exports a function from a model's path to a call)."""
    run, loop = os.path.join(folder, "run.js"), os.path.join(folder, "loop.js")
    for path, text in ((run, script), (loop, _LOOP)):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    environment = dict(os.environ)
    if MODULES_VARIABLE in environment:
        environment["NODE_PATH"] = environment[MODULES_VARIABLE]
    process = subprocess.Popen(
        ["node", loop, run, os.path.join(folder, artefact)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdin is not None  # noqa: S101 - both were asked for
    assert process.stdout is not None  # noqa: S101
    source, sink = process.stdout, process.stdin
    for line in source:
        if line.strip() == "ready":
            break
    else:
        raise RuntimeError(f"Node ended with status {process.wait()} before it was ready")

    def call(inputs: list[Array]) -> Array:
        given = [
            {"type": str(one.dtype), "shape": list(one.shape), "data": one.ravel().tolist()}
            for one in inputs
        ]
        sink.write(json.dumps(given) + "\n")
        sink.flush()
        line = source.readline()
        if not line.startswith("{"):
            raise RuntimeError(f"Node ended with status {process.wait()}")
        answer = json.loads(line)
        call.seconds = answer["ms"] / 1000  # type: ignore[attr-defined]
        return np.asarray(answer["output"], dtype=np.float32)

    return call
