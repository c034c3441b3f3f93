"""One sitting: what was asked, said, left open and parked; where the user stands; what comes next.

The session knows no screen. The app, plain mode and the browser drive the same object, and every
change goes to its journal before the call returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from advisor.decision.applicability import applicability, dependency_order
from advisor.errors import InputError, Place
from advisor.interview.choices import check_choice
from advisor.interview.journal import Journal
from advisor.interview.remaining import Remaining, remaining
from advisor.interview.replay import take_up
from advisor.interview.session_file import Event
from advisor.model.answers import Answers, Priorities
from advisor.model.condition import questions_of
from advisor.model.rulebase import Question, RuleBase, Section


class Status(StrEnum):
    """How a question stands."""

    ANSWERED = "answered"
    UNSURE = "unsure"
    """The user said "don't know"."""
    OPEN = "open"
    """Applies, and nothing was said yet."""
    WAITING = "waiting"
    """Whether it applies hangs on a question without an answer."""
    SKIPPED = "skipped"
    """Does not apply."""
    PARKED = "parked"
    """Was answered, and does not apply now: the answer is kept and returns with its branch."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the review."""

    question: Question
    status: Status
    chosen: frozenset[str]
    because: tuple[Question, ...] = ()
    """For a question that is skipped, parked or waiting: the questions that decide that."""
    minor: bool = False
    """Open, and left out because its answer will hardly turn anything."""


@dataclass(frozen=True, slots=True)
class SectionProgress:
    """How far a section is."""

    section: Section
    done: int
    """Answered, or said not to be known."""
    total: int
    """Questions that apply."""


