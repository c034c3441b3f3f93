"""The probe record: everything a probe run found, raw blocks included; what probe.json holds.

Plain frozen dataclasses. They are written and read by `advisor.measure.record_file`, whose
functions are offered here too, imported when first called, so that screens can import the words
without paying for the checks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from advisor.measure.fingerprint import Fingerprint
from advisor.model.candidate import Candidate
from advisor.model.measurement import (
    ComparisonStatus,
    Likeness,
    Measurements,
    RatioInterval,
    RatioVerdict,
)

SCHEMA = "framework-advisor/probe/1"


class Strict:
    """Mix-in: at the door, unknown fields, coercions, NaN and infinity are refused."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, object]] = {
        "extra": "forbid",
        "allow_inf_nan": False,
        "use_attribute_docstrings": True,
    }


class RunOutcome(StrEnum):
    """How a probe run ended."""

    FINISHED = "finished"
    """Everything planned was measured, or more measuring could not turn anything."""
    BUDGET = "budget"
    """The budget was spent; what was measured until then is here."""
    CANCELLED = "cancelled"
    """Stopped by the user; what was measured until then is here."""


class ProcessOutcome(StrEnum):
    """How one worker process ended."""

    CLOSED = "closed"
    CRASHED = "crashed"
    HUNG = "hung"
    KILLED = "killed"
    GARBAGE = "garbage"
    PROTOCOL = "protocol"
    UNSUPPORTED = "unsupported"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RawBlock(Strict):
    """One timed block: so many calls of one operation, in one process, without a break."""

    generation: int
    """Which pair of processes, from 0."""
    pair: int
    """Which pair of blocks in that generation, from 0."""
    position: int
    """0: timed first in its pair; 1: second."""
    arm: str
    """`pytorch` or `tensorflow`; in an A/A run `first` or `second`."""
    iterations: int
    wall_seconds: float
    cpu_seconds: float | None = None
    minor_faults: int | None = None
    involuntary_switches: int | None = None
    steal_share: float | None = None
    """Share of processor time taken by other guests of the host, 0 to 1."""
    load: float | None = None
    """Load average over one minute at the end of the block."""
    throttled_periods: int | None = None
    """Periods in which a container's quota stopped the work."""
    other_cores: float | None = None
    """Processors kept busy by other programs while it ran."""
    rejected: str = ""
    """Why its pair does not count; empty when it counts."""

    @property
    def seconds(self) -> float:
        """Wall time of one call."""
        return self.wall_seconds / self.iterations


@dataclass(frozen=True, slots=True)
class Quantile(Strict):
    """A quantile of single-call times with a distribution-free 95 % interval, in seconds."""

    probability: float
    seconds: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Storm(Strict):
    """Page faults that explain a good part of a block's time."""

    faults_per_call: float
    explained_share: float
    """Share of the wall time that the faults cost at this machine's price per fault, 0 to 1."""


@dataclass(frozen=True, slots=True)
class SideFigures(Strict):
    """What was found for one candidate in one comparison."""

    seconds: float | None = None
    """Median time of one call over all counted blocks."""
    cpu_seconds: float | None = None
    """Median processor time of one call."""
    first_call_seconds: tuple[float, ...] = ()
    """First call (trace or compile), one per generation; the first one with a cold cache."""
    warm_up_calls: int | None = None
    """Calls before the times were steady."""
    steady: bool | None = None
    """False: the times had not settled when the detector gave up."""
    parameters: int | None = None
    flops_per_call: float | None = None
    gflops: float | None = None
    """Floating-point work per second reached, in 10^9 operations per second."""
    peak_share: float | None = None
    """The same as a share of the matrix-multiply peak measured with that framework here."""
    quantiles: tuple[Quantile, ...] = ()
    """Single-call times: median, 95th percentile, and further only with enough calls."""
    calls: int = 0
    """How many single calls the quantiles rest on."""
    storm: Storm | None = None


@dataclass(frozen=True, slots=True)
class DeviationRecord(Strict):
    """The largest relative deviation of the two sides in one quantity."""

    quantity: str
    """outputs, loss, gradients or parameters."""
    where: str
    """The tensor or step where it is largest."""
    value: float | None
    """None: not a finite number."""
    tolerance: float


