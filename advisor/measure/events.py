"""What happens while measuring: frozen events, sent to the progress display in order."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.measure.record import ComparisonRecord, Finding, ProbeRecord
from advisor.model.candidate import Candidate
from advisor.model.measurement import RatioInterval
from advisor.text import counted


@dataclass(frozen=True, slots=True)
class ComparisonId:
    """Which comparison an event is about."""

    workload: str
    size: str
    operation: str
    mode: str
    threads: int
    device: str

    @property
    def label(self) -> str:
        """For people: for instance `transformer training, best, 2 threads`."""
        parts = [f"{self.workload} {self.operation}"]
        if self.mode != "default":
            parts.append(self.mode)
        parts.append(counted(self.threads, "thread"))
        if self.device != "cpu":
            parts.append(self.device)
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Started:
    """A run began."""

    budget_seconds: float
    seed: int


@dataclass(frozen=True, slots=True)
class Planned:
    """What will be measured, and how long that is expected to take."""

    comparisons: tuple[ComparisonId, ...]
    generations: int
    expected_seconds: float
    noise_stored: bool
    """The noise floor of an earlier run on this machine is used."""


@dataclass(frozen=True, slots=True)
class WorkerStarted:
    """A worker process is up, its framework imported."""

    candidate: Candidate
    generation: int
    version: str
    import_seconds: float


@dataclass(frozen=True, slots=True)
class Proved:
    """The equal-work proof of a comparison was made."""

    comparison: ComparisonId
    passed: bool
    largest_deviation: float | None
    """Relative; None: not a finite number."""
    tolerance: float


@dataclass(frozen=True, slots=True)
class BlockDone:
    """A pair of blocks was timed."""

    comparison: ComparisonId
    generation: int
    pair: int
    ratio: float
    """TensorFlow over PyTorch in this pair."""
    so_far: RatioInterval | None
    """All pairs up to now; None while there are too few."""
    provisional: bool
    """Fewer than three generations: the interval leans on a presumed spread."""
    noise: bool = False
    """A pair of the A/A run: a framework against itself."""


@dataclass(frozen=True, slots=True)
class ComparisonDone:
    """Nothing more will be measured for this comparison."""

    comparison: ComparisonId
    record: ComparisonRecord


@dataclass(frozen=True, slots=True)
class Warned:
    """Something about the machine or a worker that the user should know."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class Progress:
    """Time so far and still to come."""

    elapsed_seconds: float
    remaining_seconds: float
    doing: str
    """In words, for instance `starting PyTorch (2 of 5)`."""

    @property
    def share(self) -> float:
        """Share of the expected time that has passed, 0 to 1."""
        whole = self.elapsed_seconds + self.remaining_seconds
        return min(1.0, self.elapsed_seconds / whole) if whole > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Finished:
    """The run is over; also after a cancel or a spent budget."""

    record: ProbeRecord


Event = (
    Started
    | Planned
    | WorkerStarted
    | Proved
    | BlockDone
    | ComparisonDone
    | Warned
    | Progress
    | Finished
)
