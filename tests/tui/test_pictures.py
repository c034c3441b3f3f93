"""Every screen at three sizes as text, and the three themes as pictures.

The texts lie in `pictures/`; to accept a change, run with ADVISOR_UPDATE_PICTURES=1 and look at
the difference. Text shows what a colour-blind reader sees, and it reads well in a review.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import textual
from textual.pilot import Pilot

from advisor.desk import Desk
from advisor.tui.app import AdvisorApp
from advisor.tui.themes import NAMES
from tests.interview.small import small_rule_base
from tests.tui.driving import DAY, running, say, text_of, until, until_quiet, until_shown

PICTURES = Path(__file__).parent / "pictures"
TEXTUAL = "8.2"
"""The version the pictures were made with; other versions may draw a little differently."""

pytestmark = [
    pytest.mark.snapshot,
    pytest.mark.skipif(
        not textual.__version__.startswith(TEXTUAL), reason=f"pictures are of Textual {TEXTUAL}"
    ),
]
SCREENS = {
    "welcome": "0",
    "ask": "a",
    "review": "r",
    "priorities": "p",
    "probe": "m",
    "verdict": "v",
    "export": "e",
    "browse": "b",
}
STEADY = {
    "welcome": "rules,",
    "export": "taken out.",
    "probe": "Length",
}
"""A text that shows once what is read in the background is there."""


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)], ids=["40x12", "80x24", "120x40"])
@pytest.mark.parametrize("name", SCREENS)
async def test_screen_as_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, size: tuple[int, int]
) -> None:
    """The screen looks as it did when it was last looked at."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("advisor.tui.screens.welcome._last", lambda _: "with yesterday's session")
    async with running(tmp_path / "s", size=size) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "skills?")
        say(app, "targets", "phone")
        await until_quiet(pilot)
        await pilot.press(SCREENS[name])
        await until_quiet(pilot)
        if name in STEADY and size != (40, 12):
            await until_shown(pilot, STEADY[name])
        if name == "verdict":
            await until(pilot, lambda: bool(app.advice and app.advice.explained), "the flips")
            await until_quiet(pilot)
        await pilot.pause(0.1)
        shown = text_of(app) + "\n"
    picture = PICTURES / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("ADVISOR_UPDATE_PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        picture.write_text(shown, encoding="utf-8")
    assert shown == picture.read_text(encoding="utf-8")


@pytest.mark.parametrize("theme", NAMES)
def test_themes(tmp_path: Path, theme: str, snap_compare: Callable[..., bool]) -> None:
    """The question screen in each theme, in colour."""
    base = small_rule_base()
    app = AdvisorApp(Desk(folder=tmp_path, as_of=DAY, loader=lambda _: base))

    async def to_the_question(pilot: Pilot[None]) -> None:
        app.theme = theme
        await until_shown(pilot, "Rule base")
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        await pilot.press("down", "space")
        await until_quiet(pilot)
        await pilot.pause(0.1)

    assert snap_compare(app, terminal_size=(120, 30), run_before=to_the_question)
