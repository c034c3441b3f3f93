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


UNSEEN_SHARE = 0.8
"""What a workload not yet prepared is expected to take of the dearest one that was: the first one
also pays for what a framework loads when it is first used."""


@dataclass
class Costs:
    """What the parts of a generation take here, learnt from one generation to the next."""

    start: Cost = field(default_factory=lambda: Cost(5.0, falls=0.7))
    workloads: dict[str, Cost] = field(default_factory=dict)
    """Preparing and warming up, by workload: what each took."""
    workload_guess: float = 3.0
    workload_falls: float = 0.6
    """What the second preparation of a workload takes of the first: all processes at once."""
    pair: Cost = field(default_factory=lambda: Cost(0.3))
    """One pair of blocks."""
    close: Cost = field(default_factory=lambda: Cost(0.3, falls=0.5))

    def learn(self, workload: str, seconds: float) -> None:
        """Preparing and warming up this workload took so long."""
        new = Cost(self.workload_guess, falls=self.workload_falls)
        self.workloads.setdefault(workload, new).add(seconds)

    def preparing(self, workload: str) -> float:
        """Seconds that preparing and warming up this workload will take."""
        if workload in self.workloads:
            return self.workloads[workload].estimate
        firsts = [one.seen[0] for one in self.workloads.values()]
        return UNSEEN_SHARE * max(firsts) if firsts else self.workload_guess


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
    peaks: dict[tuple[Candidate, int, str], float] = field(default_factory=dict)
    """Matrix-multiply peaks by candidate, threads and device, in 10^9 operations per second."""
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
