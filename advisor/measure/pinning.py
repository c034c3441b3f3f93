"""Single-threaded work stays on one processor while it is timed, the same for both sides.

Left to the scheduler, the two workers of a pair run now here, now there; on a virtual machine one
processor may share its core with a busy neighbour and the other not. In A/A runs on a loaded
two-core guest the spread between generations fell from 12 % to 2 % with both on one processor.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from advisor.measure.machine import affinity


def fastest_processors(root: Path = Path("/")) -> tuple[int, ...]:
    """The processors allowed to us, without the slower kind where there are two kinds."""
    allowed = affinity()
    speeds = {number: _speed(root, number) for number in allowed}
    best = max(speeds.values(), default=0)
    return tuple(number for number in allowed if speeds[number] == best)


def _speed(root: Path, number: int) -> int:
    folder = root / f"sys/devices/system/cpu/cpu{number}"
    for name in ("cpu_capacity", "cpufreq/cpuinfo_max_freq"):
        with suppress(OSError, ValueError):
            return int((folder / name).read_text(encoding="ascii"))
    return 0


def pin(pid: int | None, processors: Collection[int]) -> bool:
    """Let every thread of a process run on these processors only; returns whether it worked.

    Where the system offers no such thing, or the process is gone, nothing happens.
    """
    setter = getattr(os, "sched_setaffinity", None)
    if pid is None or setter is None:
        return False
    try:
        threads = [int(path.name) for path in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return False
    done = False
    for thread in threads:
        # a thread may end between being listed and being moved
        with suppress(OSError):
            setter(thread, processors)
            done = True
    return done
