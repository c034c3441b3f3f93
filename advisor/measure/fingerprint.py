"""A machine's fingerprint: stable fields only, compared field by field.

Clock readings, load, host and user names are left out on purpose: they change between two runs
on one machine, or tell who ran it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from hashlib import sha256
from math import log2
from typing import ClassVar

from advisor.measure.machine import Machine


class Alikeness(StrEnum):
    """How two machines compare, best first."""

    SAME = "same"
    SIMILAR = "similar"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What stays the same on a machine and bears on speed."""

    __pydantic_config__: ClassVar[dict[str, object]] = {
        "extra": "forbid",
        "allow_inf_nan": False,
        "use_attribute_docstrings": True,
    }

    system: str
    """`Linux`, `Linux (WSL)`, `Darwin` or `Windows`."""
    architecture: str
    cpu_model: str
    instructions: tuple[str, ...]
    """Notable instruction sets."""
    cores: int
    """Threads worth using: physical cores within affinity and quota."""
    memory_class_gib: int
    """Memory rounded to the nearest power of two, in GiB."""
    accelerators: tuple[str, ...]
    """Vendor, name and major driver version of each."""
    pytorch: str | None
    """Version and build of PyTorch; None: not installed."""
    tensorflow: str | None
    """Version and build of TensorFlow; None: not installed."""

    @property
    def id(self) -> str:
        """A short name for the machine without its frameworks, for stored files."""
        parts = [repr(getattr(self, field.name)) for field in fields(self)[:7]]
        return sha256("\n".join(parts).encode()).hexdigest()[:16]


def memory_class(size: int) -> int:
    """Bytes of memory as the nearest power of two in GiB, at least 1."""
    gib = max(size / 2**30, 1.0)
    return int(2 ** round(log2(gib)))


def take_fingerprint(
    machine: Machine, *, pytorch: str | None, tensorflow: str | None
) -> Fingerprint:
    """The fingerprint of `machine` with these framework versions."""
    return Fingerprint(
        system=machine.system + (" (WSL)" if machine.wsl else ""),
        architecture=machine.architecture,
        cpu_model=machine.cpu_model,
        instructions=machine.instructions,
        cores=machine.usable_cores,
        memory_class_gib=memory_class(machine.memory_bytes),
        accelerators=tuple(
            " ".join(part for part in (one.vendor, one.name, one.driver.split(".")[0]) if part)
            for one in machine.accelerators
        ),
        pytorch=pytorch,
        tensorflow=tensorflow,
    )


@dataclass(frozen=True, slots=True)
class FieldComparison:
    """One field on both machines."""

    name: str
    label: str
    one: str
    other: str
    alikeness: Alikeness


_LABELS = {
    "system": "operating system",
    "architecture": "processor architecture",
    "cpu_model": "processor",
    "instructions": "instruction sets",
    "cores": "cores",
    "memory_class_gib": "memory (GiB)",
    "accelerators": "accelerators",
    "pytorch": "PyTorch",
    "tensorflow": "TensorFlow",
}
FRAMEWORK_FIELDS = frozenset({"pytorch", "tensorflow"})


def _minor(version: str | None) -> str:
    return ".".join((version or "").split("+", maxsplit=1)[0].split(".")[:2])


def _grade(name: str, one: Fingerprint, other: Fingerprint) -> Alikeness:
    a, b = getattr(one, name), getattr(other, name)
    if a == b:
        return Alikeness.SAME
    similar = False
    match name:
        case "system":
            similar = a.split()[0] == b.split()[0]
        case "cpu_model" | "instructions":
            # Another model with the same instruction sets runs the same kernels.
            similar = one.instructions == other.instructions and bool(one.instructions)
        case "cores":
            similar = max(a, b) <= 1.5 * min(a, b)
        case "memory_class_gib":
            # Memory bears on what fits, hardly on speed.
            similar = max(a, b) <= 4 * min(a, b)
        case "accelerators":
            # The same cards under another driver.
            similar = [text.rsplit(" ", 1)[0] for text in a] == [
                text.rsplit(" ", 1)[0] for text in b
            ]
        case "pytorch" | "tensorflow":
            similar = bool(a) and bool(b) and _minor(a) == _minor(b)
    return Alikeness.SIMILAR if similar else Alikeness.DIFFERENT


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value) or "none"
    return "none" if value is None else str(value)


def compare_fields(one: Fingerprint, other: Fingerprint) -> tuple[FieldComparison, ...]:
    """Both fingerprints field by field, in a fixed order."""
    return tuple(
        FieldComparison(
            name,
            label,
            _shown(getattr(one, name)),
            _shown(getattr(other, name)),
            _grade(name, one, other),
        )
        for name, label in _LABELS.items()
    )


def alikeness(one: Fingerprint, other: Fingerprint, *, frameworks: bool = True) -> Alikeness:
    """The worst grade over the fields; `frameworks` says whether their versions count."""
    order = list(Alikeness)
    grades = [
        found.alikeness
        for found in compare_fields(one, other)
        if frameworks or found.name not in FRAMEWORK_FIELDS
    ]
    return max(grades, key=order.index)
