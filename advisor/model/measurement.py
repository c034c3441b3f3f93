"""What a probe found: times of both candidates on the same work, with their doubt."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from advisor.model.candidate import Candidate


class Likeness(StrEnum):
    """How the machine of a measurement stands to the target."""

    HERE = "here"
    ALIKE = "alike"
    ELSEWHERE = "elsewhere"


class RatioVerdict(StrEnum):
    """What an interval of a time ratio allows one to say."""

    PYTORCH_FASTER = "pytorch-faster"
    TENSORFLOW_FASTER = "tensorflow-faster"
    NO_PRACTICAL_DIFFERENCE = "no-practical-difference"
    NOT_RESOLVED = "not-resolved"


class ComparisonStatus(StrEnum):
    """How far a comparison came."""

    MEASURED = "measured"
    NOT_COMPARABLE = "not-comparable"
    """The equal-work proof failed: never timed."""
    FAILED = "failed"
    """One side crashed, hung or refused; `reason` says which and why."""
    SKIPPED = "skipped"
    """The user or the budget left it out."""


@dataclass(frozen=True, slots=True)
class RatioInterval:
    """Time of TensorFlow over time of PyTorch on the same work: above 1, PyTorch is faster."""

    estimate: float
    low: float
    high: float
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class Comparison:
    """One workload and operation, both candidates side by side."""

    workload: str
    """For instance `tabular-mlp`, `residual-cnn`, `recurrent`, `transformer`, `decoder`, `recommender`."""
    size: str
    """`small`, `medium` or `large`."""
    operation: str
    """`training`, `inference`, `latency` or `input-pipeline`."""
    mode: str
    """`default` (as its users run it) or `best` (torch.compile; tf.function with XLA)."""
    threads: int
    device: str
    precision: str
    status: ComparisonStatus
    reason: str = ""
    ratio: RatioInterval | None = None
    verdict: RatioVerdict | None = None
    seconds: dict[Candidate, float] = field(default_factory=dict)
    """Median time of one step (or one call) per candidate, in seconds."""
    pairs: int = 0
    generations: int = 0


@dataclass(frozen=True, slots=True)
class DeploymentAttempt:
    """One way from a candidate to a deployment target, tried for real on this machine."""

    path: str
    """For instance `pytorch-executorch-xnnpack`."""
    candidate: Candidate
    target: str
    """An option of the question `targets`."""
    outcome: str
    """`works`, `differs`, `fails` or `not-tried`."""
    reason: str = ""
    largest_deviation: float | None = None
    artefact_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Measurements:
    """What the decision reads of a probe: nothing but comparisons and attempts, and how alike
    their machine is to the target."""

    comparisons: tuple[Comparison, ...] = ()
    attempts: tuple[DeploymentAttempt, ...] = ()
    likeness: Likeness = Likeness.HERE
