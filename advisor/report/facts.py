"""What the document holds, with what belongs together put together.

A pure function of the document: no clock, no files, nothing of the machine it runs on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from advisor.model.candidate import Candidate
from advisor.model.rulebase import NoticeKind
from advisor.report.claims import is_empty, put_to_test, text_of
from advisor.report.parts import (
    ChangePart,
    CriterionPart,
    DecisionDocument,
    EvidencePart,
    FlipPart,
    GatePart,
    NoticePart,
    ReasonPart,
)
from advisor.report.probe_view import ProbeView
from advisor.report.text import map_text
from advisor.report.words import (
    age,
    month,
)
from advisor.text import clean, percent

NO_ANSWER = "not answered"


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A claim with its age on the day of the advice."""

    number: int
    """Number in this report, from 1, by which reasons cite it."""
    part: EvidencePart
    age: str
    expired: bool

    @property
    def month(self) -> str:
        """The month in which the claim was known to hold."""
        return month(self.part.as_of)

    @property
    def dated(self) -> str:
        """Month, age and whether it has expired."""
        text = f"{month(self.part.as_of)}, {self.age}"
        return f"{text}, expired {month(self.part.expires)}" if self.expired else text


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A reason with everything it rests on."""

    part: ReasonPart
    text: str
    """What it says, a sentence or two; with the measurement where it rests on one."""
    criterion: str
    share: float
    """Its effect as a share of the strongest one, 0 to 1."""
    evidence: tuple[EvidenceView, ...]
    answers: tuple[str, ...]
    """The answers it reads, in words."""
    remarks: tuple[str, ...]
    """What to know about it: expired."""


@dataclass(frozen=True, slots=True)
class FlipView:
    """A change that turns the verdict, in words."""

    changes: tuple[str, ...]
    """What would be answered, and instead of what."""
    short: tuple[str, ...]
    """The same without the answers given now."""
    result: str
    choice: bool
    """All of it is for the team to choose; otherwise a fact would have to be different."""


@dataclass(frozen=True, slots=True)
class GateView:
    """A hard constraint with its evidence."""

    part: GatePart
    evidence: tuple[EvidenceView, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoticeView:
    """Something to say, with its evidence."""

    part: NoticePart
    evidence: tuple[EvidenceView, ...]


class Facts:
    """The parts of a document in words, each with its evidence and answers."""

    def __init__(self, document: DecisionDocument) -> None:
        self.document = map_text(document, clean)
        self.pick: Candidate = self.document.verdict.framework
        self.other: Candidate = self.pick.other
        self._questions = self.document.question_by_id()

    @cached_property
    def evidence(self) -> tuple[EvidenceView, ...]:
        """The evidence of what holds, numbered in the order in which the report cites it.

        That of reasons which only may hold is in the JSON form.
        """
        by_id = self.document.evidence_by_id()
        order: dict[str, None] = {}
        cited = (
            *(one.evidence for one in self.document.gates),
            *(one.evidence for one in self.document.reasons if one.holds),
            *(one.evidence for one in self.document.notices),
        )
        for names in cited:
            order.update(dict.fromkeys(name for name in names if name in by_id))
        today = self.document.as_of
        return tuple(
            EvidenceView(
                number=number,
                part=by_id[name],
                age=age(by_id[name].as_of, today),
                expired=by_id[name].expires <= today,
            )
            for number, name in enumerate(order, start=1)
        )

    @cached_property
    def _evidence_by_id(self) -> dict[str, EvidenceView]:
        return {one.part.id: one for one in self.evidence}

    def _cited(self, names: tuple[str, ...]) -> tuple[EvidenceView, ...]:
        known = self._evidence_by_id
        return tuple(known[name] for name in names if name in known)

    @cached_property
    def criteria(self) -> tuple[CriterionPart, ...]:
        """The criteria, the weightiest first."""
        return tuple(sorted(self.document.criteria, key=lambda one: -one.weight.mean))

    def criterion_label(self, name: str) -> str:
        """The label of a criterion."""
        return next((one.label for one in self.document.criteria if one.id == name), name)

    def speaks_for(self, criterion: CriterionPart) -> str:
        """Whom a criterion speaks for, in words."""
        if abs(criterion.contribution) < 0.005:
            return "neither"
        return (Candidate.PYTORCH if criterion.contribution > 0 else Candidate.TENSORFLOW).label

    @cached_property
    def reasons_for(self) -> tuple[ReasonView, ...]:
        """What speaks for the pick, the strongest first."""
        return tuple(one for one in self._reasons(self.pick) if one.part.holds)

    @cached_property
    def reasons_against(self) -> tuple[ReasonView, ...]:
        """What speaks for the other candidate, the strongest first."""
        return tuple(one for one in self._reasons(self.other) if one.part.holds)

    @cached_property
    def open_reasons(self) -> tuple[ReasonView, ...]:
        """What may speak for either, depending on questions not answered; strongest first."""
        found = [
            one
            for candidate in (self.pick, self.other)
            for one in self._reasons(candidate)
            if one.part.holds is None
        ]
        return tuple(sorted(found, key=lambda one: -one.part.effect))

    def _reasons(self, candidate: Candidate) -> tuple[ReasonView, ...]:
        largest = max((one.effect for one in self.document.reasons), default=0.0)
        claims = {one.rule: put_to_test(one, self.probe) for one in self.document.reasons}
        return tuple(
            ReasonView(
                part=one,
                text=text_of(one, claims[one.rule]),
                criterion=self.criterion_label(one.criterion),
                share=one.effect / largest if largest > 0 else 0.0,
                evidence=self._cited(one.evidence),
                answers=self._answers_to(one.questions),
                remarks=self._remarks(one),
            )
            for one in self.document.reasons
            if one.favours is candidate and not is_empty(one, claims[one.rule])
        )

    def _remarks(self, reason: ReasonPart) -> tuple[str, ...]:
        return ("its evidence has expired and counts less",) if reason.expired else ()

    def question_text(self, name: str) -> str:
        """The text of a question."""
        question = self._questions.get(name)
        return question.text if question else name

    def options_text(self, name: str, options: tuple[str, ...]) -> str:
        """Chosen options in words."""
        if not options:
            return NO_ANSWER
        question = self._questions.get(name)
        labels = {one.id: one.label for one in question.options} if question else {}
        return "; ".join(labels.get(option, option) for option in options)

    def _answers_to(self, names: tuple[str, ...]) -> tuple[str, ...]:
        answers = self.document.answers
        return tuple(
            f"{self.question_text(name)} {self.options_text(name, answers[name])}"
            for name in names
            if answers.get(name)
        )

    @cached_property
    def gates(self) -> tuple[GateView, ...]:
        """Hard constraints that hold, then those that may."""
        ordered = sorted(self.document.gates, key=lambda one: one.holds is not True)
        return tuple(
            GateView(one, self._cited(one.evidence), self._answers_to(one.questions))
            for one in ordered
        )

    @cached_property
    def flip_pairs(self) -> tuple[tuple[FlipView, FlipPart], ...]:
        """What would turn the verdict: choices of the team first, then facts."""
        found = [
            (
                FlipView(
                    changes=tuple(self._change(change) for change in flip.changes),
                    short=tuple(
                        f"{self.question_text(change.question)} "
                        f"→ {self.options_text(change.question, change.after)}"
                        for change in flip.changes
                    ),
                    result=self._flip_result(flip),
                    choice=all(change.changeable for change in flip.changes),
                ),
                flip,
            )
            for flip in self.document.flips
        ]
        return tuple(sorted(found, key=lambda one: (not one[0].choice, len(one[0].changes))))

    @cached_property
    def flips(self) -> tuple[FlipView, ...]:
        """The same in words only."""
        return tuple(one for one, _ in self.flip_pairs)

    def _change(self, change: ChangePart) -> str:
        before = self.options_text(change.question, change.before)
        after = self.options_text(change.question, change.after)
        asked = self.question_text(change.question)
        if not change.before:
            return f"“{asked}” answered with “{after}”"
        return f"“{asked}” answered with “{after}” instead of “{before}”"

    def _flip_result(self, flip: FlipPart) -> str:
        share = percent(flip.acceptability)
        words = flip.verdict_class.words
        return f"{flip.framework.label} ({words}, {share})"

    def notices(self, *kinds: NoticeKind) -> tuple[NoticeView, ...]:
        """Notices of these kinds."""
        return tuple(
            NoticeView(one, self._cited(one.evidence))
            for one in self.document.notices
            if one.kind in kinds
        )

    @cached_property
    def neither(self) -> tuple[NoticeView, ...]:
        """Where neither framework is needed."""
        return self.notices(NoticeKind.NEITHER)

    @cached_property
    def answers(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Answers in words, by section."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for question in self.document.questions:
            chosen = self.document.answers.get(question.id)
            if chosen:
                rows = sections.setdefault(question.section, [])
                rows.append((question.text, self.options_text(question.id, chosen)))
        return list(sections.items())

    @cached_property
    def survey(self) -> tuple[EvidenceView, ...]:
        """Evidence of what holds on which the survey says something, overtaken claims first."""
        holding = {name for one in self.document.reasons if one.holds for name in one.evidence}
        holding.update(name for one in self.document.gates if one.holds for name in one.evidence)
        found = [one for one in self.evidence if one.part.survey_says and one.part.id in holding]
        return tuple(sorted(found, key=lambda one: not one.part.now))

    @cached_property
    def probe(self) -> ProbeView | None:
        """The measurements, if there are any."""
        if self.document.probe is None:
            return None
        return ProbeView(self.document.probe, self.document.likeness)

    @cached_property
    def expired(self) -> tuple[EvidenceView, ...]:
        """Evidence that had expired on the day of the advice."""
        return tuple(one for one in self.evidence if one.expired)
