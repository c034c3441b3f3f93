"""What a rule file may hold: the one definition behind the loader and the published schema.

Every scalar of a rule file arrives as the text that was written (see `nodes`), so nothing is
guessed about types before these models look at it. Conditions stay opaque here: what they may say
depends on the questions, which `conditions` knows.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from advisor.model.candidate import Candidate
from advisor.model.rulebase import Confidence, Emphasis, NoticeKind, QuestionKind, Strength

Operation = Literal[
    "training", "inference", "latency", "input-pipeline", "import-time", "install-size"
]


def _month(value: object) -> object:
    """`2026-11` is the first day of that month."""
    if isinstance(value, str) and len(value) == len("2026-11"):
        return f"{value}-01"
    return value


def _listed(value: object) -> object:
    """One word stands for a list of one."""
    return [value] if isinstance(value, str) else value


def _absent(value: object) -> object:
    """A key with nothing after it is an empty list."""
    return [] if value is None else value


Id = Annotated[str, Field(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$", max_length=80)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Month = Annotated[date, BeforeValidator(_month)]
Words = Annotated[list[Id], BeforeValidator(_listed)]
WhenMapping = dict[str, Any]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OptionEntry(_Entry):
    """One possible answer."""

    id: Id
    label: Text
    help: str = ""
    exclusive: bool = False
    odds: float = Field(default=1.0, gt=0, le=1000)


class QuestionEntry(_Entry):
    """Something the user is asked."""

    id: Id
    section: Id | None = None
    kind: QuestionKind
    text: Text
    why: Text
    help: str = ""
    ask_when: WhenMapping = Field(default_factory=dict)
    changeable: bool = False
    seconds: float = Field(default=8.0, gt=0, le=600)
    options: list[OptionEntry] = Field(min_length=2, max_length=24)

    @model_validator(mode="after")
    def _consistent(self) -> QuestionEntry:
        ids = [option.id for option in self.options]
        repeated = next((one for one in ids if ids.count(one) > 1), None)
        if repeated:
            message = f"the option `{repeated}` stands here twice"
            raise ValueError(message)
        if self.kind is not QuestionKind.MULTI and any(option.exclusive for option in self.options):
            message = "`exclusive` is for options of multi questions"
            raise ValueError(message)
        return self


class SourceEntry(_Entry):
    """Where a claim can be read."""

    title: Text
    url: Annotated[str, Field(pattern=r"^(https?://|pkg:)\S+$", max_length=500)]


class EvidenceEntry(_Entry):
    """A dated claim with its sources."""

    id: Id
    claim: Text
    sources: list[SourceEntry] = Field(min_length=1)
    as_of: Month
    expires: Month
    confidence: Confidence
    versions: str = ""
    survey_says: str = ""
    now: str = ""
    measurable: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> EvidenceEntry:
        if self.expires <= self.as_of:
            message = "`expires` must lie after `as_of`"
            raise ValueError(message)
        return self


class LinkEntry(_Entry):
    """The measurement that replaces what a document says."""

    workloads: Words = Field(default_factory=list)
    operations: Annotated[list[Operation], BeforeValidator(_listed)] = Field(default_factory=list)
    deployment_target: Id | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> LinkEntry:
        if bool(self.deployment_target) == bool(self.workloads or self.operations):
            message = "give either `deployment_target`, or `workloads` and `operations`"
            raise ValueError(message)
        return self


class RuleEntry(_Entry):
    """Speaks for one candidate on one criterion when its condition holds."""

    id: Id
    criterion: Id
    topic: Id
    when: WhenMapping = Field(default_factory=dict)
    favours: Candidate | Literal["measured"]
    strength: Strength
    text: Text
    evidence: Annotated[list[Id], BeforeValidator(_listed)] = Field(min_length=1)
    measured_by: LinkEntry | None = None

    @model_validator(mode="after")
    def _linked(self) -> RuleEntry:
        link = self.measured_by
        if self.favours == "measured" and (link is None or link.deployment_target):
            message = "`favours: measured` needs `measured_by` with workloads or operations"
            raise ValueError(message)
        return self


class GateEntry(_Entry):
    """A hard constraint."""

    id: Id
    when: WhenMapping
    excludes: Candidate
    text: Text
    evidence: Annotated[list[Id], BeforeValidator(_listed)] = Field(min_length=1)
    relax: Text


class EmphasisEntry(_Entry):
    """Makes a criterion matter more or less."""

    id: Id
    criterion: Id
    when: WhenMapping
    emphasis: Emphasis
    text: Text


class NoticeEntry(_Entry):
    """Something to say that moves no score."""

    id: Id
    kind: NoticeKind
    when: WhenMapping = Field(default_factory=dict)
    text: Text
    evidence: Annotated[list[Id], BeforeValidator(_listed)] = Field(default_factory=list)
    candidate: Candidate | None = None
    command: str = ""


class CriterionEntry(_Entry):
    """One thing that a good choice is judged by."""

    id: Id
    label: Text
    description: Text
    importance: float = Field(default=1.0, gt=0, le=100)
    cap: float | None = Field(default=None, gt=0, le=1)


class SectionEntry(_Entry):
    """A group of questions."""

    id: Id
    label: Text


class RuleFile(_Entry):
    """One YAML file of a rule base: any of these keys."""

    version: str | None = None
    criteria: Annotated[list[CriterionEntry], BeforeValidator(_absent)] = Field(
        default_factory=list
    )
    sections: Annotated[list[SectionEntry], BeforeValidator(_absent)] = Field(default_factory=list)
    section: Id | None = None
    questions: Annotated[list[QuestionEntry], BeforeValidator(_absent)] = Field(
        default_factory=list
    )
    evidence: Annotated[list[EvidenceEntry], BeforeValidator(_absent)] = Field(default_factory=list)
    rules: Annotated[list[RuleEntry], BeforeValidator(_absent)] = Field(default_factory=list)
    gates: Annotated[list[GateEntry], BeforeValidator(_absent)] = Field(default_factory=list)
    emphases: Annotated[list[EmphasisEntry], BeforeValidator(_absent)] = Field(default_factory=list)
    notices: Annotated[list[NoticeEntry], BeforeValidator(_absent)] = Field(default_factory=list)
    disable: Annotated[list[Id], BeforeValidator(_absent)] = Field(default_factory=list)


def rules_schema() -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of a rule file, for editors."""
    schema: dict[str, object] = RuleFile.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "framework-advisor/rules/1",
        **schema,
        "title": "Rule file",
    }
