"""Environments of their own, for converters whose pins conflict with the rest.

They are made in the user's data folder when the user asks for one by name and agrees; never
otherwise.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from advisor.deploy.declarations import Declaration
from advisor.errors import AdvisorError, Place, StorageError
from advisor.reading import is_file

_DONE = ".complete"


def environments_folder() -> Path:
    """Where they lie; it may not exist yet."""
    from advisor.resources import data_folder

    return data_folder("environments")


class OwnEnvironment:
    """The environment of one path."""

    def __init__(self, declaration: Declaration, folder: Path | None = None) -> None:
        self._declaration = declaration
        self.folder = (folder or environments_folder()) / declaration.id

    @property
    def python(self) -> Path | None:
        """Its interpreter, once it is made."""
        there = self._declaration.own_python and self._complete
        return self.folder / "python" / "bin" / "python" if there else None

    @property
    def node_modules(self) -> Path | None:
        """Its packages for Node, once they are there."""
        there = self._declaration.own_node and self._complete
        return self.folder / "node" / "node_modules" if there else None

    @property
    def _complete(self) -> bool:
        return is_file(self.folder / _DONE)  # False also in a home that may not be searched

    def plan(self) -> list[str]:
        """What making it would do, in words."""
        steps = []
        if self._declaration.own_python:
            packages = " ".join(self._declaration.own_python)
            steps.append(f"make a Python environment and install: {packages}")
        if self._declaration.own_node:
            steps.append(f"install for Node: {' '.join(self._declaration.own_node)}")
        return [f"{step}\n  in {self.folder}" for step in steps]

    def make(self, say: Callable[[str], None]) -> None:
        """Make it, from package indexes as pip and npm are set up here.

        Raises:
            AdvisorError: an installer is missing or fails; the tail of its words is in the message.
            StorageError: the folder cannot be written.
        """
        try:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            if self._declaration.own_python:
                say("Making a Python environment.")
                target = self.folder / "python"
                venv.create(target, with_pip=True)
                self._run(
                    [str(target / "bin" / "python"), "-m", "pip", "install", "--quiet",
                     *self._declaration.own_python]
                )  # fmt: skip
            if self._declaration.own_node:
                say("Installing packages for Node.")
                target = self.folder / "node"
                target.mkdir()
                npm = shutil.which("npm")
                if npm is None:
                    raise AdvisorError("npm is not here.", remedy="Install Node.js with npm.")
                self._run([npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix",
                           str(target), *self._declaration.own_node])  # fmt: skip
            (self.folder / _DONE).touch()
        except OSError as error:
            raise StorageError(
                f"Cannot be made: {error.strerror or error}.", place=Place(str(self.folder))
            ) from error

    def _run(self, words: list[str]) -> None:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            tail = " ".join((done.stderr or done.stdout).split())[-600:]
            raise AdvisorError(f"{Path(words[0]).name} failed: {tail}")


def ask_consent(environment: OwnEnvironment) -> bool:
    """Show what would be done and ask; without a terminal the answer is no."""
    for step in environment.plan():
        print(f"This will {step}", file=sys.stderr)
    if not sys.stdin.isatty():
        print("Nobody to ask here: add --yes to agree.", file=sys.stderr)
        return False
    print("Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
