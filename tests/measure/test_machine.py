"""Fingerprints, container limits, pre-flight and devices, on machines made of files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.measure.cgroup import cpu_quota, memory_limit
from advisor.measure.devices import Usable, common_device, diagnose
from advisor.measure.fingerprint import (
    Alikeness,
    Fingerprint,
    alikeness,
    compare_fields,
    memory_class,
    take_fingerprint,
)
from advisor.measure.installation import Installation, read_installation
from advisor.measure.machine import Accelerator, Machine, read_machine
from advisor.measure.preflight import Condition, preflight
from advisor.model.candidate import Candidate
from tests.measure.fakes import MACHINE

CALM = Condition(
    load=0.0,
    available_memory=8 * 2**30,
    swap_used=0,
    on_battery=False,
    governors=("performance",),
    environment={},
)
HERE = take_fingerprint(MACHINE, pytorch="2.13.0+cpu", tensorflow="2.21.0")
TORCH = Installation(
    Candidate.PYTORCH, True, "3.11.7", distribution="torch", version="2.15.0", cuda="13.2"
)
TENSORFLOW = Installation(
    Candidate.TENSORFLOW,
    True,
    "3.11.7",
    distribution="tensorflow",
    version="2.21.0",
    cuda="12.5.1",
    companions=("nvidia-cudnn-cu12",),
)
RTX_4090 = Accelerator("nvidia", "RTX 4090", "580.65", "8.9")


def write(root: Path, files: dict[str, str]) -> Path:
    """A root folder with these files."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("files", "quota", "memory"),
    [
        ({}, None, None),
        (
            {
                "proc/self/cgroup": "0::/\n",
                "sys/fs/cgroup/cpu.max": "150000 100000\n",
                "sys/fs/cgroup/memory.max": "1073741824\n",
            },
            1.5,
            2**30,
        ),
        (
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/cpu.max": "50000 100000\n",
                "sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
                "sys/fs/cgroup/a/b/memory.max": "max\n",
            },
            0.5,
            None,
        ),
        (
            {
                "proc/self/cgroup": "4:memory:/docker/x\n1:cpu,cpuacct:/docker/x\n",
                "sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us": "200000\n",
                "sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_period_us": "100000\n",
                "sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes": "2147483648\n",
            },
            2.0,
            2**31,
        ),
        (
            {
                "proc/self/cgroup": "1:cpu:/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            },
            None,
            None,
        ),
        ({"proc/self/cgroup": "rubbish", "sys/fs/cgroup/cpu.max": "x y"}, None, None),
    ],
)
def test_container_limits(
    tmp_path: Path, files: dict[str, str], quota: float | None, memory: int | None
) -> None:
    """Quota and memory limit are found under cgroup versions 1 and 2, at any level."""
    root = write(tmp_path, files)
    assert cpu_quota(root) == quota
    assert memory_limit(root) == memory


@pytest.mark.parametrize(
    ("cores", "quota", "threads"), [(8, None, 8), (8, 2.5, 2), (8, 0.5, 1), (2, 16.0, 2)]
)
def test_threads_respect_the_quota(cores: int, quota: float | None, threads: int) -> None:
    """Threads worth using are the physical cores within the quota, at least one."""
    assert replace(MACHINE, physical_cores=cores, quota=quota).usable_cores == threads


def test_this_machine_can_be_read() -> None:
    """Reading the real machine gives plausible facts and the same fingerprint twice."""
    one, two = read_machine(), read_machine()
    assert 1 <= one.usable_cores <= one.logical_cpus
    assert one.memory_bytes > 2**28
    first = take_fingerprint(one, pytorch=None, tensorflow=None)
    assert first == take_fingerprint(two, pytorch=None, tensorflow=None)


def test_fingerprint_names_nobody() -> None:
    """Neither host name nor user name is in the fingerprint."""
    import getpass
    import platform

    text = repr(take_fingerprint(read_machine(), pytorch=None, tensorflow=None)).lower()
    assert platform.node().lower() not in text.split()
    assert f"'{getpass.getuser()}'" not in text


