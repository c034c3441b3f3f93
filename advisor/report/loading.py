"""Reading decision.json with suspicion: it may come from anywhere.

Names are checked strictly. A document of a newer minor version is read without the fields not
known here; one of another major version is refused.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.report.parts import SCHEMA, SCHEMA_VERSION, DecisionDocument
from advisor.strict_json import MOST_FAULTS, StrictJson

if TYPE_CHECKING:
    from pydantic import TypeAdapter

LARGEST_FILE = 48 * 2**20
"""Bytes; a document with the raw blocks of a thorough probe takes about 3 MiB."""
MOST_SAMPLES = 100_000
"""Draws that a document may ask to be repeated; we make 10,000."""
_DOOR = StrictJson(
    "decision", LARGEST_FILE, "Make a new one with `advisor recommend --format json`."
)


@lru_cache(maxsize=1)
def adapter() -> TypeAdapter[DecisionDocument]:
    """What checks and describes decision.json."""
    from pydantic import TypeAdapter

    return TypeAdapter(DecisionDocument)


def load_document(path: Path | str) -> DecisionDocument:
    """Read decision.json. Raises InputError with file, line and field for whatever is wrong."""
    place = Path(path)
    return parse_document(_DOOR.read(place), str(place))


def parse_document(text: str, name: str = "decision.json") -> DecisionDocument:
    """A document from the text of decision.json; `name` is for messages. Raises InputError."""
    data = _DOOR.parse(text, name)
    newer = _check_schema(data, name)
    document = _validate(data, name, forgiving=newer)
    _check(document, name)
    return document


def _check_schema(data: Any, name: str) -> bool:
    """Whether the document is of a newer minor version; refuses what cannot be read."""
    if not isinstance(data, dict):
        _DOOR.refuse(name, "It should hold one decision, an object in braces.")
    found = data.get("schema")
    if found != SCHEMA:
        said = f"{str(found)[:60]!r}" if found is not None else "nothing"
        _DOOR.refuse(name, f"It should say {SCHEMA!r} but says {said}.", field="schema")
    version = data.get("schema_version")
    parts = version.split(".") if isinstance(version, str) else []
    numbers = all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts)
    if len(parts) != 3 or not numbers:
        _DOOR.refuse(name, "It should be a version such as 1.0.0.", field="schema_version")
    return [int(part) for part in parts[:2]] > [int(part) for part in SCHEMA_VERSION.split(".")[:2]]


def _validate(data: dict[str, Any], name: str, *, forgiving: bool) -> DecisionDocument:
    from pydantic import ValidationError

    while True:
        try:
            return adapter().validate_json(json.dumps(data), strict=True)
        except ValidationError as error:
            many = error.error_count() > MOST_FAULTS
            faults = [] if many or not forgiving else error.errors()
            unknown = [one["loc"] for one in faults if one["type"] == _UNKNOWN]
            if not unknown:
                _DOOR.refuse_first(name, error)
            for where in unknown:
                _remove(data, where)


_UNKNOWN = "unexpected_keyword_argument"
"""What pydantic calls a field that a dataclass does not have."""


def _remove(data: Any, where: tuple[int | str, ...]) -> None:
    for key in where[:-1]:
        data = data[key]
    data.pop(where[-1], None)


def _check(document: DecisionDocument, name: str) -> None:
    """What the types cannot say: shares that cannot be, ids that are named and missing."""
    shares = document.verdict.acceptability
    if len(shares) != 2 or any(not 0 <= one <= 1 for one in shares.values()):
        _DOOR.refuse(name, "It needs a share from 0 to 1 for both.", field="verdict.acceptability")
    if abs(sum(shares.values()) - 1) > 1e-6:
        _DOOR.refuse(name, "The shares must sum to 1.", field="verdict.acceptability")
    stated = document.priorities
    if len(set(stated.rank)) != len(stated.rank):
        _DOOR.refuse(name, "A criterion has one rank.", field="priorities.rank")
    if any(not 0 <= points <= 100 for points in stated.swings.values()):
        _DOOR.refuse(name, "Points go from 0 to 100.", field="priorities.swings")
    if not 1 <= document.method.samples <= MOST_SAMPLES:
        _DOOR.refuse(name, f"It must lie between 1 and {MOST_SAMPLES}.", field="method.samples")
    for index, criterion in enumerate(document.criteria):
        if len(criterion.value) != 2:
            _DOOR.refuse(name, "It needs a value for both.", field=f"criteria.{index}.value")
    known = document.evidence_by_id().keys()
    for kind in ("reasons", "gates", "notices"):
        for index, part in enumerate(getattr(document, kind)):
            missing = [one for one in part.evidence if one not in known]
            if missing:
                _DOOR.refuse(
                    name,
                    f"It cites {missing[0]!r}, which the document does not hold.",
                    field=f"{kind}.{index}.evidence",
                )
