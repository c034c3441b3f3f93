"""A session file: where it lies, the JSON lines in it (a header, then one change each), reading it.

A line cut short, as when the program was killed, is not there. A file without a whole first line
is a session in which nothing was kept yet.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from advisor.errors import InputError, Place, StorageError
from advisor.reading import UnreadableError, from_home, read_bounded
from advisor.text import clean

FORMAT = "framework-advisor/session/1"
SUFFIX = ".session.jsonl"
MOST_BYTES = 8_000_000
MOST_DEPTH = 4
"""Levels of nesting in the value of a change; ours have two."""
FOLDER_VARIABLE = "ADVISOR_SESSIONS"
"""Environment variable that names another folder for sessions."""


def sessions_folder() -> Path:
    """The folder where sittings are kept; it may not exist yet."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return from_home(named)
    from advisor.resources import data_folder

    return data_folder("sessions")


@dataclass(frozen=True, slots=True)
class Event:
    """One change: `answer`, `clear`, `priorities`, `verdict`, `probe` or `report`."""

    kind: str
    subject: str = ""
    """The question; empty where there is none."""
    value: object = None
    """JSON types."""

    def line(self) -> bytes:
        """The change as it is written."""
        return _line({"kind": self.kind, "subject": self.subject, "value": self.value})


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a session file."""

    id: str
    created: str
    """ISO 8601, UTC."""
    rule_base: str
    """Version of the rule base that the sitting began with."""
    sha256: str
    continues: str = ""
    """The session that this one is a copy of; empty for a fresh one."""

    def line(self) -> bytes:
        """The header as it is written."""
        return _line(
            {
                "format": FORMAT,
                "id": self.id,
                "created": self.created,
                "rule_base": self.rule_base,
                "sha256": self.sha256,
                "continues": self.continues,
            }
        )


def probe_beside(path: Path) -> Path:
    """Where the probe of a session lies, once there is one."""
    return path.with_name(path.name.removesuffix(SUFFIX) + ".probe.json")


def read_session(path: Path) -> tuple[Header, list[Event]]:
    """Header and changes of a session file, without opening it for writing.

    Raises:
        InputError: it is not a session file, or nothing was kept in it yet.
        StorageError: it cannot be read.
    """
    header, events, _ = read_whole_lines(path)
    return header, events


def read_whole_lines(path: Path) -> tuple[Header, list[Event], int]:
    """As `read_session`; also the length of the part that is whole."""
    try:
        data = read_bounded(path, MOST_BYTES)
    except UnreadableError as error:
        raise StorageError(str(error), place=Place(str(path))) from error
    if _barely_begun(data):
        raise InputError(
            "Nothing was kept in this session: there is no answer to go on with.",
            place=Place(str(path)),
        )
    lines = list(_whole_lines(data))
    header = _as_header(lines[0][0]) if lines else None
    if header is None:
        raise InputError("This is not a session of the advisor.", place=Place(str(path)))
    events: list[Event] = []
    good = lines[0][1]
    for fields, end in lines[1:]:
        kind, subject = fields.get("kind"), fields.get("subject", "")
        if isinstance(kind, str) and isinstance(subject, str):
            events.append(Event(kind, clean(subject), _cleaned(fields.get("value"), MOST_DEPTH)))
        good = end
    return header, events, good


def _barely_begun(data: bytes) -> bool:
    """Whether this is the beginning of a header: the program ended before its line was whole."""
    start = _line({"format": FORMAT}).rstrip(b"}\n")
    return b"\n" not in data and data[: len(start)] == start[: len(data)]


def _whole_lines(data: bytes) -> Iterator[tuple[dict[str, object], int]]:
    """Every whole line with the offset of its end; stops at the first that is damaged."""
    start = 0
    while (end := data.find(b"\n", start)) >= 0:
        try:
            fields = json.loads(data[start:end].decode())
        except (ValueError, RecursionError):
            return
        if not isinstance(fields, dict):
            return
        yield fields, end + 1
        start = end + 1


def _cleaned(value: object, levels: int) -> object:
    """The same with nothing in its texts that could steer a terminal: they are shown again. What is
    nested deeper than any change of ours is left out."""
    match value:
        case str():
            return clean(value)
        case list() if levels:
            return [_cleaned(one, levels - 1) for one in value]
        case dict() if levels:
            return {clean(key): _cleaned(one, levels - 1) for key, one in value.items()}
        case list() | dict():
            return None
        case _:
            return value


def _as_header(fields: dict[str, object]) -> Header | None:
    if fields.get("format") != FORMAT:
        return None
    values = [fields.get(key, "") for key in ("id", "created", "rule_base", "sha256", "continues")]
    if not all(isinstance(one, str) for one in values):
        return None
    return Header(*(clean(str(one)) for one in values))


def _line(fields: dict[str, object]) -> bytes:
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace") + b"\n"  # the name of a report's file may be no text
