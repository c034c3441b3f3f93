"""The state machine of the questionnaire."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from advisor.decision.applicability import effective_answers
from advisor.errors import InputError
from advisor.interview.choices import toggled
from advisor.interview.remaining import remaining
from advisor.interview.session import Session, Status
from advisor.interview.session_file import Event
from advisor.model.answers import Answers, Priorities
from advisor.model.rulebase import Question, QuestionKind
from tests.interview.small import QUESTIONS, atom, options, question, small_rule_base

BASE = small_rule_base()


def test_questions_come_by_section_and_branch() -> None:
    """Sections keep their order; a question of a branch comes once the branch is taken."""
    session = Session(BASE)
    seen = []
    while session.current is not None:
        seen.append(session.current.id)
        pick = "server" if session.current.id == "targets" else session.current.option_ids[0]
        session.answer(session.current.id, [pick])
        session.advance()
    assert seen == ["skills", "experience", "targets", "server_kind", "latency", "python"]


def test_the_most_decisive_question_of_a_section_comes_first() -> None:
    """Ranking moves questions inside their section, never across, and never the current one."""
    session = Session(BASE)
    session.rank({"experience": 9.0, "python": 5.0})
    assert session.current is not None
    assert session.current.id == "skills"
    assert [one.id for one in session.queue()] == ["experience", "skills", "python", "targets"]


def test_minor_questions_are_left_out_until_asked_for() -> None:
    """What will hardly turn anything is skipped, shown as such, and can still be asked."""
    session = Session(BASE)
    session.rank({}, minor=["experience", "python", "skills", "targets"])
    assert [one.id for one in session.queue()] == ["targets"]  # it decides on server_kind
    session.answer("targets", ["nowhere"])
    session.rank({}, minor=["experience", "python"])
    session.answer("skills", ["none"])
    assert session.advance() is None
    assert [one.id for one in session.left_out()] == ["experience", "python"]
    assert [one.question.id for one in session.review() if one.minor] == ["experience", "python"]
    asked = session.ask_minor()
    assert asked is not None
    assert asked.id == "experience"


def test_answers_of_a_branch_left_are_parked_and_return() -> None:
    """Nothing is lost by changing one's mind."""
    session = Session(BASE)
    session.answer("targets", ["server"])
    session.answer("server_kind", ["own"])
    session.answer("targets", ["phone"])
    entry = next(one for one in session.review() if one.question.id == "server_kind")
    assert entry.status is Status.PARKED
    assert entry.chosen == {"own"}
    assert [one.id for one in entry.because] == ["targets"]
    assert "server_kind" not in session.answers.chosen
    session.answer("targets", ["server", "phone"])
    assert session.answers.chosen["server_kind"] == {"own"}


def test_back_returns_through_what_was_asked() -> None:
    """Back undoes moves, keeps answers, and skips questions that no longer apply."""
    session = Session(BASE)
    session.jump("targets")
    session.answer("targets", ["server"])
    session.jump("server_kind")
    session.jump("python")
    session.answer("targets", ["phone"])
    found = session.back()
    assert found is not None
    assert found.id == "targets"
    assert session.answers.chosen["targets"] == {"phone"}


def test_back_at_the_start_stays() -> None:
    """There is nothing before the first question."""
    session = Session(BASE)
    assert not session.can_go_back
    assert session.back() is session.current


def test_jump_refuses_what_does_not_apply() -> None:
    """A skipped question cannot be answered out of its branch."""
    session = Session(BASE)
    session.answer("targets", ["nowhere"])
    with pytest.raises(InputError, match="does not apply"):
        session.jump("server_kind")
    with pytest.raises(InputError, match="no question"):
        session.jump("nothing")


def test_dont_know_is_an_answer_that_says_nothing() -> None:
    """It closes the question without entering the decision; its branch waits."""
    session = Session(BASE)
    session.unsure("targets")
    assert session.status("targets") is Status.UNSURE
    assert session.status("server_kind") is Status.WAITING
    assert session.answers == Answers()


@pytest.mark.parametrize(
    ("key", "chosen"),
    [("skills", ["guru"]), ("skills", ["none", "pytorch"]), ("targets", ["nowhere", "phone"])],
)
def test_impossible_answers_are_refused(key: str, chosen: list[str]) -> None:
    """The session never holds what an answers file could not hold."""
    with pytest.raises(InputError):
        Session(BASE).answer(key, chosen)


def test_exclusive_options_push_the_others_out() -> None:
    """Picking `nowhere` clears the rest, picking another clears `nowhere`."""
    targets = BASE.question_by_id["targets"]
    both = toggled(targets, toggled(targets, frozenset(), "server"), "phone")
    assert both == {"server", "phone"}
    assert toggled(targets, both, "nowhere") == {"nowhere"}
    assert toggled(targets, frozenset({"nowhere"}), "phone") == {"phone"}
    assert toggled(targets, both, "phone") == {"server"}
    assert toggled(BASE.question_by_id["skills"], frozenset({"none"}), "pytorch") == {"pytorch"}


