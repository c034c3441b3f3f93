"""Damaged rule files, evidence, questions, scenarios and waivers: loaded, or refused with a place.

Whatever is loaded must be fit for use: decided with, checked, listed, and asked from.
"""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from advisor.decision.engine import Engine
from advisor.interview.answers_file import answers_schema, blank_answers_file, parse_answers
from advisor.model.answers import Answers
from advisor.rulebase.check import check_rule_base
from advisor.rulebase.findings import FORMATS
from advisor.rulebase.load import load_rule_base
from advisor.rulebase.scenarios import load_scenarios, run_scenarios
from advisor.rulebase.show import list_rules
from advisor.rulebase.waivers import apply_waivers, load_waivers
from tests.robustness.strategies import (
    RUBBISH,
    TEXTS,
    damaged,
    damaged_bytes,
    fuzz,
    harmless,
    json_texts,
    tolerated,
)
from tests.rulebase import folders

TODAY = date(2026, 11, 28)
PARTS = [
    yaml.load(part, Loader=yaml.BaseLoader)  # noqa: S506 - builds nothing but text
    for part in (folders.VOCABULARY, folders.QUESTIONS, folders.EVIDENCE, folders.RULES)
]
EVERYTHING: dict[str, Any] = {key: value for part in PARTS for key, value in part.items()} | {
    "gates": [
        {
            "id": "gate",
            "when": {"any": [{"skills": "pytorch"}, {"not": {"targets": ["phone", "server"]}}]},
            "excludes": "tensorflow",
            "text": "It cannot.",
            "evidence": ["fact"],
            "relax": "Do without.",
        }
    ],
    "emphases": [
        {"id": "more", "criterion": "reach", "when": {"targets": "phone"}, "emphasis": "more",
         "text": "It matters."}
    ],
    "notices": [
        {"id": "said", "kind": "hedge", "when": {"size": {"at-least": "medium"}},
         "text": "Keep an export.", "evidence": ["fact"], "command": "pip install x"}
    ],
}  # fmt: skip
TESTED = {
    "scenarios": [
        {"id": "one", "about": "A phone", "answers": {"skills": "pytorch", "targets": ["phone"]},
         "expect": {"verdict": "pytorch", "classes": ["lean"], "fires": ["pt"], "silent": "tf"}},
        {"id": "two", "about": "Nothing", "answers": {}, "expect": {"verdict": "either"}},
    ],
    "waivers": [
        {"finding": "inert-rule", "id": "tf", "reason": "It is looked at.", "expires": "2027-01"}
    ],
}  # fmt: skip
AS_YAML = damaged([EVERYTHING]).map(lambda data: yaml.safe_dump(data, allow_unicode=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose files each input writes anew."""
    return tmp_path_factory.mktemp("rules")


def _load(folder: Path, data: bytes) -> None:
    (folder / "all.yaml").write_bytes(data)
    rule_base = tolerated(lambda: load_rule_base(folder))
    if rule_base is None:
        return
    engine = Engine(rule_base, TODAY, samples=50)
    if rule_base.criteria:  # the shipped ones are always there: a team's rules lie over them
        tolerated(lambda: engine.balance(Answers()))
    findings = check_rule_base(rule_base, as_of=TODAY)
    for shown in FORMATS.values():
        assert harmless(shown(findings))
    assert harmless(list_rules(rule_base))
    for form in ("yaml", "json"):
        assert parse_answers(blank_answers_file(rule_base, form), rule_base, "blank") == Answers()
    assert harmless(blank_answers_file(rule_base, "markdown"))
    json.dumps(answers_schema(rule_base))


def test_the_sound_ones_are_taken(folder: Path) -> None:
    """What is damaged below is sound to begin with."""
    text = yaml.safe_dump(EVERYTHING)
    _load(folder, text.encode())
    rule_base = load_rule_base(folder)
    assert rule_base.rules
    assert rule_base.gates
    (folder / "all.yaml").write_text(f"{text}\n{yaml.safe_dump(TESTED)}", encoding="utf-8")
    assert len(load_scenarios(folder, rule_base)) == 2
    assert len(load_waivers(folder)) == 1


@fuzz
@given(text=json_texts([EVERYTHING]) | AS_YAML)
def test_damaged_rule_files(folder: Path, text: str) -> None:
    """A rule base that is accepted can be decided with, checked, listed and asked from."""
    _load(folder, text.encode(errors="surrogatepass"))


@fuzz
@given(data=damaged_bytes([yaml.safe_dump(EVERYTHING).encode()]) | RUBBISH)
def test_broken_bytes_as_rule_files(folder: Path, data: bytes) -> None:
    """Any bytes at all."""
    _load(folder, data)


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound rule base, to which each input adds scenarios and waivers."""
    return folders.make(tmp_path_factory.mktemp("tested"))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound rule base, over which others are laid."""
    return folders.make(tmp_path_factory.mktemp("sound"))


@fuzz
@given(
    text=json_texts([TESTED])
    | damaged([TESTED]).map(lambda data: yaml.safe_dump(data, allow_unicode=True))
    | st.text(max_size=100)
)
def test_damaged_scenarios_and_waivers(tested: Path, text: str) -> None:
    """Scenarios that are accepted can be run, waivers can be applied."""
    (tested / "more.yaml").write_bytes(text.encode(errors="surrogatepass"))
    rule_base = tolerated(lambda: load_rule_base(tested))
    if rule_base is None:
        return
    scenarios = tolerated(lambda: load_scenarios(tested, rule_base))
    for outcome in run_scenarios(Engine(rule_base, TODAY, samples=50), scenarios or []):
        assert all(map(harmless, outcome.failures))
    waivers = tolerated(lambda: load_waivers(tested))
    findings = apply_waivers([], waivers or [], as_of=TODAY)
    for form in FORMATS.values():
        assert harmless(form(findings))


@fuzz
@given(names=st.lists(TEXTS | st.text(max_size=30), min_size=1, max_size=3))
def test_any_names_of_files_and_folders(
    tmp_path_factory: pytest.TempPathFactory, sound: Path, names: list[str]
) -> None:
    """A team's rules may lie in files of any name; it is shown without what is not text."""
    root = tmp_path_factory.mktemp("named")
    for name in names:
        place = root / name.replace("/", "_").replace("\0", "_")
        try:
            place.mkdir()
            (place / f"{place.name}.yaml").write_text("rules: [{}]", encoding="utf-8")
        except (OSError, UnicodeEncodeError):
            continue  # no such name on this file system
        tolerated(partial(load_rule_base, sound, [place]))
    shutil.rmtree(root)


def test_a_link_that_leads_to_itself_is_no_rule_file(tmp_path: Path) -> None:
    """A loop of links, a link out of the folder and a pipe are passed over."""
    folder = folders.make(tmp_path / "rules")
    (folder / "loop.yaml").symlink_to(folder / "loop.yaml")
    (folder / "out.yaml").symlink_to("/etc/passwd")
    (folder / "nothing.yaml").symlink_to(folder / "none")
    (folder / "inner").symlink_to(folder)
    os.mkfifo(folder / "pipe.yaml")
    assert load_rule_base(folder).rules


def test_a_folder_of_far_too_many_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever names the root of a disk does not wait until all of it has been looked through."""
    monkeypatch.setattr("advisor.rulebase.files.MOST_ENTRIES", 5)
    for number in range(6):
        (tmp_path / f"{number}.txt").touch()
    assert tolerated(lambda: load_rule_base(tmp_path)) is None


def test_too_much_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many files, each of them small enough, are still too much."""
    monkeypatch.setattr("advisor.rulebase.files.MOST_BYTES", 100)
    assert tolerated(lambda: load_rule_base(folders.make(tmp_path / "rules"))) is None
