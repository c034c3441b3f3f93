"""Probe programs run under other people's interpreters: old syntax, few imports, safe names."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor.resources import probes_folder

PROBES = probes_folder()
MINE = sorted(
    path
    for path in [
        PROBES / "worker.py",
        *PROBES.glob("probekit/*.py"),
        *PROBES.glob("workloads/**/*.py"),
    ]
    if "__pycache__" not in path.parts
)
FRAMEWORKS = {"torch", "tensorflow", "keras", "onnx", "sklearn", "numpy", "jax"}


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """First parts of imported names with the nesting they stand at (0: at the top)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        for name in names:
            yield name.split(".")[0], 0 if id(node) in top else 1


@pytest.mark.parametrize("path", MINE, ids=lambda path: str(path.relative_to(PROBES)))
def test_the_syntax_is_that_of_python_3_9(path: Path) -> None:
    """The oldest interpreter that probes support can read every file."""
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))


@pytest.mark.parametrize("path", MINE, ids=lambda path: str(path.relative_to(PROBES)))
def test_imports_are_few(path: Path) -> None:
    """Standard library, numpy, the probes themselves; a framework only on its own side."""
    allowed = set(sys.stdlib_module_names) | {"numpy", "probekit", "workloads", "__future__"}
    if "torch" in path.name:
        allowed |= {"torch"}
    elif "tensorflow" in path.name:
        allowed |= {"tensorflow", "keras"}
    elif path.name == "digits.py":
        allowed |= {"sklearn"}
    names = {name for name, _ in imported(path)}
    assert names <= allowed
    assert "advisor" not in names


def test_no_name_in_the_folder_shadows_a_library() -> None:
    """The folder of the worker is the first place Python looks in for every import."""
    names = {entry.stem for entry in PROBES.iterdir() if not entry.name.startswith((".", "__"))}
    assert not names & set(sys.stdlib_module_names)
    assert not names & FRAMEWORKS


def test_both_sides_of_each_workload_lie_next_to_each_other() -> None:
    """Every workload has a spec, a shared part and two sides that offer the same functions."""
    folders = [
        entry for entry in (PROBES / "workloads").iterdir() if (entry / "spec.json").exists()
    ]
    assert len(folders) == 6
    for folder in folders:
        assert (folder / "problem.py").exists()
        for side in ("torch_side.py", "tensorflow_side.py"):
            tree = ast.parse((folder / side).read_text(encoding="utf-8"))
            defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
            assert {"build", "slots", "loss"} <= defined
            assert defined & {"infer", "make_infer"}
