"""The published JSON Schema of decision.json, generated from the document's own types."""

from __future__ import annotations

import ast
import enum
import inspect
import json
from pathlib import Path
from typing import Any

STORED = Path(__file__).resolve().parent / "decision-1.json"


def decision_schema() -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of decision.json, as published."""
    schema: dict[str, object] = json.loads(STORED.read_text(encoding="utf-8"))
    return schema


def generate() -> dict[str, Any]:
    """The schema that follows from the types; `decision-1.json` holds what this returns."""
    from advisor.report.loading import adapter
    from advisor.report.parts import SCHEMA, SCHEMA_VERSION

    schema = adapter().json_schema(by_alias=True)
    definitions = schema["$defs"]
    for one in schema["properties"]["probe"]["anyOf"]:
        if one.get("type") == "object":
            one["additionalProperties"] = True  # older versions of pydantic leave it out
    for name, definition in (*definitions.items(), (schema["title"], schema)):
        _describe(name, definition)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA.replace('/', ':')}:{SCHEMA_VERSION}",
        **schema,
        "title": "Decision document",
    }


def _describe(name: str, definition: dict[str, Any]) -> None:
    """Put the words of the types into a definition, the same with every version of pydantic."""
    from advisor.report import parts

    found = getattr(parts, name)
    definition["description"] = inspect.getdoc(found) or ""
    if isinstance(found, enum.EnumMeta):
        return
    words = _attribute_docstrings(found)
    for field, schema in definition["properties"].items():
        schema.pop("description", None)
        said = words.get("verdict_class" if field == "class" else field)
        if said:
            schema["description"] = said


def _attribute_docstrings(kind: type) -> dict[str, str]:
    """The docstrings that stand below the fields of a class in its source."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - the source of a class is one
    found = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
        ):
            found[field.target.id] = inspect.cleandoc(str(below.value.value))
    return found


def dump_schema() -> str:
    """The text of `decision-1.json`."""
    return json.dumps(generate(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
