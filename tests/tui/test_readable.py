"""Readable for everyone: contrast of what is drawn, no colour at all, keyboard only, mouse only."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.color import Color
from rich.color_triplet import ColorTriplet
from textual.widgets import Button, Input

from advisor.tui.actions import ACTIONS, STAGES, bar_actions
from advisor.tui.app import AdvisorApp
from advisor.tui.screens.stage import Stage
from advisor.tui.themes import NAMES
from advisor.tui.widgets.menu import Menu
from tests.tui.driving import running, say, strips, text_of, until, until_quiet, until_shown

GRAPHICS = set("┌┐└┘▊▎▋█░▌▐│┆─├┤●◂▸·▁▂▃▄▅▆▇━╸╺▔▕▏┃═≡")
"""Drawn shapes: 3 to 1 is enough for them (WCAG 2.2, 1.4.11); letters need 4.5 to 1 (1.4.3)."""


def _luminance(colour: ColorTriplet) -> float:
    """Relative luminance of sRGB (WCAG 2.2)."""
    parts = [one / 255 for one in colour]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: Color, other: Color) -> float:
    bright, dark = sorted(
        (_luminance(one.get_truecolor()), _luminance(other.get_truecolor())), reverse=True
    )
    return (bright + 0.05) / (dark + 0.05)


def faint(app: AdvisorApp) -> list[str]:
    """Every piece of drawn text whose contrast is too low."""
    found = []
    for strip in strips(app):
        for segment in strip:
            text = segment.text.strip()
            style = segment.style
            if not text or style is None or style.color is None or style.bgcolor is None:
                continue
            colours = (
                (style.bgcolor, style.color) if style.reverse else (style.color, style.bgcolor)
            )
            least = 3.0 if set(text) <= GRAPHICS | {" "} else 4.5
            contrast = _contrast(*colours)
            if contrast < least or style.dim:
                found.append(f"{text!r} {contrast:.2f} {'dim' if style.dim else ''}")
    return found


@pytest.mark.parametrize("theme", NAMES)
async def test_contrast_of_all_drawn_text(tmp_path: Path, theme: str) -> None:
    """4.5 to 1 for every letter on every stage, card and notice, in every theme."""
    async with running(tmp_path, size=(130, 40)) as (app, pilot):
        app.theme = theme
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        say(app, "skills", "pytorch")
        for key in "0arpmvebh":
            await pilot.press(key)
            await until_quiet(pilot)
            assert faint(app) == [], key
            if key in "av":
                await pilot.press("tab", "tab")
                assert faint(app) == [], f"{key} with focus moved"
        app.notify("A notice.", title="Title", severity="error")
        await until_shown(pilot, "A notice.")
        assert faint(app) == []
        for key in ("question_mark", "c"):
            await pilot.press(key)
            await pilot.pause()
            assert faint(app) == [], key
            await pilot.press("escape")
        await pilot.press("ctrl+p")
        await until_shown(pilot, "Measure (m)")
        assert faint(app) == []


async def test_without_colour_everything_is_grey_and_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR leaves no colour and enough contrast."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(tmp_path, size=(130, 40)) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        say(app, "skills", "pytorch")
        for key in "arpvb":
            await pilot.press(key)
            await until_quiet(pilot)
            for strip in strips(app):
                for segment in strip.apply_filter(app._filters[0], app.screen.background_colors[0]):
                    for colour in (
                        (segment.style.color, segment.style.bgcolor) if segment.style else ()
                    ):
                        if colour is not None:
                            red, green, blue = colour.get_truecolor()
                            assert red == green == blue


async def test_keyboard_only_from_start_to_report(tmp_path: Path) -> None:
    """Every stage is reached and used without a mouse."""
    target = tmp_path / "report.md"
    async with running(tmp_path / "s", size=(80, 24)) as (app, pilot):
        await pilot.press("down", "up", "enter")
        await until_shown(pilot, "What about skills?")
        await pilot.press("down", "space", "enter")
        await until_shown(pilot, "What about targets?")
        await pilot.press("w")
        await until_shown(pilot, "reads the answer")
        await pilot.press("escape", "3", "enter")
        await until_quiet(pilot)
        await pilot.press("p", "2", "+", "r")
        await until_shown(pilot, "✓ What about targets? Phone")
        await pilot.press("v")
        await until_shown(pilot, "on-a-phone")
        await pilot.press("e")
        await until_shown(pilot, "What it says about you")
        app.screen.query_one(Input).focus()
        await pilot.press("ctrl+u", *str(target).replace("/", "\0").split("\0")[0])
        app.screen.query_one(Input).value = str(target)
        await pilot.press("enter")
        await until(pilot, target.exists, "the report")


async def test_mouse_only_from_start_to_report(tmp_path: Path) -> None:
    """Every stage is reached and used without a key."""
    async with running(tmp_path, size=(80, 24)) as (app, pilot):

        async def click_text(text: str) -> None:
            await until_shown(pilot, text)
            for row, line in reversed(list(enumerate(text_of(app).splitlines()))):
                if text in line:
                    await pilot.click(offset=(line.index(text) + 1, row))
                    await pilot.pause()
                    return

        await click_text("a new session")
        await click_text("Pytorch")
        await until_shown(pilot, "(x) 2  Pytorch")
        await click_text("Next")
        await click_text("Phone")
        await until_shown(pilot, "[x] 3  Phone")
        await click_text("Back")
        await until_shown(pilot, "(x) 2  Pytorch")
        await click_text("Don't know")
        await click_text("Why")
        await click_text("Close")
        for label in [*(one[2] for one in STAGES[1:]), "Ask", "Report"]:
            await click_text(f" {label}")
            await until_shown(pilot, f"[{label}]")
            await until_quiet(pilot)
        await click_text(" json ")
        await until_shown(pilot, "[json]")
        await click_text(" Verdict")
        await click_text(" Facts ")
        await until_shown(pilot, "[Facts]")
        await click_text("? Help")
        await until_shown(pilot, "Keys: Verdict")
        await click_text("Close")
        await click_text("q Quit")
        await until(pilot, lambda: bool(app.farewell), "the farewell")


def test_registry_is_consistent() -> None:
    """No key means two things on one screen; every screen's bar begins with help and quit."""
    for where in {one.where for one in ACTIONS}:
        keys: dict[str, str] = {}
        for one in (action for action in ACTIONS if action.where == where):
            for key in one.keys.split(","):
                assert key not in keys, f"{where}: {key} is {keys.get(key)} and {one.id}"
                keys[key] = one.id
        assert [one.id for one in bar_actions(where)][:2] == ["help", "leave"]


async def test_every_action_has_a_method(tmp_path: Path) -> None:
    """What help promises can be done."""
    async with running(tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        for name in ("ask", "review", "priorities", "probe", "verdict", "export", "browse"):
            app.action_go(name)
            await until_quiet(pilot)
            await until(pilot, lambda: app.screen.is_mounted, "the screen")
            screen = app.screen
            assert isinstance(screen, Stage)
            for one in ACTIONS:
                if one.where in {"", name}:
                    owner = screen if one.where else app
                    assert hasattr(owner, f"action_{one.id.partition('(')[0]}"), one


async def test_focus_is_visible_and_moves(tmp_path: Path) -> None:
    """Tab goes from the list to every button and back."""
    async with running(tmp_path) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        seen = []
        for _ in range(6):
            seen.append(type(app.focused).__name__)
            await pilot.press("tab")
        assert {"Choices", "Button"} <= set(seen)
        assert isinstance(app.screen.query(Button).first(), Button)
        assert app.screen.query(Menu)
