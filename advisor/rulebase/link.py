"""From checked entries of rule files to the linked, immutable objects of the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from advisor.errors import Place, RuleBaseError
from advisor.model.candidate import Candidate
from advisor.model.condition import Condition, questions_of
from advisor.model.rulebase import (
    Criterion,
    Emphasiser,
    Evidence,
    Gate,
    Likelier,
    MeasurementLink,
    Notice,
    Option,
    Origin,
    Question,
    Rule,
    RuleBase,
    Section,
    Source,
)
from advisor.rulebase import nodes
from advisor.rulebase.conditions import ConditionReader, did_you_mean

_T = TypeVar("_T")
Entries = Mapping[str, Mapping[str, "Entry"]]
"""Entries by kind (`rules`, `gates`, ...) and id."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One validated item of a rule file with the place it came from."""

    value: Any
    node: nodes.Mapping
    origin: Origin
    section: str | None = None


def link(entries: Entries, *, version: str, overlays: tuple[str, ...]) -> RuleBase:
    """The rule base that the entries describe; its `sha256` is left empty.

    Raises:
        RuleBaseError: an entry refers to what does not exist, or questions wait for each other.
    """
    sections = {id_: Section(e.value.id, e.value.label) for id_, e in entries["sections"].items()}
    criteria = {id_: _criterion(e) for id_, e in entries["criteria"].items()}
    evidence = {id_: _evidence(e) for id_, e in sorted(entries["evidence"].items())}
    questions = _questions(entries["questions"], sections)
    linker = _Linker(criteria, evidence, questions)
    return RuleBase(
        version=version,
        sha256="",
        criteria=tuple(criteria.values()),
        sections=tuple(sections.values()),
        questions=tuple(questions.values()),
        evidence=evidence,
        rules=linker.all(entries["rules"], linker.rule),
        gates=linker.all(entries["gates"], linker.gate),
        emphases=linker.all(entries["emphases"], linker.emphasis),
        notices=linker.all(entries["notices"], linker.notice),
        overlays=overlays,
    )


def _criterion(entry: Entry) -> Criterion:
    value = entry.value
    return Criterion(
        value.id, value.label, value.description, value.importance, value.cap, entry.origin
    )


def _evidence(entry: Entry) -> Evidence:
    value = entry.value
    return Evidence(
        id=value.id,
        claim=value.claim,
        sources=tuple(Source(source.title, source.url) for source in value.sources),
        as_of=value.as_of,
        expires=value.expires,
        confidence=value.confidence,
        versions=value.versions,
        survey_says=value.survey_says,
        now=value.now,
        measurable=value.measurable,
        origin=entry.origin,
    )


def _questions(
    entries: Mapping[str, Entry], sections: Mapping[str, Section]
) -> dict[str, Question]:
    """Questions in the order of the sections, then of their files."""
    bare = {id_: _bare_question(entry, sections) for id_, entry in entries.items()}
    linked = {}
    for id_, question in bare.items():
        entry = entries[id_]
        reader = ConditionReader(bare, entry.origin.file)
        condition = reader.read(entry.node.items.get("ask_when"), f"{id_}.ask_when")
        likelier = tuple(
            Likelier(
                reader.read(node.items.get("when"), f"{id_}.likelier[{place}].when"),
                frozenset(one.options),
                one.times,
            )
            for place, (one, node) in enumerate(_with_nodes(entry, "likelier"))
        )
        linked[id_] = replace(question, ask_when=condition, likelier=likelier)
    _refuse_circles(linked)
    order = {section: place for place, section in enumerate(sections)}
    return dict(sorted(linked.items(), key=lambda item: order[item[1].section]))


def _with_nodes(entry: Entry, field_: str) -> Iterator[tuple[Any, nodes.Mapping]]:
    """The checked entries of a list, each with the node it was written as."""
    written = entry.node.items.get(field_)
    items = written.items if isinstance(written, nodes.Sequence) else ()
    for one, node in zip(getattr(entry.value, field_), items, strict=True):
        if isinstance(node, nodes.Mapping):  # the schema has seen to it
            yield one, node


