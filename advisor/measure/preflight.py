"""Before measuring: what about this machine would spoil the figures, and what to do about it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from advisor.measure.machine import Machine
from advisor.measure.record import Finding

NEEDED_MEMORY = 3 * 2**30
"""Both frameworks resident together, in bytes, with room for small models."""
BUSY_SHARE = 0.25
"""Load per usable core from which other work is worth a warning."""
CROWDED_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Condition:
    """The changing state of the machine, as read before measuring."""

    load: float | None
    """Processes running or waiting, averaged over a minute."""
    available_memory: int
    swap_used: int
    on_battery: bool
    governors: tuple[str, ...]
    """Frequency governors in force; empty: not told."""
    environment: Mapping[str, str]


def read_condition(
    root: Path = Path("/"), environment: Mapping[str, str] | None = None
) -> Condition:
    """Look at load, memory, power and settings now."""
    import psutil

    battery = getattr(psutil, "sensors_battery", lambda: None)()
    folder = root / "sys/devices/system/cpu"
    governors = {
        path.read_text(encoding="ascii", errors="replace").strip()
        for path in folder.glob("cpu[0-9]*/cpufreq/scaling_governor")
        if os.access(path, os.R_OK)
    }
    try:
        load: float | None = os.getloadavg()[0]
    except (OSError, AttributeError):
        load = None
    try:
        swap = int(psutil.swap_memory().used)
    except (OSError, RuntimeError):
        swap = 0
    return Condition(
        load=load,
        available_memory=int(psutil.virtual_memory().available),
        swap_used=swap,
        on_battery=battery is not None and battery.power_plugged is False,
        governors=tuple(sorted(governors)),
        environment=dict(os.environ if environment is None else environment),
    )


def preflight(machine: Machine, condition: Condition) -> tuple[Finding, ...]:
    """What would spoil the figures, the worst first."""
    checks = (
        _overrides(condition),
        _memory(machine, condition),
        _load(machine, condition),
        _quota(machine),
        _affinity(machine),
        _battery(condition),
        _governor(condition),
        _swap(condition),
    )
    found = [finding for finding in checks if finding is not None]
    order = ("blocker", "warning", "note")
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def _overrides(condition: Condition) -> Finding | None:
    from advisor.measure.worker import wait_policy_override

    name = wait_policy_override(condition.environment)
    if name is None:
        return None
    return Finding(
        "omp-override",
        f"{name} is set. It changes how PyTorch's idle threads wait and alone can make a false "
        "winner, so nothing is measured under it.",
        f"Unset {name} and measure again.",
        "blocker",
    )


def _memory(machine: Machine, condition: Condition) -> Finding | None:
    available = min(condition.available_memory, machine.memory_bytes)
    if available >= NEEDED_MEMORY:
        return None
    return Finding(
        "memory",
        f"{available / 2**30:.1f} GiB of memory are free; both frameworks side by side need about "
        f"{NEEDED_MEMORY / 2**30:.0f} GiB, and one may be killed.",
        "Close other programs or give the container more memory.",
    )


def _load(machine: Machine, condition: Condition) -> Finding | None:
    if condition.load is None:
        return None
    share = condition.load / machine.usable_cores
    if share < BUSY_SHARE:
        return None
    return Finding(
        "load",
        f"Other work keeps {condition.load:.1f} of {machine.usable_cores} cores busy; "
        "intervals will be wider.",
        "Close other programs, or measure again at a quieter time.",
        "warning" if share >= CROWDED_SHARE else "note",
    )


def _quota(machine: Machine) -> Finding | None:
    if machine.quota is None or machine.quota >= machine.logical_cpus:
        return None
    return Finding(
        "cpu-quota",
        f"The container may use {machine.quota:g} of {machine.logical_cpus} processors; "
        f"{machine.usable_cores} threads are used. Bursts above the quota are throttled.",
        "Raise the CPU limit of the container if the target has none.",
        "warning" if machine.quota < 1 else "note",
    )


def _affinity(machine: Machine) -> Finding | None:
    built_in = os.cpu_count() or machine.logical_cpus
    if machine.logical_cpus >= built_in:
        return None
    return Finding(
        "affinity",
        f"This process may run on {machine.logical_cpus} of {built_in} processors.",
        "Start it without taskset if the target has all of them.",
        "note",
    )


def _battery(condition: Condition) -> Finding | None:
    if not condition.on_battery:
        return None
    return Finding(
        "battery",
        "The machine runs on battery, which slows the processor down at changing moments.",
        "Plug it in.",
    )


def _governor(condition: Condition) -> Finding | None:
    saving = [name for name in condition.governors if name in ("powersave", "conservative")]
    if not saving:
        return None
    return Finding(
        "governor",
        f"The processor's frequency governor is {' and '.join(saving)}; short blocks may run before "
        "it has sped up.",
        "Set it for the time of the probe: sudo cpupower frequency-set -g performance",
        "note",
    )


def _swap(condition: Condition) -> Finding | None:
    if condition.swap_used < 2**30:
        return None
    return Finding(
        "swap",
        f"{condition.swap_used / 2**30:.1f} GiB lie in swap; parts of a worker may have to be read "
        "back while it is timed.",
        "Close programs that hold much memory.",
        "note",
    )
