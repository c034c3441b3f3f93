"""The parts of the decision document: what decision.json holds, as plain frozen data.

Everything that any report shows lies here: texts, evidence with sources and dates, labels,
answers and the whole probe with its raw blocks. The dates are the day of the advice and those of
the evidence; no clock is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from advisor.model.candidate import Candidate
from advisor.model.decision import SettledHow, StepKind, VerdictClass
from advisor.model.measurement import Likeness
from advisor.model.rulebase import Confidence, NoticeKind, QuestionKind, Strength

SCHEMA = "framework-advisor/decision/1"
SCHEMA_VERSION = "1.0.0"
"""Semantic version of the schema: a document of the same major version can always be read."""


def _json_name(name: str) -> str:
    """The name of a field in JSON: `verdict_class` is called `class` there."""
    return "class" if name == "verdict_class" else name


class Part:
    """Mix-in: at the door, unknown fields, coercions, NaN and infinity are refused."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, object]] = {
        "extra": "forbid",
        "allow_inf_nan": False,
        "alias_generator": _json_name,
    }


@dataclass(frozen=True, slots=True)
class VerdictPart(Part):
    """The candidate named, and how sure that is."""

    framework: Candidate
    verdict_class: VerdictClass
    acceptability: dict[Candidate, float]
    """Share of plausible weightings and readings in which each comes out first; sums to 1."""
    monte_carlo_error: float
    doubt: dict[str, float]
    """Share of the doubt due to `weights`, `evidence`, `measurements` and `unanswered`."""
    both_gated: bool = False
    tie_break: str = ""
    experiment: str = ""


@dataclass(frozen=True, slots=True)
class WeightPart(Part):
    """A weight and its 95 % interval."""

    low: float
    mean: float
    high: float


@dataclass(frozen=True, slots=True)
class CriterionPart(Part):
    """How the candidates stand on one criterion."""

    id: str
    label: str
    description: str
    weight: WeightPart
    value: dict[Candidate, float]
    contribution: float
    """Above 0 it speaks for PyTorch, below 0 for TensorFlow."""
    turning_weight: float | None = None


@dataclass(frozen=True, slots=True)
class MeasuredByPart(Part):
    """The measurement that, made for the target, counts instead of what a document says."""

    workloads: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    deployment_target: str | None = None


@dataclass(frozen=True, slots=True)
class ReasonPart(Part):
    """A rule that holds, or may hold."""

    rule: str
    criterion: str
    topic: str
    favours: Candidate
    text: str
    evidence: tuple[str, ...]
    strength: Strength
    effect: float
    holds: bool | None
    measured: bool = False
    expired: bool = False
    questions: tuple[str, ...] = ()
    claimed: Candidate | None = None
    """The candidate that its documents speak for; null when only a measurement can say."""
    measured_by: MeasuredByPart | None = None


@dataclass(frozen=True, slots=True)
class GatePart(Part):
    """A hard constraint that holds, or may hold."""

    id: str
    excludes: Candidate
    holds: bool | None
    text: str
    evidence: tuple[str, ...]
    relax: str
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangePart(Part):
    """One answer changed; option ids, empty for not answered."""

    question: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    changeable: bool


@dataclass(frozen=True, slots=True)
class FlipPart(Part):
    """A smallest set of changed answers that turns the verdict."""

    changes: tuple[ChangePart, ...]
    framework: Candidate
    verdict_class: VerdictClass
    acceptability: float


@dataclass(frozen=True, slots=True)
class TurnPart(Part):
    """The time ratio (TensorFlow over PyTorch) at which a measurement would turn the verdict."""

    workload: str
    operation: str
    ratio: float | None
    measured: float | None


@dataclass(frozen=True, slots=True)
class UnansweredPart(Part):
    """A question not answered, and what was done about it."""

    question: str
    text: str
    applies: bool | None
    turn_chance: float


@dataclass(frozen=True, slots=True)
class NoticePart(Part):
    """Something to say that moves no score."""

    id: str
    kind: NoticeKind
    text: str
    evidence: tuple[str, ...] = ()
    command: str = ""


@dataclass(frozen=True, slots=True)
class StepPart(Part):
    """A question or probe with what it is expected to be worth."""

    kind: StepKind
    id: str
    gain: float
    seconds: float
    turn_chance: float


@dataclass(frozen=True, slots=True)
class SettledPart(Part):
    """Whether the remaining questions can still turn the pick."""

    how: SettledHow
    remaining: tuple[str, ...]
    turn_chance: float


