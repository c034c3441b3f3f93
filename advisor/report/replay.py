"""Deciding again from what a document holds: its answers, its probe, and a rule base."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from advisor.errors import InputError
from advisor.model.answers import Answers, Priorities
from advisor.report.document import build_document
from advisor.report.parts import DecisionDocument

if TYPE_CHECKING:
    from advisor.model.measurement import Measurements
    from advisor.model.rulebase import RuleBase


@dataclass(frozen=True, slots=True)
class Carried:
    """The answers of a document as a rule base understands them."""

    answers: Answers
    lost: tuple[str, ...]
    """Questions, options and criteria that this rule base no longer has, in words."""


def carry_answers(document: DecisionDocument, rule_base: RuleBase) -> Carried:
    """The answers of `document`, without what `rule_base` does not know."""
    chosen: dict[str, frozenset[str]] = {}
    lost: list[str] = []
    for name, options in document.answers.items():
        question = rule_base.question_by_id.get(name)
        if question is None:
            lost.append(f"the question {name!r}")
            continue
        known = frozenset(options) & frozenset(question.option_ids)
        lost += [f"the option {one!r} of {name!r}" for one in options if one not in known]
        if known or not options:
            chosen[name] = known
    stated = document.priorities
    criteria = rule_base.criterion_by_id
    for name in (*stated.rank, *stated.swings):
        if name not in criteria:
            lost.append(f"the criterion {name!r}")
    priorities = Priorities(
        rank=tuple(name for name in stated.rank if name in criteria),
        swings={name: points for name, points in stated.swings.items() if name in criteria},
    )
    return Carried(Answers(chosen, priorities), tuple(lost))


def measurements_of(document: DecisionDocument) -> Measurements | None:
    """What the decision reads of the probe in `document`; None without a probe.

    Raises InputError when the probe does not make sense: for instance when a ratio does not
    follow from the raw blocks.
    """
    if document.probe is None:
        return None
    from advisor.measure.record import to_measurements
    from advisor.measure.record_file import parse_record

    record = parse_record(json.dumps(document.probe), "probe")
    return to_measurements(record, document.likeness)


def probe_fault(document: DecisionDocument) -> str:
    """What is wrong with the probe in `document`, in a sentence; empty when nothing is."""
    try:
        measurements_of(document)
    except InputError as error:
        where = f"{error.place.field}: " if error.place.field else ""
        return f"{where}{error.message}"
    return ""


def decide_again(
    document: DecisionDocument, rule_base: RuleBase, *, as_of: date
) -> DecisionDocument:
    """The document that the same answers and probe give with `rule_base` on the day `as_of`."""
    from advisor.decision.engine import decide

    answers = carry_answers(document, rule_base).answers
    samples = document.method.samples
    decision = decide(rule_base, answers, measurements_of(document), as_of=as_of, samples=samples)
    again = build_document(
        rule_base,
        answers,
        decision,
        document.probe,
        as_of=as_of,
        likeness=document.likeness,
        samples=samples,
        keep_private=True,
    )
    if document.team is None:
        return again
    from advisor.report.team import team_again

    return dataclasses.replace(
        again, team=team_again(document.team, rule_base, answers, document, as_of=as_of)
    )
