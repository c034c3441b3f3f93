"""How strong a rule is: an interval from its anchor, its evidence and the day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from advisor.decision.constants import (
    CONFIDENCE_WIDTH,
    EXPIRED_FACTOR,
    LOW_CONFIDENCE_FACTOR,
    STRENGTH_ANCHORS,
)
from advisor.model.rulebase import Confidence, Evidence, Rule, Strength

_BELIEF = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)


@dataclass(frozen=True, slots=True)
class Interval:
    """Strength from `low` to `high`, each value in between equally plausible."""

    low: float
    high: float
    expired: bool = False

    @property
    def mean(self) -> float:
        """Middle of the interval."""
        return (self.low + self.high) / 2


def ceiling(strength: Strength) -> float:
    """The most that a rule of that strength can carry a value."""
    return STRENGTH_ANCHORS[strength][1]


def rule_interval(rule: Rule, evidence: Mapping[str, Evidence], as_of: date) -> Interval | None:
    """Strength of `rule` on the day `as_of`; None when nothing it cites was known then.

    The best-believed piece of evidence counts. When every piece has expired the interval reaches
    down to nothing and its top is halved.
    """
    cited = [evidence[key] for key in rule.evidence if key in evidence]
    existing = [item for item in cited if item.as_of <= as_of]
    if not existing:
        return None
    fresh = [item for item in existing if item.expires > as_of]
    confidence = min((item.confidence for item in fresh or existing), key=_BELIEF.index)
    return strength_interval(rule.strength, confidence, expired=not fresh)


def strength_interval(strength: Strength, confidence: Confidence, *, expired: bool) -> Interval:
    """The anchor of `strength`, narrowed by confidence, lowered and widened by expiry."""
    low, high = STRENGTH_ANCHORS[strength]
    middle, half = (low + high) / 2, (high - low) / 2
    factor, width = LOW_CONFIDENCE_FACTOR[confidence], CONFIDENCE_WIDTH[confidence]
    low, high = factor * (middle - width * half), factor * (middle + width * half)
    if expired:
        return Interval(0.0, EXPIRED_FACTOR * high, expired=True)
    return Interval(low, high)
