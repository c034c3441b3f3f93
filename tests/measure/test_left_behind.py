"""No worker outlives a run, however the run ends: real processes, a worker program of our own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.processes import reaped

ROOT = Path(__file__).resolve().parents[2]

# Speaks the protocol as far as `start`, then works for ever: the run is in the middle of it.
WORKER = """
import json, os, sys, threading, time
hello = {"framework": "x", "python_version": "3.11", "versions": {"x": "1"}, "import_seconds": 0.1,
         "import_peak_rss_bytes": 1, "devices": [], "threads": 1, "pid": os.getpid(), "build": {}}
def send(message):
    sys.stdout.write(json.dumps(message) + "\\n")
    sys.stdout.flush()
send({"protocol": "framework-advisor-probe", "version": 1})
requests = []
def read():
    for line in sys.stdin:
        requests.append(json.loads(line))
    os._exit(0)
threading.Thread(target=read, daemon=True).start()
while True:
    time.sleep(0.01)
    while requests:
        request = requests.pop(0)
        if request["do"] == "start":
            send({"id": request["id"], "ok": True, "result": hello})
        elif request["do"] == "installed_size":
            send({"id": request["id"], "ok": True, "result": {
                "framework_bytes": 1, "with_dependencies_bytes": 1, "distributions": {"x": 1}}})
"""

ORCHESTRATOR = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from advisor.measure.plan import Level, build_plan
from advisor.measure.run import Control, run_probe
from advisor.measure.selection import select
from advisor.measure.worker import WorkerHandle
from tests.measure.fakes import SITE, World

program, folder, cancel_after = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
lab = replace(World().lab(folder), new_worker=lambda: WorkerHandle(program=program),
              clock=__import__("time").monotonic)
control = Control()

started = []

def hear(event):
    if type(event).__name__ == "WorkerStarted":
        started.append(event)
        if len(started) == 2 and cancel_after:
            asyncio.get_running_loop().call_later(cancel_after, control.cancel)

async def main():
    await run_probe(build_plan(select({}), level=Level.QUICK, threads=1), hear,
                    site=SITE, lab=lab, control=control)

asyncio.run(main())
"""


def workers_of(program: Path) -> list[int]:
    """Living processes that run this program."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = process.info["cmdline"] or []
        ours = str(program) in words and ORCHESTRATOR not in words
        if ours and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process.pid)
    return found


def until(condition: object, seconds: float) -> bool:
    """Wait until the condition holds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


@contextmanager
def orchestrated(
    tmp_path: Path, cancel_after: float
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A run in a process of its own, both workers up."""
    program = tmp_path / "fake_probe_worker.py"
    program.write_text(WORKER, encoding="utf-8")
    command = [sys.executable, "-c", ORCHESTRATOR, str(program), str(tmp_path), str(cancel_after)]
    with reaped(subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)) as process:
        assert until(lambda: len(workers_of(program)) == 2, 60.0), "the workers did not start"
        yield process, program


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_end_of_the_run_is_the_end_of_its_workers(
    tmp_path: Path, number: signal.Signals
) -> None:
    """Killing the process that runs the probe leaves no worker, not even a stopped one."""
    with orchestrated(tmp_path, 0.0) as (process, program):
        time.sleep(0.5)
        os.kill(process.pid, number)
        process.communicate(timeout=30)
        assert until(lambda: workers_of(program) == [], 10.0)


def test_cancel_leaves_no_worker(tmp_path: Path) -> None:
    """Cancelling in mid-request ends the run with its workers and without an error."""
    with orchestrated(tmp_path, 1.5) as (process, program):
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()
        assert until(lambda: workers_of(program) == [], 10.0)


def test_the_fake_worker_speaks_json() -> None:
    """The greeting of the worker in this file is the greeting of the protocol."""
    from advisor.measure import protocol

    greeting = {"protocol": protocol.NAME, "version": protocol.VERSION}
    assert json.dumps(greeting) in WORKER
