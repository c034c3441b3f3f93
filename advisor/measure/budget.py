"""A wall-clock budget: how much is left, and what still fits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

QUICK_SECONDS = 55.0
"""The quick probe must end within a minute, closing of workers included."""
DEFAULT_SECONDS = 170.0
THOROUGH_SECONDS = 600.0
SHORTEST_SECONDS = 10.0
LONGEST_SECONDS = 24 * 3600.0
OVERRUN = 0.05
"""Share of the budget after which whatever is running is broken off; the rest of the 10 % that
may be overrun is left for ending workers and writing."""


@dataclass
class Budget:
    """Counts down from `seconds`; every clock reading comes from `clock`."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    started: float = field(init=False)

    def __post_init__(self) -> None:
        """Start counting."""
        self.started = self.clock()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self.clock() - self.started

    @property
    def remaining(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.seconds - self.elapsed)

    @property
    def until_broken_off(self) -> float:
        """Seconds until whatever is running must be broken off, never below 0."""
        return max(0.0, self.seconds * (1.0 + OVERRUN) - self.elapsed)

    def fits(self, seconds: float) -> bool:
        """Whether work of that length would end in time."""
        return seconds <= self.remaining


@dataclass
class Cost:
    """What something takes, guessed at first and then learnt.

    The estimate is the guess until something was seen. The first occurrence may be dearer than the
    rest (cold caches): it counts by the share `falls` until a second was seen, and not at all from
    then on. After that: half way between the last and the longest, since running over is worse
    than stopping early.
    """

    guess: float
    falls: float = 1.0
    seen: list[float] = field(default_factory=list)

    def add(self, seconds: float) -> None:
        """Learn from one occurrence."""
        self.seen.append(max(0.0, seconds))

    @property
    def estimate(self) -> float:
        """Seconds to expect."""
        if not self.seen:
            return self.guess
        if len(self.seen) == 1:
            return self.seen[0] * self.falls
        return 0.5 * (self.seen[-1] + max(self.seen[1:]))
