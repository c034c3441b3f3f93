"""The app as a user meets it: questions, back, review, verdict, what if, report, resume."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.content import Content
from textual.widgets import Input, Static

from advisor.desk import Desk
from advisor.errors import RuleBaseError
from advisor.interview.history import history
from advisor.interview.session_file import read_session
from advisor.model.rulebase import RuleBase
from advisor.tui.app import AdvisorApp
from advisor.tui.screens.cards import Card
from advisor.tui.screens.verdict import VerdictScreen
from advisor.tui.widgets.menu import Menu
from tests.interview.small import QUESTIONS, small_rule_base
from tests.tui.driving import running, say, text_of, until, until_quiet, until_shown


async def test_state_shows_without_colour(tmp_path: Path) -> None:
    """Picked, not picked and the cursor are different characters."""
    async with running(tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        assert "▸ ( ) 1  None" in text_of(app)
        await pilot.press("down", "space")
        await until_shown(pilot, "▸ (x) 2  Pytorch")
        assert "  ( ) 1  None" in text_of(app)


async def test_digits_answer_and_go_on(tmp_path: Path) -> None:
    """One key per question of one option; the answer is on disk before the next is shown."""
    async with running(tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        await pilot.press("2")
        await until_shown(pilot, "What about targets?")
        journal = app.desk.session.journal
        assert journal is not None
        assert [(one.subject, one.value) for one in read_session(journal.path)[1]] == [
            ("skills", ["pytorch"])
        ]


async def test_several_options_are_toggled_and_exclusive_ones_push_out(tmp_path: Path) -> None:
    """A multi question waits for Enter."""
    async with running(tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        app.desk.session.jump("targets")
        app.screen.draw()  # type: ignore[attr-defined]
        await until_shown(pilot, "What about targets?")
        await pilot.press("2", "3")
        await until_shown(pilot, "[x] 3  Phone")
        assert "[x] 2  Server" in text_of(app)
        await pilot.press("1")
        await until_shown(pilot, "[x] 1  Nowhere")
        assert "[ ] 2  Server" in text_of(app)
        assert app.desk.session.chosen("targets") == {"nowhere"}


async def test_back_returns_to_the_answer_given(tmp_path: Path) -> None:
    """Back shows the question before with what was said."""
    async with running(tmp_path) as (_app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        await pilot.press("2")
        await until_shown(pilot, "What about targets?")
        await pilot.press("left")
        await until_shown(pilot, "(x) 2  Pytorch")


async def test_enter_out_of_habit_after_a_digit_answers_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A digit goes on by itself; an Enter right after it belongs to it, a later one answers."""
    now = 100.0
    monkeypatch.setattr("advisor.tui.screens.ask.monotonic", lambda: now)
    async with running(tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        await pilot.press("2")
        await until_shown(pilot, "What about targets?")
        now += 0.3
        await pilot.press("enter")
        await until_shown(pilot, "What about targets?")
        assert app.desk.session.chosen("targets") == frozenset()
        now += 0.1
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.desk.session.chosen("targets")))


async def test_the_balance_moves_with_each_answer(tmp_path: Path) -> None:
    """The panel says what the last answer did, from 120 columns beside the question."""
    async with running(tmp_path, size=(120, 40)) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "How the balance stands")
        await until_quiet(pilot)
        await pilot.press("3")
        await until_shown(pilot, "“Tensorflow”")
        await until_quiet(pilot)
        assert "towards TensorFlow" in text_of(app)
        assert app.standing is not None
        assert app.standing.move < 0


