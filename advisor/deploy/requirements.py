"""What a path needs, and what of it is missing in the interpreter that would run it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from advisor.deploy.declarations import Declaration
from advisor.errors import ProbeError
from advisor.measure.process import run_program
from advisor.model.candidate import CANDIDATES

_LIST = (
    "import importlib.metadata as m, json;"
    "print(json.dumps({d.metadata['Name'].lower().replace('_', '-'): d.version"
    " for d in m.distributions() if d.metadata['Name']}))"
)
_ALIASES = {one.distributions[0]: one.distributions for one in CANDIDATES}
"""Distributions that bring the same package."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not there, in words, and how to get it; empty when nothing is missing."""

    what: tuple[str, ...] = ()
    install: str = ""

    def __bool__(self) -> bool:
        return bool(self.what)


async def installed(python: Path | str, *, timeout: float = 60.0) -> dict[str, str]:
    """Versions of the distributions in an interpreter, by lower-case name.

    Raises:
        ProbeError: the interpreter cannot be asked, with the reason.
    """
    done = await run_program([python, "-c", _LIST], timeout=timeout)
    if not done.ok:
        raise ProbeError(f"The interpreter cannot be asked: {done.reason}.")
    try:
        found = json.loads(done.lines[-1])
        return {str(name): str(version) for name, version in found.items()}
    except (IndexError, ValueError, AttributeError, RecursionError):
        raise ProbeError("The interpreter gives no usable answer.") from None


def missing(
    declaration: Declaration, versions: Mapping[str, str], *, own_python: bool, own_node: bool
) -> Missing:
    """What `declaration` lacks.

    Args:
        declaration: the path.
        versions: distributions of the interpreter that would run it.
        own_python: whether its own interpreter is there, where it needs one.
        own_node: whether its own packages for Node are there, where it needs some.
    """
    lacking = [
        f"{name} {wanted}" for name, wanted in declaration.packages.items()
        if not _there(name, wanted, versions)
    ]  # fmt: skip
    programs = [name for name in declaration.executables if shutil.which(name) is None]
    own = [
        *(declaration.own_python if declaration.own_python and not own_python else ()),
        *(declaration.own_node if declaration.own_node and not own_node else ()),
    ]
    if not (lacking or programs or own):
        return Missing()
    return Missing((*lacking, *(f"the program {name}" for name in programs), *own),
                   declaration.install)  # fmt: skip


def _there(name: str, wanted: str, versions: Mapping[str, str]) -> bool:
    names = _ALIASES.get(name, (name,))
    found = next((versions[one] for one in names if one in versions), None)
    return found is not None and _numbers(found) >= _numbers(wanted.removeprefix(">="))


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version: `2.13.0+cpu` is (2, 13, 0)."""
    parts: list[int] = []
    for part in version.partition("+")[0].split("."):
        digits = "".join(_leading_digits(part))
        if not digits:
            break
        parts.append(int(digits))
    return tuple(parts)


def _leading_digits(part: str) -> Iterable[str]:
    for character in part:
        if not character.isdigit():
            return
        yield character