def test_a_changed_rule_base_names_what_it_no_longer_knows() -> None:
    """Gone questions, options and criteria are said in words; the rest is kept."""
    events = [
        Event("answer", "skills", ["pytorch"]),
        Event("answer", "python", ["3.10"]),
        Event("answer", "old_question", ["x"]),
        Event("priorities", "", {"rank": ["deployment", "beauty"], "swings": {}}),
    ]
    changed = (*QUESTIONS[:-1], question("python", "use", QuestionKind.SINGLE, options("newer")))
    session = Session(small_rule_base(changed, "2"))
    session.replay(events)
    assert session.answers.chosen == {"skills": frozenset({"pytorch"})}
    assert session.priorities.rank == ("deployment",)
    said = " ".join(session.dropped)
    assert "old_question" in said
    assert "3.10" in said
    assert "beauty" in said


def test_progress_counts_questions_that_apply() -> None:
    """Done and total per section."""
    session = Session(BASE)
    session.answer("skills", ["none"])
    session.unsure("experience")
    session.answer("targets", ["nowhere"])
    assert [(one.done, one.total) for one in session.progress()] == [(2, 2), (1, 2)]


def _walks(said: dict[str, list[str]], targets_open: bool) -> set[int]:
    """Numbers of questions asked over every way of answering the small questionnaire."""
    counts: set[int] = set()
    some: dict[str, list[list[str]]] = {
        one.id: [[option] for option in one.option_ids] + [[]] for one in BASE.questions
    }
    some["targets"].append(["server", "phone"])
    open_ones = ["targets"] if targets_open else []
    for picks in product(*(some[one] for one in open_ones)):
        trial = Session(BASE)
        for key, options_said in said.items():
            trial.answer(key, options_said)
        chosen = dict(zip(open_ones, picks, strict=True))
        asked = 0
        while trial.queue():
            following = trial.queue()[0]
            trial.answer(following.id, chosen.get(following.id, [following.option_ids[0]]))
            asked += 1
        counts.add(asked)
    return counts


@given(st.lists(st.sampled_from([one.id for one in BASE.questions]), unique=True), st.booleans())
def test_remaining_is_reached_at_both_ends(answered: list[str], unsure: bool) -> None:
    """The fewest and the most left are those of real ways to answer, not guesses."""
    session = Session(BASE)
    said = {key: [] if unsure else [BASE.question_by_id[key].option_ids[-1]] for key in answered}
    for key, picked in said.items():
        session.answer(key, picked)
    counts = _walks(said, targets_open="targets" not in said)
    bounds = session.remaining()
    assert (bounds.fewest, bounds.most) == (min(counts), max(counts))


def test_large_families_get_valid_bounds() -> None:
    """Where enumeration would take too long, the bounds are wide but right."""
    parent = question("parent", "use", QuestionKind.MULTI, options(*(f"o{i}" for i in range(16))))
    children: list[Question] = [
        question(
            f"child{i}",
            "use",
            QuestionKind.SINGLE,
            options("a", "b"),
            ask_when=atom("parent", f"o{i}"),
        )
        for i in range(16)
    ]
    found = remaining(small_rule_base((parent, *children)), {}, frozenset())
    assert (found.fewest, found.most) == (1, 17)


class Sitting(RuleBasedStateMachine):
    """Any sequence of moves leaves a session that could have been made by an answers file."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.session = Session(BASE)
        self.session.journal = self  # type: ignore[assignment]

    def append(self, event: Event) -> None:
        """Stands in for the journal."""
        self.events.append(event)

    @rule(data=st.data(), key=st.sampled_from([one.id for one in BASE.questions]))
    def answer(self, data: st.DataObject, key: str) -> None:
        """Answer any question by picking options one after the other."""
        one = BASE.question_by_id[key]
        chosen: frozenset[str] = frozenset()
        for option in data.draw(st.lists(st.sampled_from(one.option_ids), max_size=3)):
            chosen = toggled(one, chosen, option)
        self.session.answer(key, chosen)

    @rule(key=st.sampled_from([one.id for one in BASE.questions]))
    def clear(self, key: str) -> None:
        """Take an answer back."""
        self.session.clear(key)

    @rule()
    def advance(self) -> None:
        """Go on."""
        self.session.advance()

    @precondition(lambda self: self.session.can_go_back)
    @rule()
    def back(self) -> None:
        """Go back."""
        self.session.back()

    @rule(rank=st.permutations([one.id for one in BASE.criteria]))
    def prioritise(self, rank: list[str]) -> None:
        """Rank the criteria."""
        self.session.prioritise(Priorities(rank=tuple(rank)))

    @invariant()
    def answers_are_effective(self) -> None:
        """What the decision reads is exactly what counts: no parked answer is among it."""
        known = effective_answers(BASE, self.session.answers)
        assert all(known[key] == value for key, value in self.session.answers.chosen.items())

    @invariant()
    def journal_gives_the_same_session(self) -> None:
        """Replaying the journal restores answers, parked ones and doubts."""
        again = Session(BASE)
        again.replay(self.events)
        assert again.review() == self.session.review()
        assert again.priorities == self.session.priorities
        assert again.dropped == ()


TestSitting = Sitting.TestCase
