"""Where a sitting is kept: one append-only file of JSON lines, written at every change.

A line is handed to the system before the change is shown, so that nothing is lost when the
program is killed. A line cut short by that is ignored on reading. A lock held while the file is
open keeps a second instance from writing into it; the system lets go of it when a process dies.
A disk that is full or read-only is reported once; the lines wait in memory and are written as soon
as the disk takes them again.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from advisor.errors import InputError, Place, StorageError
from advisor.interview.lock import lock
from advisor.interview.session_file import (
    FOLDER_VARIABLE,
    SUFFIX,
    Event,
    Header,
    probe_beside,
    read_whole_lines,
)
from advisor.reading import is_file
from advisor.resources import NOWHERE


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
        self._after = 0
        self._waiting: list[bytes] = []

    @property
    def probe_path(self) -> Path:
        """Where the probe of this sitting lies, once there is one."""
        return probe_beside(self.path)

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
        journal._waiting.append(header.line())
        return journal

    @classmethod
    def resume(cls, path: Path) -> tuple[Journal, list[Event]]:
        """Open an existing session file for going on.

        Raises:
            InputError: it is not a session file, or nothing was kept in it yet.
            StorageError: it cannot be read, or another running program has it open.
        """
        journal = cls(path, Header("", "", "", ""))
        if is_file(path):  # the lock comes before the reading: nobody writes in between
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
            journal.header, events, journal._size = read_whole_lines(path)
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
        self._waiting += [one.line() for one in events]
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
        if self._waiting and (self.written or self.trouble is not None):
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
            lock(handle)
        except OSError:
            os.close(handle)
            raise _TakenError from None
        self._handle = handle
        self._after = max((_changed(one) for one in self._others()), default=0)

    def _others(self) -> list[Path]:
        return [one for one in self.path.parent.glob(f"*{SUFFIX}") if one != self.path]

    def _keep_order(self, handle: int) -> None:
        """A clock that was set back must not make the session changed last an old one."""
        found = os.fstat(handle)
        if found.st_mtime_ns <= self._after:
            with suppress(OSError):
                os.utime(handle, ns=(found.st_atime_ns, self._after + _TICK))

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
        self._keep_order(self._handle)

    def _fail(self, error: OSError) -> None:
        reason, place = error.strerror or str(error), Place(str(self.path))
        if NOWHERE in self.path.parents:
            reason, place = f"no home folder is known (set HOME or {FOLDER_VARIABLE})", Place()
        self.trouble = StorageError(
            f"Your answers cannot be kept on disk: {reason}.",
            place=place,
            remedy="You can go on; export the report or the answers before you close.",
        )


_TICK = 1_000_000
"""Nanoseconds by which one session is later than another at least."""


def _changed(path: Path) -> int:
    """When it was changed last, in nanoseconds; 0 when that cannot be told."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


class _TakenError(Exception):
    """Another process holds the lock."""
