"""The canonical document: its bytes, its schema, and how it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from advisor.errors import InputError
from advisor.report.document import dump_document, load_document, parse_document, to_plain
from advisor.report.loading import LARGEST_FILE
from advisor.report.schema import STORED, decision_schema, dump_schema
from tests.report.factory import decided, document, record


def test_same_input_same_bytes() -> None:
    """Building twice gives the same text, and reading it back gives it again."""
    text = dump_document(document())
    assert text == dump_document(document())
    assert dump_document(parse_document(text)) == text


def test_engine_gives_same_bytes_twice() -> None:
    """A decision made twice by the engine gives the same document."""
    assert dump_document(decided(probe=record())) == dump_document(decided(probe=record()))


def test_holds_what_the_contract_names() -> None:
    """The fields that others read are there under their names."""
    plain = to_plain(document())
    assert plain["schema"] == "framework-advisor/decision/1"
    assert plain["verdict"]["framework"] == "pytorch"
    assert plain["verdict"]["class"] == "lean"
    assert sum(plain["verdict"]["acceptability"].values()) == pytest.approx(1)
    for name in ("criteria", "reasons", "gates", "flips", "unanswered", "notes"):
        assert plain[name], name
    assert set(plain["criteria"][0]["weight"]) == {"low", "mean", "high"}
    assert plain["answers"] == {
        "skills": ["pytorch"],
        "targets": ["server", "android"],
        "pipeline": ["none"],
    }
    assert plain["rule_base"]["sha256"]
    assert plain["probe"]["comparisons"][0]["blocks"]


def test_no_clock_is_read() -> None:
    """Without a probe, the only dates are the day of the advice and those of the evidence."""
    plain = to_plain(document(record=None))
    allowed = {
        "2026-11-28",
        *(one[key] for one in plain["evidence"] for key in ("as_of", "expires")),
    }
    found = {text for text in _strings(plain) if text[:2] == "20" and text[4:5] == "-"}
    assert found <= allowed


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in inner for text in _strings(item)]


def test_cites_only_evidence_it_holds() -> None:
    """Every citation can be looked up in the document itself."""
    plain = to_plain(decided())
    held = {one["id"] for one in plain["evidence"]}
    for part in (*plain["reasons"], *plain["gates"], *plain["notices"]):
        assert set(part["evidence"]) <= held


def test_stored_schema_is_current() -> None:
    """The published schema is the one that follows from the types."""
    assert STORED.read_text(encoding="utf-8") == dump_schema()


def test_independent_validator_accepts_documents() -> None:
    """An independent validator finds the schema valid and the documents valid by it."""
    schema = decision_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for made in (document(), document(record=None), decided(probe=record())):
        validator.validate(json.loads(dump_document(made)))


def test_independent_validator_refuses_a_wrong_document() -> None:
    """The schema is not so wide that anything passes."""
    plain = to_plain(document())
    plain["verdict"]["framework"] = "jax"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain, decision_schema())


Change = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda plain: plain.update(schema="framework-advisor/decision/2"), "schema"),
        (lambda plain: plain.update(schema_version="one"), "schema_version"),
        (lambda plain: plain.pop("verdict"), "verdict"),
        (lambda plain: plain.update(extra=1), "extra"),
        (lambda plain: plain["verdict"].update(framework="jax"), "verdict.framework"),
        (
            lambda plain: plain["verdict"].update(monte_carlo_error="0.1"),
            "verdict.monte_carlo_error",
        ),
        (
            lambda plain: plain["verdict"]["acceptability"].update(pytorch=0.9),
            "verdict.acceptability",
        ),
        (lambda plain: plain["verdict"]["acceptability"].pop("pytorch"), "verdict.acceptability"),
        (lambda plain: plain["criteria"][1]["value"].pop("pytorch"), "criteria.1.value"),
        (lambda plain: plain["reasons"][0].update(evidence=["nowhere"]), "reasons.0.evidence"),
        (lambda plain: plain.update(as_of="28.11.2026"), "as_of"),
    ],
)
def test_wrong_documents_are_refused_with_their_place(change: Change, field: str) -> None:
    """What is wrong is named by file and field, never by a traceback."""
    plain = to_plain(document())
    change(plain)
    with pytest.raises(InputError) as error:
        parse_document(json.dumps(plain), "old.json")
    assert error.value.place.file == "old.json"
    assert error.value.place.field == field
    assert error.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"schema": NaN}',
        '{"schema": 1, "schema": 2}',
        "[" * 100_000,
        '{"a":' * 60 + "1" + "}" * 60,
        "\ud800",
    ],
)
def test_hostile_text_is_refused(text: str) -> None:
    """Broken, doubled, endless or nested text is an input error."""
    with pytest.raises(InputError):
        parse_document(text)


def test_file_faults_are_input_errors(tmp_path: Path) -> None:
    """Missing files, folders, other encodings and huge files are refused in words."""
    latin = tmp_path / "latin.json"
    latin.write_bytes(b"\xff\xfe{}")
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    for path in (tmp_path / "none.json", tmp_path, latin, huge, "\0"):
        with pytest.raises(InputError):
            load_document(path)


def test_newer_minor_version_is_read_without_what_is_unknown() -> None:
    """A document of a later 1.x is read; its new fields are left aside."""
    plain = to_plain(document())
    plain["schema_version"] = "1.7.0"
    plain["mood"] = {"deep": 1}
    plain["criteria"][0]["colour"] = "red"
    plain["verdict"]["second_opinion"] = "tensorflow"
    read = parse_document(json.dumps(plain))
    assert to_plain(read)["criteria"] == to_plain(document())["criteria"]


def test_control_characters_do_not_come_through() -> None:
    """Terminal escapes and direction marks in a foreign document are made harmless."""
    plain = to_plain(document())
    plain["reasons"][0]["text"] = "\x1b[31mred\u202eder"
    text = dump_document(parse_document(json.dumps(plain)))
    assert "\\u001b" not in text
    assert "\u202e" not in text


def test_day_of_the_advice_is_kept() -> None:
    """The document says which day it advises for."""
    assert parse_document(dump_document(document())).as_of == date(2026, 11, 28)


def test_documents_of_the_first_version_are_still_read() -> None:
    """A document as version 1.0.0 wrote it is read, and comes out as it went in."""
    path = Path(__file__).resolve().parents[1] / "data" / "decision-1.0.0.json"
    assert dump_document(load_document(path)) == path.read_text(encoding="utf-8")
