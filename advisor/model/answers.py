"""What the user said: answers, priorities and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Priorities:
    """What the user said about the criteria: a ranking, swings, or nothing.

    At most one of the two is filled.
    """

    rank: tuple[str, ...] = ()
    """Criterion ids from most to least important; the ones left out follow in no order."""
    swings: Mapping[str, int] = field(default_factory=dict)
    """Points from 0 to 100 per criterion; 100 for the swing that matters most."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers by question id; a missing question is "don't know"."""

    chosen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    priorities: Priorities = Priorities()
