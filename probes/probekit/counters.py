"""What the operating system counts while a block runs: processor time, page faults, switches, steal."""

from __future__ import annotations

import os
import resource
from typing import NamedTuple, Optional

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Counters(NamedTuple):
    """A reading; subtract two of them."""

    cpu_seconds: float
    minor_faults: int
    major_faults: int
    involuntary_switches: int
    machine_ticks: Optional[list[int]]
    throttled_periods: Optional[int]


def _machine_ticks() -> Optional[list[int]]:
    """Processor ticks of the whole machine: user, nice, system, idle, iowait, irq, softirq, steal."""
    try:
        with open("/proc/stat", encoding="ascii") as stat:
            fields = stat.readline().split()
        return [int(field) for field in fields[1:9]] if len(fields) >= 9 else None
    except (OSError, ValueError):
        return None


def _cgroup_stat_path() -> Optional[str]:
    """Where this process's control group (version 2) counts its throttling."""
    try:
        with open("/proc/self/cgroup", encoding="utf-8") as groups:
            for line in groups:
                if line.startswith("0::"):
                    path = os.path.join("/sys/fs/cgroup", line[3:].strip().lstrip("/"), "cpu.stat")
                    return path if os.path.exists(path) else None
    except OSError:
        pass
    return None


_STAT_PATH = _cgroup_stat_path()


def _throttled_periods() -> Optional[int]:
    if _STAT_PATH is None:
        return None
    try:
        with open(_STAT_PATH, encoding="ascii") as stat:
            for line in stat:
                if line.startswith("nr_throttled "):
                    return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return None


def read() -> Counters:
    """The counters of this process (all threads) and of the machine now."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Counters(
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        minor_faults=usage.ru_minflt,
        major_faults=usage.ru_majflt,
        involuntary_switches=usage.ru_nivcsw,
        machine_ticks=_machine_ticks(),
        throttled_periods=_throttled_periods(),
    )


def steal_share(before: Counters, after: Counters) -> Optional[float]:
    """Share of the machine's processor time that went to other guests between two readings.

    None where it is not counted, or when too little time passed to count (ticks are 10 ms).
    """
    if before.machine_ticks is None or after.machine_ticks is None:
        return None
    passed = [new - old for new, old in zip(after.machine_ticks, before.machine_ticks)]
    whole = sum(passed)
    return passed[7] / whole if whole > 0 else None


def other_cores(before: Counters, after: Counters, wall_seconds: float) -> Optional[float]:
    """How many processors other programs of this machine kept busy between two readings.

    None where it is not counted. Ticks are 10 ms, so that a block of 0.1 s resolves a tenth of a
    processor.
    """
    if before.machine_ticks is None or after.machine_ticks is None or wall_seconds <= 0:
        return None
    passed = [new - old for new, old in zip(after.machine_ticks, before.machine_ticks)]
    # user, nice, system, irq, softirq: what ran here, whoever it was
    busy = (passed[0] + passed[1] + passed[2] + passed[5] + passed[6]) / _TICKS_PER_SECOND
    ours = after.cpu_seconds - before.cpu_seconds
    return max(0.0, busy - ours) / wall_seconds


def load_average() -> Optional[float]:
    """Load average over one minute."""
    try:
        return os.getloadavg()[0]
    except OSError:
        return None
