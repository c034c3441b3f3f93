"""`advisor schema`: the published JSON Schemas."""

from __future__ import annotations

import argparse
import json
import sys

NAMES = ("decision", "probe", "answers", "rules")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    parser.add_argument("name", choices=NAMES)


def run(args: argparse.Namespace) -> int:
    """Print one schema."""
    json.dump(schema(args.name), sys.stdout, indent=2, ensure_ascii=False, sort_keys=True)
    print()
    return 0


def schema(name: str) -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of that name."""
    match name:
        case "decision":
            from advisor.report.schema import decision_schema

            return decision_schema()
        case "probe":
            from advisor.measure.record import probe_schema

            return probe_schema()
        case "answers":
            from advisor.interview.answers_file import answers_schema
            from advisor.rulebase.load import load_rule_base

            return answers_schema(load_rule_base())
        case _:
            from advisor.rulebase.schema import rules_schema

            return rules_schema()
