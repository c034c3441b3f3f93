"""The user's hand in a run that is going on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass
class Control:
    """Lets the user's hand into a run that is going on."""

    _skipped: set[str] = field(default_factory=set)
    _cancelled: bool = False
    _task: asyncio.Task[None] | None = None

    def skip(self, workload: str) -> None:
        """Measure this workload no further; what was measured of it stays."""
        self._skipped.add(workload)

    def cancel(self) -> None:
        """End the run now; `run_probe` returns with what was measured."""
        self._cancelled = True
        if self._task is not None:
            self._task.cancel()

    def attach(self, task: asyncio.Task[None]) -> None:
        """The task that `cancel` ends; at once, if it was called before."""
        self._task = task
        if self._cancelled:
            task.cancel()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled

    @property
    def skipped(self) -> frozenset[str]:
        """Workloads that were skipped."""
        return frozenset(self._skipped)