async def test_review_shows_skipped_and_parked_and_jumps(tmp_path: Path) -> None:
    """Everything is visible, and Enter goes there."""
    async with running(tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        session = app.desk.session
        session.answer("targets", ["server"])
        session.answer("server_kind", ["own"])
        session.answer("targets", ["nowhere"])
        await pilot.press("r")
        await until_shown(pilot, "P What about server_kind? parked: Own")
        assert "– What about latency? does not apply" in text_of(app)
        app.screen.query_one(Menu).highlighted = 2
        await pilot.press("enter")
        await until_shown(pilot, "( ) 1  Novice")


async def test_review_says_why_a_question_is_not_asked(tmp_path: Path) -> None:
    """Enter on a skipped question names the answer it hangs on."""
    async with running(tmp_path) as (app, pilot):
        await pilot.press("enter", "r")
        await until_shown(pilot, "What about server_kind?")
        menu = app.screen.query_one(Menu)
        menu.highlighted = menu.get_option_index("server_kind")
        await pilot.press("enter")
        await until_shown(pilot, "hangs on “What about targets?”")


async def test_contradictions_are_named_and_not_blocked(tmp_path: Path) -> None:
    """A clash is words on the screen."""
    async with running(tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        session = app.desk.session
        session.answer("experience", ["novice"])
        session.answer("targets", ["server"])
        say(app, "latency", "tight")
        await pilot.press("r")
        await until_shown(pilot, "! A novice and tight latency pull against each other.")


async def test_verdict_names_reasons_and_opens_their_evidence(tmp_path: Path) -> None:
    """Evidence is one key away, with source, date and what the survey says."""
    async with running(tmp_path, size=(100, 40)) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        say(app, "skills", "pytorch")
        await pilot.press("v")
        await until_shown(pilot, "The rule knows-pytorch speaks for PyTorch.")
        await pilot.press("enter")
        await until_shown(pilot, "What this rests on")
        shown = text_of(app)
        assert "https://example.org/phones" in shown
        assert "as of January 2026" in shown
        assert "The survey of 2025: TensorFlow Lite serves phones." in shown
        await pilot.press("escape")
        await until_shown(pilot, "[Why]")


async def test_what_if_moves_the_verdict_and_can_be_undone_or_kept(tmp_path: Path) -> None:
    """A trial changes nothing until it is kept."""
    async with running(tmp_path, size=(100, 40)) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        say(app, "skills", "pytorch")
        await pilot.press("v")
        await until_shown(pilot, "The rule knows-pytorch")
        await until_quiet(pilot)
        await pilot.press("4", "enter")
        await until_shown(pilot, "What if… What about skills?")
        await pilot.press("3")
        await until(pilot, lambda: "→  TensorFlow" in text_of(app), "the trial")
        assert app.desk.session.chosen("skills") == {"pytorch"}
        await pilot.press("z")
        await until(pilot, lambda: "What if –" not in text_of(app), "the undo")
        await pilot.press("enter", "3")
        await until(pilot, lambda: "→  TensorFlow" in text_of(app), "the trial again")
        await pilot.press("y")
        assert app.desk.session.chosen("skills") == {"tensorflow"}
        await until_quiet(pilot)
        assert "TensorFlow –" in text_of(app)


async def test_verdict_tabs_can_all_be_shown(tmp_path: Path) -> None:
    """Each tab has content."""
    async with running(tmp_path, size=(100, 40)) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        say(app, "skills", "pytorch")
        await pilot.press("v")
        await until_shown(pilot, "knows-pytorch")
        await until_quiet(pilot)
        for key, text in (
            ("2", "Where the doubt comes from"),
            ("3", "If the facts were different"),
            ("4", "Enter changes an answer"),
            ("5", "Measured here"),
            ("6", "What would tell most"),
        ):
            await pilot.press(key)
            await until_shown(pilot, text)


async def test_priorities_can_be_ranked_and_left(tmp_path: Path) -> None:
    """Rank, swings, or by the answers; each is kept."""
    async with running(tmp_path) as (app, pilot):
        await pilot.press("enter", "p")
        await until_shown(pilot, "(x) By the answers")
        await pilot.press("2", "down", "+")
        await until_shown(pilot, "1. Deployment")
        assert app.desk.session.priorities.rank == ("deployment", "existing-work")
        await pilot.press("3", "-")
        await until_shown(pilot, " 95 ")
        assert 95 in app.desk.session.priorities.swings.values()
        await pilot.press("1")
        await until_shown(pilot, "(x) By the answers")
        assert not app.desk.session.priorities.swings


async def test_browser_searches_rules_and_evidence(tmp_path: Path) -> None:
    """Typing narrows; Enter opens."""
    async with running(tmp_path) as (_app, pilot):
        await pilot.press("b")
        await until_shown(pilot, "4 rules, 1 piece of evidence")
        await pilot.press("slash", *"phone")
        await until_shown(pilot, "1 rule, 1 piece of evidence")
        await pilot.press("enter", "enter")
        await until_shown(pilot, "When “What about targets?” is Phone")


async def test_report_is_previewed_and_written(tmp_path: Path) -> None:
    """The preview is what is written; an existing file is spared until asked twice."""
    target = tmp_path / "out" / "decision.json"
    target.parent.mkdir()
    async with running(tmp_path / "sessions") as (app, pilot):
        await pilot.press("enter", "2", "e")
        await until_shown(pilot, "What it says about you and this machine")
        await pilot.press("f", "f")
        await until_shown(pilot, '"schema"')
        field = app.screen.query_one(Input)
        field.value = str(target)
        await until(pilot, lambda: isinstance(app.screen.content, str), "the report")  # type: ignore[attr-defined]
        await pilot.press("w")
        await until(pilot, target.exists, "the file")
        written = target.read_text(encoding="utf-8")
        assert json.loads(written)["answers"] == {"skills": ["pytorch"]}
        target.write_text("precious")
        await pilot.press("w")
        await pilot.pause()
        assert target.read_text() == "precious"
        await pilot.press("w")
        await until(pilot, lambda: target.read_text() == written, "the overwriting")
        assert f"Report: {target.resolve()}" in app.farewell


async def test_every_screen_shows_its_command_line(tmp_path: Path) -> None:
    """`c` shows what to type instead."""
    async with running(tmp_path, size=(80, 30)) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        for key in "arpmvebh":
            await pilot.press(key)
            await until_quiet(pilot)
            await pilot.press("c")
            await until_shown(pilot, "The same from the command line")
            assert "advisor" in text_of(app) or "answers.yaml" in text_of(app)
            await pilot.press("escape")
            await pilot.pause()


async def test_resume_after_leaving(tmp_path: Path) -> None:
    """What was said is there; the farewell says how to go on."""
    async with running(tmp_path) as (app, pilot):
        await pilot.press("enter", "2")
        await until_shown(pilot, "What about targets?")
        await pilot.press("q")
        await until(pilot, lambda: bool(app.farewell), "the farewell")
    assert "advisor --resume" in app.farewell[1]
    async with running(tmp_path, resume=True) as (app, pilot):
        await until_shown(pilot, "What about targets?")
        assert app.desk.session.chosen("skills") == {"pytorch"}
    assert len(history(tmp_path)) == 1


async def test_two_apps_do_not_overwrite_each_other(tmp_path: Path) -> None:
    """The second gets a copy, and says so."""
    async with running(tmp_path) as (first, pilot):
        await pilot.press("enter", "2")
        await until_shown(pilot, "What about targets?")
        async with running(tmp_path, resume=True) as (second, other):
            await until_shown(other, "copied into a new session")
            second.desk.session.answer("experience", ["able"])
        assert first.desk.session.chosen("experience") == frozenset()


async def test_an_updated_rule_base_says_what_is_gone(tmp_path: Path) -> None:
    """The session goes on without the answers that no longer apply."""
    async with running(tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        app.desk.session.answer("python", ["3.10"])
        app.desk.session.answer("skills", ["none"])
    newer = small_rule_base(QUESTIONS[:-1], "2")
    async with running(tmp_path, resume=True, rule_base=newer, size=(100, 40)) as (app, pilot):
        await until_shown(pilot, "no longer asked")
        assert app.desk.session.chosen("skills") == {"none"}


async def test_a_refusing_disk_is_reported_and_work_goes_on(tmp_path: Path) -> None:
    """Said once, marked at the top, and nothing is lost on the screen."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    async with running(blocked) as (app, pilot):
        await pilot.press("enter", "2")
        await until_shown(pilot, "not saved!")
        assert any("cannot be kept on disk" in one.message for one in app._notifications)
        assert app.desk.session.chosen("skills") == {"pytorch"}


async def test_answers_file_opens_the_review(tmp_path: Path) -> None:
    """`--answers` takes the file over."""
    file = tmp_path / "answers.yaml"
    file.write_text("skills: tensorflow\n", encoding="utf-8")
    async with running(tmp_path / "s", answers=file) as (_, pilot):
        await until_shown(pilot, "✓ What about skills? Tensorflow")


async def test_a_wrong_rule_base_closes_the_app_with_its_error(tmp_path: Path) -> None:
    """What the user can cause is a sentence after the app has closed."""

    def broken(_: object) -> RuleBase:
        raise RuleBaseError("This rule is wrong.")

    app = AdvisorApp(Desk(folder=tmp_path, loader=broken))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.fault is not None, "the fault")
    assert isinstance(app.fault, RuleBaseError)
    assert app.return_code == 2


async def test_minor_questions_are_offered_at_the_end(tmp_path: Path) -> None:
    """The verdict is offered once nothing decisive is left; n asks the rest."""
    async with running(tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until_quiet(pilot)
        for _ in range(8):
            if app.desk.session.current is None:
                break
            await pilot.press("u")
            await until_quiet(pilot)
        await until_shown(pilot, "left to ask.")
        if app.desk.session.left_out():
            await pilot.press("n")
            await until_shown(pilot, "What about")
        else:
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, VerdictScreen), "the verdict")


async def test_history_goes_on_with_a_session(tmp_path: Path) -> None:
    """Enter opens what was kept; deleting is asked twice."""
    async with running(tmp_path) as (_, pilot):
        await pilot.press("enter", "2")
        await until_shown(pilot, "What about targets?")
    async with running(tmp_path) as (_, pilot):
        await pilot.press("h")
        await until_shown(pilot, "1 answer")
        await pilot.press("enter")
        await until_shown(pilot, "✓ What about skills? Pytorch")
    async with running(tmp_path) as (_app, pilot):
        await pilot.press("h")
        await until_shown(pilot, "1 answer")
        await pilot.press("delete")
        await until_shown(pilot, "Once more deletes it")
        assert len(history(tmp_path)) == 1
        await pilot.press("delete")
        await until(pilot, lambda: not history(tmp_path), "the deletion")


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
async def test_help_and_quit_are_never_cut_off(tmp_path: Path, size: tuple[int, int]) -> None:
    """On every stage and size, the key bar begins with both."""
    async with running(tmp_path, size=size) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "skills?")
        for key in "arpmvebh0":
            await pilot.press(key)
            await until_quiet(pilot)
            last = text_of(app).splitlines()[-1]
            assert last.strip().startswith("? Help  q Quit"), last


async def test_a_storm_of_resizing_breaks_nothing(tmp_path: Path) -> None:
    """Any size at any moment, down to a single cell and back."""
    async with running(tmp_path) as (_app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        for key in "arpmveb":
            await pilot.press(key)
            for size in (
                (10, 3),
                (7, 9),
                (5, 4),
                (200, 60),
                (3, 3),
                (1, 1),
                (40, 12),
                (119, 20),
                (120, 41),
                (80, 24),
            ):
                await pilot.resize_terminal(*size)
        await pilot.press("a")
        await until_shown(pilot, "What about skills?")


async def test_palette_offers_every_action_of_the_screen(tmp_path: Path) -> None:
    """The palette reads the same registry as keys and help."""
    async with running(tmp_path, size=(100, 40)) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        await pilot.press("ctrl+p")
        await pilot.pause(0.2)
        await pilot.press(*"verdict")
        await until_shown(pilot, "See the recommendation and why.")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, VerdictScreen), "the verdict")


async def test_narrow_screens_have_a_menu_of_stages(tmp_path: Path) -> None:
    """Where the stages do not fit, one mark opens them."""
    async with running(tmp_path, size=(40, 12)) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "skills?")
        assert "≡ Ask" in text_of(app)
        await pilot.click(Static, offset=(1, 0))
        await until_shown(pilot, "Priorities")
        await pilot.press("down", "enter")
        await until_shown(pilot, "Team (0)")


@pytest.mark.parametrize("size", [(40, 12), (60, 18), (80, 24), (90, 30), (100, 34), (130, 50)])
async def test_cards_can_be_closed_at_every_size(tmp_path: Path, size: tuple[int, int]) -> None:
    """However long the text and small the screen, the button is there."""
    async with running(tmp_path, size=size) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "skills?")
        long = Content("\n".join(f"line {number}" for number in range(200)))
        app.push_screen(Card("A title of several words that may well need two lines", long))
        await until_shown(pilot, "line 0")
        assert "Close" in text_of(app)
