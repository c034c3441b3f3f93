"""The TensorFlow process: import, threads, device, peak product, training to an accuracy."""

from __future__ import annotations

import os
import sys
from time import perf_counter
from typing import Any, Callable

import numpy as np

from probekit import host
from probekit.problem import Array, Problem
from probekit.refusal import unsupported


class TensorflowRunner:
    """One process with TensorFlow and Keras. Importing happens in the constructor and is timed."""

    framework = "tensorflow"

    def __init__(self, *, threads: int, device: str, mode: str) -> None:
        os.environ["KERAS_BACKEND"] = "tensorflow"
        begin = perf_counter()
        try:
            # `tensorflow` loads Keras only when it is first used, which every user does.
            import keras
            import tensorflow as tf
        except ImportError as error:
            raise unsupported(f"TensorFlow cannot be imported: {error}") from error
        self.import_seconds = perf_counter() - begin
        self.import_peak = host.peak_rss_bytes()
        if int(keras.__version__.split(".")[0]) < 3:
            raise unsupported(
                f"Keras {keras.__version__} is older than 3, which TensorFlow 2.16 brought"
            )
        self.tf, self.keras = tf, keras
        self.mode, self.device, self.threads = mode, device, threads
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
        tf.config.experimental.enable_tensor_float_32_execution(False)
        # A user's keras.json must not change what is measured.
        keras.config.set_floatx("float32")
        keras.config.set_image_data_format("channels_last")
        found = {entry["kind"]: entry for entry in self.devices()}
        if not found[device]["available"]:
            raise unsupported(f"TensorFlow cannot use {device}: {found[device]['reason']}")
        if device == "cpu":
            tf.config.set_visible_devices([], "GPU")
        for gpu in tf.config.get_visible_devices("GPU"):
            # Without this it takes nearly all memory of the GPU, and peaks mean nothing.
            tf.config.experimental.set_memory_growth(gpu, True)
        keras.utils.set_random_seed(0)
        asked = tf.config.threading.get_intra_op_parallelism_threads()
        if asked != threads:
            raise unsupported(f"TensorFlow uses {asked} threads, {threads} were asked for")

    def hello(self) -> dict[str, Any]:
        """What the advisor wants to know first."""
        info = self.tf.sysconfig.get_build_info()
        build = {
            "cuda": str(info.get("cuda_version", "none")) if info.get("is_cuda_build") else "none",
            "rocm": str(bool(info.get("is_rocm_build"))),
            "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "as built"),
        }
        return {
            "framework": self.framework,
            "versions": {
                "tensorflow": self.tf.__version__,
                "keras": self.keras.__version__,
                "numpy": np.__version__,
            },
            "import_seconds": self.import_seconds,
            "import_peak_rss_bytes": self.import_peak,
            "devices": self.devices(),
            "threads": self.threads,
            "build": build,
        }

    def devices(self) -> list[dict[str, Any]]:
        """Every kind of device, whether this build can use it, and if not, why."""
        info = self.tf.sysconfig.get_build_info()
        gpus = self.tf.config.list_physical_devices("GPU")
        xpus = self.tf.config.list_physical_devices("XPU")
        metal = sys.platform == "darwin"
        cuda, rocm = bool(info.get("is_cuda_build")), bool(info.get("is_rocm_build"))

        def entry(kind: str, works: bool, name: str, reason: str) -> dict[str, Any]:
            return {
                "kind": kind,
                "available": works,
                "name": name if works else "",
                "reason": "" if works else reason,
            }

        def gpu_name() -> str:
            details = self.tf.config.experimental.get_device_details(gpus[0]) if gpus else {}
            return str(details.get("device_name", "GPU"))

        no_cuda = (
            "no usable NVIDIA GPU, driver or CUDA library was found"
            if cuda
            else "this build of TensorFlow is without CUDA"
        )
        no_rocm = (
            "no usable AMD GPU or driver was found"
            if rocm
            else "this build of TensorFlow is without ROCm"
        )
        return [
            entry("cpu", True, "CPU", ""),
            entry("cuda", bool(gpus) and cuda and not metal, gpu_name(), no_cuda),
            entry("rocm", bool(gpus) and rocm, gpu_name(), no_rocm),
            entry(
                "mps",
                bool(gpus) and metal,
                gpu_name(),
                "it needs macOS with the tensorflow-metal plug-in",
            ),
            entry("xpu", bool(xpus), "XPU", "it needs an Intel GPU with Intel's plug-in"),
        ]

    def waiter(self) -> Callable[[], None]:
        """Returns when the device has done everything asked; on a CPU nothing is ever pending."""
        tf = self.tf
        if self.device == "cpu":
            return lambda: None
        if hasattr(tf.test.experimental, "sync_devices"):
            return tf.test.experimental.sync_devices  # type: ignore[no-any-return]
        place = "/XPU:0" if self.device == "xpu" else "/GPU:0"

        def read_back() -> None:
            # A stream runs in order: a number computed now is ready when all before it is.
            with tf.device(place):
                tf.reduce_sum(tf.zeros(1)).numpy()

        return read_back

    def work(self, problem: Problem) -> Any:
        """The workload, built from the common start."""
        from probekit.tensorflow_work import TensorflowWork

        self.keras.backend.clear_session()
        return TensorflowWork(
            problem, device=self.device, mode=self.mode, threads=self.threads, wait=self.waiter()
        )

    def product(self, size: int) -> Callable[[], Any]:
        """A product of two square matrices on the device."""
        tf = self.tf
        place = {"cpu": "/CPU:0", "xpu": "/XPU:0"}.get(self.device, "/GPU:0")
        with tf.device(place):
            left, right = tf.random.uniform((size, size)), tf.random.uniform((size, size))
        multiply = tf.function(tf.linalg.matmul)
        return lambda: multiply(left, right)

    def device_peak_bytes(self) -> Any:
        """Peak memory on an accelerator, where the framework counts it."""
        if self.device in ("cuda", "rocm"):
            return int(self.tf.config.experimental.get_memory_info("GPU:0")["peak"])
        return None

    def trainer(self, problem: Problem, features: Array, labels: Array) -> Any:
        """For time to accuracy."""
        return TensorflowTrainer(self.work(problem), features, labels)


class TensorflowTrainer:
    """Trains on batches picked by index from data resident on the device."""

    def __init__(self, work: Any, features: Array, labels: Array) -> None:
        self.work = work
        features_there, labels_there = work.tensors([features, labels])
        import tensorflow as tf

        # Picking the batch belongs inside the traced function, where `fit` has it too.
        self.step = work.compiled(
            lambda batch: work._train_step(
                [tf.gather(features_there, batch)], tf.gather(labels_there, batch)
            )
        )

    def epoch(self, batches: list[Array]) -> None:
        """One pass."""
        for batch in self.work.tensors(batches):
            self.step(batch)
        self.work.wait()

    def predict(self, features: Array) -> Array:
        """Classes."""
        logits = self.work.side.infer(self.work.model, self.work.tensors([features]))
        return np.asarray(self.work.to_numpy(logits).argmax(axis=1))
