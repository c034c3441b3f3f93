"""Where a sitting is kept: one append-only file of JSON lines, written at every change.

A line is handed to the system before the change is shown, so that nothing is lost when the
program is killed. A line cut short by that is ignored on reading. A lock held while the file is
open keeps a second instance from writing into it; the system lets go of it when a process dies.
A disk that is full or read-only is reported once; the lines wait in memory and are written as soon
as the disk takes them again.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from advisor.errors import InputError, Place, StorageError

FORMAT = "framework-advisor/session/1"
SUFFIX = ".session.jsonl"
FOLDER_VARIABLE = "ADVISOR_SESSIONS"
"""Environment variable that names another folder for sessions."""
MOST_BYTES = 8_000_000


def sessions_folder() -> Path:
    """The folder where sittings are kept; it may not exist yet."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("framework-advisor", appauthor=False) / "sessions"


@dataclass(frozen=True, slots=True)
class Event:
    """One change: `answer`, `clear`, `priorities`, `verdict`, `probe` or `report`."""

    kind: str
    subject: str = ""
    """The question; empty where there is none."""
    value: object = None
    """JSON types."""


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


@dataclass(frozen=True, slots=True)
class Summary:
    """A kept sitting, for the history."""

    path: Path
    header: Header
    changed: datetime
    answered: int
    verdict: str
    """The last verdict that was shown, in words; empty when there was none."""
    locked: bool
    """Another running program has it open."""
    reports: tuple[str, ...] = ()
    """Reports written from it."""


class Journal:
    """An open session file.

    Attributes:
        path: the file.
        header: its first line.
        trouble: why the last change is not on disk; None when everything is.
    """

    def __init__(self, path: Path, header: Header) -> None:
        self.path = path
        self.header = header
        self.trouble: StorageError | None = None
        self._handle: int | None = None
        self._size = 0
        self._waiting: list[bytes] = []

    @property
    def probe_path(self) -> Path:
        """Where the probe of this sitting lies, once there is one."""
        return self.path.with_name(self.path.name.removesuffix(SUFFIX) + ".probe.json")

    # -- opening -------------------------------------------------------------------------

    @classmethod
    def create(
        cls, folder: Path, *, rule_base: str, sha256: str, continues: str = "", now: datetime
    ) -> Journal:
        """Begin a session file; nothing is written before the first change."""
        stamp = now.astimezone(UTC).strftime("%Y%m%d-%H%M%S")
        identity = f"{stamp}-{secrets.token_hex(3)}"
        header = Header(
            identity,
            now.astimezone(UTC).isoformat(timespec="seconds"),
            rule_base,
            sha256,
            continues,
        )
        journal = cls(folder / f"{identity}{SUFFIX}", header)
        journal._waiting.append(_line({"format": FORMAT, **_header_fields(header)}))
        return journal

    @classmethod
    def resume(cls, path: Path) -> tuple[Journal, list[Event]]:
        """Open an existing session file for going on.

        Raises:
            InputError: it is not a session file.
            StorageError: it cannot be read, or another running program has it open.
        """
        journal = cls(path, Header("", "", "", ""))
        if path.is_file():  # the lock comes before the reading: nobody writes in between
            try:
                journal._open()
            except _TakenError:
                raise StorageError(
                    "Another running advisor has this session open.",
                    place=Place(str(path)),
                    remedy="Its answers can be taken over into a new session.",
                ) from None
            except OSError as error:
                journal._fail(error)
        try:
            journal.header, events, journal._size = _read(path)
        except (InputError, StorageError):
            journal.close()
            raise
        return journal, events

    # -- writing -------------------------------------------------------------------------

    def append(self, event: Event) -> None:
        """Keep a change. A disk that refuses is noted in `trouble`, and tried again next time."""
        self.append_all([event])

    def append_all(self, events: Iterable[Event]) -> None:
        """Keep several changes at once."""
        self._waiting += [
            _line({"kind": one.kind, "subject": one.subject, "value": one.value}) for one in events
        ]
        self.flush()

    def flush(self) -> bool:
        """Write what waits; returns whether everything is on disk."""
        try:
            if self._handle is None:
                self._open()
            self._write(b"".join(self._waiting))
        except _TakenError:
            self._fail(OSError("another running advisor has this session open"))
        except OSError as error:
            self._fail(error)
        else:
            self._waiting.clear()
            self.trouble = None
        return self.trouble is None

    def sync(self) -> None:
        """Ask the system to put everything on the disk itself, against loss of power."""
        if self._handle is not None:
            with suppress(OSError):
                os.fsync(self._handle)

    def close(self) -> None:
        """Write what waits and let go of the file."""
        if self._waiting and self.path.exists():
            self.flush()
        self.sync()
        self._let_go()

    def __del__(self) -> None:
        """A session that is dropped lets go of its lock."""
        self._let_go()

    def _let_go(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            with suppress(OSError):
                os.close(handle)

    @property
    def written(self) -> bool:
        """Whether there is a file."""
        return self._size > 0

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        try:
            _lock(handle)
        except OSError:
            os.close(handle)
            raise _TakenError from None
        self._handle = handle

    def _write(self, data: bytes) -> None:
        """Append `data` after the last whole line; a part that did get written is taken back."""
        if self._handle is None or not data:
            return
        os.ftruncate(self._handle, self._size)
        os.lseek(self._handle, self._size, os.SEEK_SET)
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._handle, rest) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._handle, self._size)
            raise
        self._size += len(data)

    def _fail(self, error: OSError) -> None:
        reason = error.strerror or str(error)
        self.trouble = StorageError(
            f"Your answers cannot be kept on disk: {reason}.",
            place=Place(str(self.path)),
            remedy="You can go on; export the report or the answers before you close.",
        )


