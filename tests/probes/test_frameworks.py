"""The real frameworks: equal work is proved for every workload, and unequal work is found out."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from advisor.measure import datasets
from advisor.measure.catalogue import workloads
from advisor.measure.equal_work import EqualWork, compare
from advisor.measure.protocol import FailureKind, ProofData, WorkerFailure, WorkloadSpec
from advisor.measure.worker import WorkerHandle
from advisor.model.candidate import CANDIDATES, Candidate
from advisor.resources import probes_folder

pytestmark = [pytest.mark.frameworks, pytest.mark.slow]
NAMES = sorted(workloads())
Sessions = Mapping[Candidate, Any]


@pytest.mark.parametrize("name", NAMES)
def test_both_sides_do_the_same_work(sessions: Sessions, name: str) -> None:
    """Outputs, loss, gradients and parameters after three steps agree, at size small."""
    found = compare(*(sessions[candidate].proofs[name] for candidate in CANDIDATES))
    assert found.passed, found.reason
    assert found.steps == 3
    assert {one.quantity for one in found.deviations} == {
        "outputs",
        "loss",
        "gradients",
        "parameters",
    }


@pytest.mark.parametrize("name", NAMES)
def test_both_sides_hold_the_same_network(sessions: Sessions, name: str) -> None:
    """Equal parameter counts, the same start, and every operation of the catalogue is ready."""
    one, two = (sessions[candidate].prepared[name] for candidate in CANDIDATES)
    assert one.parameters == two.parameters > 1000
    assert one.weights_digest == two.weights_digest
    assert one.inputs_digest == two.inputs_digest
    for prepared in (one, two):
        assert prepared.operations == workloads()[name].operations
        assert not prepared.unsupported
        assert prepared.peak_rss_bytes > 100_000_000
        assert all(seconds > 0 for seconds in prepared.first_call_seconds.values())
    assert one.flops == two.flops


ALIKE = (
    "precision",
    "reduced precision in products",
    "device",
    "threads inside an operation",
    "threads between operations",
    "batch",
    "update rule",
    "inputs",
    "waiting",
)


@pytest.mark.parametrize("name", NAMES)
def test_the_fairness_table_is_found_while_running(sessions: Sessions, name: str) -> None:
    """Both sides say the same about what must be alike, and name what differs by default."""
    tables = [
        {row.name: row.value for row in sessions[candidate].prepared[name].fairness}
        for candidate in CANDIDATES
    ]
    assert tables[0].keys() == tables[1].keys()
    for row in ALIKE:
        assert tables[0][row] == tables[1][row]
    assert [table["execution"] for table in tables] == ["eager", "tf.function"]
    assert tables[0]["threads inside an operation"] == "2"
    assert tables[0]["precision"] == "float32"
    if name == "residual-cnn":
        assert [table["layout"] for table in tables] == ["channels first", "channels last"]


def test_one_worker_gives_every_figure(sessions: Sessions) -> None:
    """Import, blocks, single calls, peak product, memory, disk: each is there and plausible."""
    for candidate in CANDIDATES:
        session = sessions[candidate]
        assert session.hello.framework == candidate.value
        assert session.hello.import_seconds > 0.1
        assert session.hello.import_peak_rss_bytes > 50_000_000
        assert session.hello.threads == 2
        devices = {device.kind: device for device in session.hello.devices}
        assert devices["cpu"].available
        assert all(device.available or device.reason for device in devices.values())
        for (_, operation), block in session.blocks.items():
            assert block.operation == operation
            assert block.cpu_seconds > 0
            assert (block.per_call is not None) == (operation == "latency")
        latency = session.blocks["tabular-mlp", "latency"]
        assert len(latency.per_call) == latency.iterations
        assert 1 <= len(session.steady.values) <= 30
        assert session.peak.gflops > 1
        assert session.memory.peak_rss_bytes > 100_000_000
        assert session.memory.device_peak_bytes is None
        installed = session.installed
        assert 100_000_000 < installed.framework_bytes <= installed.with_dependencies_bytes
        assert len(installed.distributions) > 3


def test_both_learn_the_digits(sessions: Sessions) -> None:
    """From the common start both reach nine of ten held-out digits, after the same epochs."""
    runs = [sessions[candidate].accuracy for candidate in CANDIDATES]
    for run in runs:
        assert run.reached
        assert run.accuracy >= 0.9
        assert run.seconds >= run.first_call_seconds > 0
        assert len(run.curve) == run.epochs
    assert abs(runs[0].epochs - runs[1].epochs) <= 1


def test_plain_learners_stand_beside_them() -> None:
    """scikit-learn's own learners reach nine of ten digits on the same split."""
    found = asyncio.run(datasets.baselines())
    assert len(found) == 2
    for baseline in found:
        assert baseline.accuracy > 0.9
        assert baseline.seconds > 0


