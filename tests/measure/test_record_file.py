"""probe.json: stable bytes, strict reading, errors that name the place."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.measure.carry import INSTALLATION
from advisor.measure.plan import Level, build_plan
from advisor.measure.record import (
    ProbeRecord,
    dump_record,
    load_record,
    probe_schema,
    to_measurements,
)
from advisor.measure.record_file import parse_record
from advisor.measure.run import run_probe
from advisor.measure.selection import select
from advisor.model.candidate import Candidate
from advisor.model.measurement import Likeness
from advisor.text import clean
from tests.measure.fakes import SITE, World

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> ProbeRecord:
    """The record of a quick run on fake workers."""
    world = World(step_seconds={Candidate.PYTORCH: 0.002, Candidate.TENSORFLOW: 0.003})
    plan = build_plan(select({}), level=Level.QUICK, threads=2, seed=1)
    lab = world.lab(tmp_path_factory.mktemp("noise"))
    return asyncio.run(run_probe(plan, lambda _event: None, site=SITE, lab=lab))


@pytest.fixture
def data(record: ProbeRecord) -> dict[str, Any]:
    """The same as a JSON object, to be spoilt."""
    found: dict[str, Any] = json.loads(dump_record(record))
    return found


def test_round_trip(record: ProbeRecord, tmp_path: Path) -> None:
    """What is written is read back the same, and writing it again gives the same bytes."""
    path = tmp_path / "probe.json"
    path.write_text(dump_record(record), encoding="utf-8")
    again = load_record(path)
    assert again == record
    assert dump_record(again) == dump_record(record)


def test_schema_accepts_what_is_written(data: dict[str, Any]) -> None:
    """The published schema, checked by an independent validator, accepts a real record."""
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(probe_schema())
    validator.check_schema(probe_schema())
    assert list(validator.iter_errors(data)) == []
    data["surprise"] = 1
    assert list(validator.iter_errors(data)) != []


def _spoil_ratio(data: dict[str, Any]) -> None:
    data["comparisons"][0]["ratio"]["estimate"] *= 1.01


def _spoil_order(data: dict[str, Any]) -> None:
    ratio = data["comparisons"][0]["ratio"]
    ratio["low"], ratio["high"] = ratio["high"], ratio["low"]


def _spoil_block(data: dict[str, Any]) -> None:
    data["comparisons"][0]["blocks"][0]["wall_seconds"] = -1.0


def _spoil_type(data: dict[str, Any]) -> None:
    data["comparisons"][0]["threads"] = "2"


def _spoil_field(data: dict[str, Any]) -> None:
    data["comparisons"][0]["winner"] = "pytorch"


def _spoil_status(data: dict[str, Any]) -> None:
    data["comparisons"][0]["status"] = "failed"


def _spoil_schema(data: dict[str, Any]) -> None:
    data["schema"] = "framework-advisor/probe/99"


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (_spoil_ratio, "comparisons.0.ratio"),
        (_spoil_order, "comparisons.0.ratio"),
        (_spoil_block, "comparisons.0.blocks.0.wall_seconds"),
        (_spoil_type, "comparisons.0.threads"),
        (_spoil_field, "comparisons.0.winner"),
        (_spoil_status, "comparisons.0.verdict"),
        (_spoil_schema, "schema"),
    ],
)
def test_spoilt_records_are_refused_by_field(
    data: dict[str, Any], spoil: Callable[[dict[str, Any]], None], field: str
) -> None:
    """Each kind of spoilt figure is refused with the field it stands in."""
    spoil(data)
    with pytest.raises(InputError) as caught:
        parse_record(json.dumps(data), "x.json")
    assert caught.value.place.field == field
    assert caught.value.place.file == "x.json"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"schema": NaN}',
        '{"a": 1, "a": 2}',
        "[" * 100_000,
        '{"a":' * 50_000,
        '{"schema": "framework-advisor/probe/1"}',
        '{"schema": "framework-advisor/probe/1", "elapsed_seconds": 1e999}',
        '"' + "x" * 100_000 + '"',
        "\ufeff{}",
    ],
)
def test_hostile_text_is_refused(text: str) -> None:
    """Broken, repeated, endless or deeply nested input ends as one clear error."""
    with pytest.raises(InputError) as caught:
        parse_record(text)
    assert len(str(caught.value)) < 1000


def test_syntax_errors_name_the_line() -> None:
    """A comma too many is reported with its line."""
    with pytest.raises(InputError) as caught:
        parse_record('{\n"schema": "x",\n}', "x.json")
    assert caught.value.place.line == 3


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_any_json_is_refused_or_read(value: object) -> None:
    """No JSON value whatever gives another exception than InputError."""
    with pytest.raises(InputError):
        parse_record(json.dumps(value))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=JSON, choose=st.randoms(use_true_random=False))
def test_any_field_may_be_anything(data: dict[str, Any], value: object, choose: Any) -> None:
    """A record with any one field replaced by anything is read or refused, never a fault."""
    place: Any = json.loads(json.dumps(data))
    root = place
    while True:
        key = (
            choose.choice(sorted(place))
            if isinstance(place, dict)
            else choose.randrange(len(place))
        )
        inside = place[key]
        if not isinstance(inside, dict | list) or not inside or choose.random() < 0.3:
            place[key] = value
            break
        place = inside
    try:
        read = parse_record(json.dumps(root))
    except InputError:
        return
    assert dump_record(read)


@pytest.mark.parametrize("kind", ["missing", "folder", "huge", "binary"])
def test_files_that_are_none(tmp_path: Path, kind: str) -> None:
    """A missing file, a folder, a huge or a binary file is refused by name."""
    path = tmp_path / "probe.json"
    if kind == "folder":
        path.mkdir()
    elif kind == "huge":
        with path.open("wb") as file:
            file.truncate(200 * 2**20)
    elif kind == "binary":
        path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(InputError) as caught:
        load_record(path)
    assert str(path) in str(caught.value)


def test_terminal_escapes_in_text_are_made_harmless(data: dict[str, Any]) -> None:
    """Control and direction-changing characters in a foreign file never reach the screen."""
    data["comparisons"][0]["reason"] = "\x1b[2Jgone \u202e reversed"
    read = parse_record(json.dumps(data))
    assert "\x1b" not in read.comparisons[0].reason
    assert "\u202e" not in read.comparisons[0].reason


@given(st.text())
def test_cleaning_is_idempotent(text: str) -> None:
    """Making text visible twice is the same as once."""
    assert clean(clean(text)) == clean(text)


def test_measurements_carry_everything_that_counts(record: ProbeRecord) -> None:
    """The decision gets every comparison with its interval and the likeness it was given."""
    found = to_measurements(record, Likeness.ALIKE)
    assert found.likeness is Likeness.ALIKE
    timed = [one for one in found.comparisons if one.workload != INSTALLATION]
    assert [one.ratio for one in timed] == [one.ratio for one in record.comparisons]
    assert all(set(one.seconds) == set(Candidate) for one in timed)


def test_import_time_and_installed_size_are_measurements_too(record: ProbeRecord) -> None:
    """Both are ratios of TensorFlow over PyTorch; a size is counted, so it has no width."""
    found = {one.operation: one.ratio for one in to_measurements(record, Likeness.HERE).comparisons}
    size, start = found["install-size"], found["import-time"]
    assert size is not None
    assert start is not None
    assert size.low == size.estimate == size.high
    assert 0 < start.low <= start.estimate <= start.high
