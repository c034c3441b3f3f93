"""The kept sessions: which there are, which was the last, and deleting one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from advisor.errors import InputError, Place, StorageError
from advisor.interview.lock import is_locked
from advisor.interview.session_file import SUFFIX, Event, Header, probe_beside, read_session

LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
"""A file may claim to have been changed later than any date can say."""


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
    changed = datetime.fromtimestamp(min(max(path.stat().st_mtime, 0), LATEST), tz=UTC)
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
    """Every readable session in which something was kept, the one changed last first."""
    found: list[Summary] = []
    with suppress(OSError):
        for path in folder.glob(f"*{SUFFIX}"):
            # A date outside the calendar is a ValueError or an OverflowError.
            with suppress(InputError, StorageError, OSError, ValueError, OverflowError):
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
        probe_beside(one.path).unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"It could not be removed: {error.strerror or error}.", place=Place(str(one.path))
        ) from error
