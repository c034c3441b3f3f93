"""The real laboratory: worker processes, data sets, the equal-work proof, the stored noise floor."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

from advisor.measure import datasets
from advisor.measure.catalogue import workloads
from advisor.measure.devices import common_device, diagnose
from advisor.measure.equal_work import Deviation, EqualWork, compare
from advisor.measure.installation import read_installation
from advisor.measure.lab import Lab
from advisor.measure.machine import read_machine
from advisor.measure.noise import NoiseStore, noise_folder
from advisor.measure.plan import PlannedSetting, ProbePlan
from advisor.measure.preflight import preflight, read_condition
from advisor.measure.protocol import ProofData, WorkerFailure
from advisor.measure.record import AccuracyRecord, DeviationRecord, ProofRecord
from advisor.measure.run import Site
from advisor.measure.worker import WorkerHandle
from advisor.model.candidate import CANDIDATES, Candidate

if TYPE_CHECKING:
    from advisor.measure.lab import Arrays

DIGITS = "digits"


def _deviation(one: Deviation) -> DeviationRecord:
    value = one.value if isfinite(one.value) else None
    return DeviationRecord(one.quantity, one.tensor, value, one.tolerance)


def proof_record(found: EqualWork) -> ProofRecord:
    """A proof as it is kept."""
    worst = found.worst
    return ProofRecord(
        passed=found.passed,
        tolerance=worst.tolerance if worst else 0.0,
        largest_deviation=worst.value if worst and isfinite(worst.value) else None,
        largest_in=f"{worst.quantity}: {worst.tensor}" if worst else "",
        steps=found.steps,
        reason=found.reason,
        deviations=tuple(_deviation(one) for one in found.deviations),
    )


def _compare(pytorch: ProofData, tensorflow: ProofData) -> ProofRecord:
    return proof_record(compare(pytorch, tensorflow))


class _DataSets:
    """Data sets by name, made once and kept for the run."""

    def __init__(self) -> None:
        self._made: dict[str, Arrays] = {}
        self._one_at_a_time = asyncio.Lock()

    async def of(self, workload: str, _size: str, python: str) -> Arrays:
        """The data sets of a workload; the name of a data set stands for itself."""
        names = (workload,) if workload not in workloads() else workloads()[workload].data
        async with self._one_at_a_time:
            for name in names:
                if name not in self._made:
                    self._made[name] = await _load(name, python)
        return {key: array for name in names for key, array in self._made[name].items()}


async def _load(name: str, python: str) -> Arrays:
    """A data set, made by this interpreter, or by the given one when this has no scikit-learn."""
    if name != DIGITS:
        raise ValueError(f"no such data set: {name}")
    try:
        return await datasets.digits(sys.executable)
    except WorkerFailure:
        if not python:
            raise
        return await datasets.digits(python)


async def _baselines(target: float, _python: str) -> tuple[AccuracyRecord, ...]:
    try:
        found = await datasets.baselines(sys.executable)
    except WorkerFailure:
        return ()
    return tuple(
        AccuracyRecord(
            one.learner, target, one.seconds if one.accuracy >= target else None, one.accuracy
        )
        for one in found
    )


def real_lab() -> Lab:
    """Workers in processes of their own, on the clock of this machine."""
    return Lab(
        new_worker=WorkerHandle,
        arrays=_DataSets().of,
        compare=_compare,
        baselines=_baselines,
        noise=NoiseStore(noise_folder()),
    )


async def look_at_site(pythons: Mapping[Candidate, str | None]) -> Site:
    """Look at the machine and at what is installed, without starting a framework."""
    machine = await asyncio.to_thread(read_machine)
    condition = await asyncio.to_thread(read_condition)
    installations = await asyncio.gather(
        *(
            asyncio.to_thread(read_installation, one, pythons.get(one) or sys.executable)
            for one in CANDIDATES
        )
    )
    return Site(machine, tuple(installations), preflight(machine, condition))


async def on_best_device(plan: ProbePlan, site: Site) -> ProbePlan:
    """The plan on an accelerator that both candidates report, or as it is."""
    confirmed: dict[Candidate, tuple[str, ...]] = {}
    for candidate in CANDIDATES:
        worker = WorkerHandle()
        try:
            hello = await worker.start(
                candidate, python=plan.pythons.get(candidate) or sys.executable
            )
            confirmed[candidate] = tuple(one.kind for one in hello.devices if one.available)
        except WorkerFailure:
            return plan
        finally:
            await worker.close(grace=0)
    device = common_device(diagnose(site.machine, site.installations), confirmed)
    return plan if device == "cpu" else moved(plan, device)


def moved(plan: ProbePlan, device: str) -> ProbePlan:
    """The same plan on another device."""
    return replace(
        plan,
        settings=tuple(
            PlannedSetting(
                replace(one.setting, device=device),
                tuple(replace(comparison, device=device) for comparison in one.comparisons),
            )
            for one in plan.settings
        ),
    )
