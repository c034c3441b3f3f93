"""Hypothesis strategies for small rule bases and answers, shared by everything that tests laws."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from hypothesis import strategies as st

from advisor.model.answers import Answers
from advisor.model.candidate import CANDIDATES
from advisor.model.condition import ALWAYS, All, AnyOf, Atom, Condition, Not
from advisor.model.measurement import (
    Comparison,
    ComparisonStatus,
    Likeness,
    Measurements,
    RatioInterval,
)
from advisor.model.rulebase import (
    Confidence,
    Criterion,
    Emphasis,
    Emphasiser,
    Evidence,
    Gate,
    Likelier,
    MeasurementLink,
    Option,
    Question,
    QuestionKind,
    Rule,
    RuleBase,
    Source,
    Strength,
)

AS_OF = date(2026, 11, 28)
"""The day of all decisions in tests."""

WORKLOADS = ("residual-cnn", "tabular-mlp", "transformer")
"""Workloads that drawn rules may be linked to."""

EVIDENCE_DATES = {
    "fresh": (date(2026, 10, 1), date(2028, 1, 1)),
    "expired": (date(2024, 1, 1), date(2025, 6, 1)),
    "future": (date(2027, 3, 1), date(2029, 1, 1)),
}


def evidence_named(name: str, confidence: Confidence = Confidence.HIGH) -> Evidence:
    """A piece of evidence: `fresh`, `expired` or `future` on the day AS_OF."""
    as_of, expires = EVIDENCE_DATES[name]
    return Evidence(
        id=f"{name}-{confidence.value}",
        claim=f"A {name} claim.",
        sources=(Source("A page", "https://example.org/"),),
        as_of=as_of,
        expires=expires,
        confidence=confidence,
    )


ALL_EVIDENCE = {
    item.id: item
    for item in (evidence_named(name, conf) for name in EVIDENCE_DATES for conf in Confidence)
}


@st.composite
def questions(draw: st.DrawFn, count: int) -> tuple[Question, ...]:
    """`count` questions of all kinds; later ones may depend on earlier ones."""
    made: list[Question] = []
    for place in range(count):
        kind = draw(st.sampled_from(QuestionKind))
        size = draw(st.integers(2, 4))
        alone = kind is QuestionKind.MULTI and draw(st.booleans())
        options = tuple(
            Option(f"o{number}", f"Option {number}", exclusive=alone and number == 0)
            for number in range(size)
        )
        ask_when: Condition = ALWAYS
        if made and draw(st.integers(0, 2)) == 0:
            ask_when = draw(atoms(tuple(made)))
        made.append(
            Question(
                id=f"q{place}",
                section="all",
                kind=kind,
                text=f"Question {place}?",
                why="To test.",
                options=options,
                ask_when=ask_when,
                changeable=draw(st.booleans()),
            )
        )
    return tuple(draw(going_together(question, tuple(made))) for question in made)


@st.composite
def going_together(draw: st.DrawFn, question: Question, every: tuple[Question, ...]) -> Question:
    """The question, some option of which another answer may make likelier or rarer."""
    others = tuple(one for one in every if one.id != question.id)
    if not others or draw(st.integers(0, 2)):
        return question
    option = draw(st.sampled_from(question.option_ids))
    times = draw(st.sampled_from([0.25, 4.0]))
    entry = Likelier(draw(atoms(others)), frozenset({option}), times)
    return replace(question, likelier=(entry,))


@st.composite
def atoms(draw: st.DrawFn, over: tuple[Question, ...]) -> Atom:
    """An atom over one of the questions, with at least one option."""
    question = draw(st.sampled_from(over))
    chosen = draw(st.sets(st.sampled_from(question.option_ids), min_size=1))
    return Atom(question.id, frozenset(chosen))


@st.composite
def conditions(draw: st.DrawFn, over: tuple[Question, ...], depth: int = 2) -> Condition:
    """A condition up to a depth; `ALWAYS` among them."""
    shape = draw(st.integers(0, 4)) if depth else 0
    if shape <= 1:
        return draw(atoms(over))
    if shape == 4:
        return Not(draw(conditions(over, depth - 1)))
    count = draw(st.integers(shape - 2, 3))
    parts = tuple(draw(conditions(over, depth - 1)) for _ in range(count))
    return All(parts) if shape == 2 else AnyOf(parts)


@st.composite
def rules(
    draw: st.DrawFn, name: str, over: tuple[Question, ...], criteria: tuple[str, ...]
) -> Rule:
    """One rule with at least one piece of evidence."""
    return Rule(
        id=name,
        criterion=draw(st.sampled_from(criteria)),
        topic=draw(st.sampled_from(("t0", "t1", "t2", "t3"))),
        when=draw(conditions(over)),
        favours=draw(st.sampled_from(CANDIDATES)),
        strength=draw(st.sampled_from(Strength)),
        text=f"Rule {name} says so.",
        evidence=tuple(
            sorted(draw(st.sets(st.sampled_from(sorted(ALL_EVIDENCE)), min_size=1, max_size=2)))
        ),
    )


@st.composite
def rule_bases(
    draw: st.DrawFn, *, max_rules: int = 10, max_questions: int = 4, gates: bool = True
) -> RuleBase:
    """Small rule bases with everything in them but measurements."""
    asked = draw(questions(draw(st.integers(1, max_questions))))
    criteria = tuple(
        Criterion(f"c{place}", f"Criterion {place}", "To test.", importance=importance)
        for place, importance in enumerate(
            draw(st.lists(st.sampled_from((0.5, 1.0, 2.0)), min_size=1, max_size=4))
        )
    )
    names = tuple(criterion.id for criterion in criteria)
    made = tuple(
        draw(rules(f"r{place:02d}", asked, names))
        for place in range(draw(st.integers(0, max_rules)))
    )
    barred = tuple(
        Gate(
            id=f"g{place}",
            when=draw(conditions(asked, 1)),
            excludes=draw(st.sampled_from(CANDIDATES)),
            text="Cannot.",
            evidence=("fresh-high",),
            relax="Give it up.",
        )
        for place in range(draw(st.integers(0, 2)) if gates else 0)
    )
    stressed = tuple(
        Emphasiser(
            id=f"e{place}",
            criterion=draw(st.sampled_from(names)),
            when=draw(conditions(asked, 1)),
            emphasis=draw(st.sampled_from(Emphasis)),
            text="Counts differently.",
        )
        for place in range(draw(st.integers(0, 2)))
    )
    return RuleBase(
        version="test",
        sha256="0" * 64,
        criteria=criteria,
        sections=(),
        questions=asked,
        evidence=ALL_EVIDENCE,
        rules=made,
        gates=barred,
        emphases=stressed,
    )


@st.composite
def answers_for(draw: st.DrawFn, rule_base: RuleBase, *, complete: bool = False) -> Answers:
    """Answers to some of the questions, or to all of them."""
    chosen: dict[str, frozenset[str]] = {}
    for question in rule_base.questions:
        if not complete and draw(st.booleans()):
            continue
        chosen[question.id] = draw(answer_to(question))
    return Answers(chosen)


@st.composite
def answer_to(draw: st.DrawFn, question: Question) -> frozenset[str]:
    """An answer that the question allows."""
    if question.kind is not QuestionKind.MULTI:
        return frozenset({draw(st.sampled_from(question.option_ids))})
    chosen = draw(st.sets(st.sampled_from(question.option_ids), min_size=1))
    alone = [o.id for o in question.options if o.exclusive and o.id in chosen]
    return frozenset(alone[:1] or chosen)


@dataclass(frozen=True)
class Case:
    """A rule base with answers to it."""

    rule_base: RuleBase
    answers: Answers = field(default_factory=Answers)


@st.composite
def cases(draw: st.DrawFn, *, complete: bool = False, gates: bool = True) -> Case:
    """A small rule base and answers to it."""
    rule_base = draw(rule_bases(gates=gates))
    return Case(rule_base, draw(answers_for(rule_base, complete=complete)))


def mirrored(rule_base: RuleBase) -> RuleBase:
    """The same rule base with the two candidates' names exchanged."""
    return replace(
        rule_base,
        rules=tuple(
            replace(rule, favours=rule.favours.other if rule.favours else None)
            for rule in rule_base.rules
        ),
        gates=tuple(replace(gate, excludes=gate.excludes.other) for gate in rule_base.gates),
        notices=tuple(
            replace(notice, candidate=notice.candidate.other if notice.candidate else None)
            for notice in rule_base.notices
        ),
    )


