"""Complaints about the shape of an entry, with file, line and field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.errors import Place, RuleBaseError
from advisor.rulebase import nodes

if TYPE_CHECKING:
    from pydantic import ValidationError


def explained(
    error: ValidationError, root: nodes.Mapping, name: str, field: str = ""
) -> RuleBaseError:
    """The first complaint of pydantic with the line it is about, in words.

    Args:
        error: what pydantic says about `root`.
        root: what it was given.
        name: the file.
        field: the place of `root` in the file.
    """
    first = error.errors()[0]
    node: nodes.Node = root
    line, shown = root.line, field
    for step in first["loc"]:
        if isinstance(node, nodes.Mapping) and step in node.items:
            line = node.key_lines[str(step)]
            node = node.items[str(step)]
            shown = f"{shown}.{step}" if shown else str(step)
        elif isinstance(node, nodes.Sequence) and isinstance(step, int):
            node = node.items[step]
            line = node.line
            shown = f"{shown}[{step}]"
        elif isinstance(step, str) and first["type"] in {"missing", "extra_forbidden"}:
            shown = f"{shown}.{step}" if shown else step
    words = {
        "missing": "This field is missing.",
        "extra_forbidden": "There is no such field here.",
    }
    message = words.get(first["type"]) or f"{first['msg'].removeprefix('Value error, ')}."
    return RuleBaseError(message, place=Place(name, line, shown))
