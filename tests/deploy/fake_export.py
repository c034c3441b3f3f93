"""Stands in for the export program: the path's name says how it behaves."""

from __future__ import annotations

import json
import os
import signal
import sys
import time

step, path = sys.argv[1], sys.argv[2]
print("chatter before the result")
if path == "crashes" and step == "convert":
    os.kill(os.getpid(), signal.SIGSEGV)
if path == "unsupported" and step == "convert":
    raise NotImplementedError("operator FFT has no lowering")
if path == "hangs":
    time.sleep(60)
if path == "hungry":
    block = bytearray(400 * 1024 * 1024)
    block[::4096] = b"x" * len(block[::4096])
    time.sleep(60)
if path == "fails-running" and step == "run":
    raise RuntimeError("the run time refuses the file")
if path == "babbles":
    print("no result at all")
    sys.exit(0)
deviation = 0.5 if path == "differs" else 1e-7
if step == "convert":
    result: dict[str, object] = {
        "artefact": "model.bin",
        "convert_seconds": 0.1,
        "artefact_bytes": 1234,
        "facts": {"operators": ["ADD", "MUL"]},
    }
else:
    result = {
        "load_seconds": 0.2,
        "largest_deviation": deviation,
        "relative_deviation": deviation,
        "rms_deviation": deviation,
        "latency": {
            "calls": 20,
            "median_seconds": 1e-3,
            "low_seconds": 9e-4,
            "high_seconds": 2e-3,
        },
    }
print(json.dumps(result))