class _TakenError(Exception):
    """Another process holds the lock."""


def _lock(handle: int) -> None:
    """Take the lock without waiting; OSError when another process has it."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        os.lseek(handle, 2**30, os.SEEK_SET)  # a byte far behind the text: readers are undisturbed
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        return
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_locked(path: Path) -> bool:
    """Whether a running program has the session open."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        _lock(handle)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _line(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _header_fields(header: Header) -> dict[str, object]:
    return {
        "id": header.id,
        "created": header.created,
        "rule_base": header.rule_base,
        "sha256": header.sha256,
        "continues": header.continues,
    }


# -- reading -----------------------------------------------------------------------------


def read_session(path: Path) -> tuple[Header, list[Event]]:
    """Header and changes of a session file, without opening it for writing.

    Raises:
        InputError: it is not a session file.
        StorageError: it cannot be read.
    """
    header, events, _ = _read(path)
    return header, events


def _read(path: Path) -> tuple[Header, list[Event], int]:
    """Also the length of the part that is whole."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(f"It could not be read: {reason}.", place=Place(str(path))) from error
    lines = list(_whole_lines(data))
    header = _as_header(lines[0][0]) if lines else None
    if header is None:
        raise InputError("This is not a session of the advisor.", place=Place(str(path)))
    events: list[Event] = []
    good = lines[0][1]
    for fields, end in lines[1:]:
        kind, subject = fields.get("kind"), fields.get("subject", "")
        if isinstance(kind, str) and isinstance(subject, str):
            events.append(Event(kind, subject, fields.get("value")))
        good = end
    return header, events, good


def _whole_lines(data: bytes) -> Iterator[tuple[dict[str, object], int]]:
    """Every whole line with the offset of its end; stops at the first that is damaged."""
    start = 0
    while (end := data.find(b"\n", start)) >= 0:
        try:
            fields = json.loads(data[start:end])
        except (ValueError, RecursionError):
            return
        if not isinstance(fields, dict):
            return
        yield fields, end + 1
        start = end + 1


def _as_header(fields: dict[str, object]) -> Header | None:
    if fields.get("format") != FORMAT:
        return None
    values = [fields.get(key, "") for key in ("id", "created", "rule_base", "sha256", "continues")]
    if not all(isinstance(one, str) for one in values):
        return None
    return Header(*(str(one) for one in values))


@dataclass(slots=True)
class _Counted:
    answers: set[str] = field(default_factory=set)
    verdict: str = ""
    reports: list[str] = field(default_factory=list)

    def add(self, event: Event) -> None:
        match event.kind:
            case "answer" if event.value:
                self.answers.add(event.subject)
            case "answer" | "clear":
                self.answers.discard(event.subject)
            case "verdict":
                self.verdict = str(event.value)
            case "report":
                self.reports.append(str(event.value))


def summary(path: Path) -> Summary:
    """What the history shows of one session file; errors as `read_session`."""
    header, events = read_session(path)
    counted = _Counted()
    for event in events:
        counted.add(event)
    changed = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    return Summary(
        path,
        header,
        changed,
        len(counted.answers),
        counted.verdict,
        is_locked(path),
        tuple(counted.reports),
    )


def history(folder: Path) -> list[Summary]:
    """Every readable session, the one changed last first."""
    found: list[Summary] = []
    with suppress(OSError):
        for path in folder.glob(f"*{SUFFIX}"):
            with suppress(InputError, StorageError, OSError):
                found.append(summary(path))
    return sorted(found, key=lambda one: (one.changed, one.header.id), reverse=True)


def last_session(folder: Path) -> Summary | None:
    """The session changed last."""
    return next(iter(history(folder)), None)


def delete_session(one: Summary) -> None:
    """Remove a session and its probe.

    Raises:
        StorageError: the disk refuses, or the session is open.
    """
    if is_locked(one.path):
        raise StorageError("That session is open.", place=Place(str(one.path)))
    try:
        one.path.unlink(missing_ok=True)
        one.path.with_name(one.path.name.removesuffix(SUFFIX) + ".probe.json").unlink(
            missing_ok=True
        )
    except OSError as error:
        raise StorageError(
            f"It could not be removed: {error.strerror or error}.", place=Place(str(one.path))
        ) from error