@pytest.mark.parametrize(
    ("changed", "grade"),
    [
        ({}, Alikeness.SAME),
        ({"cores": 3}, Alikeness.SIMILAR),
        ({"cores": 16}, Alikeness.DIFFERENT),
        ({"memory_class_gib": 32}, Alikeness.SIMILAR),
        ({"memory_class_gib": 64}, Alikeness.DIFFERENT),
        ({"cpu_model": "Other CPU"}, Alikeness.SIMILAR),
        ({"instructions": ("avx2", "avx512f")}, Alikeness.DIFFERENT),
        ({"architecture": "arm64"}, Alikeness.DIFFERENT),
        ({"system": "Linux (WSL)"}, Alikeness.SIMILAR),
        ({"system": "Darwin"}, Alikeness.DIFFERENT),
        ({"pytorch": "2.13.1"}, Alikeness.SIMILAR),
        ({"pytorch": "2.15.0"}, Alikeness.DIFFERENT),
        ({"tensorflow": None}, Alikeness.DIFFERENT),
    ],
)
def test_graded_likeness(changed: dict[str, object], grade: Alikeness) -> None:
    """A change is graded same, similar or different, the same way round and back."""
    other = replace(HERE, **changed)  # type: ignore[arg-type]
    assert alikeness(HERE, other) is grade
    assert alikeness(other, HERE) is grade
    named = {one.name for one in compare_fields(HERE, other) if one.alikeness is not Alikeness.SAME}
    assert named == set(changed)


def test_framework_versions_can_be_left_out() -> None:
    """The machine is the same even if its frameworks are not."""
    other = replace(HERE, pytorch="1.0", tensorflow=None)
    assert alikeness(HERE, other, frameworks=False) is Alikeness.SAME
    assert HERE.id == other.id


@given(st.integers(2**28, 2**42))
def test_memory_class_is_near(size: int) -> None:
    """The class is a power of two within a factor of 1.5 of the memory, above a GiB."""
    found = memory_class(size)
    assert found & (found - 1) == 0
    gib = max(1.0, size / 2**30)
    assert found / 1.5 <= gib <= found * 1.5


def test_calm_machine_has_no_findings() -> None:
    """A quiet machine on mains power with enough memory gives no warning."""
    findings = preflight(replace(MACHINE, logical_cpus=10_000), CALM)
    assert findings == ()


@pytest.mark.parametrize(
    ("machine", "condition", "finding", "severity"),
    [
        (MACHINE, {"load": 1.9}, "load", "warning"),
        (MACHINE, {"load": 0.7}, "load", "note"),
        (MACHINE, {"available_memory": 2**30}, "memory", "warning"),
        (MACHINE, {"on_battery": True}, "battery", "warning"),
        (MACHINE, {"governors": ("powersave",)}, "governor", "note"),
        (MACHINE, {"swap_used": 2**31}, "swap", "note"),
        (MACHINE, {"environment": {"OMP_WAIT_POLICY": "PASSIVE"}}, "omp-override", "blocker"),
        (replace(MACHINE, quota=0.5), {}, "cpu-quota", "warning"),
    ],
)
def test_each_finding(
    machine: Machine, condition: dict[str, object], finding: str, severity: str
) -> None:
    """Each disturbance is found by its name, with something to do about it."""
    found = preflight(machine, replace(CALM, **condition))  # type: ignore[arg-type]
    match = next(one for one in found if one.id == finding)
    assert match.severity == severity
    assert match.remedy


def doubt(installation: Installation, machine: Machine) -> str:
    """Why the accelerator cannot be used; empty when nothing speaks against it."""
    report = diagnose(machine, [installation])[-1]
    return "" if report.usable is Usable.UNTRIED else report.reason


