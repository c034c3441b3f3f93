"""Every screen and card at three sizes as text, and the three themes as pictures.

The texts lie in `pictures/`; to accept a change, run with ADVISOR_UPDATE_PICTURES=1 and look at
the difference. Text shows what a colour-blind reader sees, and it reads well in a review.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import textual
from textual.pilot import Pilot
from textual.screen import ModalScreen

from advisor.desk import Desk
from advisor.interview.journal import Journal
from advisor.interview.session_file import Event
from advisor.tui.app import SCREENS as STAGE_SCREENS
from advisor.tui.app import AdvisorApp
from advisor.tui.themes import NAMES
from advisor.tui.widgets.bars import StageBar
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
SIZES = [(40, 12), (80, 24), (120, 40)]
SCREENS = {
    "welcome": "0",
    "ask": "a",
    "review": "r",
    "priorities": "p",
    "probe": "m",
    "verdict": "v",
    "export": "e",
    "browse": "b",
    "history": "h",
}
STEADY = {
    "welcome": "rules,",
    "export": "taken out.",
    "probe": "Length",
    "history": "Sessions, kept",
}
"""A text that shows once what is read in the background is there."""
CARDS = {
    "card-keys": ("question_mark",),
    "card-why": ("w",),
    "card-command": ("c",),
    "card-reason": ("v", "enter"),
    "card-what-if": ("v", "4", "enter"),
    "card-rule": ("b", "enter"),
    "card-evidence": ("b", "end", "enter"),
    "palette": ("ctrl+p",),
}
"""What is laid over a screen, and the keys that lead to it from the questions."""


@asynccontextmanager
async def at_a_question(
    size: tuple[int, int],
) -> AsyncIterator[tuple[AdvisorApp, Pilot[None]]]:
    """The app with one answer given, its sessions in a folder of a short name."""
    async with running(Path("sessions"), size=size) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "skills?")
        say(app, "targets", "phone")
        await until_quiet(pilot)
        yield app, pilot


def keep_earlier_sessions(folder: Path) -> Journal:
    """Two that were closed and one that another program, of which this is the journal, has open."""
    base = small_rule_base()
    verdicts = ("PyTorch, recommended (92 %)", "", "TensorFlow, too close to call (54 %)")
    for day, verdict in enumerate(verdicts, start=24):
        now = datetime(2026, 11, day, 9, 30, tzinfo=UTC)
        journal = Journal.create(folder, rule_base="1", sha256=base.sha256, now=now)
        asked = base.questions[: 1 + 2 * bool(verdict)]
        journal.append_all(Event("answer", one.id, [one.option_ids[0]]) for one in asked)
        if verdict:
            journal.append(Event("verdict", "", verdict))
        if day == 24:
            journal.append(Event("report", "markdown", "report.md"))
        if day != 26:
            journal.close()
        changed_on(journal.path, day)
    return journal


def changed_on(path: Path, day: int) -> None:
    """Make it the same moment on every clock and in every zone."""
    when = datetime(2026, 11, day, 18, 5).timestamp()  # noqa: DTZ001 - shown as local time
    os.utime(path, (when, when))


def compare(app: AdvisorApp, name: str, size: tuple[int, int]) -> None:
    """What is drawn is what the picture shows."""
    shown = text_of(app) + "\n"
    picture = PICTURES / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("ADVISOR_UPDATE_PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        picture.write_text(shown, encoding="utf-8")
    assert shown == picture.read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _known_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No day and no folder of this machine stands on a screen."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("advisor.tui.screens.welcome._last", lambda _: "with yesterday's session")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("name", SCREENS)
async def test_screen_as_text(name: str, size: tuple[int, int]) -> None:
    """The screen looks as it did when it was last looked at."""
    other = keep_earlier_sessions(Path("sessions")) if name == "history" else None
    async with at_a_question(size) as (app, pilot):
        journal = app.desk.session.journal
        assert journal is not None
        changed_on(journal.path, 28)
        await pilot.press(SCREENS[name])
        await until_quiet(pilot)
        if name in STEADY and (size != (40, 12) or name == "history"):
            await until_shown(pilot, STEADY[name])
        if name == "verdict":
            await until(pilot, lambda: bool(app.advice and app.advice.explained), "the flips")
            await until_quiet(pilot)
        await pilot.pause(0.1)
        compare(app, name, size)
    if other is not None:
        other.close()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("name", CARDS)
async def test_card_as_text(name: str, size: tuple[int, int]) -> None:
    """What is laid over a screen looks as it did, too."""
    async with at_a_question(size) as (app, pilot):
        for key in CARDS[name]:
            await pilot.press(key)
            await until_quiet(pilot)
            if key == "v":
                await until(pilot, lambda: bool(app.advice and app.advice.explained), "the flips")
                await until_quiet(pilot)
            await pilot.pause(0.1)
        if name == "palette":
            await until_shown(pilot, "Take the answer and go on.")
        assert isinstance(app.screen, ModalScreen)
        compare(app, name, size)


async def test_menu_of_stages_as_text() -> None:
    """Only where the stages do not fit side by side."""
    size = (40, 12)
    async with at_a_question(size) as (app, pilot):
        await pilot.click(StageBar, offset=(1, 0))
        await until_shown(pilot, "Priorities")
        compare(app, "menu", size)


def test_every_screen_has_its_pictures() -> None:
    """A new screen needs one."""
    assert set(SCREENS) == {"welcome", *STAGE_SCREENS}
    names = [*SCREENS, *CARDS]
    wanted = {f"{name}-{width}x{height}.txt" for name in names for width, height in SIZES}
    assert {one.name for one in PICTURES.iterdir()} == wanted | {"menu-40x12.txt"}


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
