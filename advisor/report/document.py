"""From a decision to its canonical document, and from the document to its canonical text."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Any

from advisor import __version__
from advisor.model.candidate import CANDIDATES
from advisor.model.measurement import Likeness
from advisor.model.rulebase import Strength
from advisor.report.loading import load_document, parse_document
from advisor.report.parts import (
    SCHEMA,
    SCHEMA_VERSION,
    ChangePart,
    CriterionPart,
    DecisionDocument,
    EvidencePart,
    FlipPart,
    GatePart,
    MeasuredByPart,
    MethodPart,
    NoticePart,
    OptionPart,
    PrioritiesPart,
    QuestionPart,
    ReasonPart,
    RuleBasePart,
    SettledPart,
    SourcePart,
    StepPart,
    TurnPart,
    UnansweredPart,
    VerdictPart,
    WeightPart,
)
from advisor.report.privacy import scrub
from advisor.report.text import map_text
from advisor.text import clean

if TYPE_CHECKING:
    from advisor.model.answers import Answers
    from advisor.model.decision import CriterionResult, Decision, Flip, GateResult, Reason
    from advisor.model.rulebase import Evidence, MeasurementLink, Question, RuleBase

__all__ = [
    "SAMPLES",
    "DecisionDocument",
    "build_document",
    "dump_document",
    "load_document",
    "parse_document",
    "to_plain",
]

SAMPLES = 10_000
"""Draws of a decision unless something else was asked for."""


def build_document(
    rule_base: RuleBase,
    answers: Answers,
    decision: Decision,
    record: object | None = None,
    *,
    as_of: date,
    likeness: Likeness = Likeness.HERE,
    samples: int = SAMPLES,
    keep_private: bool = False,
) -> DecisionDocument:
    """Everything a report shows, in one document.

    Args:
        rule_base: what the decision was made with.
        answers: what the user said.
        decision: what the engine found.
        record: the probe (a `ProbeRecord`, or the mapping that its file holds), if there was one.
        as_of: the day of the advice.
        likeness: how the probed machine stands to the target.
        samples: how many draws the decision used.
        keep_private: leave user names, host names and paths in texts of the probe.
    """
    from advisor.decision.constants import SEED

    document = DecisionDocument(
        schema=SCHEMA,
        schema_version=SCHEMA_VERSION,
        advisor_version=__version__,
        as_of=as_of,
        verdict=_verdict(decision),
        criteria=tuple(_criterion(rule_base, one) for one in decision.criteria),
        reasons=tuple(_reason(rule_base, one) for one in decision.reasons),
        gates=tuple(_gate(one) for one in decision.gates),
        flips=tuple(_flip(one) for one in decision.flips),
        measurement_turns=tuple(
            TurnPart(one.workload, one.operation, one.ratio, one.measured)
            for one in decision.measurement_turns
        ),
        unanswered=tuple(
            UnansweredPart(one.question, one.text, one.applies, one.turn_chance)
            for one in decision.unanswered
        ),
        notices=tuple(_notice(rule_base, one) for one in decision.notices),
        next_steps=tuple(
            StepPart(one.kind, one.id, one.gain, one.seconds, one.turn_chance)
            for one in decision.next_steps
        ),
        settled=SettledPart(
            decision.settled.how, decision.settled.remaining, decision.settled.turn_chance
        ),
        expired_evidence=decision.expired_evidence,
        notes=decision.notes,
        evidence=_evidence_of(rule_base, decision),
        questions=_questions_of(rule_base, answers, decision),
        answers=_answers(rule_base, answers),
        priorities=PrioritiesPart(answers.priorities.rank, dict(answers.priorities.swings)),
        likeness=likeness,
        rule_base=_rule_base(rule_base),
        method=MethodPart(samples=samples, seed=SEED),
        probe=_probe(record, keep_private=keep_private),
    )
    return map_text(document, clean)


def dump_document(document: DecisionDocument) -> str:
    """The canonical JSON text: the same document gives the same bytes."""
    return json.dumps(to_plain(document), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def to_plain(document: DecisionDocument) -> dict[str, Any]:
    """The document as JSON types: what decision.json holds."""
    plain: dict[str, Any] = _plain(document)
    return plain


def _plain(value: Any) -> Any:
    """Dataclasses and mappings to dicts in their order, enums and dates to text."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            "class" if field.name == "verdict_class" else field.name: _plain(
                getattr(value, field.name)
            )
            for field in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        return {
            key.value if isinstance(key, Enum) else str(key): _plain(item)
            for key, item in value.items()
        }
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _probe(record: object | None, *, keep_private: bool) -> dict[str, Any] | None:
    if record is None:
        return None
    plain: dict[str, Any] = _plain(record)
    return plain if keep_private else map_text(plain, scrub)


def _verdict(decision: Decision) -> VerdictPart:
    verdict = decision.verdict
    return VerdictPart(
        framework=verdict.framework,
        verdict_class=verdict.verdict_class,
        acceptability={one: verdict.acceptability[one] for one in CANDIDATES},
        monte_carlo_error=verdict.monte_carlo_error,
        doubt=dict(verdict.doubt),
        both_gated=verdict.both_gated,
        tie_break=verdict.tie_break,
        experiment=verdict.experiment,
    )


