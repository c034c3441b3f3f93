"""The rule base as the engine sees it: criteria, questions, evidence and rules, already checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from math import prod

from advisor.model.candidate import Candidate
from advisor.model.condition import ALWAYS, Condition, KnownAnswers, evaluate


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in the rule files something was written."""

    file: str = ""
    """Path relative to the folder of the rule base."""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that a good choice is judged by."""

    id: str
    label: str
    description: str
    importance: float = 1.0
    """Share before any answer, relative to the other criteria; positive."""
    cap: float | None = None
    """Largest share of the weight it may take, for criteria such as popularity."""
    origin: Origin = Origin()


class QuestionKind(StrEnum):
    """How a question is answered."""

    SINGLE = "single"
    """Exactly one option."""
    SCALE = "scale"
    """Exactly one option; options are ordered from least to most."""
    MULTI = "multi"
    """One option or more."""


@dataclass(frozen=True, slots=True)
class Option:
    """One possible answer."""

    id: str
    label: str
    help: str = ""
    exclusive: bool = False
    """In a multi question: cannot be combined (for instance `none`)."""
    odds: float = 1.0
    """How often it is drawn while the question is open, relative to the other options; positive.
    Special demands are rare: without odds an open question on them would weigh like an answer."""


@dataclass(frozen=True, slots=True)
class Likelier:
    """What other answers say about a question that is still open."""

    when: Condition
    options: frozenset[str]
    times: float
    """Factor on the odds of those options; below 1 makes them rarer."""


@dataclass(frozen=True, slots=True)
class Section:
    """A group of questions, shown together."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """Something the user is asked. "Don't know" is always allowed and is not an option."""

    id: str
    section: str
    kind: QuestionKind
    text: str
    why: str
    """Why it is asked: what it can change."""
    options: tuple[Option, ...]
    help: str = ""
    ask_when: Condition = ALWAYS
    """A question whose condition fails does not apply; its answer is the empty set."""
    changeable: bool = False
    """True when the user can choose otherwise (a plan), False for a fact about their situation."""
    seconds: float = 8.0
    """Typical time to answer, for the value of asking."""
    likelier: tuple[Likelier, ...] = ()
    """Answers go together: who runs TensorFlow Serving seldom owns PyTorch code only."""
    origin: Origin = Origin()

    def odds_given(self, known: KnownAnswers) -> tuple[float, ...]:
        """Odds of its options, in their order, while it is open and `known` is all that is known."""
        held = [one for one in self.likelier if evaluate(one.when, known) is True]
        return tuple(
            option.odds * prod(one.times for one in held if option.id in one.options)
            for option in self.options
        )

    @property
    def option_ids(self) -> tuple[str, ...]:
        """The ids of its options, in their order."""
        return tuple(option.id for option in self.options)

    def option(self, option_id: str) -> Option:
        """The option of that id; KeyError when there is none."""
        for option in self.options:
            if option.id == option_id:
                return option
        raise KeyError(option_id)


class Confidence(StrEnum):
    """How far a piece of evidence is to be believed."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a claim can be read: an address or a package URL."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A dated claim with its sources."""

    id: str
    claim: str
    sources: tuple[Source, ...]
    as_of: date
    """The month in which it is known to hold (its first day)."""
    expires: date
    """From this day on it counts less and is shown as expired."""
    confidence: Confidence
    versions: str = ""
    survey_says: str = ""
    """What the 2025 survey (or common wisdom) says, where it says something."""
    now: str = ""
    """What holds today where that differs; empty when it agrees or the survey is silent."""
    measurable: str = ""
    """How a reader could check it locally."""
    origin: Origin = Origin()


class Strength(StrEnum):
    """How much a rule moves the value of a candidate on its criterion."""

    WEAK = "weak"
    MODERATE = "moderate"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class MeasurementLink:
    """The measurement that, made on the target, replaces what a document says."""

    workloads: frozenset[str] = frozenset()
    """Any of these workloads; empty for a deployment path."""
    operations: frozenset[str] = frozenset()
    """Any of `training`, `inference`, `latency`, `input-pipeline`, `import-time`, `install-size`."""
    deployment_target: str | None = None
    """A deployment path of the rule's candidate to this target, tried here."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When its condition holds, it speaks for one candidate on one criterion."""

    id: str
    criterion: str
    topic: str
    """Rules on one topic do not add up: for each candidate the strongest holds."""
    when: Condition
    favours: Candidate | None
    """None: the rule scores for whichever side its linked measurement favours, and says nothing
    without one."""
    strength: Strength
    text: str
    """One sentence for people, naming what was answered and what follows."""
    evidence: tuple[str, ...]
    measured_by: MeasurementLink | None = None
    origin: Origin = Origin()


@dataclass(frozen=True, slots=True)
class Gate:
    """A hard constraint: when its condition holds, `excludes` cannot do what is required."""

    id: str
    when: Condition
    excludes: Candidate
    text: str
    evidence: tuple[str, ...]
    relax: str
    """What to give up or change so that the gate no longer holds."""
    origin: Origin = Origin()


class Emphasis(StrEnum):
    """How an answer moves the importance of a criterion."""

    LESS = "less"
    MORE = "more"
    MUCH_MORE = "much-more"


@dataclass(frozen=True, slots=True)
class Emphasiser:
    """When its condition holds, a criterion matters more, or less, than before."""

    id: str
    criterion: str
    when: Condition
    emphasis: Emphasis
    text: str
    origin: Origin = Origin()


class NoticeKind(StrEnum):
    """What a notice is about."""

    NEITHER = "neither"
    """Neither candidate is needed for this."""
    HEDGE = "hedge"
    """A way to keep both open, with its cost."""
    CAUTION = "caution"
    """People who do this hit that; moves no score."""
    NOTE = "note"
    """Worth knowing, and a reason why something does not decide; moves no score."""
    CONTRADICTION = "contradiction"
    """Two answers pull against each other."""
    NEXT_STEP = "next-step"
    """What to do next for the stated target; may depend on the candidate."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to say when its condition holds; it moves no score."""

    id: str
    kind: NoticeKind
    when: Condition
    text: str
    evidence: tuple[str, ...] = ()
    candidate: Candidate | None = None
    """Said only when this candidate is recommended; None: always."""
    command: str = ""
    """For a next step: what to type."""
    origin: Origin = Origin()


@dataclass(frozen=True)
class RuleBase:
    """Everything the advice rests on. Immutable; every tuple is sorted by id except questions,
    sections, criteria and options, which keep the order of their files."""

    version: str
    sha256: str
    criteria: tuple[Criterion, ...]
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]
    evidence: Mapping[str, Evidence]
    rules: tuple[Rule, ...]
    gates: tuple[Gate, ...] = ()
    emphases: tuple[Emphasiser, ...] = ()
    notices: tuple[Notice, ...] = ()
    overlays: tuple[str, ...] = field(default=())
    """Names of the folders laid over the shipped rule base."""

    @cached_property
    def question_by_id(self) -> Mapping[str, Question]:
        """Questions by id."""
        return {question.id: question for question in self.questions}

    @cached_property
    def rule_by_id(self) -> Mapping[str, Rule]:
        """Rules by id."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def criterion_by_id(self) -> Mapping[str, Criterion]:
        """Criteria by id."""
        return {criterion.id: criterion for criterion in self.criteria}
