"""Time to a stated accuracy on the digits data, with scikit-learn's own learners beside it.

Speed without broken mathematics, and an answer to "do you need a deep network at all?".
"""

from __future__ import annotations

from pathlib import Path

from advisor.measure.budget import Budget
from advisor.measure.lab import Lab, Worker
from advisor.measure.plan import ProbePlan, Setting
from advisor.measure.protocol import WorkerFailure
from advisor.measure.record import AccuracyRecord
from advisor.model.candidate import CANDIDATES, Candidate

TARGET_ACCURACY = 0.95
LONGEST_SECONDS = 20.0
LEAST_BUDGET = 30.0
"""Seconds that must be left for it to begin."""
DIGITS = "digits"


async def run_accuracy(
    lab: Lab, plan: ProbePlan, setting: Setting, budget: Budget, folder: str
) -> tuple[AccuracyRecord, ...]:
    """Train on the digits with both candidates and the baselines, while time is left."""
    found: list[AccuracyRecord] = []
    for candidate in CANDIDATES:
        if not budget.fits(LEAST_BUDGET):
            break
        found.append(await _one(lab, plan, setting, candidate, folder))
    if budget.fits(LEAST_BUDGET):
        found += await lab.baselines(TARGET_ACCURACY, _python(plan, Candidate.PYTORCH))
    return tuple(found)


def _python(plan: ProbePlan, candidate: Candidate) -> str:
    import sys

    return plan.pythons.get(candidate) or sys.executable


async def _one(
    lab: Lab, plan: ProbePlan, setting: Setting, candidate: Candidate, folder: str
) -> AccuracyRecord:
    worker: Worker = lab.new_worker()
    python = _python(plan, candidate)
    try:
        await worker.start(
            candidate,
            python=python,
            threads=setting.threads,
            device=setting.device,
            mode="default",
            cache_dir=str(Path(folder) / "accuracy"),
        )
        arrays = await lab.arrays(DIGITS, "small", python)
        found = await worker.time_to_accuracy(TARGET_ACCURACY, LONGEST_SECONDS, arrays=arrays)
    except WorkerFailure as failure:
        return AccuracyRecord(candidate.value, TARGET_ACCURACY, None, 0.0, failure.reason)
    finally:
        worker.kill()
        await worker.close(grace=0)
    return AccuracyRecord(
        candidate.value,
        found.target,
        found.seconds if found.reached else None,
        found.accuracy,
    )
