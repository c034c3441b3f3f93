"""Driving the app in tests: a pilot with patience, and the screen as plain text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from time import monotonic

from textual.pilot import Pilot
from textual.strip import Strip

from advisor.desk import Desk
from advisor.model.rulebase import RuleBase
from advisor.tui.app import AdvisorApp
from advisor.tui.messages import AnswersChanged
from tests.interview.small import small_rule_base

DAY = date(2026, 11, 28)
PATIENCE = 30.0
"""Seconds after which a condition is given up."""


def strips(app: AdvisorApp) -> list[Strip]:
    """What is drawn now, line by line."""
    width, height = app.size
    drawn = app.screen._compositor.render_strips()
    return [line.adjust_cell_length(width) for line in drawn[:height]]


def text_of(app: AdvisorApp) -> str:
    """The screen as text: what is told apart by colour alone is lost here."""
    return "\n".join(strip.text.rstrip() for strip in strips(app))


async def until(pilot: Pilot[None], condition: Callable[[], bool], what: str = "") -> None:
    """Wait for a condition, never for a time."""
    app = pilot.app
    assert isinstance(app, AdvisorApp)
    end = monotonic() + PATIENCE
    while monotonic() < end:
        if condition():
            await pilot.pause()
            return
        if app.fault is not None:
            raise app.fault
        await asyncio.sleep(0.01)
    raise AssertionError(f"waited in vain for {what}\n{text_of(app)}")


async def until_shown(pilot: Pilot[None], text: str) -> None:
    """Wait until a text stands on the screen."""
    app = pilot.app
    assert isinstance(app, AdvisorApp)
    await until(pilot, lambda: text in text_of(app), f"{text!r}")


async def until_quiet(pilot: Pilot[None]) -> None:
    """Wait until the balance is struck and everything is drawn."""
    app = pilot.app
    assert isinstance(app, AdvisorApp)
    await until(
        pilot,
        lambda: (
            not any(one.group in {"advice", "trial"} and not one.is_finished for one in app.workers)
        ),
        "the decision",
    )


def say(app: AdvisorApp, question: str, *options: str) -> None:
    """Answer a question as a screen would."""
    app.desk.session.answer(question, options)
    app.post_message(AnswersChanged("An answer"))


@asynccontextmanager
async def running(
    folder: Path,
    *,
    size: tuple[int, int] = (80, 24),
    rule_base: RuleBase | None = None,
    resume: bool = False,
    answers: Path | None = None,
    probe: Path | None = None,
) -> AsyncIterator[tuple[AdvisorApp, Pilot[None]]]:
    """The app on a small rule base, its rules read."""
    base = rule_base or small_rule_base()
    desk = Desk(folder=folder, as_of=DAY, loader=lambda _: base)
    app = AdvisorApp(desk, resume=resume, answers=answers, probe=probe)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: desk.ready or app.fault is not None, "the rules")
        await pilot.pause()
        yield app, pilot
        desk.close()
    if app.fault is not None:
        raise app.fault
