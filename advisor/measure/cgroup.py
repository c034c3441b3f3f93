"""What a container allows: processor quota and memory limit, cgroup versions 1 and 2."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

_UNLIMITED_MEMORY = 1 << 60
"""Version 1 writes a huge number, rounded to pages, for "no limit"."""


def _memberships(root: Path) -> dict[str, PurePosixPath]:
    """Controller name to path inside its hierarchy; the key "" is the version 2 hierarchy."""
    found: dict[str, PurePosixPath] = {}
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        for controller in controllers.split(","):
            found[controller] = PurePosixPath(path)
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _ancestors(base: Path, inside: PurePosixPath) -> list[Path]:
    """The group's folder and every folder above it up to `base`: each may set a limit.

    Inside a container the path may name the host's tree; then only `base` exists.
    """
    parts = [part for part in inside.parts if part not in ("/", "..")]
    return [base.joinpath(*parts[:count]) for count in range(len(parts), -1, -1)]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _quota_v2(folder: Path) -> float | None:
    quota, _, period = _text(folder / "cpu.max").partition(" ")
    allowed, each = _number(quota), _number(period)
    return allowed / each if allowed is not None and each else None


def _quota_v1(folder: Path) -> float | None:
    allowed = _number(_text(folder / "cpu.cfs_quota_us"))
    each = _number(_text(folder / "cpu.cfs_period_us"))
    return allowed / each if allowed is not None and allowed > 0 and each else None


def _folders(root: Path, controller: str) -> tuple[list[Path], list[Path]]:
    """Folders to look in under version 2 and under version 1."""
    base = root / "sys/fs/cgroup"
    member = _memberships(root)
    newer = _ancestors(base, member[""]) if "" in member else [base]
    newer += _ancestors(base / "unified", member.get("", PurePosixPath("/")))
    older: list[Path] = []
    for name in {controller, "cpu,cpuacct", "cpuacct,cpu"} if controller == "cpu" else {controller}:
        older += _ancestors(base / name, member.get(controller, PurePosixPath("/")))
    return newer, older


def cpu_quota(root: Path = Path("/")) -> float | None:
    """How many processors' worth of time the container may use; None: no limit found."""
    newer, older = _folders(root, "cpu")
    limits = [_quota_v2(folder) for folder in newer] + [_quota_v1(folder) for folder in older]
    return min((limit for limit in limits if limit is not None), default=None)


def memory_limit(root: Path = Path("/")) -> int | None:
    """Memory the container may use, in bytes; None: no limit found."""
    newer, older = _folders(root, "memory")
    texts = [_text(folder / "memory.max") for folder in newer]
    texts += [_text(folder / "memory.limit_in_bytes") for folder in older]
    limits = [int(text) for text in texts if text.isdigit()]
    return min((limit for limit in limits if limit < _UNLIMITED_MEMORY), default=None)
