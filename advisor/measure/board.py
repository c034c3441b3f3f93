"""What the generations of one run share: results so far, costs, and the way to tell about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor.measure.budget import Cost
from advisor.measure.events import ComparisonId, Event
from advisor.measure.lab import Lab
from advisor.measure.plan import ProbePlan, Setting
from advisor.measure.protocol import Hello, InstalledSize
from advisor.measure.record import ProcessRecord, RawBlock
from advisor.model.candidate import Candidate

if TYPE_CHECKING:
    from advisor.measure.crew import Member


@dataclass
class NoiseTally:
    """The A/A run: whether it is wanted, on which comparison it is made, and its blocks.

    Each pair of processes of one framework is a generation of its own in `blocks`.
    """

    wanted: bool
    id: ComparisonId | None = None
    blocks: list[RawBlock] = field(default_factory=list)


@dataclass
class Costs:
    """What the parts of a generation take here, learnt from one generation to the next."""

    start: Cost = field(default_factory=lambda: Cost(5.0, falls=0.7))
    workload: Cost = field(default_factory=lambda: Cost(3.0, falls=0.8))
    """Preparing and warming up one workload."""
    pair: Cost = field(default_factory=lambda: Cost(0.3))
    """One pair of blocks."""
    close: Cost = field(default_factory=lambda: Cost(0.3))


@dataclass
class Board:
    """Everything shared."""

    plan: ProbePlan
    lab: Lab
    tell: Callable[[Event], None]
    say: Callable[[str], None]
    """What is being done, in words."""
    remaining: Callable[[], float]
    """Seconds left of the whole budget."""
    costs: dict[Setting, Costs] = field(default_factory=dict)
    noise: NoiseTally = field(default_factory=lambda: NoiseTally(wanted=False))
    noise_sd: float | None = None
    """Log-scale spread of the A/A generations, once known."""
    processes: list[ProcessRecord] = field(default_factory=list)
    hellos: dict[Candidate, Hello] = field(default_factory=dict)
    sizes: dict[Candidate, InstalledSize] = field(default_factory=dict)
    peaks: dict[tuple[Candidate, Setting], float] = field(default_factory=dict)
    """Matrix-multiply peaks, in 10^9 operations per second."""
    veterans: dict[Candidate, Member] = field(default_factory=dict)
    """Processes of the generation before, kept (stopped) to be timed against their successors."""
    lost: dict[Candidate, str] = field(default_factory=dict)
    """Candidates that cannot be measured at all, with the reason."""
    remedies: dict[Candidate, str] = field(default_factory=dict)
    """What to do about those that do not start."""
    crashes: dict[Candidate, int] = field(default_factory=dict)
    extra_work: dict[str, float] = field(default_factory=dict)
    """Planted slowdown by arm, for checking the statistics."""

    def costs_of(self, setting: Setting) -> Costs:
        """The costs learnt for a setting."""
        return self.costs.setdefault(setting, Costs())
