"""Making text from people, rule files and probes safe to show."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_KEPT = frozenset("\n\t\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}\N{SOFT HYPHEN}")
"""Line breaks and tabs, and what some scripts and emoji need to be written at all."""


def clean(text: str) -> str:
    """`text` without anything that could steer a terminal or turn the reading direction.

    Control characters (terminal escapes among them), direction marks, unpaired surrogates,
    private-use characters and Unicode's own line separators become U+FFFD; line breaks written
    in any of the usual ways become "\\n".
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        character
        if character in _KEPT or unicodedata.category(character) not in _UNSAFE
        else REPLACEMENT
        for character in text
    )


def one_line(text: str) -> str:
    """`clean(text)` with every run of white space as one space."""
    return " ".join(clean(text).split())


def map_text(value: T, change: Callable[[str], str]) -> T:
    """`value` with `change` done to every string inside: dataclasses, mappings, lists, tuples."""
    return _map(value, change)  # type: ignore[no-any-return]


def _map(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {_map(key, change): _map(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_map(item, change) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {
            field.name: _map(getattr(value, field.name), change)
            for field in dataclasses.fields(value)
        }
        return dataclasses.replace(value, **changed)
    return value
