"""This process and this installation: peak memory, disk space."""

from __future__ import annotations

import importlib.metadata
import re
import resource
import sys
from typing import Any

FRAMEWORK_DISTRIBUTIONS = {
    "pytorch": ("torch",),
    "tensorflow": (
        "tensorflow",
        "tensorflow-cpu",
        "tensorflow-macos",
        "tensorflow-rocm",
        "tensorflow-intel",
        "intel-tensorflow",
        "tf-nightly",
        "tf-nightly-cpu",
    ),
}


def peak_rss_bytes() -> int:
    """Peak resident memory of this process.

    On Linux from VmHWM: `ru_maxrss` survives exec there and may be the parent's.
    """
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)


def reset_peak() -> None:
    """Start the peak anew where the system allows it (Linux)."""
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as refs:
            refs.write("5")
    except OSError:
        pass


def _record_bytes(distribution: importlib.metadata.Distribution) -> int:
    """Sum of the sizes in its RECORD file; files without a size (caches) do not count."""
    return sum(file.size or 0 for file in distribution.files or ())


def installed_size(framework: str) -> dict[str, Any]:
    """Disk space of the framework's distribution, and of everything it requires and finds here."""
    own = next(
        (name for name in FRAMEWORK_DISTRIBUTIONS[framework] if _distribution(name) is not None),
        None,
    )
    if own is None:
        return {"framework_bytes": 0, "with_dependencies_bytes": 0, "distributions": {}}
    sizes: dict[str, int] = {}
    waiting: list[str] = [own]
    while waiting:
        name = _normal(waiting.pop())
        if name in sizes:
            continue
        distribution = _distribution(name)
        if distribution is None:
            continue  # wanted only elsewhere (a marker of another platform)
        sizes[name] = _record_bytes(distribution)
        waiting += [
            re.split(r"[\s<>=!~;\[(@]", requirement, maxsplit=1)[0]
            for requirement in distribution.requires or ()
            if not re.search(r"\bextra\s*==", requirement)
        ]
    return {
        "framework_bytes": sizes[_normal(own)],
        "with_dependencies_bytes": sum(sizes.values()),
        "distributions": sizes,
    }


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _distribution(name: str) -> importlib.metadata.Distribution | None:
    try:
        return importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def version(name: str) -> str:
    """The installed version of a distribution; empty when it is not installed."""
    found = _distribution(name)
    return found.version if found is not None else ""
