"""The record: what every scenario came to when somebody last looked, kept beside the rules.

It makes each change of a strength, an emphasis or a condition visible in review: the change
fails `advisor rules test` until it is looked at and recorded again with `--record`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from advisor.errors import Place, RuleBaseError, StorageError
from advisor.rulebase.scenarios import Outcome

FILE = "recorded.json"
TOLERANCE = 5e-4
"""Contributions are recorded to three digits; less moves nothing that anyone could see."""


def figures(outcome: Outcome) -> dict[str, object]:
    """What is recorded of one scenario."""
    balance = outcome.balance
    return {
        "framework": balance.framework.value,
        "class": balance.verdict_class.value,
        "contributions": {
            criterion: round(value, 3) for criterion, value in sorted(balance.contributions.items())
        },
    }


def write_record(outcomes: Iterable[Outcome], folder: Path) -> Path:
    """Write the record of these outcomes."""
    path = folder / FILE
    text = json.dumps({one.scenario.id: figures(one) for one in outcomes}, indent=1, sort_keys=True)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"Cannot be written: {error.strerror}.", place=Place(str(path))
        ) from error
    return path


def read_record(folder: Path) -> dict[str, dict[str, object]]:
    """The record beside the rules; empty when there is none."""
    path = folder / FILE
    if not path.is_file():
        return {}
    try:
        record: dict[str, dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RuleBaseError("This is not JSON.", place=Place(str(path))) from error
    return record


def differences(outcome: Outcome, record: dict[str, dict[str, object]]) -> list[str]:
    """What is no longer as recorded, in words."""
    before = record.get(outcome.scenario.id)
    if before is None:
        return ["not recorded yet"] if record else []
    now = figures(outcome)
    changes = [
        f"{key} was {before.get(key)}, is {now[key]}"
        for key in ("framework", "class")
        if before.get(key) != now[key]
    ]
    old = before.get("contributions")
    for criterion, value in outcome.balance.contributions.items():
        recorded = old.get(criterion) if isinstance(old, dict) else None
        if not isinstance(recorded, int | float) or abs(recorded - value) > 2 * TOLERANCE:
            changes.append(f"{criterion} contributed {recorded}, now {value:.3f}")
    return changes
