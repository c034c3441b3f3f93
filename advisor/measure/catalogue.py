"""The workloads there are, read from the spec files beside the probe programs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from advisor.resources import probes_folder


@dataclass(frozen=True, slots=True)
class WorkloadEntry:
    """One workload, for lists and choices."""

    name: str
    title: str
    summary: str
    operations: tuple[str, ...]
    data: tuple[str, ...]
    """Data sets to hand over (`advisor.measure.datasets`)."""
    sizes: tuple[str, ...]
    dimensions: dict[str, dict[str, Any]]
    """By size: batch, widths and the like."""


@cache
def workloads() -> dict[str, WorkloadEntry]:
    """All workloads by name, in alphabetical order."""
    found = {}
    for path in sorted((probes_folder() / "workloads").glob("*/spec.json")):
        spec = json.loads(path.read_text(encoding="utf-8"))
        found[spec["name"]] = WorkloadEntry(
            name=spec["name"],
            title=spec["title"],
            summary=spec["summary"],
            operations=tuple(spec["operations"]),
            data=tuple(spec["data"]),
            sizes=tuple(spec["sizes"]),
            dimensions=spec["sizes"],
        )
    return found