@pytest.mark.parametrize(
    ("installation", "changes", "card", "part"),
    [
        (TORCH, {}, RTX_4090, ""),
        (TENSORFLOW, {}, RTX_4090, ""),
        (replace(TORCH, cuda=""), {}, RTX_4090, "CPU-only"),
        (TORCH, {}, replace(RTX_4090, driver="535.10"), "too old for CUDA 13.2"),
        (TENSORFLOW, {}, replace(RTX_4090, driver="535.10"), ""),
        (TENSORFLOW, {}, replace(RTX_4090, driver="470.10"), "too old"),
        (TORCH, {}, replace(RTX_4090, driver=""), "no NVIDIA driver"),
        (TORCH, {}, replace(RTX_4090, capability="7.0"), "starts at sm_75"),
        (TENSORFLOW, {}, replace(RTX_4090, capability="7.0"), ""),
        (TENSORFLOW, {}, replace(RTX_4090, capability="12.0"), "sm_120"),
        (TORCH, {}, replace(RTX_4090, capability="12.0"), ""),
        (TENSORFLOW, {"system": "Windows"}, RTX_4090, "native Windows"),
        (TENSORFLOW, {"architecture": "arm64"}, RTX_4090, "CPU-only"),
        (replace(TENSORFLOW, companions=()), {}, RTX_4090, "CUDA libraries"),
        (TORCH, {}, Accelerator("amd", "MI300"), "no ROCm"),
        (replace(TORCH, rocm="7.2"), {}, Accelerator("amd", "MI300"), ""),
        (TENSORFLOW, {}, Accelerator("amd", "MI300"), "no ROCm"),
        (TENSORFLOW, {}, Accelerator("intel", "Arc"), "pinned to TensorFlow 2.15"),
        (TORCH, {}, Accelerator("intel", "Arc"), "no xpu"),
        (TORCH, {"system": "Darwin"}, Accelerator("apple", "M4", "Metal"), ""),
        (TENSORFLOW, {"system": "Darwin"}, Accelerator("apple", "M4", "Metal"), "no official GPU"),
    ],
)
def test_why_a_device_cannot_be_used(
    installation: Installation, changes: dict[str, object], card: Accelerator, part: str
) -> None:
    """Each known obstacle between a build and a card is named, and nothing else is."""
    machine = replace(MACHINE, accelerators=(card,), **changes)  # type: ignore[arg-type]
    found = doubt(installation, machine)
    assert (part in found) if part else found == ""


@pytest.mark.parametrize(
    ("python", "free_threaded", "part"),
    [
        ("3.14.0", False, "no stable TensorFlow wheel for Python 3.14.0"),
        ("3.14.0", True, "free-threaded"),
        ("3.12.1", False, "not installed under Python 3.12.1"),
    ],
)
def test_why_tensorflow_is_not_installed(python: str, free_threaded: bool, part: str) -> None:
    """A missing framework is explained by the Python version where that is the reason."""
    missing = Installation(Candidate.TENSORFLOW, False, python, free_threaded=free_threaded)
    report = diagnose(MACHINE, [missing])[0]
    assert report.usable is Usable.NO
    assert part in report.reason


def test_an_interpreter_that_does_not_exist() -> None:
    """An interpreter that cannot be started is an answer with its problem, no exception."""
    found = read_installation(Candidate.PYTORCH, "/nonexistent/python")
    assert not found.installed
    assert "does not start" in found.problem


def test_common_device_needs_both() -> None:
    """An accelerator is measured on only if both candidates report it."""
    machine = replace(MACHINE, accelerators=(RTX_4090,))
    reports = diagnose(machine, [TORCH, TENSORFLOW])
    both = {Candidate.PYTORCH: ("cpu", "cuda"), Candidate.TENSORFLOW: ("cpu", "cuda")}
    assert common_device(reports, both) == "cuda"
    assert common_device(reports, {**both, Candidate.TENSORFLOW: ("cpu",)}) == "cpu"
    assert common_device(reports, {Candidate.PYTORCH: ("cpu", "cuda")}) == "cpu"


def test_fingerprint_is_plain_data() -> None:
    """A fingerprint can be compared and hashed."""
    assert isinstance(HERE, Fingerprint)
    assert len({HERE, replace(HERE)}) == 1
