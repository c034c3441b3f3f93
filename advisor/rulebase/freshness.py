"""How old the evidence is, and when it runs out, criterion by criterion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from advisor.model.rulebase import Evidence, RuleBase

SOON = timedelta(days=182)
MONTH_DAYS = 30.44


@dataclass(frozen=True, slots=True)
class Freshness:
    """The evidence that one criterion rests on."""

    criterion: str
    label: str
    pieces: int
    median_age_months: float
    oldest: Evidence | None
    expired: tuple[str, ...]
    expiring: tuple[str, ...]
    """Within half a year, soonest first."""


def freshness(rule_base: RuleBase, *, as_of: date) -> list[Freshness]:
    """One entry per criterion, in the order of the rule base."""
    found = []
    for criterion in rule_base.criteria:
        cited = {
            id_
            for rule in rule_base.rules
            if rule.criterion == criterion.id
            for id_ in rule.evidence
        }
        evidence = [rule_base.evidence[id_] for id_ in sorted(cited)]
        evidence = [one for one in evidence if one.as_of <= as_of]
        expiring = sorted(
            (one for one in evidence if as_of < one.expires and one.expires - as_of <= SOON),
            key=lambda one: (one.expires, one.id),
        )
        found.append(
            Freshness(
                criterion=criterion.id,
                label=criterion.label,
                pieces=len(evidence),
                median_age_months=(
                    median((as_of - one.as_of).days for one in evidence) / MONTH_DAYS
                    if evidence
                    else 0.0
                ),
                oldest=min(evidence, key=lambda one: (one.as_of, one.id), default=None),
                expired=tuple(one.id for one in evidence if one.expires <= as_of),
                expiring=tuple(one.id for one in expiring),
            )
        )
    return found


def as_text(found: list[Freshness], rule_base: RuleBase, *, as_of: date) -> str:
    """A table, then what has expired and what is next to."""
    lines = [
        f"Evidence on {as_of}",
        f"{'criterion':<36}{'pieces':>7}{'median age':>12}{'oldest':>9}{'expired':>9}{'in 6 mo.':>10}",
    ]
    for one in found:
        oldest = f"{one.oldest.as_of:%Y-%m}" if one.oldest else "-"
        lines.append(
            f"{one.label:<36}{one.pieces:>7}{one.median_age_months:>8.0f} mo.{oldest:>9}"
            f"{len(one.expired):>9}{len(one.expiring):>10}"
        )
    for title, ids in (
        ("Expired: counts less and is shown as expired", [i for one in found for i in one.expired]),
        ("Expires within half a year", [i for one in found for i in one.expiring]),
    ):
        lines.append(f"{title}: {len(set(ids)) or 'none'}")
        lines += [f"  {id_} ({rule_base.evidence[id_].expires:%Y-%m})" for id_ in sorted(set(ids))]
    return "\n".join(lines) + "\n"
