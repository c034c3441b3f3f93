"""A worker program for contract tests: speaks the protocol without a framework, or breaks it.

How it behaves stands in the file named like this program with the ending `.behaviour`, since the
advisor hands down no settings of its own.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BEHAVIOUR = Path(__file__).with_suffix(".behaviour")
HELLO = {
    "framework": "pytorch",
    "python_version": "3.11.0",
    "versions": {"torch": "0.0"},
    "import_seconds": 0.5,
    "import_peak_rss_bytes": 1000,
    "devices": [{"kind": "cpu", "available": True, "name": "CPU", "reason": ""}],
    "threads": 1,
    "pid": os.getpid(),
    "build": {},
}
BLOCK = {
    "operation": "training",
    "iterations": 3,
    "wall_seconds": 0.1,
    "cpu_seconds": 0.1,
    "minor_faults": 0,
    "major_faults": 0,
    "involuntary_switches": 0,
    "steal_share": None,
    "throttled_periods": None,
    "load": 0.1,
    "per_call": None,
}


def send(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def fall(name: str) -> None:
    """End by a signal, after a last word."""
    sys.stderr.write("about to fall\n")
    sys.stderr.flush()
    os.kill(os.getpid(), getattr(signal, name))


def write_and_wait(text: str) -> None:
    """Write something that is not the protocol, then go on living."""
    sys.stdout.write(text)
    sys.stdout.flush()
    time.sleep(1000)


def make_noise(number: int) -> None:
    """Much on standard error, then a good answer."""
    sys.stderr.write("x" * 300_000 + "last words")
    sys.stderr.flush()
    send({"id": number, "ok": True, "result": BLOCK})


def leave_a_helper(number: int) -> None:
    """Start a helper that inherits the pipe, say who it is, and fall."""
    helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    send({"id": number, "event": "progress", "message": str(helper.pid)})
    fall("SIGSEGV")


def flood() -> None:
    """A line without end."""
    while True:
        sys.stdout.write("x" * 1_000_000)


def refuse(number: int) -> None:
    """Say no."""
    error = {"kind": "refused", "message": "not like this"}
    send({"id": number, "ok": False, "error": error})


BEHAVIOURS: dict[str, Callable[[int], object]] = {
    "SIGSEGV": lambda _number: fall("SIGSEGV"),
    "SIGILL": lambda _number: fall("SIGILL"),
    "SIGKILL": lambda _number: fall("SIGKILL"),
    "hang": lambda _number: time.sleep(1000),
    "garbage": lambda _number: write_and_wait("Traceback: something (most recent call last)\n"),
    "exit": lambda _number: sys.exit(7),
    "noise": make_noise,
    "grandchild": leave_a_helper,
    "half": lambda number: send({"id": number, "ok": True, "result": {"operation": "training"}}),
    "no-time": lambda number: send(
        {"id": number, "ok": True, "result": {**BLOCK, "wall_seconds": 0.0}}
    ),
    "other-request": lambda number: send({"id": number + 5, "ok": True, "result": BLOCK}),
    "maybe": lambda number: send({"id": number, "ok": "maybe"}),
    "refuses": refuse,
    "long-line": lambda _number: flood(),
    "good": lambda number: send({"id": number, "ok": True, "result": BLOCK}),
}


def main() -> None:
    behaviour = BEHAVIOUR.read_text().strip()
    if behaviour == "dies-at-once":
        sys.exit(3)
    if behaviour == "chatty-start":
        sys.stdout.write("Welcome to this interpreter!\n")
    version = 99 if behaviour == "version" else 1
    send({"protocol": "framework-advisor-probe", "version": version})
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "start":
            send({"id": request["id"], "ok": True, "result": HELLO})
        elif request["do"] == "time_block":
            BEHAVIOURS[behaviour](request["id"])
        else:
            send({"id": request["id"], "ok": True, "result": {"iterations": 4}})


main()