@dataclass(frozen=True, slots=True)
class SourcePart(Part):
    """Where a claim can be read."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class EvidencePart(Part):
    """A dated claim that a reason, gate or notice of this decision rests on."""

    id: str
    claim: str
    sources: tuple[SourcePart, ...]
    as_of: date
    expires: date
    confidence: Confidence
    versions: str = ""
    survey_says: str = ""
    now: str = ""
    measurable: str = ""


@dataclass(frozen=True, slots=True)
class OptionPart(Part):
    """One possible answer."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class QuestionPart(Part):
    """A question that this decision speaks of."""

    id: str
    section: str
    """Label of the section it stands in."""
    kind: QuestionKind
    text: str
    why: str
    changeable: bool
    options: tuple[OptionPart, ...]


@dataclass(frozen=True, slots=True)
class PrioritiesPart(Part):
    """What the user said about the criteria."""

    rank: tuple[str, ...] = ()
    swings: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleBasePart(Part):
    """The rule base that the advice rests on."""

    version: str
    sha256: str
    overlays: tuple[str, ...] = ()
    rules: int = 0
    evidence: int = 0
    """How many records of evidence it holds."""
    favouring: dict[str, int] = field(default_factory=dict)
    """How many of its rules speak for each candidate, or for the one `measured` faster."""


@dataclass(frozen=True, slots=True)
class MethodPart(Part):
    """What is needed beside answers, rules and probe to compute the same figures again."""

    samples: int
    """How many weightings and readings were drawn."""
    seed: str
    """What the pseudo-random draws start from; they are keyed by id beside it."""


@dataclass(frozen=True, slots=True)
class MemberPart(Part):
    """One person of a team, and the verdict that their answers alone would give."""

    name: str
    framework: Candidate
    verdict_class: VerdictClass
    acceptability: float
    """Of the framework named."""


@dataclass(frozen=True, slots=True)
class DisputePart(Part):
    """A point on which a team disagrees."""

    question: str
    """Question id, or `priorities`."""
    held: dict[str, tuple[str, ...]]
    """Option ids by name of the person; for `priorities` criterion ids, the first one first.
    Empty for somebody who did not answer."""
    matters: bool
    """Whether settling it can turn the verdict."""
    outcomes: dict[str, Candidate]
    """The verdict by name, if this point went that person's way and the rest stayed open."""


@dataclass(frozen=True, slots=True)
class TeamPart(Part):
    """Several people's answers: what they agree on is answered, what they dispute is open."""

    members: tuple[MemberPart, ...]
    disputes: tuple[DisputePart, ...]
    exhaustive: bool
    """Whether every combination of the answers held was tried; otherwise each by itself."""
    swings: dict[str, dict[str, int]] = field(default_factory=dict)
    """Points by criterion, by name, where the priorities are disputed."""


@dataclass(frozen=True, slots=True)
class DecisionDocument(Part):
    """The canonical decision: every report is a pure function of it."""

    schema: str
    schema_version: str
    advisor_version: str
    as_of: date
    """The day of the advice: evidence is judged by its age on that day."""
    verdict: VerdictPart
    criteria: tuple[CriterionPart, ...]
    reasons: tuple[ReasonPart, ...]
    gates: tuple[GatePart, ...]
    flips: tuple[FlipPart, ...]
    measurement_turns: tuple[TurnPart, ...]
    unanswered: tuple[UnansweredPart, ...]
    notices: tuple[NoticePart, ...]
    next_steps: tuple[StepPart, ...]
    settled: SettledPart
    expired_evidence: tuple[str, ...]
    notes: tuple[str, ...]
    evidence: tuple[EvidencePart, ...]
    questions: tuple[QuestionPart, ...]
    answers: dict[str, tuple[str, ...]]
    """Option ids by question id, in the order of the questionnaire."""
    priorities: PrioritiesPart
    likeness: Likeness
    """How the probed machine stands to the target."""
    rule_base: RuleBasePart
    method: MethodPart
    probe: dict[str, Any] | None = None
    """The probe record as probe.json holds it, raw blocks included; null without a probe."""
    team: TeamPart | None = None
    """Where several people's answers were merged: who holds what."""

    def evidence_by_id(self) -> Mapping[str, EvidencePart]:
        """The evidence of this decision by id."""
        return {one.id: one for one in self.evidence}

    def question_by_id(self) -> Mapping[str, QuestionPart]:
        """The questions of this decision by id."""
        return {one.id: one for one in self.questions}
