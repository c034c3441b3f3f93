"""The reports shown in the documentation are what the program makes today."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


def _maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_examples", EXAMPLES / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKER = _maker()


@pytest.mark.slow
@pytest.mark.parametrize("name", list(MAKER.FORMS))
def test_examples_are_current(name: str) -> None:
    """Making an example again gives the stored reports byte for byte: else run `make examples`."""
    assert MAKER.stale([name]) == []


def test_every_example_is_listed() -> None:
    """The list of examples names every folder, and every link leads to a file."""
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for name in MAKER.FORMS:
        assert f"]({name}/report.md)" in text
        assert (EXAMPLES / name / "report.md").is_file()
