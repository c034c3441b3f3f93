"""Which candidate can use which device of this machine, and why not where not.

Facts about wheels, drivers and Python versions are those of rules/evidence (ids named beside
each), valid for torch 2.15 and tensorflow 2.21; what the installed build says of itself outranks
them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from advisor.measure.installation import Installation
from advisor.measure.machine import Accelerator, Machine
from advisor.model.candidate import Candidate

TENSORFLOW_NEWEST_PYTHON = (3, 13)  # python-314-stable
_NEWEST_ARCHITECTURE = {Candidate.TENSORFLOW: 90}  # nvidia-blackwell-wheel
_OLDEST_ARCHITECTURE = {"13": 75, "12": 50}  # nvidia-pascal-volta-default-wheel
_DRIVER_FOR_CUDA = {"12": 525, "13": 580}
"""Oldest Linux driver branch that runs a CUDA major version (minor-version compatibility)."""


class Usable(StrEnum):
    """Whether a candidate can use a device."""

    YES = "yes"
    NO = "no"
    UNTRIED = "untried"
    """Nothing known speaks against it, but only starting it will tell."""


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """One candidate on one device."""

    candidate: Candidate
    device: str
    """`cpu`, `cuda`, `rocm`, `xpu`, `mps`."""
    name: str
    usable: Usable
    reason: str
    remedy: str = ""
    evidence: str = ""
    """Id of the evidence in the rule base, where the reason rests on one."""


_DEVICE_OF_VENDOR = {"nvidia": "cuda", "amd": "rocm", "intel": "xpu", "apple": "mps"}

_Doubt = tuple[str, str, str]
"""Reason, remedy, evidence."""


def _python_of(installation: Installation) -> tuple[int, ...]:
    return tuple(int(part) for part in installation.python.split(".")[:2] if part.isdigit())


def _not_installed(candidate: Candidate, machine: Machine, found: Installation) -> _Doubt:
    """Why it is not installed: no wheel can exist for it, or nobody installed it."""
    python = _python_of(found)
    if found.problem:
        return found.problem, "Name another interpreter with --python-" + candidate.value, ""
    if candidate is Candidate.TENSORFLOW:
        if found.free_threaded:
            return (
                "there is no TensorFlow wheel for the free-threaded Python",
                "Install the ordinary build of Python 3.11 to 3.13.",
                "free-threaded-python",
            )
        if python > TENSORFLOW_NEWEST_PYTHON:
            return (
                f"there is no stable TensorFlow wheel for Python {found.python}",
                "Use Python 3.11 to 3.13, and name it with --python-tensorflow.",
                "python-314-stable",
            )
    if machine.system == "Darwin" and machine.architecture == "x86_64":
        return (
            "neither framework publishes wheels for Intel Macs any more",
            "Measure on another machine and carry probe.json over.",
            "intel-mac-dropped",
        )
    if machine.system == "Windows" and machine.architecture == "arm64":
        return ("there is no wheel for Windows on Arm", "Use WSL2.", "windows-arm64")
    return (
        f"{candidate.label} is not installed under Python {found.python}",
        "pip install 'framework-advisor[probes]'",
        "",
    )


def _capability(accelerator: Accelerator) -> int | None:
    digits = accelerator.capability.replace(".", "")
    return int(digits) if digits.isdigit() else None


def _nvidia_platform_doubt(found: Installation, machine: Machine) -> _Doubt | None:
    if found.candidate is not Candidate.TENSORFLOW:
        return None
    if machine.system == "Windows":
        return (
            "TensorFlow has had no GPU build for native Windows since 2.11",
            "Use WSL2.",
            "windows-native-gpu-nvidia",
        )
    if machine.architecture == "arm64":
        return ("the TensorFlow wheel for 64-bit Arm is CPU-only", "", "aarch64-cuda-wheels")
    return None


def _nvidia_build_doubt(found: Installation, machine: Machine) -> _Doubt | None:
    if found.cuda:
        return None
    evidence = ""
    remedy = "Install the GPU build."
    if found.candidate is Candidate.PYTORCH:
        remedy = "Install a CUDA build of torch from PyTorch's own package index."
        evidence = "windows-pypi-torch-is-cpu" if machine.system == "Windows" else ""
    elif found.distribution != "tensorflow":
        remedy = "pip install 'tensorflow[and-cuda]'"
    return f"{found.distribution or 'the build'} {found.version} is CPU-only", remedy, evidence


def _nvidia_card_doubt(found: Installation, card: Accelerator) -> _Doubt | None:
    major = found.cuda.split(".")[0]
    needed = _DRIVER_FOR_CUDA.get(major)
    driver = card.driver.split(".")[0]
    if not driver.isdigit():
        return "no NVIDIA driver answers", "Install the NVIDIA driver; nvidia-smi must work.", ""
    if needed is not None and int(driver) < needed:
        return (
            f"driver {card.driver} is too old for CUDA {found.cuda}",
            f"Install driver {needed} or newer, or a build for an older CUDA.",
            "tf-cuda13-not-default",
        )
    capability = _capability(card)
    if capability is None:
        return None
    newest = _NEWEST_ARCHITECTURE.get(found.candidate)
    if newest is not None and capability // 10 > newest // 10:
        return (
            f"the wheel has code up to sm_{newest}; this card is sm_{capability}",
            "Use a container or community build for this card.",
            "nvidia-blackwell-wheel",
        )
    oldest = _OLDEST_ARCHITECTURE.get(major, 0)
    if found.candidate is Candidate.PYTORCH and capability < oldest:
        return (
            f"the CUDA {found.cuda} build starts at sm_{oldest}; this card is sm_{capability}",
            "Install the build for CUDA 12.6.",
            "nvidia-pascal-volta-default-wheel",
        )
    return None


def _nvidia_doubt(found: Installation, machine: Machine, card: Accelerator) -> _Doubt | None:
    doubt = (
        _nvidia_platform_doubt(found, machine)
        or _nvidia_build_doubt(found, machine)
        or _nvidia_card_doubt(found, card)
    )
    if doubt is not None or found.candidate is Candidate.PYTORCH:
        return doubt
    if any(name.startswith("nvidia-") for name in found.companions):
        return None
    return (
        "TensorFlow needs CUDA libraries beside it, and none are installed by pip",
        "pip install 'tensorflow[and-cuda]', or install CUDA 12 yourself.",
        "tf-cuda13-not-default",
    )


def _amd_doubt(found: Installation, machine: Machine) -> _Doubt | None:
    if found.rocm:
        return None
    if found.candidate is Candidate.TENSORFLOW:
        if machine.system == "Windows":
            return "TensorFlow has no AMD GPU build for Windows", "", "amd-windows"
        return (
            "the TensorFlow wheel has no ROCm; AMD's own builds lag one or two releases behind",
            "Install AMD's tensorflow-rocm build.",
            "amd-rocm-linux",
        )
    return (
        "this torch build has no ROCm",
        "Install a ROCm build of torch from PyTorch's own package index.",
        "amd-rocm-linux",
    )


def _intel_doubt(found: Installation) -> _Doubt | None:
    if found.candidate is Candidate.TENSORFLOW:
        return (
            "Intel's plugin is pinned to TensorFlow 2.15 and is not kept up",
            "",
            "intel-gpu-xpu",
        )
    if found.xpu:
        return None
    return "this torch build has no xpu", "Install the xpu build of torch.", "intel-gpu-xpu"


def _apple_doubt(found: Installation) -> _Doubt | None:
    if found.candidate is Candidate.PYTORCH or "tensorflow-metal" in found.companions:
        return None
    return (
        "TensorFlow has no official GPU support on macOS",
        "Apple's tensorflow-metal may work with an older TensorFlow.",
        "apple-gpu",
    )


def _accelerator_doubt(found: Installation, machine: Machine, card: Accelerator) -> _Doubt | None:
    match card.vendor:
        case "nvidia":
            return _nvidia_doubt(found, machine, card)
        case "amd":
            return _amd_doubt(found, machine)
        case "intel":
            return _intel_doubt(found)
        case _:
            return _apple_doubt(found)


def diagnose(machine: Machine, installations: Sequence[Installation]) -> tuple[DeviceReport, ...]:
    """Every candidate on the CPU and on each accelerator, in a fixed order.

    Nothing is started: an accelerator with nothing against it is `untried`, the CPU of an
    installed candidate too.
    """
    reports: list[DeviceReport] = []
    for found in installations:
        if not found.installed:
            reason, remedy, evidence = _not_installed(found.candidate, machine, found)
            reports.append(
                DeviceReport(
                    found.candidate, "cpu", machine.cpu_model, Usable.NO, reason, remedy, evidence
                )
            )
            continue
        reports.append(
            DeviceReport(
                found.candidate, "cpu", machine.cpu_model, Usable.UNTRIED,
                f"{found.distribution} {found.version} is installed",
            )
        )  # fmt: skip
        for card in machine.accelerators:
            device = _DEVICE_OF_VENDOR[card.vendor]
            doubt = _accelerator_doubt(found, machine, card)
            usable = Usable.NO if doubt else Usable.UNTRIED
            reason, remedy, evidence = doubt or ("nothing known speaks against it", "", "")
            reports.append(
                DeviceReport(found.candidate, device, card.name, usable, reason, remedy, evidence)
            )
    return tuple(reports)


def common_device(
    reports: Sequence[DeviceReport], confirmed: Mapping[Candidate, tuple[str, ...]]
) -> str:
    """The device to measure on: an accelerator both candidates report, else the CPU."""
    wanted = [report.device for report in reports if report.device != "cpu"]
    for device in dict.fromkeys(wanted):
        if len(confirmed) == len(Candidate) and all(
            device in devices for devices in confirmed.values()
        ):
            return device
    return "cpu"
