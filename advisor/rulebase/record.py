"""The record: what every scenario came to when somebody last looked, kept beside the rules.

It makes each change of a strength, an emphasis or a condition visible in review: the change
fails `advisor rules test` until it is looked at and recorded again with `--record`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from advisor.errors import Place, RuleBaseError, StorageError
from advisor.rulebase.scenarios import Outcome

FILE = "recorded.json"
DIGITS = 4
"""Of a contribution; less moves nothing that anyone could see."""
NOTICEABLE = 1.5e-4
"""A change of a contribution that is more than rounding."""


def figures(outcome: Outcome) -> dict[str, object]:
    """What is recorded of one scenario."""
    balance = outcome.balance
    return {
        "framework": balance.framework.value,
        "class": balance.verdict_class.value,
        "contributions": {
            criterion: round(value, DIGITS)
            for criterion, value in sorted(balance.contributions.items())
        },
    }


@dataclass(frozen=True, slots=True)
class Record:
    """What scenarios came to, and on which day: evidence ages, so figures belong to a day."""

    as_of: date | None
    scenarios: Mapping[str, Mapping[str, object]]


NO_RECORD = Record(None, {})


def write_record(outcomes: Iterable[Outcome], folder: Path, *, as_of: date) -> Path:
    """Write the record of these outcomes, decided for the day `as_of`.

    Raises:
        StorageError: it cannot be written.
    """
    path = folder / FILE
    content = {
        "as_of": as_of.isoformat(),
        "scenarios": {one.scenario.id: figures(one) for one in outcomes},
    }
    text = json.dumps(content, indent=1, sort_keys=True)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"Cannot be written: {error.strerror}.", place=Place(str(path))
        ) from error
    return path


def read_record(folder: Path) -> Record:
    """The record beside the rules; an empty one when there is none.

    Raises:
        RuleBaseError: the file holds something else.
    """
    path = folder / FILE
    if not path.is_file():
        return NO_RECORD
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Record(date.fromisoformat(content["as_of"]), dict(content["scenarios"]))
    except (ValueError, TypeError, KeyError) as error:
        raise RuleBaseError(
            "This is not a record of scenarios.",
            place=Place(str(path)),
            remedy="Write it again with: advisor rules test --record",
        ) from error


def differences(outcome: Outcome, record: Record) -> list[str]:
    """What is no longer as recorded, in words; a scenario without a record has nothing to differ."""
    before = record.scenarios.get(outcome.scenario.id)
    if before is None:
        return []
    now = figures(outcome)
    changes = [
        f"{key} was {before.get(key)}, is {now[key]}"
        for key in ("framework", "class")
        if before.get(key) != now[key]
    ]
    old = before.get("contributions")
    for criterion, value in outcome.balance.contributions.items():
        recorded = old.get(criterion) if isinstance(old, dict) else None
        if not isinstance(recorded, int | float) or abs(recorded - value) > NOTICEABLE:
            changes.append(f"{criterion} contributed {recorded}, now {value:.4f}")
    return changes
