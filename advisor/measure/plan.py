"""What a run will measure, in which order, and what it may cost.

Comparisons that share mode, threads and device run in the same processes; such a group is a
setting. The first setting is the primary one: it gets its processes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from advisor.measure.budget import DEFAULT_SECONDS, QUICK_SECONDS, THOROUGH_SECONDS
from advisor.measure.events import ComparisonId
from advisor.measure.selection import (
    CNN,
    DECODER,
    INFERENCE,
    PIPELINE,
    RECOMMENDER,
    RECURRENT,
    SIZES,
    TABULAR,
    TRAINING,
    TRANSFORMER,
    Selected,
)
from advisor.measure.statistics import FEWEST_GENERATIONS
from advisor.model.candidate import Candidate

BLOCK_SECONDS = 0.1
"""Length of one block: long enough for the clock, short enough to pair under the same conditions."""
FEWEST_PAIRS = 4
MOST_PAIRS = 20
COLD_COMPILE_SECONDS = 30.0
"""First compilation of one operation with torch.compile, with a cold cache (25 s were measured)."""
NOT_REACHED = "the time budget did not reach"
WARM_COMPILE_SHARE = 0.3
"""What a later compilation takes of the first one, with the compiler's cache filled."""


class Level(StrEnum):
    """How much time is given."""

    QUICK = "quick"
    DEFAULT = "default"
    THOROUGH = "thorough"


LEVEL_SECONDS: Mapping[Level, float] = {
    Level.QUICK: QUICK_SECONDS,
    Level.DEFAULT: DEFAULT_SECONDS,
    Level.THOROUGH: THOROUGH_SECONDS,
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What one pair of processes is started with."""

    mode: str
    threads: int
    device: str
    allocator: bool = False
    """With the allocator remedy."""


@dataclass(frozen=True, slots=True)
class PlannedSetting:
    """A setting and the comparisons made in it."""

    setting: Setting
    comparisons: tuple[ComparisonId, ...]


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """Everything that fixes a run apart from the machine."""

    budget_seconds: float
    settings: tuple[PlannedSetting, ...]
    seed: int
    most_generations: int = 5
    fewest_generations: int = FEWEST_GENERATIONS
    most_pairs: int = MOST_PAIRS
    block_seconds: float = BLOCK_SECONDS
    warm_seconds: float = 0.5
    """Single calls watched for steadiness, per operation and candidate."""
    pythons: Mapping[Candidate, str | None] = field(default_factory=dict)
    """Interpreter for each candidate; None or missing: the one found."""
    use_stored_noise: bool = True
    measure_noise: bool = True
    remedy: bool = True
    """Measure the allocator remedy when a page-fault storm is seen and time is left."""
    matmul_peak: bool = True
    """Measure each framework's matrix-multiply peak (about 2 s each)."""
    accuracy: bool = False
    """Measure the time to a stated accuracy on the digits data."""
    unchanging: bool = False
    """Never stop early (for benches)."""

    @property
    def comparisons(self) -> tuple[ComparisonId, ...]:
        """All planned comparisons, primary ones first."""
        return tuple(one for setting in self.settings for one in setting.comparisons)


def level_of(seconds: float) -> Level:
    """The level whose breadth suits a budget."""
    if seconds < 120.0:
        return Level.QUICK
    return Level.DEFAULT if seconds < 400.0 else Level.THOROUGH


def size_for(cores: int, memory_bytes: int) -> str:
    """The size that is a meaningful load here: a laptop must finish, a server must be busy."""
    if cores >= 16 and memory_bytes >= 48 * 2**30:
        return SIZES[2]
    if cores >= 6 and memory_bytes >= 8 * 2**30:
        return SIZES[1]
    return SIZES[0]


def _breadth(level: Level) -> tuple[int, ...]:
    """How many operations of each workload, the most useful workload first."""
    return {Level.QUICK: (2, 1), Level.DEFAULT: (3, 3, 2), Level.THOROUGH: (4,) * 6}[level]


_CHEAPEST_FIRST = (TABULAR, RECOMMENDER, RECURRENT, TRANSFORMER, CNN, DECODER)
"""By what preparing takes (traces of TensorFlow most of all): 2 s to 13 s on two busy cores."""


def _preparation(one: Selected) -> int:
    """In a quick run the second workload is the cheapest to prepare of those that tell something."""
    return _CHEAPEST_FIRST.index(one.workload) if one.workload in _CHEAPEST_FIRST else 99


def _offered(one: Selected, offered: Mapping[str, Sequence[str]] | None) -> tuple[str, ...]:
    """The operations wanted that the workload has."""
    if offered is None:
        return one.operations
    return tuple(name for name in one.operations if name in offered.get(one.workload, ()))


def build_plan(
    selected: Sequence[Selected],
    *,
    level: Level,
    threads: int,
    size: str = "small",
    device: str = "cpu",
    budget_seconds: float | None = None,
    seed: int = 0,
    workloads: Sequence[str] = (),
    pythons: Mapping[Candidate, str | None] | None = None,
    offered: Mapping[str, Sequence[str]] | None = None,
) -> ProbePlan:
    """Lay out a run.

    Args:
        selected: workloads by usefulness, as `select` gives them.
        level: breadth of the run.
        threads: threads worth using.
        workloads: exactly these instead of the most useful ones.
        budget_seconds: by default what the level gives.
        offered: operations of each workload; everything by default.
    """
    breadth = _breadth(level)
    if workloads:
        by_name = {one.workload: one for one in selected}
        fallback = selected[0].operations if selected else (TRAINING, INFERENCE)
        chosen = [
            by_name.get(name, Selected(name, fallback, "you asked for it")) for name in workloads
        ]
    else:
        chosen = list(selected[: len(breadth)])
        if level is Level.QUICK:
            chosen = [*selected[:1], *sorted(selected[1:4], key=_preparation)[:1]]
    pairs = [
        (one.workload, operation)
        for place, one in enumerate(chosen)
        for operation in _offered(one, offered)[: breadth[min(place, len(breadth) - 1)]]
    ]

    def ids(mode: str, with_threads: int, kept: Sequence[tuple[str, str]]) -> PlannedSetting:
        return PlannedSetting(
            Setting(mode, with_threads, device),
            tuple(ComparisonId(name, size, op, mode, with_threads, device) for name, op in kept),
        )

    settings = [ids("default", threads, pairs)]
    if level is Level.THOROUGH:
        core = [(name, op) for name, op in pairs if op != PIPELINE]
        settings.append(ids("best", threads, core))
        if threads > 1:
            settings.append(ids("default", 1, core))
    seconds = budget_seconds or LEVEL_SECONDS[level]
    return ProbePlan(
        budget_seconds=seconds,
        warm_seconds=min(0.5, seconds / 220.0),
        remedy=level is not Level.QUICK,
        matmul_peak=level is not Level.QUICK,
        settings=tuple(settings),
        seed=seed,
        most_generations={Level.QUICK: 3, Level.DEFAULT: 5, Level.THOROUGH: 8}[level],
        pythons=dict(pythons or {}),
        accuracy=level is Level.THOROUGH,
    )