SABOTAGE = {
    "tabular-mlp": ("tabular_mlp/torch_side.py", "nn.ReLU()", "nn.LeakyReLU(0.01)"),
    "residual-cnn": ("residual_cnn/torch_side.py", "eps=EPSILON", "eps=0.01"),
    "recurrent": ("recurrent/torch_side.py", "enumerate(GATES)", "enumerate(GATES[::-1])"),
    "transformer": ("transformer/torch_side.py", "functional.gelu(", "functional.silu("),
    "recommender": (
        "recommender/torch_side.py",
        "functional.relu(layer(",
        "functional.gelu(layer(",
    ),
    "decoder": (
        "decoder/torch_side.py",
        "device=tokens.device) <= position",
        "device=tokens.device) < position",
    ),
}
"""One small mistake in the PyTorch side of each workload: another activation, another epsilon,
swapped gates, a mask that is off by one."""


async def _torch_proofs(program: Path, names: list[str], arrays: Any) -> dict[str, ProofData]:
    worker = WorkerHandle(program=program)
    proofs = {}
    try:
        await worker.start(Candidate.PYTORCH, threads=2)
        for name in names:
            await worker.prepare(WorkloadSpec(name, "small", ("training", "inference")), arrays)
            proofs[name] = await worker.prove(3)
    finally:
        await worker.close()
    return proofs


