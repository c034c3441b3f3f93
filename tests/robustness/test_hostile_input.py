"""Hostile files and command lines: a sentence and status 2, never a traceback.

`ADVISOR_FUZZ=N` runs N inputs of each kind (`make fuzz`: 10,000).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.cli import main
from advisor.errors import AdvisorError
from advisor.interview.answers_file import load_answers, parse_answers
from advisor.interview.session_file import read_session
from advisor.measure.record import load_record
from advisor.measure.record_file import parse_record
from advisor.report.loading import load_document
from advisor.rulebase.load import load_rule_base
from tests.interview.small import small_rule_base

INPUTS = int(os.environ.get("ADVISOR_FUZZ", "60"))
BASE = small_rule_base()
fuzz = settings(max_examples=INPUTS, deadline=None)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
HOSTILE = {
    "an alias bomb": b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n",
    "deep nesting": b"[" * 100_000,
    "deep mappings": b'{"a":' * 50_000,
    "null bytes": b"\0\0\0\0",
    "latin-1": "answers: {skills: \u00e9}".encode("latin-1"),
    "utf-16": "answers: {}".encode("utf-16"),
    "nan": b'{"answers": {"skills": NaN}}',
    "a huge number": b'{"answers": {"skills": ' + b"9" * 5000 + b"}}",
    "repeated keys": b'{"answers": {}, "answers": {}}',
    "a python tag": b"answers: !!python/object/apply:os.system ['true']\n",
    "nothing": b"",
    "a list": b"[1, 2]",
    "right-to-left": "answers: {\u202eskills: pytorch}".encode(),
    "escapes": b'answers: {"\\u001b[2Jskills": x}',
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", ["answers", "probe", "decision", "session", "rules"])
def test_a_hostile_file_is_refused_in_one_sentence(tmp_path: Path, kind: str, name: str) -> None:
    """Whatever the file and wherever it is used, the answer is an error for people."""
    file = tmp_path / "file.yaml"
    file.write_bytes(HOSTILE[name])
    readers: dict[str, Callable[[], object]] = {
        "answers": lambda: load_answers(file, BASE),
        "probe": lambda: load_record(file),
        "decision": lambda: load_document(file),
        "session": lambda: read_session(file),
        "rules": lambda: load_rule_base(tmp_path),
    }
    harmless = {("answers", "nothing"), ("answers", "nan")}
    if (kind, name) in harmless:
        return
    with pytest.raises(AdvisorError) as caught:
        readers[kind]()
    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)


@pytest.mark.parametrize("kind", ["answers", "probe", "decision"])
def test_a_file_of_a_hundred_megabytes_is_refused_before_it_is_read(
    tmp_path: Path, kind: str
) -> None:
    """Size is looked at first."""
    file = tmp_path / "large"
    with file.open("wb") as large:
        large.truncate(100_000_000)
    readers: dict[str, Callable[[], object]] = {
        "answers": lambda: load_answers(file, BASE),
        "probe": lambda: load_record(file),
        "decision": lambda: load_document(file),
    }
    with pytest.raises(AdvisorError):
        readers[kind]()


@fuzz
@given(st.text(max_size=400))
def test_any_text_as_answers(text: str) -> None:
    """Read, or refused in words."""
    _tolerates(lambda: parse_answers(text, BASE, "a.yaml"))


@fuzz
@given(JSON)
def test_any_json_as_answers(data: object) -> None:
    """Odd types in every place."""
    _tolerates(lambda: parse_answers(json.dumps({"answers": data}), BASE, "a.json"))


@fuzz
@given(JSON)
def test_any_json_as_a_probe(data: object) -> None:
    """Read, or refused in words."""
    _tolerates(lambda: parse_record(json.dumps(data)))


@fuzz
@given(st.binary(max_size=400))
def test_any_bytes_as_decision_and_session(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    """Read, or refused in words."""
    file = tmp_path_factory.getbasetemp() / "any.bin"
    file.write_bytes(data)
    _tolerates(lambda: load_document(file))
    _tolerates(lambda: read_session(file))


WORDS = st.lists(
    st.sampled_from(
        ["recommend", "rules", "show", "list", "questions", "schema", "report", "verify", "--answers",
         "--format", "json", "-o", "--as-of", "2026-13-99", "--rules", "/nowhere", "decision", "--x"]
    )
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=10),
    max_size=5,
)  # fmt: skip


@fuzz
@given(WORDS)
def test_any_command_line(words: list[str]) -> None:
    """Status 0 or 2, never a fault of the program; nothing is opened or measured here."""
    if {"probe", "doctor", "serve", "completion", "--plain", "--resume"} & set(words):
        return
    if "-o" in words and "recommend" in words:
        return
    try:
        status = main(words)
    except SystemExit as stop:
        status = int(stop.code or 0)
    assert status in {0, 2}, words


def _tolerates(read: Callable[[], object]) -> None:
    refused = False
    try:
        read()
    except AdvisorError as error:
        refused = True
        said = str(error)
    assert not refused or said
