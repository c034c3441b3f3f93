"""The rows of the tables that every form of a report shows."""

from __future__ import annotations

from functools import cached_property

from advisor.model.candidate import CANDIDATES
from advisor.report.claims import put_to_test
from advisor.report.facts import NO_ANSWER, Facts
from advisor.report.limits import CARD
from advisor.report.parts import (
    ReasonPart,
    StepPart,
)
from advisor.report.words import (
    OPERATION_WORDS,
    months_between,
    ratio,
    readable,
    sentence,
)
from advisor.text import percent, seconds


class Tables(Facts):
    """Facts as rows of text."""

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
                f"{readable(one.workload)} ({OPERATION_WORDS.get(one.operation, one.operation)})",
                "not measured" if one.measured is None else ratio(one.measured),
                ratio(one.ratio),
            )
            for one in self.document.measurement_turns
            if one.ratio is not None
        ]

    @cached_property
    def no_turn(self) -> str:
        """What to say when no ratio of anything measured would turn the verdict; else empty."""
        turns = self.document.measurement_turns
        if self.turn_rows or not any(one.measured is not None for one in turns):
            return ""
        return "Whatever these measurements had come out at, none would turn the advice by itself."

    @cached_property
    def unanswered_rows(self) -> list[tuple[str, str]]:
        """Open questions that can turn the verdict by themselves, the likeliest first."""
        found = [one for one in self.document.unanswered if one.turn_chance > 0]
        return [
            (self.question_text(one.question), percent(one.turn_chance))
            for one in sorted(found, key=lambda one: -one.turn_chance)
        ]

    @cached_property
    def unanswered_rest(self) -> str:
        """The other open questions, in a sentence; empty when there are none."""
        asked = [
            self.question_text(one.question)
            for one in self.document.unanswered
            if not one.turn_chance > 0
        ]
        return f"Open, but turning nothing by themselves: {' '.join(asked)}" if asked else ""

    @cached_property
    def assumed(self) -> str:
        """What was done about the open questions."""
        texts = dict.fromkeys(sentence(one.text) for one in self.document.unanswered)
        return " ".join(texts)

    @cached_property
    def _worthwhile(self) -> list[StepPart]:
        """Next steps from which anything is to be expected."""
        return [one for one in self.document.next_steps if one.gain > 0 or one.turn_chance > 0]

    @cached_property
    def no_steps(self) -> str:
        """What to say when no next step is worth its time; else empty."""
        if self._worthwhile or not self.document.next_steps:
            return ""
        return "No question or probe that is left is expected to turn the advice by itself."

    @cached_property
    def steps(self) -> list[tuple[str, str, str]]:
        """What to find out next: what, how long it takes, chance that it turns the verdict."""
        return [
            (
                self.step_text(one.kind.value, one.id),
                seconds(one.seconds),
                percent(one.turn_chance),
            )
            for one in self._worthwhile[:5]
        ]

    @cached_property
    def card(self) -> list[tuple[str, str]]:
        """What this advice is, and is not, for."""
        ages = ", ".join(f"{label}: {count}" for label, count in self.evidence_ages)
        return [*CARD, ("Age of the evidence cited", ages), ("Rules per side", self.sides)]

    @cached_property
    def open_rows(self) -> list[tuple[str, str, str]]:
        """The same as rows: text, whom it would speak for, the questions it depends on."""
        return [
            (
                one.text,
                f"{one.part.favours.label}, {one.part.strength.value}",
                " ".join(
                    self.question_text(name)
                    for name in one.part.questions
                    if name not in self.document.answers
                ),
            )
            for one in self.open_reasons
        ]

    @cached_property
    def claim_rows(self) -> list[tuple[str, str, str, str]]:
        """What documents claim beside what was measured: claim, for whom, measured, outcome."""
        return [
            (
                sentence(one.text),
                one.claimed.label if one.claimed else "either",
                claim.measured,
                claim.outcome,
            )
            for one in self._measurable
            if (claim := put_to_test(one, self.probe)) is not None
        ]

    @cached_property
    def attempt_matrix(self) -> list[tuple[str, ...]]:
        """Deployment target, and how far each candidate got there on this machine."""
        return [
            (self.options_text("targets", (target,)), *(outcomes[one] for one in CANDIDATES))
            for target, outcomes in (self.probe.attempt_targets if self.probe else ())
        ]

    @cached_property
    def _measurable(self) -> list[ReasonPart]:
        return [one for one in self.document.reasons if one.holds and one.measured_by]

    @cached_property
    def members(self) -> list[tuple[str, str]]:
        """Who would decide what, by their own answers and what all agree on."""
        team = self.document.team
        return [
            (
                one.name,
                (
                    f"{one.framework.label} ({one.verdict_class.words}, "
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
    def evidence_ages(self) -> list[tuple[str, int]]:
        """How many claims fall in each class of age."""
        bounds = ((6, "under 6 months"), (12, "6 to 11 months"), (24, "1 to 2 years"))
        counts = dict.fromkeys([label for _, label in bounds] + ["over 2 years"], 0)
        for one in self.evidence:
            months = max(months_between(one.part.as_of, self.document.as_of), 0)
            label = next((label for most, label in bounds if months < most), "over 2 years")
            counts[label] += 1
        return list(counts.items())

    @cached_property
    def sides(self) -> str:
        """How many rules speak for each side."""
        base = self.document.rule_base
        counts = [f"{one.label} {base.favouring.get(one.value, 0)}" for one in CANDIDATES]
        measured = base.favouring.get("measured", 0)
        return f"{', '.join(counts)}, whichever is measured faster {measured}"

    def step_text(self, kind: str, name: str) -> str:
        """A next step in words."""
        if kind == "probe":
            return f"Measure {readable(name)} on the target"
        return f"Answer: {self.question_text(name)}"
