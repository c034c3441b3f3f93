"""YAML or JSON text as plain nodes with line numbers, with nothing guessed about types.

YAML would read `3.10`, `no` or `12:30` as a number, a truth value or a time. Here every scalar
keeps the text that was written; only `null` (or `~`, or nothing) is told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.errors import InputError, Place
from advisor.text import clean

if TYPE_CHECKING:
    import yaml

MOST_BYTES = 1_000_000
"""Larger than any answers file or rule file has a reason to be."""
MOST_DEPTH = 24
PLAIN_TAGS = frozenset(
    {"null", "bool", "int", "float", "str", "timestamp", "merge", "value", "seq", "map"}
)
"""What YAML gives to plain text by itself; everything else was asked for by a tag."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, or None for null."""

    text: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with their values; a key occurs once."""

    items: dict[str, Node]
    key_lines: dict[str, int]
    line: int


Node = Scalar | Sequence | Mapping


def parse(text: str, name: str) -> Node:
    """The nodes of one YAML or JSON document.

    Raises:
        InputError: it is not one YAML or JSON document, repeats a key, uses anchors, aliases or
            tags, or is larger or deeper than an answers file or rule file can be.
    """
    import yaml

    if len(text) > MOST_BYTES:
        raise InputError("This is too large: at most 1 MB.", place=Place(name))
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        text = text.replace("\t", " ")  # JSON may indent with tabs; inside its strings none occur
    try:
        _refuse_anchors(text, name)
        root = yaml.compose(text, Loader=_loader())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        last = len(text.splitlines())  # the mark of an early end lies behind it
        line = min(mark.line + 1, max(last, 1)) if mark else None
        if "nesting depth" in str(error.problem):
            raise _too_deep(name, line) from error
        raise InputError(
            f"This is neither YAML nor JSON: {error.problem or error.context}.",
            place=Place(name, line),
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"This is neither YAML nor JSON: {error}.", place=Place(name)) from error
    except RecursionError as error:
        raise _too_deep(name, None) from error
    return Scalar(None, 1) if root is None else _Reader(name).node(root, 0)


def _too_deep(name: str, line: int | None) -> InputError:
    return InputError("This is nested too deeply.", place=Place(name, line))


def _loader() -> type[yaml.SafeLoader]:
    """The loader in C where PyYAML has it: about eight times as fast."""
    import yaml

    loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return loader


def _refuse_anchors(text: str, name: str) -> None:
    """Anchors and aliases never reach the composer, so that nothing can multiply."""
    import yaml

    if "&" not in text and "*" not in text:
        return
    for event in yaml.parse(text, Loader=_loader()):
        if getattr(event, "anchor", None) and event.start_mark is not None:
            raise InputError(
                "Anchors and aliases are not allowed here.",
                place=Place(name, event.start_mark.line + 1),
                remedy="Put text that begins with `&` or `*` in quotes.",
            )


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name

    def fault(self, message: str, line: int, remedy: str = "") -> InputError:
        return InputError(message, place=Place(self.name, line), remedy=remedy)

    def text(self, text: str, line: int) -> str:
        """`text`, which must be what it looks like and not move the cursor of whoever prints it."""
        if clean(text) != text:
            raise self.fault("Characters that cannot be seen are not allowed here.", line)
        return text

    def node(self, found: yaml.Node, depth: int) -> Node:
        import yaml

        line = found.start_mark.line + 1
        if depth > MOST_DEPTH:
            raise _too_deep(self.name, line)
        if found.tag.removeprefix("tag:yaml.org,2002:") not in PLAIN_TAGS:
            raise self.fault("Tags are not allowed here.", line)
        if isinstance(found, yaml.ScalarNode):
            return Scalar(
                None if found.tag.endswith(":null") else self.text(found.value, line), line
            )
        if isinstance(found, yaml.SequenceNode):
            return Sequence(tuple(self.node(one, depth + 1) for one in found.value), line)
        items: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key, value in found.value:
            key_line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise self.fault("A key must be a plain word.", key_line)
            self.text(key.value, key_line)
            if key.value in items:
                raise self.fault(f"`{key.value}` stands here twice.", key_line)
            items[key.value] = self.node(value, depth + 1)
            lines[key.value] = key_line
        return Mapping(items, lines, line)
