"""The protocol between the advisor and a worker: version 1, JSON lines, described in docs/protocol.md.

Here are the words; `advisor.measure.wire` writes and reads the lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from advisor.errors import ProbeError

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

NAME = "framework-advisor-probe"
VERSION = 1

OPERATIONS = ("training", "inference", "latency", "input-pipeline")
"""What can be timed; each workload names those it has."""
SIZES = ("small", "medium", "large")
DEVICES = ("cpu", "cuda", "rocm", "mps", "xpu")


class FailureKind(StrEnum):
    """How a worker failed."""

    CRASHED = "crashed"
    """It ended by a fault of its own, or before it was asked to."""
    HUNG = "hung"
    """It did not answer in time and was ended."""
    KILLED = "killed"
    """It was ended from outside, most often for lack of memory."""
    GARBAGE = "garbage"
    """What it sent was not the protocol."""
    PROTOCOL = "protocol"
    """It speaks another version, or left out what the protocol asks for."""
    UNSUPPORTED = "unsupported"
    """What was asked for is not possible there: no such framework, device or compiler."""
    REFUSED = "refused"
    """Measuring would have been unfair or unsafe, so it was not begun."""


class WorkerFailure(ProbeError):  # noqa: N818 - the word of the design
    """A worker failed; the other candidate's results stand."""

    def __init__(
        self,
        kind: FailureKind,
        reason: str,
        *,
        signal_name: str | None = None,
        process_status: int | None = None,
        stderr_tail: str = "",
        remedy: str = "",
    ) -> None:
        super().__init__(reason, remedy=remedy)
        self.kind = kind
        self.reason = reason
        """In words, one or two sentences."""
        self.signal_name = signal_name
        """For instance `SIGSEGV`."""
        self.process_status = process_status
        self.stderr_tail = stderr_tail
        """The last few KiB the worker wrote to standard error."""


@dataclass(frozen=True, slots=True)
class WorkloadSpec:
    """Which work to prepare."""

    workload: str
    """For instance `residual-cnn`; see `advisor.measure.catalogue`."""
    size: str = "small"
    operations: tuple[str, ...] = ("training", "inference", "latency")
    precision: str = "float32"
    seed: int = 20250805
    """Both sides draw the same initial weights and inputs from it."""


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """A device and whether this build of the framework can use it."""

    kind: str
    available: bool
    name: str = ""
    reason: str = ""
    """Why not, when it is not available."""


@dataclass(frozen=True, slots=True)
class Hello:
    """A worker that has imported its framework."""

    framework: str
    protocol: int
    python_version: str
    versions: Mapping[str, str]
    """By distribution: the framework, numpy, keras."""
    import_seconds: float
    """Wall time of importing the framework, in this process."""
    import_peak_rss_bytes: int
    """Peak resident memory right after that."""
    devices: tuple[DeviceInfo, ...]
    threads: int
    """Threads the framework says it uses inside one operation."""
    pid: int
    build: Mapping[str, str] = field(default_factory=dict)
    """What the framework says about its own build: BLAS, instruction sets, CUDA."""


@dataclass(frozen=True, slots=True)
class FairnessEntry:
    """One setting of one side: what was asked for and what was found while running."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A workload that is ready to be timed."""

    workload: str
    size: str
    operations: tuple[str, ...]
    """Those that are ready; the others are in `unsupported`."""
    parameters: int
    flops: Mapping[str, float]
    """Floating-point operations per call, by operation: matrix products and convolutions, a
    multiply-add as two; training as three forward passes."""
    items: Mapping[str, int]
    """Examples (for the decoder: tokens) per call, by operation."""
    first_call_seconds: Mapping[str, float]
    """Trace or compile plus one run, by operation."""
    layout: str
    precision: str
    fairness: tuple[FairnessEntry, ...]
    weights_digest: str
    """SHA-256 of the initial weights in their common layout."""
    inputs_digest: str
    peak_rss_bytes: int
    unsupported: Mapping[str, str] = field(default_factory=dict)
    """Operations that cannot be run here, with the reason."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of a proof: whole when small, else evenly picked entries and its norm."""

    shape: tuple[int, ...]
    values: Array
    """All entries, or a sample of them, flat, float64."""
    norm: float
    """Euclidean norm over all entries."""


@dataclass(frozen=True, slots=True)
class ProofData:
    """What one side computed from the common start; see `advisor.measure.equal_work`."""

    steps: int
    """Optimiser steps before `parameters`."""
    parameter_count: int
    weights_digest: str
    inputs_digest: str
    outputs: Mapping[str, Tensor]
    loss: tuple[float, ...]
    """Loss at each step."""
    gradients: Mapping[str, Tensor]
    initial: Mapping[str, Tensor]
    """The trainable parameters before the first step, as the framework holds them."""
    parameters: Mapping[str, Tensor]
    """The same after the last step."""


@dataclass(frozen=True, slots=True)
class Block:
    """One timed block: so many calls of one operation without a break."""

    operation: str
    iterations: int
    wall_seconds: float
    cpu_seconds: float
    """Processor time of the worker process, all threads."""
    minor_faults: int
    involuntary_switches: int
    steal_share: float | None
    """Share of processor time taken by other guests of the host; None where it is not counted."""
    load: float | None
    """Load average over one minute at the end."""
    per_call: tuple[float, ...] | None = None
    """Seconds of each call; only for `latency`."""
    major_faults: int = 0
    throttled_periods: int | None = None
    """Periods in which a container's quota stopped the work; None where it is not counted."""
    other_cores: float | None = None
    """Processors kept busy by other programs of the machine; None where it is not counted."""


@dataclass(frozen=True, slots=True)
class SteadyState:
    """Single-call times from a fresh start, in seconds: the detector reads them."""

    operation: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class MatmulPeak:
    """The fastest float32 matrix product found."""

    gflops: float
    """10^9 operations per second."""
    size: int
    """Rows of the square matrices it was found with."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of a worker so far."""

    peak_rss_bytes: int
    device_peak_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class InstalledSize:
    """Disk space by the RECORD files of the installed distributions."""

    framework_bytes: int
    with_dependencies_bytes: int
    distributions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TimeToAccuracy:
    """A whole training run from the common start until a stated accuracy on held-out data."""

    target: float
    reached: bool
    accuracy: float
    """Held-out accuracy at the end."""
    seconds: float
    """Training time, evaluation left out, first call (trace, compile) included."""
    first_call_seconds: float
    epochs: int
    curve: tuple[tuple[float, float], ...]
    """(seconds, held-out accuracy) after each epoch."""
