"""Which Python interpreters are here, and which framework each holds.

Each one is asked in a short child process that reads the metadata of installed distributions and
imports nothing heavy. Nothing found is ever run otherwise, and no folder is searched through:
only the usual places are looked at.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from advisor.measure.process import run_program
from advisor.model.candidate import CANDIDATES, Candidate
from advisor.text import one_line

OLDEST_PYTHON = (3, 9)
"""The worker program needs it."""

_QUESTION = """
import json, sys
try:
    from importlib import metadata
except ImportError:
    metadata = None
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = metadata.version(name)
    except Exception:
        pass
print(json.dumps({"version": list(sys.version_info[:3]), "prefix": sys.prefix, "found": found}))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """One Python and what it holds."""

    path: Path
    version: str
    """For instance `3.11.7`; empty when it could not be asked."""
    frameworks: Mapping[Candidate, str] = field(default_factory=dict)
    """Version of each framework installed there."""
    has_numpy: bool = False
    has_scikit_learn: bool = False
    reason: str = ""
    """Why it cannot be used for measuring; empty when it can."""

    def holds(self, candidate: Candidate) -> bool:
        """Whether a worker for that framework can be started with it."""
        return not self.reason and candidate in self.frameworks


async def inspect(path: Path | str, *, timeout: float = 20.0) -> Interpreter:
    """Ask one interpreter; what cannot be asked comes back with its reason."""
    place = Path(path)
    names = [name for one in CANDIDATES for name in one.distributions] + ["numpy", "scikit-learn"]
    done = await run_program([place, "-c", _QUESTION, *names], timeout=timeout)
    if not done.ok:
        return Interpreter(place, "", reason=done.reason)
    try:
        answer = json.loads(done.lines[-1])
        version = tuple(int(part) for part in answer["version"][:3])
        found = {name: one_line(str(answer["found"][name])[:80]) for name in names
                 if name in answer["found"]}  # fmt: skip
    except (IndexError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return Interpreter(place, "", reason="it does not answer like a Python interpreter")
    frameworks = {
        candidate: found[name]
        for candidate in CANDIDATES
        if (name := next((one for one in candidate.distributions if one in found), None))
        is not None
    }
    reason = ""
    if version < OLDEST_PYTHON:
        reason = "it is older than Python 3.9, which the probes need"
    elif "numpy" not in found:
        reason = "it has no numpy, which the probes need"
    return Interpreter(
        path=place,
        version=".".join(str(part) for part in version),
        frameworks=frameworks,
        has_numpy="numpy" in found,
        has_scikit_learn="scikit-learn" in found,
        reason=reason,
    )


def usual_places(
    environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> list[Path]:
    """Interpreters in the usual places, this one first: the active environments, `.venv` and `venv`
    in the working folder, the search path, pyenv's versions, conda's environments. Each once."""
    variables = os.environ if environment is None else environment
    here = Path.cwd() if folder is None else folder
    found: list[Path] = [Path(sys.executable)]
    active = [variables.get(name, "") for name in ("VIRTUAL_ENV", "CONDA_PREFIX")]
    found += [Path(root) / "bin" / "python" for root in active if root]
    found += [here / name / "bin" / "python" for name in (".venv", "venv", "env")]
    for place in variables.get("PATH", "").split(os.pathsep):
        if place:
            found += [Path(place) / name for name in ("python3", "python")]
    home = Path(variables.get("HOME", "") or Path.home())
    found += _children(home / ".pyenv" / "versions")
    for conda in (
        home / "miniconda3",
        home / "anaconda3",
        home / "miniforge3",
        home / "mambaforge",
    ):
        found += [conda / "bin" / "python", *_children(conda / "envs")]
    return _each_once(path for path in found if _is_program(path))


def _children(folder: Path) -> list[Path]:
    """The interpreters of the environments in a folder."""
    try:
        return [entry / "bin" / "python" for entry in sorted(folder.iterdir())]
    except OSError:
        return []


def _is_program(path: Path) -> bool:
    try:
        # pyenv's shims stand for whichever version is chosen; its versions are looked at directly.
        return path.is_file() and os.access(path, os.X_OK) and path.parent.name != "shims"
    except OSError:
        return False


def _each_once(paths: Iterable[Path]) -> list[Path]:
    """Without those that are another name of the same: the same folder and the same file behind it
    (an environment's link counts as its own, since its folder makes the difference)."""
    seen: set[tuple[Path, Path]] = set()
    kept = []
    for path in paths:
        key = (path.parent.resolve(), path.resolve())
        if key not in seen:
            seen.add(key)
            kept.append(path)
    return kept


async def survey(paths: Iterable[Path] | None = None) -> tuple[Interpreter, ...]:
    """Ask all of them, a few at a time, in the order given (default: the usual places)."""
    gate = asyncio.Semaphore(4)

    async def ask(path: Path) -> Interpreter:
        async with gate:
            return await inspect(path)

    places = usual_places() if paths is None else list(paths)
    return tuple(await asyncio.gather(*(ask(path) for path in places)))


def choose(candidate: Candidate, found: Iterable[Interpreter]) -> Interpreter | None:
    """The first interpreter that holds a framework."""
    return next((one for one in found if one.holds(candidate)), None)
