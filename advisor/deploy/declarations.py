"""What the deployment paths declare, read from their files without importing a converter."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from advisor.errors import InputError, Place
from advisor.model.candidate import Candidate
from advisor.resources import probes_folder


@dataclass(frozen=True, slots=True)
class Declaration:
    """One way from a candidate to targets; the fields are explained in probes/exports/README.md."""

    id: str
    candidate: Candidate
    title: str
    targets: tuple[str, ...]
    packages: Mapping[str, str]
    install: str
    seconds: float
    memory_mb: int
    tolerance: float
    quantised: bool = False
    runs_on: tuple[str, ...] = ()
    """Systems that have the run time; empty: all."""
    executables: tuple[str, ...] = ()
    own_python: tuple[str, ...] = ()
    """Packages that need an interpreter of their own."""
    own_node: tuple[str, ...] = ()
    """Packages for Node."""
    file: Path = field(default_factory=Path)

    @property
    def most_seconds(self) -> float:
        """What an attempt may take: converting and running each have the declared time."""
        return 2 * self.seconds


def declarations(folder: Path | None = None) -> tuple[Declaration, ...]:
    """Every path, sorted by id.

    Raises:
        InputError: a file's declaration is not a literal with the fields it needs.
    """
    place = folder or probes_folder() / "exports"
    found = []
    for path in sorted(place.glob("*.py")):
        literal = _literal(path)
        if literal is not None:
            found.append(_declaration(path, literal))
    return tuple(found)


def for_targets(every: Iterable[Declaration], targets: Iterable[str]) -> tuple[Declaration, ...]:
    """The paths that reach one of `targets`."""
    wanted = frozenset(targets)
    return tuple(one for one in every if not wanted.isdisjoint(one.targets))


def _literal(path: Path) -> object | None:
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=path.name)
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "DECLARATION" for target in node.targets
        ):
            try:
                literal: object = ast.literal_eval(node.value)
            except ValueError as error:
                raise _fault(path, "is not a literal") from error
            return literal
    return None


def _declaration(path: Path, literal: object) -> Declaration:
    if not isinstance(literal, dict):
        raise _fault(path, "is not a dictionary")
    own = literal.get("own_environment", {})
    try:
        return Declaration(
            id=path.stem.replace("_", "-"),
            candidate=Candidate(literal["candidate"]),
            title=str(literal["title"]),
            targets=tuple(literal["targets"]),
            packages=dict(literal["packages"]),
            install=str(literal["install"]),
            seconds=float(literal["seconds"]),
            memory_mb=int(literal["memory_mb"]),
            tolerance=float(literal["tolerance"]),
            quantised=bool(literal.get("quantised", False)),
            runs_on=tuple(literal.get("runs_on", ())),
            executables=tuple(literal.get("executables", ())),
            own_python=tuple(own.get("python", ())),
            own_node=tuple(own.get("node", ())),
            file=path,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _fault(path, f"is not complete: {error}") from error


def _fault(path: Path, what: str) -> InputError:
    return InputError(f"The declaration of this path {what}.", place=Place(path.name))
