"""What no module of ours may do: open the network, use a shell, pass the whole environment on."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor.measure.process import child_environment

ROOT = Path(__file__).resolve().parents[2]
OURS = sorted([*(ROOT / "advisor").rglob("*.py"), *(ROOT / "probes").rglob("*.py")])
NETWORK = {"socket", "ssl", "http", "ftplib", "smtplib", "requests", "httpx", "aiohttp", "urllib3"}
MAY_SERVE = {"web.py"}
MAY_NAME_THIS_MACHINE = {"privacy.py"}
"""Reads the host's name, in order to leave it out of reports; opens no socket."""


def imported(tree: ast.AST) -> Iterator[str]:
    """Names of imported modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_network_and_no_shell(path: Path) -> None:
    """Only `advisor serve` speaks to a network, on loopback; commands are lists of words."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set(imported(tree))
    if path.name in MAY_NAME_THIS_MACHINE:
        names -= {"socket"}
        assert "socket.socket" not in ast.unparse(tree)
    if path.name not in MAY_SERVE:
        assert not {name.partition(".")[0] for name in names} & NETWORK
        assert "urllib.request" not in names
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and "subprocess" in ast.unparse(node.func):
            assert "shell" not in {keyword.arg for keyword in node.keywords}
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"create_subprocess_shell", "popen"}
            assert not (node.attr == "system" and ast.unparse(node) == "os.system")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "exec"}


def test_rule_files_are_read_with_the_safe_loader_only() -> None:
    """No rule file can name a Python object, since nothing constructs objects from tags."""
    for path in (ROOT / "advisor").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "yaml.load(" not in text
        assert "UnsafeLoader" not in text
        assert "FullLoader" not in text
        assert "pickle" not in {name.partition(".")[0] for name in imported(ast.parse(text))}


def test_probe_processes_get_a_minimal_environment() -> None:
    """Secrets and settings of the shell stay outside."""
    shell = {"PATH": "/bin", "HOME": "/h", "AWS_SECRET_ACCESS_KEY": "x", "PYTHONPATH": "/evil",
             "OMP_WAIT_POLICY": "ACTIVE", "LD_PRELOAD": "/evil.so"}  # fmt: skip
    found = child_environment(source=shell)
    assert found["PATH"] == "/bin"
    assert not {"AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "OMP_WAIT_POLICY", "LD_PRELOAD"} & set(found)
