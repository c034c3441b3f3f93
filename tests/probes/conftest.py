"""The probe programs are stand-alone: their folder is the import path, as it is for a worker."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from advisor.measure import datasets
from advisor.measure.catalogue import workloads
from advisor.measure.protocol import (
    Block,
    Hello,
    InstalledSize,
    MatmulPeak,
    Memory,
    Prepared,
    ProofData,
    SteadyState,
    TimeToAccuracy,
    WorkloadSpec,
)
from advisor.measure.worker import WorkerHandle
from advisor.model.candidate import CANDIDATES, Candidate
from advisor.resources import probes_folder

Arrays = Mapping[str, Any]

if str(probes_folder()) not in sys.path:
    sys.path.append(str(probes_folder()))


def run_with_probes(code: str, timeout: float = 120.0) -> Any:
    """Run code in a process of its own with the probes in its path; its last line is JSON."""
    program = f"import sys; sys.path.insert(0, {str(probes_folder())!r})\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def with_probes() -> Callable[[str], Any]:
    """Runs code that may import a framework, away from the test process."""
    return run_with_probes


@dataclass
class Session:
    """What one real worker said from its start to its end."""

    hello: Hello
    prepared: dict[str, Prepared]
    proofs: dict[str, ProofData]
    blocks: dict[tuple[str, str], Block]
    steady: SteadyState
    peak: MatmulPeak
    memory: Memory
    installed: InstalledSize
    accuracy: TimeToAccuracy


async def run_session(candidate: Candidate, arrays: Arrays) -> Session:
    """Everything a worker can do, once, on all workloads at size small."""
    worker = WorkerHandle()
    prepared: dict[str, Prepared] = {}
    proofs: dict[str, ProofData] = {}
    blocks: dict[tuple[str, str], Block] = {}
    try:
        hello = await worker.start(candidate, threads=2)
        for name, entry in workloads().items():
            given = arrays if entry.data else None
            prepared[name] = await worker.prepare(
                WorkloadSpec(name, "small", entry.operations), given
            )
            proofs[name] = await worker.prove(3)
            if name == "tabular-mlp":
                for operation in entry.operations:
                    count = await worker.calibrate(operation, 0.02)
                    blocks[name, operation] = await worker.time_block(operation, iterations=count)
                steady = await worker.steady("inference", 0.5, max_values=30)
        return Session(
            hello=hello,
            prepared=prepared,
            proofs=proofs,
            blocks=blocks,
            steady=steady,
            memory=await worker.memory(),
            peak=await worker.matmul_peak(0.2),
            installed=await worker.installed_size(),
            accuracy=await worker.time_to_accuracy(0.9, 20.0, arrays=arrays),
        )
    finally:
        await worker.close()


@pytest.fixture(scope="session")
def digits_arrays() -> Arrays:
    """The digits, made in a child process."""
    pytest.importorskip("sklearn")
    return asyncio.run(datasets.digits())


@pytest.fixture(scope="session")
def sessions(digits_arrays: Arrays) -> dict[Candidate, Session]:
    """Both real frameworks, one after the other."""
    return {
        candidate: asyncio.run(run_session(candidate, digits_arrays)) for candidate in CANDIDATES
    }
