"""The probe screen, on workers that take no real time."""

from __future__ import annotations

import asyncio
import math
import shlex
from functools import partial
from pathlib import Path

import pytest

from advisor.deploy.command import chosen_paths
from advisor.deploy.declarations import Declaration, declarations, for_targets
from advisor.deploy.run import try_paths
from advisor.errors import ProbeError
from advisor.measure.record import load_record
from advisor.model.candidate import Candidate
from advisor.parser import build_parser
from advisor.tui.app import AdvisorApp
from advisor.tui.drawing import diverging_bar, interval_plot, percent, share_bar, sparkline
from advisor.tui.probing import Probing
from tests.measure.fakes import SITE, World
from tests.tui.driving import running, say, text_of, until, until_quiet, until_shown

FAKE_EXPORT = Path(__file__).parents[1] / "deploy" / "fake_export.py"


@pytest.fixture
def laboratory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """TensorFlow takes twice as long in this world."""
    world = World(step_seconds={Candidate.PYTORCH: 0.002, Candidate.TENSORFLOW: 0.004})

    async def look(_: object) -> object:
        await asyncio.sleep(0)
        return SITE

    monkeypatch.setattr("advisor.measure.real.look_at_site", look)
    monkeypatch.setattr("advisor.measure.real.real_lab", lambda: world.lab(tmp_path / "noise"))
    return world


@pytest.mark.usefixtures("laboratory")
async def test_a_probe_runs_and_enters_the_decision(tmp_path: Path) -> None:
    """Plan, ratios with intervals, fairness, noise floor; kept beside the session."""
    async with running(tmp_path / "s", size=(110, 60)) as (app, pilot):
        await pilot.press("enter", "2", "m")
        await until_shown(pilot, "Length (l)")
        assert "residual-cnn" in text_of(app)
        assert "typing takes time from what is measured" in text_of(app)
        await pilot.press("s")
        await until_shown(pilot, "PyTorch is faster")
        await until(pilot, lambda: app.desk.record is not None, "the record")
        await until_quiet(pilot)
        shown = text_of(app)
        assert "Noise floor" in shown
        assert "├" in shown
        assert "PyTorch 2.13.0, TensorFlow 2.21.0" in shown
        journal = app.desk.session.journal
        assert journal is not None
        assert load_record(journal.probe_path) == app.desk.record
        assert app.standing is not None
        assert app.standing.measured
        await pilot.press("v", "5")
        await until_shown(pilot, "residual-cnn training: PyTorch")


@pytest.mark.usefixtures("laboratory")
async def test_a_resumed_session_has_its_probe(tmp_path: Path) -> None:
    """What was measured once need not be measured again."""
    async with running(tmp_path / "s", size=(110, 60)) as (app, pilot):
        await pilot.press("enter", "2", "m", "s")
        await until(pilot, lambda: app.desk.record is not None, "the record")
        await until_quiet(pilot)
        record = app.desk.record
    async with running(tmp_path / "s", resume=True, size=(110, 60)) as (app, pilot):
        await until_shown(pilot, "What about")
        assert app.desk.record == record
        await pilot.press("m")
        await until_shown(pilot, "PyTorch is faster")


@pytest.mark.usefixtures("laboratory")
async def test_measuring_without_a_session(tmp_path: Path) -> None:
    """The start screen measures without any question."""
    async with running(tmp_path / "s", size=(110, 60)) as (app, pilot):
        await pilot.press("m")
        await until_shown(pilot, "Without answers the picture is broad.")
        await pilot.press("s")
        await until_shown(pilot, "PyTorch is faster")
        assert not app.desk.has_session


@pytest.mark.usefixtures("laboratory")
async def test_ways_to_targets_are_planned_shown_and_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`d` plans the ways to the answered targets, as the command line shown does; `s` tries them."""
    monkeypatch.setattr("advisor.deploy.run.try_paths", partial(try_paths, program=FAKE_EXPORT))
    to_a_server = for_targets(declarations(), ["server"])
    async with running(tmp_path / "s", size=(110, 70)) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "What about skills?")
        say(app, "targets", "server")
        await pilot.press("m")
        await until_shown(pilot, "Ways to targets (d) [ ] not tried")
        assert planned_by(app.screen.command_line(), app) == ()  # type: ignore[attr-defined]
        await pilot.press("d")
        await until_shown(pilot, f"[x] {len(to_a_server)} ways")
        assert all(f"{one.candidate.label:<13} {one.title}" in text_of(app) for one in to_a_server)
        await pilot.press("c")
        await until_shown(pilot, SHOWN_COMMAND)
        assert planned_by(SHOWN_COMMAND, app) == to_a_server
        await pilot.press("escape", "s")
        await until(pilot, lambda: app.desk.record is not None, "the record")
        record, journal = app.desk.record, app.desk.session.journal
        assert record is not None
        assert [one.path for one in record.attempts] == [one.id for one in to_a_server]
        assert record.comparisons
        await until_shown(pilot, "Ways to your targets, tried here")
        assert journal is not None
        assert load_record(journal.probe_path) == record


SHOWN_COMMAND = "advisor probe --quick --deploy --answers answers.yaml -o probe.json"


def planned_by(command: str, app: AdvisorApp) -> tuple[Declaration, ...]:
    """The ways that a command line would try, given the app's answers as the answers file."""
    arguments = build_parser(loaded=["probe"]).parse_args(shlex.split(command)[1:])
    assert arguments.answers == "answers.yaml"
    chosen = app.desk.session.answers.chosen
    return chosen_paths(arguments.target, chosen) if arguments.deploy else ()


