"""What every form of a report says, worked out once from the document.

The forms (Markdown, HTML, decision record, PDF) only lay this out. It is a pure function of the
document: no clock, no files, nothing of the machine it runs on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from advisor.model.candidate import CANDIDATES, Candidate
from advisor.model.rulebase import NoticeKind, Strength
from advisor.report.limits import CARD
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
from advisor.report.text import clean, map_text
from advisor.report.words import (
    CLASS_WORDS,
    DOUBT_WORDS,
    OPERATION_WORDS,
    age,
    headline,
    how_sure,
    listed,
    month,
    percent,
    ratio,
    readable,
    seconds,
    sentence,
)

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
    criterion: str
    share: float
    """Its effect as a share of the strongest one, 0 to 1."""
    evidence: tuple[EvidenceView, ...]
    answers: tuple[str, ...]
    """The answers it reads, in words."""
    remarks: tuple[str, ...]
    """What to know about it: measured, expired, in doubt."""


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


class View:
    """Everything that a report says, in the order in which it says it."""

    def __init__(self, document: DecisionDocument) -> None:
        self.document = map_text(document, clean)
        self.pick: Candidate = self.document.verdict.framework
        self.other: Candidate = self.pick.other
        self._questions = self.document.question_by_id()

    @cached_property
    def headline(self) -> str:
        """The advice in a few words."""
        return headline(self.pick, self.document.verdict.verdict_class)

    @cached_property
    def class_words(self) -> str:
        """The class of the verdict in words."""
        return CLASS_WORDS[self.document.verdict.verdict_class]

    @cached_property
    def acceptability(self) -> float:
        """The share in which the pick comes out first."""
        return self.document.verdict.acceptability[self.pick]

    @cached_property
    def how_sure(self) -> str:
        """How firm the advice is."""
        return how_sure(self.pick, self.document.verdict.verdict_class, self.acceptability)

    @cached_property
    def lead(self) -> list[str]:
        """The sentences that belong right below the headline."""
        verdict = self.document.verdict
        found = [self.how_sure]
        if verdict.both_gated:
            found.append(
                "Strictly, neither can do all that is required: see what to give up below."
            )
        found += [sentence(text) for text in (verdict.tie_break, verdict.experiment) if text]
        return found

    @cached_property
    def evidence(self) -> tuple[EvidenceView, ...]:
        """All evidence cited, numbered in the order in which the report cites it."""
        by_id = self.document.evidence_by_id()
        order: dict[str, None] = {}
        cited = (
            *(one.evidence for one in self.document.gates),
            *(one.evidence for one in self.document.reasons),
            *(one.evidence for one in self.document.notices),
        )
        for names in cited:
            order.update(dict.fromkeys(name for name in names if name in by_id))
        order.update(dict.fromkeys(by_id))
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

    @cached_property
    def criterion_rows(self) -> list[tuple[str, ...]]:
        """Criterion, weight with interval, value of each, whom it speaks for, by how much."""
        return [
            (
                one.label,
                (
                    f"{percent(one.weight.mean)} ({percent(one.weight.low)}"
                    f" to {percent(one.weight.high)})"
                ),
                *(f"{one.value[candidate]:.2f}" for candidate in CANDIDATES),
                self.speaks_for(one),
                f"{abs(one.contribution):.3f}",
            )
            for one in self.criteria
        ]

    @cached_property
    def turn_rows(self) -> list[tuple[str, str, str]]:
        """Measurement, ratio measured, ratio at which it would turn the verdict."""
        return [
            (
                f"{readable(one.workload)}, {OPERATION_WORDS.get(one.operation, one.operation)}",
                "not measured" if one.measured is None else ratio(one.measured),
                "nowhere" if one.ratio is None else ratio(one.ratio),
            )
            for one in self.document.measurement_turns
            if one.ratio is not None or one.measured is not None
        ]

    @cached_property
    def unanswered_rows(self) -> list[tuple[str, str, str]]:
        """Question, what was done about it, chance that it turns the verdict."""
        return [
            (self.question_text(one.question), one.text, percent(one.turn_chance))
            for one in self.document.unanswered
        ]

    @cached_property
    def steps(self) -> list[tuple[str, str, str]]:
        """What to find out next: what, how long it takes, chance that it turns the verdict."""
        return [
            (
                self.step_text(one.kind.value, one.id),
                seconds(one.seconds),
                percent(one.turn_chance),
            )
            for one in self.document.next_steps[:5]
        ]

    @cached_property
    def card(self) -> list[tuple[str, str]]:
        """What this advice is, and is not, for."""
        ages = ", ".join(f"{label}: {count}" for label, count in self.evidence_ages)
        return [*CARD, ("Age of the evidence cited", ages), ("Rules per side", self.sides)]

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

    @cached_property
    def open_rows(self) -> list[tuple[str, str, str]]:
        """The same as rows: text, whom it would speak for, the questions it depends on."""
        return [
            (
                sentence(one.part.text),
                f"{one.part.favours.label}, {one.part.strength.value}",
                " ".join(
                    self.question_text(name)
                    for name in one.part.questions
                    if name not in self.document.answers
                ),
            )
            for one in self.open_reasons
        ]

    def _reasons(self, candidate: Candidate) -> tuple[ReasonView, ...]:
        largest = max((one.effect for one in self.document.reasons), default=0.0)
        return tuple(
            ReasonView(
                part=one,
                criterion=self.criterion_label(one.criterion),
                share=one.effect / largest if largest > 0 else 0.0,
                evidence=self._cited(one.evidence),
                answers=self._answers_to(one.questions),
                remarks=self._remarks(one),
            )
            for one in self.document.reasons
            if one.favours is candidate
        )

    def _remarks(self, reason: ReasonPart) -> tuple[str, ...]:
        found = []
        if reason.measured:
            found.append("measured for the target")
        if reason.expired:
            found.append("its evidence has expired and counts less")
        return tuple(found)

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
        words = CLASS_WORDS[flip.verdict_class].lower()
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
    def team_sentence(self) -> str:
        """How a team's answers were merged; empty for one person's."""
        team = self.document.team
        if team is None:
            return ""
        matter = sum(one.matters for one in team.disputes)
        said = [
            (
                f"{len(team.members)} people's answers were merged: what they agree on counts, what "
                "they dispute stays open, nothing is averaged."
            )
        ]
        if not team.disputes:
            return f"{said[0]} They disagree on nothing."
        count = len(team.disputes)
        said.append(f"{count} point{' is' if count == 1 else 's are'} disputed.")
        if matter:
            said.append(f"{matter} of them can turn the advice:")
        else:
            said.append("None of them can turn the advice.")
        if not team.exhaustive:
            said.insert(-1, "Each was tried by itself, since there are too many combinations.")
        return " ".join(said)

    @cached_property
    def members(self) -> list[tuple[str, str]]:
        """Who would decide what, by their own answers and what all agree on."""
        team = self.document.team
        return [
            (
                one.name,
                (
                    f"{one.framework.label} ({CLASS_WORDS[one.verdict_class].lower()}, "
                    f"{percent(one.acceptability)})"
                ),
            )
            for one in (team.members if team else ())
        ]

    @cached_property
    def dispute_rows(self) -> list[tuple[str, str, str]]:
        """Disputed points that can turn the advice: point, who holds what, what it would give."""
        team = self.document.team
        return [
            (
                "Priorities" if one.question == "priorities" else self.question_text(one.question),
                "; ".join(
                    f"{name}: {self._held(one.question, options)}"
                    for name, options in one.held.items()
                ),
                "; ".join(f"{name}'s: {found.label}" for name, found in one.outcomes.items()),
            )
            for one in (team.disputes if team else ())
            if one.matters
        ]

    def _held(self, point: str, options: tuple[str, ...]) -> str:
        if point != "priorities":
            return self.options_text(point, options)
        return ", ".join(map(self.criterion_label, options)) or NO_ANSWER

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
    def priorities(self) -> str:
        """What was said about the criteria, in a sentence; empty when nothing was."""
        stated = self.document.priorities
        if stated.rank:
            labels = [self.criterion_label(name) for name in stated.rank]
            return f"Ranked by importance: {', '.join(labels)}."
        if stated.swings:
            points = [
                f"{self.criterion_label(name)} {points}" for name, points in stated.swings.items()
            ]
            return f"Importance in points: {', '.join(points)}."
        return ""

    @cached_property
    def advice(self) -> list[tuple[str, tuple[NoticeView, ...], str, list[str]]]:
        """What to do next, in order: title, notices, what to say without any, more sentences."""
        no_hedge = f"No way to keep {self.other.label} open at low cost is known for these answers."
        found = [
            ("Neither is needed", self.neither, "", []),
            (
                "Next steps",
                self.notices(NoticeKind.NEXT_STEP),
                "None is known for the targets stated.",
                [],
            ),
            (
                "Hedge, and the cost of leaving",
                self.notices(NoticeKind.HEDGE),
                no_hedge,
                self.exit_cost,
            ),
            ("Cautions", self.notices(NoticeKind.CAUTION), "", []),
            (
                "Answers that pull against each other",
                self.notices(NoticeKind.CONTRADICTION),
                "",
                [],
            ),
        ]
        return [part for part in found if part[1] or part[2]]

    @cached_property
    def doubt(self) -> str:
        """Where the doubt comes from, the largest share first; empty without doubt."""
        shares = sorted(self.document.verdict.doubt.items(), key=lambda item: -item[1])
        return ", ".join(
            f"{DOUBT_WORDS.get(name, name)} {percent(share)}" for name, share in shares if share > 0
        )

    @cached_property
    def exit_cost(self) -> list[str]:
        """What leaving the pick later would cost, from what the rules on existing work say."""
        reasons = [
            sentence(one.part.text)
            for one in (*self.reasons_for, *self.reasons_against)
            if one.part.criterion == "existing-work" and one.part.holds
        ]
        return [f"What moving costs rests on this: {' '.join(reasons)}"] if reasons else []

    @cached_property
    def sides(self) -> str:
        """How many rules speak for each side."""
        base = self.document.rule_base
        counts = [f"{one.label} {base.favouring.get(one.value, 0)}" for one in CANDIDATES]
        measured = base.favouring.get("measured", 0)
        return f"{', '.join(counts)}, whichever is measured faster {measured}"

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
    def summary(self) -> list[tuple[str, str]]:
        """One screen for somebody who decides: a label and a sentence or two each."""
        rows = [("Advice", f"{self.headline}. {' '.join(self.lead)}")]
        held = [one for one in self.gates if one.part.holds]
        rows += [("Hard constraint", sentence(one.part.text)) for one in held[:2]]
        rows += [("Consider first", sentence(one.part.text)) for one in self.neither[:1]]
        for label, reasons, most in (
            (f"For {self.pick.label}", self.reasons_for, 3),
            (f"For {self.other.label}", self.reasons_against, 2),
        ):
            strongest = [sentence(one.part.text) for one in reasons[:most]]
            rows.append((label, " ".join(strongest) or self.nothing))
        rows.append(("Measured", self.measured_sentence))
        rows.append(("Would change it", self.turning_sentence))
        rows += [("Next", self.next_sentence)] if self.next_sentence else []
        if self.dispute_rows:
            points = listed([point for point, _, _ in self.dispute_rows])
            rows.append(("The team disagrees", f"On what can turn it: {points}"))
        if self.document.unanswered:
            rows.append(("Not known", self.unknown_sentence))
        return rows

    @cached_property
    def nothing(self) -> str:
        """What to say of a side for which no reason is certain."""
        count = len(self.open_reasons)
        if not count:
            return "Nothing in the answers given."
        return f"Nothing certain; {count} points depend on what was not answered."

    @cached_property
    def next_sentence(self) -> str:
        """What to do first, and how to keep the other one open; empty when nothing is known."""
        steps = self.notices(NoticeKind.NEXT_STEP)[:1]
        hedges = self.notices(NoticeKind.HEDGE)[:1]
        return " ".join(sentence(one.part.text) for one in (*steps, *hedges))

    @cached_property
    def measured_sentence(self) -> str:
        """What was measured, in a sentence."""
        if self.probe is None:
            return "Nothing: this advice rests on answers and documents alone."
        return self.probe.summary

    @cached_property
    def turning_sentence(self) -> str:
        """The smallest change that turns the advice."""
        if self.flips:
            first = self.flips[0]
            return f"{listed(list(first.changes))} would give {first.result}."
        return "No change of up to three answers was found that turns it."

    @cached_property
    def unknown_sentence(self) -> str:
        """How many questions are open, and whether they matter."""
        count = len(self.document.unanswered)
        what = "One question was" if count == 1 else f"{count} questions were"
        return f"{what} not answered. {self.settled_sentence}"

    @cached_property
    def settled_sentence(self) -> str:
        """Whether what is open can still turn the verdict."""
        settled = self.document.settled
        if not settled.remaining:
            return "Every question that applies was answered."
        match settled.how.value:
            case "proved":
                return "No answer to them can turn the advice: every possibility was covered."
            case "estimated":
                return "In none of the samples drawn did their answers turn the advice."
            case _:
                return (
                    "Answering them would turn the advice in about "
                    f"{percent(settled.turn_chance)} of the cases."
                )

    @cached_property
    def evidence_ages(self) -> list[tuple[str, int]]:
        """How many claims fall in each class of age."""
        bounds = ((6, "under 6 months"), (12, "6 to 11 months"), (24, "1 to 2 years"))
        counts = dict.fromkeys([label for _, label in bounds] + ["over 2 years"], 0)
        for one in self.evidence:
            months = _months(one.part, self.document)
            label = next((label for most, label in bounds if months < most), "over 2 years")
            counts[label] += 1
        return list(counts.items())

    @cached_property
    def expired(self) -> tuple[EvidenceView, ...]:
        """Evidence that had expired on the day of the advice."""
        return tuple(one for one in self.evidence if one.expired)

    @cached_property
    def review_on(self) -> str:
        """The day on which the first evidence of a reason that holds expires."""
        names = {name for one in self.document.reasons if one.holds for name in one.evidence}
        names.update(name for one in self.document.gates if one.holds for name in one.evidence)
        days = [
            one.part.expires for one in self.evidence if one.part.id in names and not one.expired
        ]
        return min(days).isoformat() if days else ""

    def step_text(self, kind: str, name: str) -> str:
        """A next step in words."""
        if kind == "probe":
            return f"Measure {readable(name)} on the target"
        return f"Answer: {self.question_text(name)}"


def _months(part: EvidencePart, document: DecisionDocument) -> int:
    from advisor.report.words import months_between

    return max(months_between(part.as_of, document.as_of), 0)


STRENGTH_WORDS = {
    Strength.WEAK: "weak",
    Strength.MODERATE: "moderate",
    Strength.STRONG: "strong",
}
