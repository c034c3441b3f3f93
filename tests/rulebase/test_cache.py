"""The cache of parsed rules: same rule base, less time, safe to lose."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.model.rulebase import RuleBase
from advisor.rulebase import cache, load
from advisor.rulebase.codec import decode, encode, fingerprint
from advisor.rulebase.load import load_rule_base
from tests.rulebase.folders import RULES, make


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder; every rule base, however small, is worth caching."""
    monkeypatch.setattr(cache, "WORTH_IT", 0)
    place = tmp_path / "cache"
    monkeypatch.setattr(cache, "_file", lambda key: place / f"{key}.json")
    return place


def parsed_afresh(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts how often files are parsed from now on."""
    calls: list[int] = []
    original = load._parse

    def counted(*args: object) -> RuleBase:
        calls.append(1)
        return original(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(load, "_parse", counted)
    return calls


def test_a_rule_base_survives_being_written_and_read() -> None:
    """Every condition, date and origin of the shipped rule base comes back."""
    base = load_rule_base()
    assert decode(json.loads(json.dumps(encode(base)))) == base


def test_the_second_load_parses_nothing(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unchanged files are read from the cache."""
    rules = make(tmp_path / "rules")
    first = load_rule_base(rules)
    calls = parsed_afresh(monkeypatch)
    assert load_rule_base(rules) == first
    assert calls == []
    assert len(list(folder.iterdir())) == 1


def test_a_changed_file_is_parsed_again(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One changed word is another rule base."""
    rules = make(tmp_path / "rules")
    load_rule_base(rules)
    make(rules, rules=RULES.replace("strength: weak", "strength: strong"))
    calls = parsed_afresh(monkeypatch)
    assert load_rule_base(rules).rule_by_id["reach-large"].strength == "strong"
    assert calls == [1]


def test_an_overlay_is_not_mistaken_for_the_rules_under_it(tmp_path: Path, folder: Path) -> None:
    """The same files as base and overlay, or as two overlays, are different rule bases."""
    base, one, two = (tmp_path / name for name in ("base", "one", "two"))
    make(base)
    make(one, rules=RULES.replace("moderate", "weak"))
    make(two)
    assert load_rule_base(base, [one, two]).rule_by_id["pt"].strength == "moderate"
    assert load_rule_base(base, [two, one]).rule_by_id["pt"].strength == "weak"


@settings(max_examples=60, deadline=None)
@given(place=st.floats(0, 1), byte=st.binary(max_size=3))
def test_a_damaged_cache_is_as_good_as_none(
    tmp_path_factory: pytest.TempPathFactory, place: float, byte: bytes
) -> None:
    """Whatever happens to the file, the rule base is the one on disk."""
    with pytest.MonkeyPatch.context() as patch:
        root = tmp_path_factory.mktemp("damaged")
        patch.setattr(cache, "WORTH_IT", 0)
        patch.setattr(cache, "_file", lambda key: root / f"{key}.cached")
        rules = make(root / "rules")
        first = load_rule_base(rules)
        [file] = root.glob("*.cached")
        data = file.read_bytes()
        cut = int(place * len(data))
        file.write_bytes(data[:cut] + byte + data[cut + 1 :])
        assert load_rule_base(rules) == first


def test_a_cache_that_cannot_be_written_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file stands where the cache folder should be: the rules load all the same."""
    monkeypatch.setattr(cache, "WORTH_IT", 0)
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setattr(cache, "_file", lambda key: tmp_path / "file" / "deeper" / key)
    assert load_rule_base(make(tmp_path / "rules")).rules


def test_only_a_few_rule_bases_are_kept(tmp_path: Path, folder: Path) -> None:
    """The folder does not grow with every edit."""
    for number in range(cache.KEPT + 3):
        load_rule_base(make(tmp_path / "rules", more=f"# {number}\nrules: []\n"))
    assert len(list(folder.iterdir())) == cache.KEPT


def test_a_cached_load_needs_neither_yaml_nor_pydantic(tmp_path: Path) -> None:
    """The app's first question waits for neither."""
    code = (
        "from advisor.rulebase.load import load_rule_base; load_rule_base(); import sys; "
        "print(sorted({'yaml', 'pydantic', 'numpy'} & set(sys.modules)))"
    )
    environment = {"XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path), "PATH": ""}
    for _ in range(2):
        found = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    if sys.platform == "linux":
        assert found.stdout.strip() == "[]"


def test_the_fingerprint_is_of_the_content(tmp_path: Path) -> None:
    """Comments, layout, files and order leave it; a word, a date or a strength changes it."""
    one = load_rule_base(make(tmp_path / "one"))
    head, tail = RULES[: RULES.index("  - id: reach-pt")], RULES[RULES.index("  - id: reach-pt") :]
    moved = load_rule_base(
        make(tmp_path / "two", rules="# a comment\n" + head, more="rules:\n" + tail)
    )
    assert moved.sha256 == one.sha256
    text = load_rule_base(make(tmp_path / "three", rules=RULES.replace("It fits.", "It fits!")))
    assert text.sha256 != one.sha256
    assert fingerprint(replace(one, sha256="x", overlays=("acme",))) == one.sha256
