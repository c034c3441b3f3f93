"""What a rule file may hold: the one definition behind the loader and the published schema.

Every scalar of a rule file arrives as the text that was written (see `nodes`), so nothing is
guessed about types before these models look at it. Conditions stay opaque here: what they may say
depends on the questions, which `conditions` knows.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from advisor.model.candidate import Candidate
from advisor.model.decision import VerdictClass
from advisor.model.rulebase import (
    Confidence,
    Emphasis,
    NoticeKind,
    QuestionKind,
    RuleBase,
    Strength,
)

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


_REFERS = "x-refers"
"""Stands for `$ref` until the schema is whole: pydantic follows only references of its own."""
_ID = r"^[a-z0-9]+([-_][a-z0-9]+)*$"


def _one_or_more(item: dict[str, Any]) -> WithJsonSchema:
    """How editors see a list for which a single word may stand."""
    return WithJsonSchema({"anyOf": [item, {"type": "array", "items": item}]})


Id = Annotated[str, Field(pattern=_ID, max_length=80)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Month = Annotated[
    date,
    BeforeValidator(_month),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}(-\d{2})?$"}),
]
_Listed = Annotated[list[Id], BeforeValidator(_listed)]
Words = Annotated[_Listed, _one_or_more({"type": "string", "pattern": _ID})]
Cited = Annotated[_Listed, _one_or_more({_REFERS: "EvidenceId"})]
CriterionId = Annotated[Id, WithJsonSchema({_REFERS: "CriterionId"})]
WhenMapping = Annotated[dict[str, Any], WithJsonSchema({_REFERS: "Condition"})]
GivenAnswers = Annotated[dict[str, Any], WithJsonSchema({_REFERS: "Answers"})]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OptionEntry(_Entry):
    """One possible answer."""

    id: Id
    label: Text
    help: str = ""
    exclusive: bool = False
    odds: float = Field(default=1.0, gt=0, le=1000)


class LikelierEntry(_Entry):
    """What other answers say about a question that is still open."""

    when: WhenMapping
    options: Words
    times: float = Field(gt=0, le=1000)


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
    likelier: list[LikelierEntry] = Field(default_factory=list)
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
        named = (one for entry in self.likelier for one in entry.options)
        unknown = next((one for one in named if one not in ids), None)
        if unknown:
            message = f"`likelier` names `{unknown}`, which is not an option here"
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
    operations: Annotated[
        list[Operation],
        BeforeValidator(_listed),
        _one_or_more({"enum": list(get_args(Operation))}),
    ] = Field(default_factory=list)
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
    criterion: CriterionId
    topic: Id
    when: WhenMapping = Field(default_factory=dict)
    favours: Candidate | Literal["measured"]
    strength: Strength
    text: Text
    evidence: Cited = Field(min_length=1)
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
    evidence: Cited = Field(min_length=1)
    relax: Text


class EmphasisEntry(_Entry):
    """Makes a criterion matter more or less."""

    id: Id
    criterion: CriterionId
    when: WhenMapping
    emphasis: Emphasis
    text: Text


class NoticeEntry(_Entry):
    """Something to say that moves no score."""

    id: Id
    kind: NoticeKind
    when: WhenMapping = Field(default_factory=dict)
    text: Text
    evidence: Cited = Field(default_factory=list)
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


class ExpectEntry(_Entry):
    """What must come out of a scenario."""

    verdict: Candidate | Literal["either"]
    classes: Annotated[
        list[VerdictClass],
        BeforeValidator(_listed),
        _one_or_more({"enum": [one.value for one in VerdictClass]}),
    ] = Field(default_factory=list)
    fires: Words = Field(default_factory=list)
    silent: Words = Field(default_factory=list)
    notices: Words = Field(default_factory=list)


class ScenarioEntry(_Entry):
    """A situation with the advice that would be sound."""

    id: Id
    about: Text
    source: str = ""
    answers: GivenAnswers = Field(default_factory=dict)
    expect: ExpectEntry


class WaiverEntry(_Entry):
    """Accepts the findings of one check about one thing, for a reason and for a time."""

    finding: str
    id: str
    reason: str = Field(min_length=10)
    expires: Month


_T = TypeVar("_T")
Listing = Annotated[list[_T], BeforeValidator(_absent)]


class RuleFile(_Entry):
    """One YAML file of a rule base: any of these keys."""

    version: str | None = None
    criteria: Listing[CriterionEntry] = Field(default_factory=list)
    sections: Listing[SectionEntry] = Field(default_factory=list)
    section: Id | None = None
    questions: Listing[QuestionEntry] = Field(default_factory=list)
    evidence: Listing[EvidenceEntry] = Field(default_factory=list)
    rules: Listing[RuleEntry] = Field(default_factory=list)
    gates: Listing[GateEntry] = Field(default_factory=list)
    emphases: Listing[EmphasisEntry] = Field(default_factory=list)
    notices: Listing[NoticeEntry] = Field(default_factory=list)
    disable: Listing[Id] = Field(default_factory=list)


class WholeFile(RuleFile):
    """A rule file with what other readers find in it: for editors."""

    scenarios: Listing[ScenarioEntry] = Field(default_factory=list)
    waivers: Listing[WaiverEntry] = Field(default_factory=list)


def rules_schema(rule_base: RuleBase | None = None) -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of a rule file, for editors.

    Args:
        rule_base: when given, conditions and references are limited to its questions, options,
            criteria and evidence, so that an editor completes and checks them.
    """
    schema: dict[str, Any] = _referring(WholeFile.model_json_schema())
    schema["$defs"] |= _references(rule_base)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "framework-advisor/rules/1",
        **schema,
        "title": "Rule file",
    }