def _bare_question(entry: Entry, sections: Mapping[str, Section]) -> Question:
    value = entry.value
    section = value.section or entry.section
    if section is None or section not in sections:
        raise RuleBaseError(
            f"There is no section `{section}`." if section else "Its section is not named.",
            place=Place(entry.origin.file, entry.origin.line, f"{value.id}.section"),
            remedy=did_you_mean(section or "", sections),
        )
    return Question(
        id=value.id,
        section=section,
        kind=value.kind,
        text=value.text,
        why=value.why,
        options=tuple(
            Option(option.id, option.label, option.help, option.exclusive, option.odds)
            for option in value.options
        ),
        help=value.help,
        changeable=value.changeable,
        seconds=value.seconds,
        origin=entry.origin,
    )


def _refuse_circles(questions: Mapping[str, Question]) -> None:
    """A question may depend on others, but not, in the end, on itself."""
    done: set[str] = set()

    def visit(id_: str, trail: tuple[str, ...]) -> None:
        if id_ in trail:
            question = questions[id_]
            raise RuleBaseError(
                f"Questions wait for each other: {' -> '.join((*trail, id_))}.",
                place=Place(question.origin.file, question.origin.line, f"{id_}.ask_when"),
            )
        if id_ not in done:
            for parent in sorted(questions_of(questions[id_].ask_when)):
                visit(parent, (*trail, id_))
            done.add(id_)

    for id_ in questions:
        visit(id_, ())


class _Linker:
    """Turns checked entries into model objects, resolving what they refer to."""

    def __init__(
        self,
        criteria: Mapping[str, Criterion],
        evidence: Mapping[str, Evidence],
        questions: Mapping[str, Question],
    ) -> None:
        self._criteria = criteria
        self._evidence = evidence
        self._questions = questions

    def all(self, entries: Mapping[str, Entry], build: Callable[[Entry], _T]) -> tuple[_T, ...]:
        return tuple(build(entry) for _, entry in sorted(entries.items()))

    def rule(self, entry: Entry) -> Rule:
        value = entry.value
        link = value.measured_by
        return Rule(
            id=value.id,
            criterion=self._known(entry, "criterion", value.criterion, self._criteria),
            topic=value.topic,
            when=self._when(entry),
            favours=None if value.favours == "measured" else Candidate(value.favours),
            strength=value.strength,
            text=value.text,
            evidence=self._cited(entry),
            measured_by=link
            and MeasurementLink(
                frozenset(link.workloads), frozenset(link.operations), link.deployment_target
            ),
            origin=entry.origin,
        )

    def gate(self, entry: Entry) -> Gate:
        value = entry.value
        return Gate(
            id=value.id,
            when=self._when(entry),
            excludes=value.excludes,
            text=value.text,
            evidence=self._cited(entry),
            relax=value.relax,
            origin=entry.origin,
        )

    def emphasis(self, entry: Entry) -> Emphasiser:
        value = entry.value
        return Emphasiser(
            id=value.id,
            criterion=self._known(entry, "criterion", value.criterion, self._criteria),
            when=self._when(entry),
            emphasis=value.emphasis,
            text=value.text,
            origin=entry.origin,
        )

    def notice(self, entry: Entry) -> Notice:
        value = entry.value
        return Notice(
            id=value.id,
            kind=value.kind,
            when=self._when(entry),
            text=value.text,
            evidence=self._cited(entry),
            candidate=value.candidate,
            command=value.command,
            origin=entry.origin,
        )

    def _when(self, entry: Entry) -> Condition:
        reader = ConditionReader(self._questions, entry.origin.file)
        return reader.read(entry.node.items.get("when"), f"{entry.value.id}.when")

    def _cited(self, entry: Entry) -> tuple[str, ...]:
        return tuple(
            self._known(entry, "evidence", cited, self._evidence) for cited in entry.value.evidence
        )

    def _known(self, entry: Entry, field_: str, word: str, known: Iterable[str]) -> str:
        names = list(known)
        if word in names:
            return word
        raise RuleBaseError(
            f"There is no {field_} `{word}`.",
            place=Place(
                entry.origin.file,
                entry.node.key_lines.get(field_, entry.origin.line),
                f"{entry.value.id}.{field_}",
            ),
            remedy=did_you_mean(word, names),
        )
