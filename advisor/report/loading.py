"""Reading decision.json with suspicion: it may come from anywhere.

Size and nesting are bounded, names checked strictly, numbers finite, text made harmless. A
document of a newer minor version is read without the fields not known here; one of another major
version is refused.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from advisor.errors import InputError, Place
from advisor.report.parts import SCHEMA, SCHEMA_VERSION, DecisionDocument
from advisor.report.text import map_text
from advisor.text import clean

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

LARGEST_FILE = 48 * 2**20
"""Bytes; a document with the raw blocks of a thorough probe takes about 3 MiB."""
DEEPEST = 40
"""Levels of nesting; documents use fewer than twelve."""
_REMEDY = "Make a new one with `advisor recommend --format json`."


@lru_cache(maxsize=1)
def adapter() -> TypeAdapter[DecisionDocument]:
    """What checks and describes decision.json."""
    from pydantic import TypeAdapter

    return TypeAdapter(DecisionDocument)


def load_document(path: Path | str) -> DecisionDocument:
    """Read decision.json. Raises InputError with file, line and field for whatever is wrong."""
    place = Path(path)
    try:
        if not place.exists():
            _refuse(place, "There is no such file.")
        if not place.is_file():
            _refuse(place, "It is not a file.")
        if place.stat().st_size > LARGEST_FILE:
            _refuse(place, f"It is larger than {LARGEST_FILE >> 20} MiB, so it is no decision.")
        text = place.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        _refuse(place, "It is not UTF-8 text.")
    except (OSError, ValueError) as error:
        _refuse(place, f"It cannot be read: {getattr(error, 'strerror', None) or error}.")
    return parse_document(text, str(place))


def parse_document(text: str, name: str = "decision.json") -> DecisionDocument:
    """A document from the text of decision.json; `name` is for messages. Raises InputError."""
    data = _parse(text, name)
    newer = _check_schema(data, name)
    document = _validate(data, name, forgiving=newer)
    _check(document, name)
    return document


def _refuse(
    file: Path | str, message: str, *, line: int | None = None, field: str | None = None
) -> NoReturn:
    raise InputError(message, place=Place(str(file), line, field), remedy=_REMEDY)


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"The key {twice[:60]!r} stands there twice")
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number that JSON knows")


def _parse(text: str, name: str) -> Any:
    try:
        data = json.loads(text, object_pairs_hook=_no_repeats, parse_constant=_no_constant)
        _check_depth(data)
    except json.JSONDecodeError as error:
        _refuse(name, f"It is not JSON: {error.msg}.", line=error.lineno)
    except RecursionError:
        _refuse(name, "It is nested too deeply.")
    except ValueError as error:
        _refuse(name, f"{str(error)[:200]}.")
    return map_text(data, clean)


def _check_depth(data: Any) -> None:
    level = [data]
    for _ in range(DEEPEST):
        level = [
            inner
            for one in level
            if isinstance(one, (dict, list))
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    raise RecursionError


def _check_schema(data: Any, name: str) -> bool:
    """Whether the document is of a newer minor version; refuses what cannot be read."""
    if not isinstance(data, dict):
        _refuse(name, "It should hold one decision, an object in braces.")
    found = data.get("schema")
    if found != SCHEMA:
        said = f"{str(found)[:60]!r}" if found is not None else "nothing"
        _refuse(name, f"It should say {SCHEMA!r} but says {said}.", field="schema")
    version = data.get("schema_version")
    parts = version.split(".") if isinstance(version, str) else []
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        _refuse(name, "It should be a version such as 1.0.0.", field="schema_version")
    return [int(part) for part in parts[:2]] > [int(part) for part in SCHEMA_VERSION.split(".")[:2]]


def _validate(data: dict[str, Any], name: str, *, forgiving: bool) -> DecisionDocument:
    from pydantic import ValidationError

    while True:
        try:
            return adapter().validate_json(json.dumps(data), strict=True)
        except ValidationError as error:
            unknown = [one["loc"] for one in error.errors() if one["type"] == _UNKNOWN]
            if not (forgiving and unknown):
                _refuse_first(name, error)
            for where in unknown:
                _remove(data, where)


_UNKNOWN = "unexpected_keyword_argument"
"""What pydantic calls a field that a dataclass does not have."""


def _remove(data: Any, where: tuple[int | str, ...]) -> None:
    for key in where[:-1]:
        data = data[key]
    data.pop(where[-1], None)


def _refuse_first(name: str, error: ValidationError) -> NoReturn:
    """Refuse by the first fault pydantic found."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    _refuse(name, f"{first['msg'].rstrip('.')}.", field=where[:200] or None)


def _check(document: DecisionDocument, name: str) -> None:
    """What the types cannot say: shares that cannot be, ids that are named and missing."""
    shares = document.verdict.acceptability
    if len(shares) != 2 or any(not 0 <= one <= 1 for one in shares.values()):
        _refuse(name, "It needs a share from 0 to 1 for both.", field="verdict.acceptability")
    if abs(sum(shares.values()) - 1) > 1e-6:
        _refuse(name, "The shares must sum to 1.", field="verdict.acceptability")
    for index, criterion in enumerate(document.criteria):
        if len(criterion.value) != 2:
            _refuse(name, "It needs a value for both.", field=f"criteria.{index}.value")
    known = document.evidence_by_id().keys()
    for kind in ("reasons", "gates", "notices"):
        for index, part in enumerate(getattr(document, kind)):
            missing = [one for one in part.evidence if one not in known]
            if missing:
                _refuse(
                    name,
                    f"It cites {missing[0]!r}, which the document does not hold.",
                    field=f"{kind}.{index}.evidence",
                )
