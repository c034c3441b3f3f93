"""The decision: which candidate, how sure, why, and what would turn it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from advisor.model.candidate import Candidate


class VerdictClass(StrEnum):
    """How firm the verdict is (product.md, "The verdict")."""

    GATED = "gated"
    RECOMMEND = "recommend"
    LEAN = "lean"
    TOO_CLOSE = "too-close"

    @property
    def words(self) -> str:
        """The class in a few words, as they follow the name of the candidate."""
        return _CLASS_WORDS[self]


_CLASS_WORDS = {
    VerdictClass.GATED: "the only one that can",
    VerdictClass.RECOMMEND: "recommended",
    VerdictClass.LEAN: "leaning",
    VerdictClass.TOO_CLOSE: "too close to call",
}


RECOMMEND_FROM = 0.90
LEAN_FROM = 0.70


@dataclass(frozen=True, slots=True)
class Verdict:
    """The candidate named, and how sure that is."""

    framework: Candidate
    verdict_class: VerdictClass
    acceptability: Mapping[Candidate, float]
    """Share of plausible weightings and readings in which each comes out first; sums to 1."""
    monte_carlo_error: float
    """Standard error of the acceptability from sampling alone."""
    doubt: Mapping[str, float]
    """Share of the doubt due to `weights`, `evidence`, `measurements` and `unanswered`; sums to 1
    unless there is no doubt at all."""
    both_gated: bool = False
    tie_break: str = ""
    """For `too-close`: why this one is cheaper to reach."""
    experiment: str = ""
    """For `too-close`: the cheapest experiment that would break the tie."""


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """How the candidates stand on one criterion."""

    id: str
    label: str
    weight_low: float
    weight: float
    weight_high: float
    """Mean weight and its 95 % interval."""
    value: Mapping[Candidate, float]
    """Mean value of each candidate, 0 to 1."""
    contribution: float
    """Mean weight times value of PyTorch less value of TensorFlow: above 0 speaks for PyTorch."""
    turning_weight: float | None = None
    """Weight at which the verdict turns, the others keeping their proportions; None: nowhere."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that holds, or may hold."""

    rule: str
    criterion: str
    favours: Candidate
    text: str
    evidence: tuple[str, ...]
    strength: str
    effect: float
    """Mean change of the difference of the totals when this rule falls silent, 0 or more:
    what the ordering of reasons rests on."""
    holds: bool | None
    """None: depends on a question not answered."""
    measured: bool = False
    """Rests on a measurement made for the target instead of a document."""
    expired: bool = False
    """All its evidence has expired on the day of the decision."""
    questions: tuple[str, ...] = ()
    """The questions it reads."""


@dataclass(frozen=True, slots=True)
class GateResult:
    """A gate and whether it holds."""

    id: str
    excludes: Candidate
    holds: bool | None
    text: str
    evidence: tuple[str, ...]
    relax: str
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One answer changed."""

    question: str
    before: tuple[str, ...]
    """Empty: not answered."""
    after: tuple[str, ...]
    changeable: bool


@dataclass(frozen=True, slots=True)
class Flip:
    """A smallest set of changed answers that turns the verdict, verified by deciding again."""

    changes: tuple[Change, ...]
    framework: Candidate
    verdict_class: VerdictClass
    acceptability: float
    """Acceptability of `framework` after the change."""


@dataclass(frozen=True, slots=True)
class MeasurementTurn:
    """The time ratio (TensorFlow over PyTorch) at which a measurement would turn the verdict."""

    workload: str
    operation: str
    ratio: float | None
    measured: float | None
    """The ratio measured, when there is one."""


class StepKind(StrEnum):
    """What can be done next."""

    QUESTION = "question"
    PROBE = "probe"


@dataclass(frozen=True, slots=True)
class NextStep:
    """A question or probe with what it is expected to be worth."""

    kind: StepKind
    id: str
    """Question id, or workload."""
    gain: float
    """Expected gain in the probability of naming the right candidate, 0 or more."""
    seconds: float
    turn_chance: float
    """Chance that its outcome turns the pick."""

    @property
    def rate(self) -> float:
        """Expected gain per second of the user's time."""
        return self.gain / self.seconds if self.seconds else 0.0


class SettledHow(StrEnum):
    """How it is known that nothing left can turn the verdict."""

    PROVED = "proved"
    """Every completion of the answers was covered."""
    ESTIMATED = "estimated"
    """No sampled completion turned the pick."""
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Settled:
    """Whether the remaining questions can still turn the pick."""

    how: SettledHow
    remaining: tuple[str, ...]
    """Questions that apply or may apply and are not answered."""
    turn_chance: float
    """Estimated chance that completing the answers turns the pick."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """A question that was not answered, and what was done about it."""

    question: str
    text: str
    applies: bool | None
    turn_chance: float


@dataclass(frozen=True, slots=True)
class NoticeResult:
    """A notice that holds."""

    id: str
    kind: str
    text: str
    evidence: tuple[str, ...] = ()
    command: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything the engine found. The report adds sources, versions and raw measurements."""

    verdict: Verdict
    criteria: tuple[CriterionResult, ...]
    reasons: tuple[Reason, ...]
    """Rules that hold or may hold, the ones with most effect first."""
    gates: tuple[GateResult, ...]
    """Gates that hold or may hold."""
    flips: tuple[Flip, ...]
    measurement_turns: tuple[MeasurementTurn, ...]
    unanswered: tuple[Assumption, ...]
    notices: tuple[NoticeResult, ...]
    next_steps: tuple[NextStep, ...]
    """Best first, by gain per second."""
    settled: Settled
    expired_evidence: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """Sentences that the result must not be read without."""
