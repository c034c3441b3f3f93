"""What a start of the program may import: start-up time is everyone's."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FRAMEWORKS = {"torch", "tensorflow", "keras", "sklearn"}
HEAVY = FRAMEWORKS | {"numpy", "pydantic", "yaml", "jinja2", "scipy", "psutil"}


def modules_after(code: str) -> set[str]:
    """Top-level modules in `sys.modules` after `code` ran in a fresh interpreter."""
    result = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print('\\n'.join(sys.modules))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in result.stdout.split()}


def test_package_root_imports_nothing() -> None:
    """`import advisor` costs the interpreter nothing but the package itself."""
    assert not modules_after("import advisor") & (HEAVY | {"argparse", "textual"})


def test_command_line_imports_neither_screen_nor_engine() -> None:
    """`advisor --help` needs argparse and nothing heavy."""
    assert not modules_after(
        "import advisor.cli, advisor.parser; advisor.parser.build_parser()"
    ) & (HEAVY | {"textual"})


def test_opening_the_app_imports_no_heavy_module() -> None:
    """The app's first screen needs Textual, not numpy, pydantic or YAML."""
    assert not modules_after("import advisor.tui.app") & HEAVY


@pytest.mark.parametrize(
    "path", sorted((ROOT / "advisor").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_no_module_imports_a_framework_at_its_top(path: Path) -> None:
    """Frameworks run in processes of their own; the interface never loads one by accident."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {
        (name.name if isinstance(node, ast.Import) else node.module or "").partition(".")[0]
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert not imported & FRAMEWORKS


def test_probe_programs_never_import_the_advisor() -> None:
    """Probes run under any interpreter, where the advisor is not installed."""
    for path in (ROOT / "probes").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not any(name.partition(".")[0] == "advisor" for name in names), path