@dataclass(frozen=True, slots=True)
class ProofRecord(Strict):
    """Whether both sides were shown to do the same work before any timing."""

    passed: bool
    tolerance: float
    """What the deviation nearest to its limit was allowed to be."""
    largest_deviation: float | None
    """That deviation; None: not a finite number, or the sides could not be compared at all."""
    largest_in: str = ""
    """Which quantity and tensor it is."""
    steps: int = 0
    """Optimiser steps after which the parameters were compared."""
    reason: str = ""
    deviations: tuple[DeviationRecord, ...] = ()
    """All quantities compared."""


@dataclass(frozen=True, slots=True)
class FairnessRow(Strict):
    """One setting of both sides, asserted while running."""

    name: str
    pytorch: str
    tensorflow: str
    alike: bool
    """False: a difference in how each is used by default, named here."""


@dataclass(frozen=True, slots=True)
class ComparisonRecord(Strict):
    """One workload and operation, both candidates side by side, with everything it rests on."""

    workload: str
    size: str
    operation: str
    mode: str
    """`default`, `best`, or `default-allocator` (default with the allocator remedy)."""
    threads: int
    device: str
    precision: str
    status: ComparisonStatus
    reason: str = ""
    """Why it has no verdict, or how the verdict came about."""
    ratio: RatioInterval | None = None
    """Time of TensorFlow over time of PyTorch."""
    bootstrap: RatioInterval | None = None
    """A second reading by resampling processes, then blocks; too narrow, never used to judge."""
    verdict: RatioVerdict | None = None
    generation_ratios: tuple[float, ...] = ()
    """Centre of each generation's ratios."""
    pairs: int = 0
    rejected_pairs: int = 0
    pytorch: SideFigures = SideFigures()
    tensorflow: SideFigures = SideFigures()
    proof: ProofRecord | None = None
    fairness: tuple[FairnessRow, ...] = ()
    blocks: tuple[RawBlock, ...] = ()

    def side(self, candidate: Candidate) -> SideFigures:
        """The figures of one candidate."""
        return self.pytorch if candidate is Candidate.PYTORCH else self.tensorflow


