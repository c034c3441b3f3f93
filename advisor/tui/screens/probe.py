"""Measuring: the plan, the run as it goes, and what was found."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Button, Static

from advisor.tui.actions import bindings
from advisor.tui.probe_lines import plan_content, run_content
from advisor.tui.probing import LEVELS, planned_ways, preview
from advisor.tui.screens.stage import Stage

REDRAW_SECONDS = 0.5
"""Drawing takes processor time from what is measured: not more often than this."""


class ProbeScreen(Stage):
    """Plans, starts, watches, skips and stops a probe."""

    name_of_stage = "probe"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("probe")]

    def __init__(self) -> None:
        super().__init__()
        self.level = "quick"
        self.deploy = False
        self._timer: Timer | None = None

    def body(self) -> ComposeResult:
        """A scrolled text and a row of buttons."""
        with Vertical(id="probe"):
            with VerticalScroll(id="probe-body"):
                yield Static(id="probe-text")
            with Horizontal(classes="buttons"):
                yield Button("Start", id="start", compact=True, variant="primary")
                yield Button("Length", id="level", compact=True)
                yield Button("Targets", id="deploy", compact=True)
                yield Button("Skip", id="skip", compact=True)
                yield Button("Stop", id="cancel", compact=True)

    def draw(self) -> None:
        """Draw the plan or the run."""
        self.query_one("#probe-body").focus()
        self.refresh_run()

    def refresh_run(self) -> None:
        """Draw the run as it stands."""
        text = self.query_one("#probe-text", Static)
        width = max(30, text.content_size.width or self.app.size.width - 6)
        probing = self.app.probing
        running = probing is not None and probing.running
        self.query_one("#start", Button).display = not running
        self.query_one("#level", Button).display = not running
        self.query_one("#deploy", Button).display = not running
        self.query_one("#skip", Button).display = running
        self.query_one("#cancel", Button).display = running
        parts: list[Content] = []
        if not running:
            seconds, plan = preview(self.level, self._chosen())
            parts.append(
                plan_content(
                    self.level,
                    seconds,
                    plan,
                    answered=self.desk.has_session,
                    ways=planned_ways(self._chosen()) if self.deploy else (),
                )
            )
        if probing is not None:
            parts.append(run_content(probing.picture, width, running=running))
        elif self.desk.record is not None:
            from advisor.tui.probing import Picture

            kept = Picture(record=self.desk.record, noise=None)
            parts.append(run_content(kept, width, running=False))
        text.update(Content("\n\n").join(parts))

    def on_resize(self) -> None:
        """Plots are exact to the cell."""
        if self.is_current:
            self.call_after_refresh(self.refresh_run)

    def _chosen(self) -> dict[str, frozenset[str]]:
        return dict(self.desk.session.answers.chosen) if self.desk.has_session else {}

    # -- doing ---------------------------------------------------------------------------

    def action_start(self) -> None:
        """Start measuring in the background."""
        self.app.start_probe(self.level, self._chosen(), deploy=self.deploy)
        if self._timer is None:
            self._timer = self.set_interval(REDRAW_SECONDS, self._tick)
        self.refresh_run()
        self.query_one("#probe-body").scroll_home(animate=False)

    def _tick(self) -> None:
        if self.is_current:
            self.refresh_run()
        if self._timer is not None and not (self.app.probing and self.app.probing.running):
            self._timer.stop()
            self._timer = None

    def action_level(self) -> None:
        """Quick, default, thorough."""
        self.level = LEVELS[(LEVELS.index(self.level) + 1) % len(LEVELS)]
        self.refresh_run()

    def action_deploy(self) -> None:
        """Also try the ways to the deployment targets, or not."""
        self.deploy = not self.deploy
        self.refresh_run()

    def action_skip(self) -> None:
        """Skip the workload measured now."""
        name = self.app.probing.skip() if self.app.probing else ""
        self.notify(f"Skipping {name}." if name else "Nothing is being measured yet.")

    async def action_cancel(self) -> None:
        """Stop; what was measured is kept."""
        if self.app.probing is not None:
            await self.app.probing.stop()
            self.refresh_run()

    @on(Button.Pressed)
    async def press(self, event: Button.Pressed) -> None:
        """The buttons do what the keys do."""
        event.stop()
        match event.button.id:
            case "start":
                self.action_start()
            case "level":
                self.action_level()
            case "deploy":
                self.action_deploy()
            case "skip":
                self.action_skip()
            case _:
                await self.action_cancel()

    def command_line(self) -> str:
        """What does the same without the app."""
        flag = {"quick": " --quick", "thorough": " --thorough"}.get(self.level, " --budget 170")
        flag += " --deploy" if self.deploy else ""
        return f"advisor probe{flag} --answers answers.yaml -o probe.json"
