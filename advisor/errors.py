"""Errors meant for people: what was wrong, where, and how to mend it.

AdvisorError
├── InputError          the command line or a file is wrong           (exit status 2)
│   └── RuleBaseError   a rule-base file is wrong
├── ProbeError          no framework could be measured                (exit status 3)
├── StaleDecisionError  an old decision no longer holds               (exit status 4)
└── StorageError        a file could not be written                   (exit status 2)

Anything else that escapes is a fault of the program (exit status 1).
"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.text import one_line

EXIT_DONE = 0
EXIT_FAULT = 1
EXIT_INPUT = 2
EXIT_NO_PROBE = 3
EXIT_STALE = 4
EXIT_INTERRUPTED = 130

LONGEST = 2000
"""Characters of a message: a word quoted from a hostile file may have a million."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is wrong: any part may be unknown."""

    file: str | None = None
    line: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place = f"{place}:{self.line}" if place else f"line {self.line}"
        if self.field:
            place = f"{place}: {self.field}" if place else self.field
        return place


class AdvisorError(Exception):
    """An error with a place and a remedy, shown to people without a traceback."""

    exit_status = EXIT_INPUT

    def __init__(self, message: str, *, place: Place | None = None, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        """What was wrong, one sentence."""
        self.place = place or Place()
        """Where it was wrong."""
        self.remedy = remedy
        """How to mend it, one sentence; empty when the message says it all."""

    def __str__(self) -> str:
        where = str(self.place)
        text = f"{where}: {self.message}" if where else self.message
        # Messages quote file names and foreign words, which must not steer the terminal.
        shown = one_line(f"{text} {self.remedy}"[: 2 * LONGEST])
        return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"


class InputError(AdvisorError):
    """The command line, an answers file or another input is wrong."""


class RuleBaseError(InputError):
    """A rule-base file is wrong."""


class StorageError(AdvisorError):
    """A file could not be read or written."""


class ProbeError(AdvisorError):
    """A probe was asked for and no framework could be measured."""

    exit_status = EXIT_NO_PROBE


class StaleDecisionError(AdvisorError):
    """A recorded decision no longer holds, or evidence it rests on has expired."""

    exit_status = EXIT_STALE
