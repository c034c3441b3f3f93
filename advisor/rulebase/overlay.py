"""What a team's own rules change in the shipped ones, said in so many words."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.model.rulebase import (
    Criterion,
    Emphasiser,
    Evidence,
    Gate,
    Notice,
    Origin,
    Question,
    Rule,
    RuleBase,
)
from advisor.rulebase.findings import Finding, Level


def overlay_notes(shipped: RuleBase, own: RuleBase) -> list[Finding]:
    """One note for every entry that an overlay replaces or takes out.

    Args:
        shipped: the rule base without overlays.
        own: the same with them.
    """
    before, after = dict(_entries(shipped)), dict(_entries(own))
    notes = []
    for id_, origin in before.items():
        now = after.get(id_)
        if now is None:
            notes.append(
                Finding(
                    "overlay-disables",
                    Level.NOTE,
                    id_,
                    f"Taken out; shipped in {origin.file}:{origin.line}.",
                )
            )
        elif now != origin:
            notes.append(
                Finding(
                    "overlay-replaces",
                    Level.NOTE,
                    id_,
                    f"Replaces what is shipped in {origin.file}:{origin.line}.",
                    now,
                )
            )
    return sorted(notes, key=lambda one: (one.origin.file, one.origin.line, one.about))


def _entries(rule_base: RuleBase) -> Iterator[tuple[str, Origin]]:
    """Id and origin of everything that can be replaced."""
    entries: list[Criterion | Question | Evidence | Rule | Gate | Emphasiser | Notice] = [
        *rule_base.criteria,
        *rule_base.questions,
        *rule_base.evidence.values(),
        *rule_base.rules,
        *rule_base.gates,
        *rule_base.emphases,
        *rule_base.notices,
    ]
    for entry in entries:
        yield entry.id, entry.origin
