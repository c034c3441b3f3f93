"""A rule base as JSON and back: for its fingerprint, and for the cache of parsed rules."""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import Any, Union, get_args, get_origin, get_type_hints

from advisor.model import condition as conditions
from advisor.model.condition import All, AnyOf, Atom, Condition, Not
from advisor.model.rulebase import Origin, RuleBase

Decoder = Callable[[Any], Any]


def encode(value: Any, *, origins: bool = True) -> Any:  # noqa: PLR0911 - one case per type
    """`value` as lists, dicts and text, the same for equal values.

    Args:
        value: a rule base or a part of one.
        origins: also keep files and lines, which say nothing about the content.
    """
    match value:
        case Origin(file, line):
            return [file, line] if origins else []
        case Atom(question, options):
            return ["is", question, *sorted(options)]
        case All(parts):
            return ["all", *(encode(part) for part in parts)]
        case AnyOf(parts):
            return ["any", *(encode(part) for part in parts)]
        case Not(part):
            return ["not", encode(part)]
        case date():
            return value.isoformat()
        case StrEnum():
            return value.value
        case tuple():
            return [encode(item, origins=origins) for item in value]
        case frozenset():
            return sorted(value)
        case Mapping():
            return {key: encode(item, origins=origins) for key, item in value.items()}
        case _ if is_dataclass(value):
            return [encode(getattr(value, one.name), origins=origins) for one in fields(value)]
        case _:
            return value


def fingerprint(rule_base: RuleBase) -> str:
    """SHA-256 over the content: comments, formatting, file names and the order of rules do not
    count; every word, condition and date does."""
    content = encode(replace(rule_base, sha256="", overlays=()), origins=False)
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def decode(data: Any) -> RuleBase:
    """The rule base that `encode` wrote.

    Raises:
        ValueError, TypeError, KeyError, IndexError: `data` is something else.
    """
    rule_base: RuleBase = _decoder(RuleBase)(data)
    return rule_base


@cache
def _decoder(kind: Any) -> Decoder:  # noqa: PLR0911 - one case per type
    """How values of type `kind` are read."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind == Condition:
        return _condition
    if origin in {Union, types.UnionType}:
        [inner] = [one for one in arguments if one is not types.NoneType]
        read = _decoder(inner)
        return lambda data: None if data is None else read(data)
    if origin is tuple:
        read_item = _decoder(arguments[0])
        return lambda data: tuple(read_item(item) for item in data)
    if origin is frozenset:
        return frozenset
    if origin is not None and issubclass(origin, Mapping):
        read_value = _decoder(arguments[1])
        return lambda data: {key: read_value(item) for key, item in data.items()}
    if kind is date:
        return date.fromisoformat
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind
    if is_dataclass(kind):
        return _dataclass_decoder(kind)
    return lambda data: data


def _dataclass_decoder(kind: Any) -> Decoder:
    hints = get_type_hints(kind)
    readers = [_decoder(hints[one.name]) for one in fields(kind)]

    def read(data: Any) -> Any:
        return kind(*(reader(item) for reader, item in zip(readers, data, strict=True)))

    return read


def _condition(data: Any) -> conditions.Condition:
    kind, *rest = data
    match kind:
        case "is":
            question, *options = rest
            return Atom(question, frozenset(options))
        case "all":
            return All(tuple(_condition(part) for part in rest))
        case "any":
            return AnyOf(tuple(_condition(part) for part in rest))
        case "not":
            return Not(_condition(rest[0]))
        case _:
            message = f"unknown condition {kind!r}"
            raise ValueError(message)