def schema_text(rule_base: RuleBase | None = None) -> str:
    """`rules_schema` as it is written to a file."""
    return json.dumps(rules_schema(rule_base), indent=1, ensure_ascii=False) + "\n"


def _referring(schema: Any) -> Any:
    """The schema with its references in place; defaults beside them are left out."""
    match schema:
        case {"x-refers": name}:
            return {"$ref": f"#/$defs/{name}"}
        case dict():
            return {key: _referring(value) for key, value in schema.items()}
        case list():
            return [_referring(item) for item in schema]
        case _:
            return schema


def _references(rule_base: RuleBase | None) -> dict[str, Any]:
    """The definitions that depend on the rule base."""
    word = {"type": "string", "pattern": _ID}
    condition = {"$ref": "#/$defs/Condition"}
    listed = {"type": "array", "items": condition, "minItems": 1}
    parts = {"any": listed, "all": listed, "not": condition}
    when: dict[str, Any] = {"type": "object", "properties": parts}
    given: dict[str, Any] = {"type": "object"}
    if rule_base is None:
        when["additionalProperties"] = _options(word, ordered=True)
        given["additionalProperties"] = _options(word, ordered=True)
        return {"Condition": when, "Answers": given, "CriterionId": word, "EvidenceId": word}
    by_question = {
        question.id: _options(
            {"enum": list(question.option_ids)}, ordered=question.kind is QuestionKind.SCALE
        )
        for question in rule_base.questions
    }
    when |= {"properties": parts | by_question, "additionalProperties": False}
    given |= {"properties": by_question, "additionalProperties": False}
    return {
        "Condition": when,
        "Answers": given,
        "CriterionId": {"enum": [one.id for one in rule_base.criteria]},
        "EvidenceId": {"enum": sorted(rule_base.evidence)},
    }


def _options(option: dict[str, Any], *, ordered: bool) -> dict[str, Any]:
    """One option, some, or a range of them."""
    ways = [option, {"type": "array", "items": option, "minItems": 1}]
    if ordered:
        ways.append(
            {
                "type": "object",
                "properties": {"at-least": option, "at-most": option},
                "additionalProperties": False,
                "minProperties": 1,
            }
        )
    return {"anyOf": ways}