class Session:
    """The state machine of the questionnaire.

    Attributes:
        rule_base: where the questions come from.
        journal: where every change is kept; None keeps nothing.
        dropped: what a resumed session said that this rule base no longer knows, in words.
    """

    def __init__(self, rule_base: RuleBase, journal: Journal | None = None) -> None:
        self.rule_base = rule_base
        self.journal = journal
        self.dropped: tuple[str, ...] = ()
        self._said: dict[str, frozenset[str]] = {}
        self._unsure: set[str] = set()
        self._priorities = Priorities()
        self._trail: list[str] = []
        self._current: str | None = None
        self._ranking: Mapping[str, float] = {}
        self._minor: frozenset[str] = frozenset()
        self._thorough = False
        self._remaining: Remaining | None = None
        self._applies = applicability(rule_base, Answers())
        self.current = self._first_open()

    # -- what was said -------------------------------------------------------------------

    @property
    def answers(self) -> Answers:
        """What the decision reads: no parked answer is among it."""
        return Answers(
            {
                one.id: self._said[one.id]
                for one in self.rule_base.questions
                if one.id in self._said and self._applies[one.id] is True
            },
            self._priorities,
        )

    @property
    def priorities(self) -> Priorities:
        """What was said about the criteria."""
        return self._priorities

    def chosen(self, question_id: str) -> frozenset[str]:
        """The options last chosen for a question, parked ones included; empty: none."""
        return self._said.get(question_id, frozenset())

    def status(self, question_id: str) -> Status:
        """How a question stands."""
        applies = self._applies[question_id]
        if applies is False:
            return Status.PARKED if question_id in self._said else Status.SKIPPED
        if applies is None:
            return Status.PARKED if question_id in self._said else Status.WAITING
        if question_id in self._said:
            return Status.ANSWERED
        return Status.UNSURE if question_id in self._unsure else Status.OPEN

    def answer(self, question_id: str, options: Iterable[str]) -> None:
        """Record an answer; no options is "don't know".

        Raises:
            InputError: the question is unknown, or does not take these options.
        """
        chosen = frozenset(options)
        question = self._question(question_id)
        check_choice(question, chosen)
        if not chosen:
            self._apply_unsure(question_id)
        else:
            self._said[question_id] = chosen
            self._unsure.discard(question_id)
        ordered = [one for one in question.option_ids if one in chosen]
        self._changed(Event("answer", question_id, ordered))

    def unsure(self, question_id: str) -> None:
        """Record "don't know"."""
        self.answer(question_id, ())

    def clear(self, question_id: str) -> None:
        """Take an answer back: the question is open again."""
        self._question(question_id)
        self._said.pop(question_id, None)
        self._unsure.discard(question_id)
        self._changed(Event("clear", question_id))

    def prioritise(self, priorities: Priorities) -> None:
        """Record a ranking or swings; an empty one leaves it to the answers."""
        self._priorities = priorities
        value = {"rank": list(priorities.rank), "swings": dict(priorities.swings)}
        self._changed(Event("priorities", "", value))

    def adopt(self, answers: Answers) -> None:
        """Take over answers from a file."""
        for question_id, options in answers.chosen.items():
            self.answer(question_id, options)
        if answers.priorities != Priorities():
            self.prioritise(answers.priorities)
        self.current = self._first_open()

    def _apply_unsure(self, question_id: str) -> None:
        self._said.pop(question_id, None)
        self._unsure.add(question_id)

    def _question(self, question_id: str) -> Question:
        question = self.rule_base.question_by_id.get(question_id)
        if question is None:
            raise InputError(f"There is no question `{question_id}`.", place=Place("session"))
        return question

    def _changed(self, event: Event) -> None:
        self._refresh()
        if self.journal is not None:
            self.journal.append(event)

    def _refresh(self) -> None:
        self._applies = applicability(self.rule_base, Answers(dict(self._said)))
        self._remaining = None

    # -- where the user stands -----------------------------------------------------------

    @property
    def current(self) -> Question | None:
        """The question asked now; None when nothing is left to ask."""
        return self.rule_base.question_by_id.get(self._current or "")

    @current.setter
    def current(self, question: Question | None) -> None:
        self._current = question.id if question else None

    @property
    def can_go_back(self) -> bool:
        """Whether there is an earlier question to go back to."""
        return bool(self._trail)

    def advance(self) -> Question | None:
        """Go on to the most decisive open question of this section, else of the next ones."""
        self._leave()
        self.current = self._next_open(self._current)
        return self.current

    def back(self) -> Question | None:
        """Return to the question asked before this one; stays when there is none."""
        while self._trail:
            earlier = self._trail.pop()
            if earlier != self._current and self._applies[earlier] is True:
                self._current = earlier
                break
        return self.current

    def jump(self, question_id: str) -> Question:
        """Go to any question that applies.

        Raises:
            InputError: the question is unknown or does not apply.
        """
        question = self._question(question_id)
        if self._applies[question_id] is not True:
            raise InputError(
                f"“{question.text}” does not apply now.",
                remedy="It returns when the answer it hangs on does.",
            )
        if question_id != self._current:
            self._leave()
            self._current = question_id
        return question

    def _leave(self) -> None:
        if self._current is not None and self._trail[-1:] != [self._current]:
            self._trail.append(self._current)

    # -- what comes next -----------------------------------------------------------------

    def rank(self, worth: Mapping[str, float], minor: Iterable[str] = ()) -> None:
        """Set how decisive each open question is.

        Sections keep their order; inside a section the most decisive question comes first. The
        question asked now stays until it is left, unless it is minor and nothing was asked before.

        Args:
            worth: expected gain per second of the user's time, by question id.
            minor: questions whose answer will hardly turn anything; they are left out until
                `ask_minor` is called. A question that decides whether a decisive one is asked is
                never minor.
        """
        self._ranking = dict(worth)
        kept = set(minor)
        for one in reversed(dependency_order(self.rule_base.questions)):
            if one.id not in kept and self._applies[one.id] is None:
                kept -= questions_of(one.ask_when)
        self._minor = frozenset(kept)
        if not self._trail and self._current is not None and not self._asked(self._current):
            fresh = self.status(self._current) is Status.OPEN
            self.current = self._first_open() if fresh else self.current

    def ask_minor(self) -> Question | None:
        """Ask the minor questions too, and go to the first of them."""
        self._thorough = True
        return self.advance()

    def queue(self) -> tuple[Question, ...]:
        """The open questions in the order in which they will be asked."""
        order = {section.id: place for place, section in enumerate(self.rule_base.sections)}
        place_of = {one.id: place for place, one in enumerate(self.rule_base.questions)}
        return tuple(
            sorted(
                (one for one in self.rule_base.questions if self._asked(one.id)),
                key=lambda one: (
                    order.get(one.section, len(order)),
                    -self._ranking.get(one.id, 0.0),
                    place_of[one.id],
                ),
            )
        )

    def left_out(self) -> tuple[Question, ...]:
        """Open questions that are not asked because they will hardly turn anything."""
        return tuple(
            one
            for one in self.rule_base.questions
            if self.status(one.id) is Status.OPEN and not self._asked(one.id)
        )

    def _asked(self, question_id: str) -> bool:
        minor = question_id in self._minor and not self._thorough
        return self.status(question_id) is Status.OPEN and not minor

    def _first_open(self) -> Question | None:
        return next(iter(self.queue()), None)

    def _next_open(self, after: str | None) -> Question | None:
        """This section first, then the later ones, then the earlier ones."""
        waiting = [one for one in self.queue() if one.id != after]
        here = self.rule_base.question_by_id.get(after or "")
        if here is None:
            return waiting[0] if waiting else None
        order = [section.id for section in self.rule_base.sections]
        start = order.index(here.section) if here.section in order else 0
        turned = order[start:] + order[:start]
        return min(waiting, key=lambda one: turned.index(one.section), default=None)

    def remaining(self) -> Remaining:
        """The fewest and the most questions still to come, whatever the answers will be."""
        if self._remaining is None:
            self._remaining = remaining(self.rule_base, self._said, frozenset(self._unsure))
        return self._remaining

    def left(self) -> str:
        """How many questions are to come: those that matter now, and the most there can be."""
        decisive, most = len(self.queue()), self.remaining().most
        return str(most) if decisive == most else f"{decisive} decisive, {most} at most"

    # -- review --------------------------------------------------------------------------

    def review(self) -> tuple[Entry, ...]:
        """Every question, in the order of the questionnaire."""
        return tuple(self._entry(one) for one in self.rule_base.questions)

    def _entry(self, question: Question) -> Entry:
        status = self.status(question.id)
        because: tuple[Question, ...] = ()
        if status in {Status.SKIPPED, Status.PARKED, Status.WAITING}:
            reads = questions_of(question.ask_when)
            because = tuple(one for one in self.rule_base.questions if one.id in reads)
        minor = status is Status.OPEN and not self._asked(question.id)
        return Entry(question, status, self.chosen(question.id), because, minor)

    def progress(self) -> tuple[SectionProgress, ...]:
        """How far each section is."""
        found = []
        for section in self.rule_base.sections:
            states = [
                self.status(one.id) for one in self.rule_base.questions if one.section == section.id
            ]
            done = sum(one in {Status.ANSWERED, Status.UNSURE} for one in states)
            total = done + states.count(Status.OPEN)
            found.append(SectionProgress(section, done, total))
        return tuple(found)

    # -- resuming ------------------------------------------------------------------------

    def replay(self, events: Iterable[Event]) -> None:
        """Take up an earlier sitting in place of this one: nothing is written.

        Afterwards `dropped` says in words which answers this rule base no longer knows.
        """
        taken = take_up(self.rule_base, events)
        self._said, self._unsure = taken.said, taken.unsure
        self._priorities, self.dropped = taken.priorities, taken.dropped
        self._refresh()
        self.current = self._first_open()
