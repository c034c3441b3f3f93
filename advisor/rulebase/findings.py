"""What a check found, and how it is shown: as text, JSON or SARIF 2.1.0."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from advisor import __version__
from advisor.model.rulebase import Origin

NOWHERE = Origin()


class Level(StrEnum):
    """How bad a finding is; the values are SARIF's."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong or noteworthy in the rule base."""

    check: str
    """Which check, for instance `never-fires`."""
    level: Level
    about: str
    """Id of the rule, question, option (`question/option`), evidence or criterion."""
    message: str
    origin: Origin = NOWHERE
    answers: dict[str, list[str]] = field(default_factory=dict)
    """An answer set that shows it, where one can."""
    waived: str = ""
    """The reason why it is accepted; empty when it is not."""


def as_text(findings: Sequence[Finding]) -> str:
    """One block per finding and a closing count."""
    lines = []
    for one in findings:
        place = f"{one.origin.file}:{one.origin.line}: " if one.origin.file else ""
        level = f"waived {one.level}" if one.waived else str(one.level)
        lines.append(f"{place}{level}: {one.about}: {one.message} [{one.check}]")
        if one.answers:
            shown = ", ".join(
                f"{question}: {'+'.join(options) or 'does not apply'}"
                for question, options in one.answers.items()
            )
            lines.append(f"    for instance: {shown}")
        if one.waived:
            lines.append(f"    accepted: {one.waived}")
    counts = {
        level: sum(one.level is level and not one.waived for one in findings) for level in Level
    }
    waived = sum(bool(one.waived) for one in findings)
    lines.append(
        f"{counts[Level.ERROR]} errors, {counts[Level.WARNING]} warnings, "
        f"{counts[Level.NOTE]} notes, {waived} waived"
    )
    return "\n".join(lines) + "\n"


def as_json(findings: Sequence[Finding]) -> str:
    """A list of objects, one per finding."""
    return json.dumps([asdict(one) for one in findings], indent=2, ensure_ascii=False) + "\n"


def as_sarif(findings: Sequence[Finding]) -> str:
    """SARIF 2.1.0, as code-scanning services read it; paths are relative to the rule base."""
    checks = sorted({one.check for one in findings})
    return (
        json.dumps(
            {
                "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
                "version": "2.1.0",
                "runs": [
                    {
                        "tool": {
                            "driver": {
                                "name": "advisor rules check",
                                "version": __version__,
                                "rules": [{"id": check} for check in checks],
                            }
                        },
                        "results": [_sarif_result(one) for one in findings],
                    }
                ],
            },
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )


def _sarif_result(one: Finding) -> dict[str, object]:
    text = one.message
    if one.answers:
        text += f" For instance: {json.dumps(one.answers, ensure_ascii=False)}."
    result: dict[str, object] = {
        "ruleId": one.check,
        "level": str(one.level),
        "message": {"text": f"{one.about}: {text}"},
        "partialFingerprints": {"advisor/v1": f"{one.check}/{one.about}"},
    }
    if one.origin.file:
        result["locations"] = [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": one.origin.file},
                    "region": {"startLine": max(one.origin.line, 1)},
                }
            }
        ]
    if one.waived:
        result["suppressions"] = [{"kind": "external", "justification": one.waived}]
    return result


FORMATS = {"text": as_text, "json": as_json, "sarif": as_sarif}
