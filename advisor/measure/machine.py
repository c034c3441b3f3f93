"""What hardware is here: processors allowed to us, instruction sets, memory, accelerators.

Read from files, psutil and (for NVIDIA) nvidia-smi; no framework is imported. Every fact that
cannot be read is None or empty, never guessed.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from advisor.measure.cgroup import cpu_quota, memory_limit

NOTABLE_INSTRUCTIONS = (
    "avx2", "fma", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16",
    "neon", "asimd", "asimddp", "i8mm", "bf16", "sve", "sve2",
)  # fmt: skip
"""Instruction sets that move the speed of a framework, by their Linux names."""

_PCI_VENDORS = {"0x10de": "nvidia", "0x1002": "amd", "0x8086": "intel"}


@dataclass(frozen=True, slots=True)
class Accelerator:
    """A graphics processor or the like."""

    vendor: str
    """`nvidia`, `amd`, `intel` or `apple`."""
    name: str = ""
    driver: str = ""
    """Version of its driver; empty: no driver answers."""
    capability: str = ""
    """NVIDIA compute capability, for instance 8.9."""
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine as far as it bears on speed."""

    system: str
    """`Linux`, `Darwin` or `Windows`."""
    architecture: str
    """`x86_64` or `arm64`, or as the system says."""
    wsl: bool
    cpu_model: str
    instructions: tuple[str, ...]
    logical_cpus: int
    """Logical processors our affinity allows."""
    physical_cores: int
    """Physical cores among them."""
    quota: float | None
    """Processors' worth of time the container allows; None: no limit."""
    memory_bytes: int
    """The smaller of what is built in and what the container allows."""
    accelerators: tuple[Accelerator, ...]
    python: str = "{}.{}".format(*sys.version_info[:2])

    @property
    def usable_cores(self) -> int:
        """Threads worth using: physical cores within affinity and quota, at least 1."""
        allowed = (
            self.physical_cores if self.quota is None else min(self.physical_cores, self.quota)
        )
        return max(1, int(allowed))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _cpuinfo(root: Path) -> dict[str, str]:
    """The first value of each field of /proc/cpuinfo."""
    found: dict[str, str] = {}
    for line in _read(root / "proc/cpuinfo").splitlines():
        name, _, value = line.partition(":")
        found.setdefault(name.strip(), value.strip())
    return found


def _sysctl(name: str) -> str:
    program = shutil.which("sysctl")
    return _output([program, "-n", name]) if program else ""


def _output(command: list[str], seconds: float = 5.0) -> str:
    """Standard output of a short command; empty when it fails or takes too long."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds, check=False, errors="replace"
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _cpu_model(root: Path, info: dict[str, str]) -> str:
    name = info.get("model name") or info.get("Model") or info.get("Hardware") or ""
    if not name and platform.system() == "Darwin":
        name = _sysctl("machdep.cpu.brand_string")
    return " ".join((name or platform.processor() or "unknown").split())


def affinity() -> tuple[int, ...]:
    """Ids of the logical processors this process may run on."""
    ask = getattr(os, "sched_getaffinity", None)
    return tuple(sorted(ask(0))) if ask else tuple(range(os.cpu_count() or 1))


def _physical_cores(root: Path, allowed: tuple[int, ...]) -> int:
    """Distinct cores among the allowed logical processors."""
    folder = root / "sys/devices/system/cpu"
    cores = {_read(folder / f"cpu{number}/topology/thread_siblings_list") for number in allowed}
    if "" not in cores:
        return len(cores)
    import psutil

    built_in = psutil.cpu_count(logical=False) or len(allowed)
    return max(1, min(built_in, len(allowed)))


def _architecture() -> str:
    name = platform.machine().lower()
    return {"amd64": "x86_64", "aarch64": "arm64"}.get(name, name)


def _nvidia_smi() -> list[Accelerator]:
    program = shutil.which("nvidia-smi")
    if not program:
        return []
    fields = "name,driver_version,compute_cap,memory.total"
    text = _output([program, f"--query-gpu={fields}", "--format=csv,noheader,nounits"])
    found: list[Accelerator] = []
    for line in text.splitlines():
        parts = [part.strip() for part in line.split(",")]
        if len(parts) == 4:
            size = int(parts[3]) << 20 if parts[3].isdigit() else None
            found.append(Accelerator("nvidia", parts[0], parts[1], parts[2], size))
    return found


def _pci_accelerators(root: Path) -> list[Accelerator]:
    """Display controllers on the PCI bus, with the driver bound to them."""
    found: list[Accelerator] = []
    folder = root / "sys/bus/pci/devices"
    for device in sorted(folder.iterdir()) if folder.is_dir() else []:
        vendor = _PCI_VENDORS.get(_read(device / "vendor"))
        if vendor and _read(device / "class").startswith("0x03"):
            driver = device / "driver"
            name = driver.resolve().name if driver.exists() else ""
            found.append(Accelerator(vendor, _read(device / "device"), name))
    return found


def accelerators(root: Path = Path("/")) -> tuple[Accelerator, ...]:
    """Accelerators of this machine, NVIDIA ones with driver and capability when it answers."""
    if platform.system() == "Darwin" and _architecture() == "arm64":
        return (Accelerator("apple", _sysctl("machdep.cpu.brand_string"), "Metal"),)
    nvidia = _nvidia_smi()
    others = [one for one in _pci_accelerators(root) if not (nvidia and one.vendor == "nvidia")]
    return (*nvidia, *others)


def read_machine(root: Path = Path("/")) -> Machine:
    """Look at this machine. `root` is where /proc and /sys are looked for."""
    import psutil

    info = _cpuinfo(root)
    flags = set(info.get("flags", info.get("Features", "")).split())
    allowed = affinity()
    built_in = int(psutil.virtual_memory().total)
    limit = memory_limit(root)
    return Machine(
        system=platform.system(),
        architecture=_architecture(),
        wsl="microsoft" in _read(root / "proc/version").lower(),
        cpu_model=_cpu_model(root, info),
        instructions=tuple(name for name in NOTABLE_INSTRUCTIONS if name in flags),
        logical_cpus=len(allowed),
        physical_cores=_physical_cores(root, allowed),
        quota=cpu_quota(root),
        memory_bytes=built_in if limit is None else min(built_in, limit),
        accelerators=accelerators(root),
    )
