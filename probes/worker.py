"""A resident worker: one process, one framework, driven by JSON lines.

Started by path under any interpreter from Python 3.9 on that has numpy and one framework (or, for
data sets, scikit-learn). The protocol stands in docs/protocol.md. Started by hand, it waits for
requests on standard input and ends with it.
"""

from __future__ import annotations

import gc
import os
import platform
import sys
import traceback

if sys.version_info < (3, 9):  # noqa: UP036 - foreign interpreters may be older
    sys.exit("the probe worker needs Python 3.9 or later")

from typing import Any, Callable, Optional

REFUSED_VARIABLES = ("OMP_WAIT_POLICY", "KMP_BLOCKTIME", "GOMP_SPINCOUNT", "KMP_LIBRARY")
"""OpenMP wait settings alone make a false winner."""


class Worker:
    """Answers requests one after the other."""

    def __init__(self, channel: Any) -> None:
        from probekit.channel import ArrayAssembler

        self.channel = channel
        self.arrays = ArrayAssembler()
        self.runner: Any = None
        self.work: Any = None
        self.number = 0

    def answer(self, request: Optional[dict[str, Any]]) -> bool:
        """Answer one request; False when it was the last.

        A refusal is an answer; so is an unexpected fault, after which the advisor ends this process.
        """
        from probekit.refusal import Refusal

        if request is not None and request.get("do") == "array":
            self.arrays.take(request)
            return True
        number = request.get("id", 0) if request is not None else 0
        self.number = number if isinstance(number, int) else 0
        if request is not None and request.get("do") == "close":
            self.channel.send({"id": self.number, "ok": True, "result": None})
            return False
        try:
            result = self._handle(request)
        except Refusal as refusal:
            error = {"kind": refusal.kind, "message": refusal.message}
            self.channel.send({"id": self.number, "ok": False, "error": error})
        except Exception as fault:
            traceback.print_exc(file=sys.stderr)
            words = f"{type(fault).__name__}: {fault}"[:500]
            if isinstance(fault, MemoryError):
                words = "it ran out of memory"
            error = {"kind": "crashed", "message": words}
            self.channel.send({"id": self.number, "ok": False, "error": error})
        else:
            self.channel.send({"id": self.number, "ok": True, "result": result})
        return True

    def _handle(self, request: dict[str, Any] | None) -> Any:
        from probekit.refusal import wrong

        if request is None:
            raise wrong("a line that is not a request")
        handler: Callable[[dict[str, Any]], Any] | None = getattr(
            self, f"do_{request.get('do')}", None
        )
        if handler is None:
            raise wrong(f"no such request: {request.get('do')!r}")
        return handler(request)

    def progress(self, message: str) -> None:
        """Say what a long request is doing."""
        self.channel.send({"id": self.number, "event": "progress", "message": message})

    # --- requests ---

    def do_start(self, request: dict[str, Any]) -> dict[str, Any]:
        """Import the framework and set threads, device and mode."""
        from probekit.refusal import refused, wrong

        override = next((name for name in REFUSED_VARIABLES if os.environ.get(name)), None)
        if override:
            raise refused(f"{override} is set; an OpenMP wait setting alone makes a false winner")
        threads, device = request.get("threads"), request.get("device", "cpu")
        mode = request.get("mode", "default")
        if not isinstance(threads, int) or threads < 1 or mode not in ("default", "best"):
            raise wrong("start needs threads (at least 1) and mode (default or best)")
        if device not in ("cpu", "cuda", "rocm", "mps", "xpu"):
            raise wrong(f"no such device: {device!r}")
        if request.get("framework") == "pytorch":
            from probekit.torch_runner import TorchRunner

            self.runner = TorchRunner(threads=threads, device=device, mode=mode)
        elif request.get("framework") == "tensorflow":
            from probekit.tensorflow_runner import TensorflowRunner

            self.runner = TensorflowRunner(threads=threads, device=device, mode=mode)
        else:
            raise wrong(f"no such framework: {request.get('framework')!r}")
        hello: dict[str, Any] = self.runner.hello()
        return {**hello, "python_version": platform.python_version(), "pid": os.getpid()}

    def do_prepare(self, request: dict[str, Any]) -> dict[str, Any]:
        """Build a workload from the common start and make its first calls."""
        from probekit import host, problem
        from probekit.refusal import unsupported, wrong

        if request.get("precision", "float32") != "float32":
            raise unsupported(f"precision {request.get('precision')!r}: only float32 is measured")
        self.work = None
        gc.unfreeze()
        host.reset_peak()
        made = problem.load(
            str(request.get("workload")),
            str(request.get("size")),
            int(request.get("seed", 0)),
            self.arrays.arrays,
        )
        operations = request.get("operations")
        if not isinstance(operations, list) or not operations:
            raise wrong("prepare needs operations")
        work = self._started().work(made)
        work.prepare(operations, self.progress)
        self.work = work
        # A framework's own objects are many and stay: looking through them before every block
        # would take longer than the block (0.3 s against 0.1 s was measured).
        gc.collect()
        gc.freeze()
        ready = list(work.calls)
        return {
            "workload": made.name,
            "size": made.size,
            "operations": ready,
            "parameters": work.parameter_count(),
            "flops": {name: made.flops(name) for name in ready},
            "items": {name: made.items(name) for name in ready},
            "first_call_seconds": work.first_call_seconds,
            "layout": work.layout,
            "precision": work.precision,
            "fairness": work.fairness(),
            "peak_rss_bytes": host.peak_rss_bytes(),
            "unsupported": work.unsupported,
            **work.digests(),
        }

    def do_prove(self, request: dict[str, Any]) -> dict[str, Any]:
        """Compute what is compared with the other side."""
        steps = int(request.get("steps", 3))
        facts, arrays = self._prepared().prove(steps)
        for name, array in arrays.items():
            self.channel.send_array(self.number, name, array)
        result: dict[str, Any] = facts
        return result

    def do_time_block(self, request: dict[str, Any]) -> dict[str, Any]:
        """Time one block."""
        from probekit import timing
        from probekit.refusal import wrong

        operation = str(request.get("operation"))
        iterations, seconds = request.get("iterations"), request.get("seconds")
        if (iterations is None) == (seconds is None):
            raise wrong("a block needs either iterations or seconds")
        if iterations is not None and (not isinstance(iterations, int) or iterations < 1):
            raise wrong("a block needs at least one iteration")
        work = self._prepared()
        return timing.time_block(
            work.call(operation),
            work.wait,
            operation=operation,
            iterations=iterations,
            seconds=None if seconds is None else float(seconds),
            each=operation == "latency",
            extra_work=float(request.get("extra_work", 0.0)),
        )

    def do_calibrate(self, request: dict[str, Any]) -> dict[str, Any]:
        """How many calls take about so long."""
        from probekit import timing

        work = self._prepared()
        call = work.call(str(request.get("operation")))
        return {"iterations": timing.calibrate(call, work.wait, float(request["seconds"]))}

    def do_steady(self, request: dict[str, Any]) -> dict[str, Any]:
        """Times of single calls in a row."""
        from probekit import timing

        work = self._prepared()
        call = work.call(str(request.get("operation")))
        seconds, values = float(request["seconds"]), int(request.get("values", 300))
        return {"values": timing.series(call, work.wait, seconds, values)}

    def do_matmul_peak(self, request: dict[str, Any]) -> dict[str, Any]:
        """The fastest matrix product."""
        from probekit.peak import matmul_peak

        return matmul_peak(self._started(), float(request.get("seconds", 1.0)))

    def do_time_to_accuracy(self, request: dict[str, Any]) -> dict[str, Any]:
        """A whole training run; ends the prepared workload."""
        from probekit.accuracy import train_until

        self.work = None
        return train_until(
            self._started(),
            self.arrays.arrays,
            target=float(request["target"]),
            seconds=float(request["seconds"]),
            seed=int(request.get("seed", 0)),
        )

    def do_memory(self, _request: dict[str, Any]) -> dict[str, Any]:
        """Peak memory since the workload was prepared."""
        from probekit import host

        return {
            "peak_rss_bytes": host.peak_rss_bytes(),
            "device_peak_bytes": self._started().device_peak_bytes(),
        }

    def do_installed_size(self, _request: dict[str, Any]) -> dict[str, Any]:
        """Disk space of the framework."""
        from probekit import host

        return host.installed_size(self._started().framework)

    def do_digits(self, _request: dict[str, Any]) -> dict[str, Any]:
        """The digits, as arrays."""
        from probekit.digits import digits

        for name, array in digits().items():
            self.channel.send_array(self.number, name, array)
        return {}

    def do_baselines(self, _request: dict[str, Any]) -> dict[str, Any]:
        """Plain learners on the digits."""
        from probekit.digits import baselines

        return {"baselines": baselines()}

    def _started(self) -> Any:
        from probekit.refusal import wrong

        if self.runner is None:
            raise wrong("start comes first")
        return self.runner

    def _prepared(self) -> Any:
        from probekit.refusal import wrong

        if self.work is None:
            raise wrong("prepare comes first")
        return self.work


def main() -> None:
    """Greet, then answer requests until told to close or until standard input ends."""
    if "advisor" in sys.modules:
        sys.exit("the probe worker must not share a process with the advisor")
    from probekit import leash

    leash.follow_parent()
    try:
        from probekit.channel import Channel
    except ImportError as error:
        sys.exit(f"the probe worker needs numpy: {error}")
    channel = Channel()
    channel.greet()
    requests = leash.Requests()
    worker = Worker(channel)
    while worker.answer(requests.next()):
        pass
    # Ordinary shutdown of native libraries is slow and sometimes crashes; nothing is left to save.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
