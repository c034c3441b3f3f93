"""The PyTorch process: import, threads, device, peak product, training to an accuracy."""

from __future__ import annotations

from time import perf_counter
from typing import Any, Callable

import numpy as np

from probekit import host
from probekit.problem import Array, Problem
from probekit.refusal import unsupported


class TorchRunner:
    """One process with PyTorch. Importing happens in the constructor and is timed."""

    framework = "pytorch"

    def __init__(self, *, threads: int, device: str, mode: str) -> None:
        begin = perf_counter()
        try:
            import torch
        except ImportError as error:
            raise unsupported(f"PyTorch cannot be imported: {error}") from error
        self.import_seconds = perf_counter() - begin
        self.import_peak = host.peak_rss_bytes()
        self.torch: Any = torch
        self.mode, self.device = mode, device
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(threads)
        if torch.get_num_threads() != threads:
            raise unsupported(
                f"PyTorch uses {torch.get_num_threads()} threads, {threads} were asked for"
            )
        torch.set_float32_matmul_precision("highest")
        torch.backends.cudnn.allow_tf32 = False
        found = {entry["kind"]: entry for entry in self.devices()}
        if not found[device]["available"]:
            raise unsupported(f"PyTorch cannot use {device}: {found[device]['reason']}")

    def hello(self) -> dict[str, Any]:
        """What the advisor wants to know first."""
        torch = self.torch
        build = {
            "cpu capability": str(torch.backends.cpu.get_cpu_capability()),
            "cuda": str(torch.version.cuda or "none"),
            "rocm": str(getattr(torch.version, "hip", None) or "none"),
            "mkl": str(torch.backends.mkl.is_available()),
            "onednn": str(torch.backends.mkldnn.is_available()),
            "openmp": str(torch.backends.openmp.is_available()),
        }
        return {
            "framework": self.framework,
            "versions": {"torch": torch.__version__, "numpy": np.__version__},
            "import_seconds": self.import_seconds,
            "import_peak_rss_bytes": self.import_peak,
            "devices": self.devices(),
            "threads": torch.get_num_threads(),
            "build": build,
        }

    def devices(self) -> list[dict[str, Any]]:
        """Every kind of device, whether this build can use it, and if not, why."""
        torch = self.torch
        hip = getattr(torch.version, "hip", None)
        cuda_works = bool(torch.cuda.is_available())
        mps = torch.backends.mps
        xpu_works = hasattr(torch, "xpu") and torch.xpu.is_available()

        def entry(kind: str, works: bool, name: Callable[[], str], reason: str) -> dict[str, Any]:
            return {
                "kind": kind,
                "available": bool(works),
                "name": name() if works else "",
                "reason": "" if works else reason,
            }

        no_cuda = (
            "this build of PyTorch is without CUDA"
            if torch.version.cuda is None
            else "no usable NVIDIA GPU or driver was found"
        )
        no_rocm = (
            "this build of PyTorch is without ROCm"
            if hip is None
            else "no usable AMD GPU or driver was found"
        )
        no_mps = (
            "this macOS or its GPU is too old"
            if mps.is_built()
            else "this build of PyTorch is without MPS, which exists on macOS only"
        )
        return [
            entry("cpu", True, lambda: str(torch.backends.cpu.get_cpu_capability()), ""),
            entry(
                "cuda",
                cuda_works and hip is None,
                lambda: str(torch.cuda.get_device_name(0)),
                no_cuda,
            ),
            entry(
                "rocm",
                cuda_works and hip is not None,
                lambda: str(torch.cuda.get_device_name(0)),
                no_rocm,
            ),
            entry("mps", mps.is_available(), lambda: "Apple GPU", no_mps),
            entry(
                "xpu",
                xpu_works,
                lambda: str(torch.xpu.get_device_name(0)),
                "no usable Intel GPU was found, or this build is without XPU",
            ),
        ]

    def waiter(self) -> Callable[[], None]:
        """Returns when the device has done everything asked; on a CPU nothing is ever pending."""
        torch = self.torch
        waits: dict[str, Callable[[], None]] = {
            "cpu": lambda: None,
            "cuda": torch.cuda.synchronize,
            "rocm": torch.cuda.synchronize,
        }
        if self.device == "mps":
            return torch.mps.synchronize  # type: ignore[no-any-return]
        if self.device == "xpu":
            return torch.xpu.synchronize  # type: ignore[no-any-return]
        return waits[self.device]

    def work(self, problem: Problem) -> Any:
        """The workload, built from the common start."""
        from probekit.torch_work import TorchWork

        # Compiled code of the workload before would count towards the recompilation limit.
        if self.mode == "best":
            self.torch.compiler.reset()
        return TorchWork(problem, device=self.device, mode=self.mode, wait=self.waiter())

    def product(self, size: int) -> Callable[[], Any]:
        """A product of two square matrices on the device."""
        torch = self.torch
        device = "cuda" if self.device == "rocm" else self.device
        left = torch.rand(size, size, device=device)
        right = torch.rand(size, size, device=device)
        out = torch.empty(size, size, device=device)
        return lambda: torch.mm(left, right, out=out)

    def device_peak_bytes(self) -> Any:
        """Peak memory on an accelerator, where the framework counts it."""
        if self.device in ("cuda", "rocm"):
            return int(self.torch.cuda.max_memory_allocated())
        if self.device == "xpu":
            return int(self.torch.xpu.max_memory_allocated())
        return None

    def trainer(self, problem: Problem, features: Array, labels: Array) -> Any:
        """For time to accuracy."""
        return TorchTrainer(self.work(problem), features, labels)


class TorchTrainer:
    """Trains on batches picked by index from data resident on the device."""

    def __init__(self, work: Any, features: Array, labels: Array) -> None:
        self.work = work
        self.features = work.tensors([features])[0]
        self.labels = work.tensors([labels])[0]

    def epoch(self, batches: list[Array]) -> None:
        """One pass."""
        self.work.enter("training")
        for batch in self.work.tensors(batches):
            self.work.train_on([self.features[batch]], self.labels[batch])
        self.work.wait()

    def predict(self, features: Array) -> Array:
        """Classes."""
        import torch

        self.work.enter("inference")
        with torch.inference_mode():
            logits = self.work.side.infer(self.work.model, self.work.tensors([features]))
        return np.asarray(self.work.to_numpy(logits).argmax(axis=1))
