"""What the app works out behind its screens: keys go first, and nothing stale is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.content import Content
from textual.widgets import Static

from advisor.desk import Desk, OvertakenError, Weighing
from advisor.model.answers import Answers
from advisor.tui import background
from advisor.tui.widgets.redraw import redraw
from tests.interview.small import small_rule_base
from tests.tui.driving import DAY, running, say, text_of, until_quiet, until_shown


async def test_a_pick_is_drawn_before_anything_is_weighed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark stands on the screen, and the answer in the file, when the weighing begins."""
    monkeypatch.setattr(background, "MOST_WAIT", 30.0)
    async with running(tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        await until_quiet(pilot)
        seen: list[tuple[bool, bool]] = []
        weigh, journal = app.desk.weigh, app.desk.session.journal
        assert journal is not None

        def watched(answers: Answers) -> Weighing:
            kept = '"tensorflow"' in journal.path.read_text(encoding="utf-8")
            seen.append(("(x) 3  Tensorflow" in text_of(app), kept))
            return weigh(answers)

        monkeypatch.setattr(app.desk, "weigh", watched)
        await pilot.press("down", "down", "space")
        await until_shown(pilot, "(x) 3  Tensorflow")
        await until_quiet(pilot)
        assert seen[0] == (True, True)


async def test_answers_in_quick_succession_end_in_one_balance(tmp_path: Path) -> None:
    """What is shown belongs to the last answers, and says that several changes led there."""
    async with running(tmp_path, size=(120, 40)) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "How the balance stands")
        await until_quiet(pilot)
        before = app.standing
        for option in ("pytorch", "none", "tensorflow"):
            say(app, "skills", option)
        await until_shown(pilot, "3 changes")
        await until_quiet(pilot)
        assert app.standing is not None
        assert before is not None
        assert app.advice is not None
        assert app.standing.answers == app.advice.answers == app.desk.session.answers
        now, then = app.standing.balance.acceptability, before.balance.acceptability
        assert app.standing.move == next(iter(now.values())) - next(iter(then.values()))


async def test_a_search_ends_when_nobody_wants_its_result(tmp_path: Path) -> None:
    """Between two steps it is asked whether the answers still stand."""
    async with running(tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        await until_quiet(pilot)
        weighing = app.desk.weigh(app.desk.session.answers)
        with pytest.raises(OvertakenError):
            weighing.decide(explain=True, between=app.making_way(lambda: False))
        weighing.decide(explain=True, between=app.making_way(lambda: True))


def test_a_weighing_decides_what_the_engine_decides(tmp_path: Path) -> None:
    """Going on from the balance changes nothing in the decision."""
    desk = Desk(folder=tmp_path, as_of=DAY, loader=lambda _: small_rule_base())
    desk.load()
    for answers in (Answers(), Answers({"skills": frozenset({"tensorflow"})})):
        weighing = desk.weigh(answers)
        assert weighing.balance == desk.engine.balance(answers)
        for explain in (False, True):
            found = weighing.decide(explain=explain).decision
            assert found == desk.engine.decide(answers, explain=explain)


async def test_a_text_of_the_same_height_lays_nothing_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same text draws nothing at all; only more lines move what stands below."""
    async with running(tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        await until_quiet(pilot)
        title = app.screen.query_one("#title", Static)
        laid_out: list[bool] = []
        update = title.update

        def watched(content: Content, *, layout: bool = True) -> None:
            laid_out.append(layout)
            update(content, layout=layout)

        monkeypatch.setattr(title, "update", watched)
        redraw(title, Content.styled("What about skills?", "bold"))
        assert laid_out == []
        redraw(title, Content("What about nothing?"))
        assert laid_out == [False]
        redraw(title, Content("Two\nlines"))
        assert laid_out == [False, True]
        await until_shown(pilot, "lines")
