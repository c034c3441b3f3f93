"""The published JSON Schema of decision.json, generated from the document's own types."""

from __future__ import annotations

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
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA.replace('/', ':')}:{SCHEMA_VERSION}",
        "title": "Decision document",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def dump_schema() -> str:
    """The text of `decision-1.json`."""
    return json.dumps(generate(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
