"""probe.json: written with stable bytes, read with suspicion.

A file from another machine is foreign input: names are checked strictly, and what the numbers say
together must make sense. Every fault is an `InputError` that names file and field.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.measure.record import SCHEMA, ComparisonRecord, ProbeRecord, RawBlock
from advisor.model.measurement import ComparisonStatus, RatioInterval
from advisor.strict_json import StrictJson

if TYPE_CHECKING:
    from pydantic import TypeAdapter

LARGEST_FILE = 32 * 2**20
"""A thorough run of every workload writes about 2 MiB."""
_DOOR = StrictJson(
    "probe file",
    LARGEST_FILE,
    "Make a new one with `advisor probe -o probe.json`.",
    longest_text=10_000,
)


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[ProbeRecord]:
    from pydantic import TypeAdapter

    return TypeAdapter(ProbeRecord)


def probe_schema() -> dict[str, object]:
    """The JSON Schema (2020-12) of probe.json."""
    schema: dict[str, object] = _adapter().json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        "title": "Probe record",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def dump_record(record: ProbeRecord) -> str:
    """The text of probe.json: keys in the order of the dataclasses, floats as short as exact."""
    return json.dumps(asdict(record), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def load_record(path: Path | str) -> ProbeRecord:
    """Read probe.json. Raises InputError with file and field for whatever is wrong with it."""
    place = Path(path)
    return parse_record(_DOOR.read(place), str(place))


def parse_record(text: str, name: str = "probe.json") -> ProbeRecord:
    """A record from the text of probe.json; `name` is for messages. Raises InputError."""
    from pydantic import ValidationError

    data = _DOOR.parse(text, name)
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        found = data.get("schema") if isinstance(data, dict) else None
        what = f"{str(found)[:60]!r}" if found is not None else "nothing"
        _DOOR.refuse(name, f"It should say {SCHEMA!r} but says {what}.", field="schema")
    try:
        record = _adapter().validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        _DOOR.refuse_first(name, error)
    _check(record, name)
    return record


def _check(record: ProbeRecord, name: str) -> None:
    """What the types cannot say: figures that cannot be, and statuses that contradict figures."""
    if not record.budget_seconds > 0 or record.elapsed_seconds < 0:
        _DOOR.refuse(name, "The times must not be negative.", field="budget_seconds")
    if record.noise is not None and record.noise.ratio is not None:
        _check_interval(record.noise.ratio, name, "noise.ratio")
    for index, comparison in enumerate(record.comparisons):
        _check_comparison(comparison, name, f"comparisons.{index}")


def _check_interval(found: RatioInterval, name: str, field: str) -> None:
    values = (found.low, found.estimate, found.high)
    # asked this way round so that a NaN is refused as well
    if not (0 < values[0] <= values[1] <= values[2] < float("inf")):
        _DOOR.refuse(name, "It needs 0 < low <= estimate <= high.", field=field)
    if not 0 < found.level < 1:
        _DOOR.refuse(name, "It must lie between 0 and 1.", field=f"{field}.level")


def _check_comparison(found: ComparisonRecord, name: str, field: str) -> None:
    if found.ratio is not None:
        _check_interval(found.ratio, name, f"{field}.ratio")
    if found.threads < 1:
        _DOOR.refuse(name, "It must be at least 1.", field=f"{field}.threads")
    measured = found.status is ComparisonStatus.MEASURED
    if not measured and found.verdict is not None:
        _DOOR.refuse(
            name,
            f"A comparison that is {found.status.value} has no verdict.",
            field=f"{field}.verdict",
        )
    if any(not value > 0 for value in found.generation_ratios):
        _DOOR.refuse(name, "Ratios are positive.", field=f"{field}.generation_ratios")
    for candidate in ("pytorch", "tensorflow"):
        seconds = getattr(found, candidate).seconds
        if seconds is not None and not seconds > 0:
            _DOOR.refuse(name, "It must be positive.", field=f"{field}.{candidate}.seconds")
    for number, block in enumerate(found.blocks):
        _check_block(block, name, f"{field}.blocks.{number}")
    _check_ratio_follows(found, name, field)


def _check_block(block: RawBlock, name: str, field: str) -> None:
    if block.iterations < 1:
        _DOOR.refuse(name, "It must be at least 1.", field=f"{field}.iterations")
    if not block.wall_seconds > 0:
        _DOOR.refuse(name, "It must be positive.", field=f"{field}.wall_seconds")


def _check_ratio_follows(found: ComparisonRecord, name: str, field: str) -> None:
    """The interval must be the one that the raw blocks give: figures cannot be edited alone."""
    if found.ratio is None or not found.blocks:
        return
    from advisor.measure.pairing import generations_of
    from advisor.measure.statistics import interval

    again = interval(generations_of(found.blocks), found.ratio.level)
    same = again is not None and all(
        isclose(one, other, rel_tol=1e-6)
        for one, other in (
            (again.estimate, found.ratio.estimate),
            (again.low, found.ratio.low),
            (again.high, found.ratio.high),
        )
    )
    if not same:
        _DOOR.refuse(name, "It does not follow from the raw blocks.", field=f"{field}.ratio")
