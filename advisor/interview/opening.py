"""Beginning a sitting, or going on with a kept one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from advisor.errors import StorageError
from advisor.interview.history import last_session
from advisor.interview.journal import Journal
from advisor.interview.session import Session
from advisor.interview.session_file import Event, read_session
from advisor.model.rulebase import RuleBase


@dataclass(frozen=True, slots=True)
class Opened:
    """A session ready to go on, and what the user should be told about it."""

    session: Session
    notes: tuple[str, ...] = ()
    verdict: str = ""
    """The last verdict shown in it, in words."""


def new_session(rule_base: RuleBase, folder: Path, *, now: datetime) -> Opened:
    """A fresh sitting; its file appears with the first change."""
    journal = Journal.create(folder, rule_base=rule_base.version, sha256=rule_base.sha256, now=now)
    return Opened(Session(rule_base, journal))


def resume_session(rule_base: RuleBase, path: Path, *, now: datetime) -> Opened:
    """Go on with a kept sitting.

    When another running program has it open, its answers are taken over into a new session, so
    that neither overwrites the other. When the rule base has changed since, the answers that no
    longer fit are left out and named.

    Raises:
        InputError: the file is not a session, or nothing was kept in it.
        StorageError: the file cannot be read.
    """
    notes: list[str] = []
    try:
        journal, events = Journal.resume(path)
        header = journal.header
    except StorageError:
        header, events = read_session(path)  # raises again when it cannot be read at all
        journal = Journal.create(
            path.parent,
            rule_base=rule_base.version,
            sha256=rule_base.sha256,
            continues=header.id,
            now=now,
        )
        journal.append_all(events)
        notes.append(
            "That session is open in another running advisor. Its answers were copied into a new "
            "session; the other one goes on by itself."
        )
    session = Session(rule_base, journal)
    session.replay(events)
    if header.sha256 != rule_base.sha256 and events:
        notes.append(
            f"The rule base has changed since (it was version {header.rule_base}, "
            f"now {rule_base.version})."
        )
    notes += session.dropped
    if journal.trouble is not None:
        notes.append(str(journal.trouble))
    return Opened(session, tuple(notes), _last_verdict(events))


def resume_last(rule_base: RuleBase, folder: Path, *, now: datetime) -> Opened:
    """Go on with the sitting changed last; a fresh one when there is none, and that is said."""
    last = last_session(folder)
    if last is None:
        opened = new_session(rule_base, folder, now=now)
        note = "There is no earlier session to go on with; this is a new one."
        return Opened(opened.session, (note,))
    return resume_session(rule_base, last.path, now=now)


def _last_verdict(events: list[Event]) -> str:
    return next((str(one.value) for one in reversed(events) if one.kind == "verdict"), "")
