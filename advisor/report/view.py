"""What every form of a report says, worked out once from the document.

The forms (Markdown, HTML, decision record, PDF) only lay this out.
"""

from __future__ import annotations

from functools import cached_property

from advisor.model.candidate import Candidate
from advisor.model.decision import VerdictClass
from advisor.model.rulebase import NoticeKind
from advisor.report.facts import NoticeView
from advisor.report.tables import Tables
from advisor.report.words import (
    DOUBT_WORDS,
    headline,
    how_sure,
    listed,
    sentence,
)
from advisor.text import percent


class View(Tables):
    """Everything that a report says: the sentences on top of facts and tables."""

    @cached_property
    def headline(self) -> str:
        """The advice in a few words."""
        return headline(self.pick, self.document.verdict.verdict_class)

    @cached_property
    def class_words(self) -> str:
        """The class of the verdict in words."""
        return self.document.verdict.verdict_class.words.capitalize()

    @cached_property
    def acceptability(self) -> float:
        """The share in which the pick comes out first."""
        return self.document.verdict.acceptability[self.pick]

    @cached_property
    def how_sure(self) -> str:
        """How firm the advice is; for a gated verdict, what rules the other one out."""
        verdict = self.document.verdict
        held = [one.part.text for one in self.gates if one.part.holds]
        if verdict.verdict_class is VerdictClass.GATED and held:
            return f"{self.other.label} cannot do what your answers require. {sentence(held[0])}"
        return how_sure(self.pick, verdict.verdict_class, self.acceptability)

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
            ("Worth knowing", self.notices(NoticeKind.NOTE), "", []),
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
    def summary(self) -> list[tuple[str, str]]:
        """One screen for somebody who decides: a label and a sentence or two each."""
        rows = [("Advice", f"{self.headline}. {' '.join(self.lead)}")]
        held = [one for one in self.gates if one.part.holds]
        rows += [("To lift that", sentence(one.part.relax)) for one in held[:2]]
        rows += [("Consider first", sentence(one.part.text)) for one in self.neither[:1]]
        for side, reasons, most in (
            (self.pick, self.reasons_for, 3),
            (self.other, self.reasons_against, 2),
        ):
            strongest = [one.text for one in reasons[:most]]
            text = " ".join(strongest) or self.nothing_for(side)
            rows.append((f"For {side.label}", text))
        rows.append(("Measured", self.measured_sentence))
        rows.append(("Would change it", self.turning_sentence))
        rows += [("Next", self.next_sentence)] if self.next_sentence else []
        if self.dispute_rows:
            points = listed([point for point, _, _ in self.dispute_rows])
            rows.append(("The team disagrees", f"On what can turn it: {points}"))
        if self.document.unanswered:
            rows.append(("Not known", self.unknown_sentence))
        return rows

    def nothing_for(self, candidate: Candidate) -> str:
        """What to say of a side for which no reason is certain."""
        count = sum(one.part.favours is candidate for one in self.open_reasons)
        if not count:
            return "Nothing in the answers given."
        points = "one point depends" if count == 1 else f"{count} points depend"
        return f"Nothing certain; {points} on what was not answered."

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
            nothing = "Nothing: this advice rests on answers and documents alone."
            count = len(self._measurable)
            if not count:
                return nothing
            claims = "One of its claims" if count == 1 else f"{count} of its claims"
            return f"{nothing} {claims} could be measured with “advisor probe”."
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
    def review_on(self) -> str:
        """The day on which the first evidence of a reason that holds expires."""
        names = {name for one in self.document.reasons if one.holds for name in one.evidence}
        names.update(name for one in self.document.gates if one.holds for name in one.evidence)
        days = [
            one.part.expires for one in self.evidence if one.part.id in names and not one.expired
        ]
        return min(days).isoformat() if days else ""