@pytest.fixture(scope="module")
def sabotaged(
    sessions: Sessions, digits_arrays: Any, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, EqualWork]:
    """What the proof says of each sabotaged side against the good other one."""
    folder = tmp_path_factory.mktemp("sabotage") / "probes"
    shutil.copytree(probes_folder(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file, good, bad in SABOTAGE.values():
        path = folder / "workloads" / file
        text = path.read_text(encoding="utf-8")
        assert good in text
        path.write_text(text.replace(good, bad), encoding="utf-8")
    proofs = asyncio.run(_torch_proofs(folder / "worker.py", list(SABOTAGE), digits_arrays))
    other = sessions[Candidate.TENSORFLOW].proofs
    return {name: compare(proofs[name], other[name]) for name in SABOTAGE}


@pytest.mark.parametrize("name", sorted(SABOTAGE))
def test_a_small_mistake_fails_the_proof(sabotaged: dict[str, EqualWork], name: str) -> None:
    """A side with one wrong detail is found out, with the quantity named."""
    assert not sabotaged[name].passed
    assert "do not compute the same" in sabotaged[name].reason


FLOPS = """
import json
import numpy as np
from torch.utils.flop_counter import FlopCounterMode
from probekit import problem
from probekit.torch_work import TorchWork
digits = {"digits/features": np.zeros((1347, 64), np.float32),
          "digits/labels": np.zeros(1347, np.int32)}
found = {}
for name in problem.names():
    made = problem.load(name, "small", 1, digits)
    work = TorchWork(made, device="cpu", mode="default", wait=lambda: None)
    counted = {}
    for operation in ("inference", "training"):
        call = work.make_call(operation)
        work.enter(operation)
        with FlopCounterMode(display=False) as counter:
            call()
        counted[operation] = [counter.get_total_flops(), made.flops(operation)]
    found[name] = counted
print(json.dumps(found))
"""


def test_the_work_is_what_pytorch_counts(with_probes: Callable[[str], Any]) -> None:
    """Our formulas agree with PyTorch's own counter: within 2 % for inference, 20 % for training
    (the gradient of the first layer's input is never computed).

    GRU kernels are not in PyTorch's counter, and it does not count attention on the CPU.
    """
    found = with_probes(FLOPS)
    assert set(found) == set(NAMES)
    for name, counted in found.items():
        tolerance = {"transformer": 0.15, "decoder": 0.15}.get(name, 0.02)
        if name == "recurrent":
            continue
        pytorch, ours = counted["inference"]
        assert ours == pytest.approx(pytorch, rel=tolerance)
        pytorch, ours = counted["training"]
        assert ours == pytest.approx(pytorch, rel=0.25)


DECODER = """
import json
import numpy as np
import torch
from probekit import problem
from probekit.torch_work import TorchWork
made = problem.load("decoder", "small", 1, {})
work = TorchWork(made, device="cpu", mode="default", wait=lambda: None)
work.enter("inference")
dims, model = made.dims, work.model
tokens = torch.from_numpy(made.training_batch()[0][0]).long()
shape = (dims["layers"], made.batch, dims["heads"], dims["length"], dims["width"] // dims["heads"])
keys, values = torch.zeros(shape), torch.zeros(shape)
with torch.inference_mode():
    whole = model(tokens)
    worst = 0.0
    for position in range(dims["length"]):
        step = model.step(tokens[:, position], torch.tensor([position]), keys, values)
        worst = max(worst, float((step - whole[:, position]).abs().max()))
print(json.dumps([worst, float(whole.abs().max())]))
"""


def test_the_cache_makes_the_same_tokens(with_probes: Callable[[str], Any]) -> None:
    """Step by step with the cache, the decoder computes what it computes on the whole text."""
    worst, largest = with_probes(DECODER)
    assert worst < 1e-4 * largest


def test_compiled_code_does_the_same_work(digits_arrays: Any, tmp_path: Path) -> None:
    """The best mode of both frameworks passes the same proof on the table network."""

    async def proofs() -> list[ProofData]:
        made = []
        for candidate in CANDIDATES:
            worker = WorkerHandle()
            try:
                await worker.start(candidate, threads=2, mode="best", cache_dir=tmp_path)
                spec = WorkloadSpec("tabular-mlp", "small", ("training", "inference"))
                prepared = await worker.prepare(spec, digits_arrays)
                if prepared.unsupported:
                    pytest.skip(f"no compiler here: {prepared.unsupported}")
                made.append(await worker.prove(3))
            finally:
                await worker.close()
        return made

    found = compare(*asyncio.run(proofs()))
    assert found.passed, found.reason


def test_what_is_not_possible_here_is_told(digits_arrays: Any) -> None:
    """A device that is not there and a data set that was not sent are refused in words."""

    async def attempt() -> None:
        worker = WorkerHandle()
        try:
            with pytest.raises(WorkerFailure) as caught:
                await worker.start(Candidate.PYTORCH, device="mps")
            assert caught.value.kind is FailureKind.UNSUPPORTED
            assert "macOS" in caught.value.reason
        finally:
            await worker.close()
        worker = WorkerHandle()
        try:
            await worker.start(Candidate.PYTORCH)
            with pytest.raises(WorkerFailure) as caught:
                await worker.prepare(WorkloadSpec("tabular-mlp"))
            assert caught.value.kind is FailureKind.UNSUPPORTED
            assert "digits" in caught.value.reason
            with pytest.raises(WorkerFailure) as caught:
                await worker.time_block("training", iterations=1)
            assert "prepare comes first" in caught.value.reason
        finally:
            await worker.close()

    asyncio.run(attempt())