def _criterion(rule_base: RuleBase, found: CriterionResult) -> CriterionPart:
    known = rule_base.criterion_by_id.get(found.id)
    return CriterionPart(
        id=found.id,
        label=found.label,
        description=known.description if known else "",
        weight=WeightPart(found.weight_low, found.weight, found.weight_high),
        value={one: found.value[one] for one in CANDIDATES},
        contribution=found.contribution,
        turning_weight=found.turning_weight,
    )


def _reason(rule_base: RuleBase, found: Reason) -> ReasonPart:
    known = rule_base.rule_by_id.get(found.rule)
    return ReasonPart(
        rule=found.rule,
        criterion=found.criterion,
        topic=known.topic if known else "",
        favours=found.favours,
        text=found.text,
        evidence=found.evidence,
        strength=Strength(found.strength),
        effect=found.effect,
        holds=found.holds,
        measured=found.measured,
        expired=found.expired,
        questions=found.questions,
        claimed=known.favours if known else found.favours,
        measured_by=_measured_by(known.measured_by) if known and known.measured_by else None,
    )


def _measured_by(link: MeasurementLink) -> MeasuredByPart:
    return MeasuredByPart(
        workloads=tuple(sorted(link.workloads)),
        operations=tuple(sorted(link.operations)),
        deployment_target=link.deployment_target,
    )


def _gate(found: GateResult) -> GatePart:
    return GatePart(
        id=found.id,
        excludes=found.excludes,
        holds=found.holds,
        text=found.text,
        evidence=found.evidence,
        relax=found.relax,
        questions=found.questions,
    )


def _flip(found: Flip) -> FlipPart:
    return FlipPart(
        changes=tuple(
            ChangePart(one.question, one.before, one.after, one.changeable) for one in found.changes
        ),
        framework=found.framework,
        verdict_class=found.verdict_class,
        acceptability=found.acceptability,
    )


def _notice(rule_base: RuleBase, found: Any) -> NoticePart:
    from advisor.model.rulebase import NoticeKind

    return NoticePart(
        id=found.id,
        kind=NoticeKind(found.kind),
        text=found.text,
        evidence=found.evidence,
        command=found.command,
    )


def _evidence_of(rule_base: RuleBase, decision: Decision) -> tuple[EvidencePart, ...]:
    """The records that anything in this decision cites, by id."""
    cited = set(decision.expired_evidence)
    for lists in (
        *(one.evidence for one in decision.reasons),
        *(one.evidence for one in decision.gates),
        *(one.evidence for one in decision.notices),
    ):
        cited.update(lists)
    return tuple(
        _evidence(rule_base.evidence[name]) for name in sorted(cited) if name in rule_base.evidence
    )


def _evidence(found: Evidence) -> EvidencePart:
    return EvidencePart(
        id=found.id,
        claim=found.claim,
        sources=tuple(SourcePart(one.title, one.url) for one in found.sources),
        as_of=found.as_of,
        expires=found.expires,
        confidence=found.confidence,
        versions=found.versions,
        survey_says=found.survey_says,
        now=found.now,
        measurable=found.measurable,
    )


def _questions_of(
    rule_base: RuleBase, answers: Answers, decision: Decision
) -> tuple[QuestionPart, ...]:
    """The questions that this decision speaks of, in the order of the questionnaire."""
    named: set[str] = {*answers.chosen, *decision.settled.remaining}
    named.update(one.question for one in decision.unanswered)
    named.update(one.id for one in decision.next_steps)
    named.update(change.question for flip in decision.flips for change in flip.changes)
    named.update(_read_by((*decision.reasons, *decision.gates)))
    sections = {one.id: one.label for one in rule_base.sections}
    return tuple(
        _question(one, sections.get(one.section, one.section))
        for one in rule_base.questions
        if one.id in named
    )


def _read_by(parts: Iterable[Any]) -> set[str]:
    return {question for part in parts for question in part.questions}


def _question(found: Question, section: str) -> QuestionPart:
    return QuestionPart(
        id=found.id,
        section=section,
        kind=found.kind,
        text=found.text,
        why=found.why,
        changeable=found.changeable,
        options=tuple(OptionPart(one.id, one.label) for one in found.options),
    )


def _answers(rule_base: RuleBase, answers: Answers) -> dict[str, tuple[str, ...]]:
    return {
        one.id: tuple(option for option in one.option_ids if option in answers.chosen[one.id])
        for one in rule_base.questions
        if one.id in answers.chosen
    }


def _rule_base(rule_base: RuleBase) -> RuleBasePart:
    favouring = dict.fromkeys((*(one.value for one in CANDIDATES), "measured"), 0)
    for rule in rule_base.rules:
        favouring[rule.favours.value if rule.favours else "measured"] += 1
    return RuleBasePart(
        version=rule_base.version,
        sha256=rule_base.sha256,
        overlays=rule_base.overlays,
        rules=len(rule_base.rules),
        evidence=len(rule_base.evidence),
        favouring=favouring,
    )
