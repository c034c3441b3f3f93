"""Data sets and plain baselines from scikit-learn, made in a short child process.

scikit-learn is never imported by the advisor; the arrays come over the worker protocol.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.measure import wire
from advisor.measure.protocol import FailureKind, WorkerFailure
from advisor.measure.worker import WorkerHandle

if TYPE_CHECKING:
    from advisor.measure.protocol import Array

DIGITS = ("digits/features", "digits/labels", "digits/test-features", "digits/test-labels")
"""The arrays of the digits data: float32 (examples, 64) from 0 to 1, and int32 classes 0 to 9, for
training (1,347) and held out (450)."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A plain learner on the digits, on the same split."""

    learner: str
    seconds: float
    """Training time."""
    accuracy: float
    """Held-out accuracy."""


async def digits(
    python: Path | str = sys.executable, *, timeout: float = 120.0
) -> dict[str, Array]:
    """The digits, made by an interpreter that has scikit-learn.

    Raises WorkerFailure (unsupported) when it has none.
    """
    worker = WorkerHandle()
    try:
        await worker.open(python)
        _, arrays = await worker.ask("digits", {}, timeout)
    finally:
        await worker.close(grace=0)
    missing = [name for name in DIGITS if name not in arrays]
    if missing:
        raise WorkerFailure(FailureKind.PROTOCOL, f"the digits came without {missing[0]}")
    return arrays


async def baselines(
    python: Path | str = sys.executable, *, timeout: float = 180.0
) -> tuple[Baseline, ...]:
    """Logistic regression and gradient boosting on the digits: is a deep network needed at all?

    On one thread: on data this small more threads mostly wait for each other (27 s instead of 2 s on
    two busy processors).

    Raises WorkerFailure (unsupported) when the interpreter has no scikit-learn.
    """
    worker = WorkerHandle()
    try:
        await worker.open(python, {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
        result, _ = await worker.ask("baselines", {}, timeout)
    finally:
        await worker.close(grace=0)
    found = []
    for entry in wire.Reader(result, "baselines").listed("baselines"):
        reader = wire.Reader(entry, "baseline")
        found.append(
            Baseline(
                learner=reader.text("learner"),
                seconds=reader.number("seconds"),
                accuracy=reader.number("accuracy"),
            )
        )
    return tuple(found)