@st.composite
def measurements(draw: st.DrawFn) -> Measurements:
    """Comparisons of the workloads that the rules of `linked` speak of."""
    found = []
    for workload in draw(st.sets(st.sampled_from(WORKLOADS))):
        middle = draw(st.sampled_from((0.25, 0.5, 1.0, 2.0, 4.0)))
        found.append(
            Comparison(
                workload=workload,
                size="small",
                operation="training",
                mode="default",
                threads=1,
                device="cpu",
                precision="float32",
                status=ComparisonStatus.MEASURED,
                ratio=RatioInterval(middle, middle / 2, middle * 2),
            )
        )
    likeness = draw(st.sampled_from(Likeness))
    return Measurements(tuple(sorted(found, key=lambda c: c.workload)), (), likeness)


def mirrored_measurements(found: Measurements) -> Measurements:
    """The same measurements with the two candidates' names exchanged."""
    return replace(
        found,
        comparisons=tuple(
            replace(
                item,
                ratio=RatioInterval(
                    1 / item.ratio.estimate, 1 / item.ratio.high, 1 / item.ratio.low
                )
                if item.ratio
                else None,
            )
            for item in found.comparisons
        ),
        attempts=tuple(
            replace(attempt, candidate=attempt.candidate.other) for attempt in found.attempts
        ),
    )


@st.composite
def linked(draw: st.DrawFn, rule_base: RuleBase) -> RuleBase:
    """The rule base with some rules linked to workloads, some of them measured only."""
    made = []
    for rule in rule_base.rules:
        workloads = draw(st.sets(st.sampled_from(WORKLOADS), max_size=2))
        if workloads:
            link = MeasurementLink(frozenset(workloads), frozenset({"training"}))
            favours = rule.favours if draw(st.booleans()) else None
            made.append(replace(rule, measured_by=link, favours=favours))
        else:
            made.append(rule)
    return replace(rule_base, rules=tuple(made))