@dataclass(frozen=True, slots=True)
class NoiseRecord(Strict):
    """An A/A run: frameworks against themselves on this machine."""

    candidate: Candidate | None
    """Which framework; None: both, each process against the one before it."""
    workload: str
    size: str
    operation: str
    mode: str
    threads: int
    device: str
    ratio: RatioInterval | None
    """None: too few generations for an interval."""
    generation_ratios: tuple[float, ...]
    pairs: int
    measured_at: str
    """ISO 8601, UTC."""
    stored: bool = False
    """Taken from an earlier run on this machine."""
    doubt: str = ""
    """Why it is not to be kept for later runs; empty when it is sound."""
    blocks: tuple[RawBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcessRecord(Strict):
    """One worker process from start to end."""

    candidate: Candidate
    generation: int
    mode: str
    threads: int
    device: str
    import_seconds: float | None = None
    import_rss_bytes: int | None = None
    """Peak resident memory right after the import."""
    peak_rss_bytes: int | None = None
    alone: bool = True
    """Started while nothing else of ours ran: only then is the import time a figure."""
    outcome: ProcessOutcome = ProcessOutcome.CLOSED
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FrameworkRecord(Strict):
    """One candidate as it is installed here."""

    candidate: Candidate
    usable: bool
    reason: str = ""
    """Why it could not be measured."""
    version: str | None = None
    python: str | None = None
    """Version of the interpreter it ran under."""
    import_seconds: float | None = None
    """Cold import: median over processes that started alone, the very first one left out where
    there are others."""
    import_rss_bytes: int | None = None
    installed_bytes: int | None = None
    matmul_gflops: float | None = None
    """Measured float32 matrix-multiply peak, in 10^9 operations per second."""
    devices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BreakEven(Strict):
    """After how many calls compiling has paid for itself."""

    candidate: Candidate
    workload: str
    size: str
    operation: str
    calls: int | None
    """None: compiled calls are not faster here, so it never does."""
    extra_first_call_seconds: float
    saved_seconds_per_call: float


@dataclass(frozen=True, slots=True)
class AccuracyRecord(Strict):
    """Time until a stated accuracy on the digits data."""

    learner: str
    """`pytorch`, `tensorflow`, or the name of a scikit-learn baseline."""
    target_accuracy: float
    seconds: float | None
    """None: not reached within the limit."""
    accuracy: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Finding(Strict):
    """Something about the machine that bears on the figures, and what to do about it."""

    id: str
    text: str
    remedy: str = ""
    severity: str = "warning"
    """`note`, `warning` or `blocker`."""


class AttemptOutcome(StrEnum):
    """How far a deployment path came."""

    WORKS = "works"
    DIFFERS = "differs"
    """It converts and runs, and its output differs from the source."""
    FAILS = "fails"
    NOT_TRIED = "not-tried"


@dataclass(frozen=True, slots=True)
class AttemptLatency(Strict):
    """Time of a single item with the target's run time, in seconds: median and its 95 % bounds."""

    median_seconds: float
    low_seconds: float
    high_seconds: float
    calls: int


@dataclass(frozen=True, slots=True)
class AttemptRecord(Strict):
    """One way to deployment targets, tried for real."""

    path: str
    title: str
    candidate: Candidate
    targets: tuple[str, ...]
    outcome: AttemptOutcome
    reason: str = ""
    """Why it does not work, or was not tried, in words."""
    log_tail: str = ""
    """The last words of a step that failed."""
    seconds: float = 0.0
    """The whole attempt."""
    convert_seconds: float | None = None
    load_seconds: float | None = None
    """Cold: import of the run time and loading of the artefact in a fresh process."""
    artefact_bytes: int | None = None
    largest_deviation: float | None = None
    """From the output of the source framework, absolute."""
    relative_deviation: float | None = None
    """What is held against `tolerance`."""
    tolerance: float = 0.0
    quantised: bool = False
    latency: AttemptLatency | None = None
    facts: tuple[tuple[str, str], ...] = ()
    """Further findings, name and value."""


@dataclass(frozen=True, slots=True)
class ProbeRecord(Strict):
    """A whole probe run."""

    schema: str
    advisor_version: str
    created: str
    """ISO 8601, UTC."""
    outcome: RunOutcome
    budget_seconds: float
    elapsed_seconds: float
    seed: int
    fingerprint: Fingerprint
    frameworks: tuple[FrameworkRecord, ...]
    comparisons: tuple[ComparisonRecord, ...]
    noise: NoiseRecord | None = None
    break_even: tuple[BreakEven, ...] = ()
    accuracy: tuple[AccuracyRecord, ...] = ()
    processes: tuple[ProcessRecord, ...] = ()
    findings: tuple[Finding, ...] = ()
    attempts: tuple[AttemptRecord, ...] = ()

    def framework(self, candidate: Candidate) -> FrameworkRecord | None:
        """The record of one candidate, if it was looked for."""
        return next((one for one in self.frameworks if one.candidate is candidate), None)


def load_record(path: Path | str) -> ProbeRecord:
    """Read probe.json; every fault of the file is an `InputError` with its place."""
    from advisor.measure.record_file import load_record as load

    return load(path)


def dump_record(record: ProbeRecord) -> str:
    """The text of probe.json: the same record gives the same bytes."""
    from advisor.measure.record_file import dump_record as dump

    return dump(record)


def probe_schema() -> dict[str, object]:
    """The JSON Schema (2020-12) of probe.json."""
    from advisor.measure.record_file import probe_schema as schema

    return schema()


def to_measurements(record: ProbeRecord, likeness: Likeness) -> Measurements:
    """What the decision reads of a record made on a machine of that likeness to the target."""
    from advisor.measure.carry import to_measurements as convert

    return convert(record, likeness)


def is_this_machine(record: ProbeRecord) -> bool:
    """Whether the record was made on a machine the same as this one, frameworks aside."""
    from advisor.measure.carry import is_this_machine as compare

    return compare(record)