async def test_without_targets_every_way_is_planned_and_can_be_left_out_again(
    tmp_path: Path,
) -> None:
    """As on the command line; the plan says how many and how long at most."""
    async with running(tmp_path / "s", size=(110, 60)) as (app, pilot):
        await pilot.press("m", "d")
        every = declarations()
        minutes = math.ceil(sum(one.most_seconds for one in every) / 60)
        await until_shown(pilot, f"[x] {len(every)} ways")
        assert f"at most {minutes} min more" in text_of(app)
        await pilot.press("d")
        await until_shown(pilot, "[ ] not tried")
        assert "--deploy" not in app.screen.command_line()  # type: ignore[attr-defined]


async def test_nothing_measurable_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason stands on the screen, and the app goes on."""

    async def measure(_: Probing, __: object) -> object:
        await asyncio.sleep(0)
        raise ProbeError("Neither framework could be measured. No torch. No tensorflow.")

    monkeypatch.setattr(Probing, "_measure", measure)
    async with running(tmp_path / "s") as (_, pilot):
        await pilot.press("m", "s")
        await until_shown(pilot, "Nothing could be measured")
        await until_shown(pilot, "No torch.")
        await pilot.press("a")
        await until_shown(pilot, "What about skills?")


async def test_a_run_can_be_stopped_and_answering_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the background: the top line says so on every stage, and x ends it."""
    ended = []

    async def measure(probing: Probing, control: object) -> object:
        probing.picture.share = 0.42
        probing.changed()
        while not control.cancelled:  # type: ignore[attr-defined]
            await asyncio.sleep(0.01)
        ended.append(True)
        raise ProbeError("Stopped before anything was measured.")

    monkeypatch.setattr(Probing, "_measure", measure)
    async with running(tmp_path / "s", size=(120, 40)) as (app, pilot):
        await pilot.press("enter", "m", "s")
        await until_shown(pilot, "42 %")
        await pilot.press("a")
        await until_shown(pilot, "measuring 42 %, typing adds noise")
        await pilot.press("2")
        await until_shown(pilot, "What about targets?")
        await pilot.press("m", "x")
        await until(pilot, lambda: bool(ended), "the end")
        assert app.probing is not None
        await until(pilot, lambda: not app.probing.running, "the end of the run")  # type: ignore[union-attr]


def test_bars_are_exact_to_the_half_cell() -> None:
    """Left for PyTorch, right for TensorFlow; something is never drawn as nothing."""
    assert diverging_bar(0.0, 1.0, 4).plain == "    │    "
    assert diverging_bar(1.0, 1.0, 4).plain == "████│    "
    assert diverging_bar(-0.625, 1.0, 4).plain == "    │██▌ "
    assert diverging_bar(0.625, 1.0, 4).plain == " ▐██│    "
    assert diverging_bar(0.001, 1.0, 4).plain == "   ▐│    "
    assert share_bar(0.5, 10).plain == "█████░░░░░"
    assert share_bar(0.999, 10).plain == "█████████░"
    assert share_bar(1.0, 10).plain == "██████████"
    assert (percent(0.0), percent(0.001), percent(0.999)) == ("0 %", "<1 %", ">99 %")


def test_intervals_show_their_ends_even_beyond_the_scale() -> None:
    """A quarter to four times; arrows where the interval goes on."""
    plot = interval_plot(1.2, 1.5, 2.0, 41).plain
    assert len(plot) == 41
    assert plot.index("├") < plot.index("●") < plot.index("┤")
    assert "┆" in plot
    wide = interval_plot(0.01, 1.0, 50.0, 41).plain
    assert (wide[0], wide[-1]) == ("◂", "▸")


def test_sparklines_keep_the_last_values() -> None:
    """Low to high in eight steps."""
    assert sparkline([], 5) == ""
    assert sparkline([1.0, 1.0], 5) == "▄▄"
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8) == "▁▂▃▄▅▆▇█"
    assert len(sparkline(list(range(100)), 8)) == 8
