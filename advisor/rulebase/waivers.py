"""Findings that are accepted, each with a reason and a day on which it is looked at again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from advisor.model.rulebase import Origin
from advisor.rulebase.faults import explained
from advisor.rulebase.files import entries_of, parse_text, plain, read_folder
from advisor.rulebase.findings import Finding, Level


@dataclass(frozen=True, slots=True)
class Waiver:
    """Accepts the findings of one check about one thing."""

    finding: str
    """The check, for instance `options-not-told-apart`."""
    id: str
    """What the finding is about."""
    reason: str
    expires: date
    origin: Origin


def load_waivers(folder: Path, *, prefix: str = "") -> list[Waiver]:
    """The waivers in all files of a rule base; `prefix` goes before their names.

    Raises:
        RuleBaseError: with file, line and field.
    """
    from pydantic import ValidationError

    from advisor.rulebase.schema import WaiverEntry

    found = []
    for text in read_folder(folder, prefix=prefix):
        for node in entries_of(parse_text(text), "waivers", text.name):
            try:
                entry = WaiverEntry.model_validate(plain(node))
            except ValidationError as error:
                raise explained(error, node, text.name, "waivers") from error
            found.append(
                Waiver(
                    entry.finding,
                    entry.id,
                    entry.reason,
                    entry.expires,
                    Origin(text.name, node.line),
                )
            )
    return found


def apply_waivers(
    findings: Sequence[Finding], waivers: Sequence[Waiver], *, as_of: date
) -> list[Finding]:
    """The findings with accepted ones marked; waivers that expired or accept nothing are findings
    themselves."""
    alive = {(one.finding, one.id): one for one in waivers if one.expires > as_of}
    marked = [
        replace(one, waived=alive[one.check, one.about].reason)
        if (one.check, one.about) in alive
        else one
        for one in findings
    ]
    seen = {(one.check, one.about) for one in findings}
    for waiver in waivers:
        if waiver.expires <= as_of:
            level = Level.ERROR
            message = f"This waiver expired on {waiver.expires}: look at the finding again."
        elif (waiver.finding, waiver.id) not in seen:
            level = Level.WARNING
            message = "This waiver accepts nothing any more: remove it."
        else:
            continue
        marked.append(
            Finding("waiver", level, f"{waiver.finding}/{waiver.id}", message, waiver.origin)
        )
    return marked
