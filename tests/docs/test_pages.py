"""Pages that are generated are current, and links between pages lead somewhere."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from advisor.rulebase.load import load_rule_base

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("rules/*.md"),
                 *ROOT.glob("probes/**/*.md")]
)  # fmt: skip


def test_the_survey_page_is_current() -> None:
    """`make docs` has been run since the rule base changed."""
    spec = spec_from_file_location("make_survey_page", ROOT / "docs" / "make_survey_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text(encoding="utf-8") == module.page(load_rule_base())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_files_of_ours_lead_somewhere(page: Path) -> None:
    """Relative links name files that exist."""
    for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_commands_in_the_readme_exist() -> None:
    """Every `make` target and `advisor` command that the README names is there."""
    from advisor.parser import COMMANDS

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", text)) <= targets
    named = set(re.findall(r"\badvisor ([a-z]+)\b", text))
    assert named - set(COMMANDS) <= {"questions"}, named - set(COMMANDS)
