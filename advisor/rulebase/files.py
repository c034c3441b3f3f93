"""The files of a rule base as bytes, and each of them as checked nodes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisor.errors import InputError, Place, RuleBaseError
from advisor.reading import UnreadableError, is_folder, read_bounded
from advisor.rulebase import nodes
from advisor.text import one_line

MOST_FILES = 1000
MOST_ENTRIES = 100_000
"""Files and folders of any kind: somebody may name the root of a disk."""
MOST_BYTES = 32_000_000
"""Of all files together; the shipped rules have about one."""
SUFFIXES = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, slots=True)
class RuleText:
    """One file, read once."""

    name: str
    """As messages name it: relative to its folder, with the folder's name before it for a team's
    own rules."""
    data: bytes


def rule_files(folder: Path) -> list[Path]:
    """The YAML files of a rule base in a stable order; hidden ones and links out are left out.

    Raises:
        RuleBaseError: a folder cannot be listed.
    """

    def unreadable(error: OSError) -> None:
        place = Place(str(error.filename))
        raise RuleBaseError(f"Cannot be read: {error.strerror}.", place=place) from error

    root = os.path.realpath(folder)
    found: list[Path] = []
    seen = 0
    for place, inner, names in os.walk(folder, onerror=unreadable):
        inner[:] = [name for name in inner if not name.startswith(".")]
        seen += len(inner) + len(names)
        if len(found) > MOST_FILES or seen > MOST_ENTRIES:
            raise RuleBaseError(
                f"This folder holds more than {MOST_FILES} rule files, or far too many others.",
                place=Place(str(folder)),
            )
        found += [
            path
            for path in (Path(place, name) for name in names)
            if path.suffix in SUFFIXES and not path.name.startswith(".") and _inside(path, root)
        ]
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _inside(path: Path, root: str) -> bool:
    """Whether it is a file, and no link that leads out."""
    if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
        return False
    return path.is_file()


def read_folder(folder: Path, *, prefix: str = "") -> list[RuleText]:
    """Every rule file of `folder`.

    Raises:
        RuleBaseError: there is none, there are too many, or one cannot be read or is too large.
    """
    if not is_folder(folder):
        raise RuleBaseError("There is no such folder of rules.", place=Place(str(folder)))
    files = rule_files(folder)
    if not files:
        raise RuleBaseError("This folder holds no rule file (*.yaml).", place=Place(str(folder)))
    if len(files) > MOST_FILES:
        raise RuleBaseError(
            f"This folder holds more than {MOST_FILES} files.", place=Place(str(folder))
        )
    texts: list[RuleText] = []
    room = MOST_BYTES
    for path in files:
        text = read_file(path, one_line(f"{prefix}{path.relative_to(folder).as_posix()}"))
        texts.append(text)
        room -= len(text.data)
        if room < 0:
            raise RuleBaseError(
                f"This folder holds more than {MOST_BYTES // 10**6} MB.", place=Place(str(folder))
            )
    return texts


def read_file(path: Path, name: str) -> RuleText:
    """One file, called `name` in messages.

    Raises:
        RuleBaseError: it cannot be read or is too large.
    """
    try:
        return RuleText(name, read_bounded(path, nodes.MOST_BYTES))
    except UnreadableError as error:
        raise RuleBaseError(str(error), place=Place(name)) from error


def parse_text(text: RuleText) -> nodes.Mapping:
    """The top-level mapping of one file.

    Raises:
        RuleBaseError: it is not such a mapping, or not text at all.
    """
    try:
        root = nodes.parse(text.data.decode("utf-8"), text.name)
    except UnicodeDecodeError as error:
        raise RuleBaseError("This is not UTF-8 text.", place=Place(text.name)) from error
    except InputError as error:
        raise RuleBaseError(error.message, place=error.place, remedy=error.remedy) from error
    if not isinstance(root, nodes.Mapping):
        raise RuleBaseError("A rule file is a mapping.", place=Place(text.name, root.line))
    return root


def entries_of(root: nodes.Mapping, key: str, name: str) -> Iterator[nodes.Mapping]:
    """The mappings listed under `key`; nothing when the file `name` has no such key.

    Raises:
        RuleBaseError: there is something else under `key`.
    """
    if key not in root.items:
        return
    listed = root.items[key]
    if isinstance(listed, nodes.Scalar) and listed.text is None:
        return
    for item in listed.items if isinstance(listed, nodes.Sequence) else (listed,):
        if not isinstance(listed, nodes.Sequence) or not isinstance(item, nodes.Mapping):
            line = item.line if isinstance(item, nodes.Scalar) else listed.line
            raise RuleBaseError(f"`{key}` is a list of mappings.", place=Place(name, line, key))
        yield item


def plain(node: nodes.Node) -> Any:
    """The node as dicts, lists and text."""
    match node:
        case nodes.Scalar(text):
            return text
        case nodes.Sequence(items):
            return [plain(item) for item in items]
        case nodes.Mapping(items):
            return {key: plain(value) for key, value in items.items()}
