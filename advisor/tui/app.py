"""The app: opens sessions and screens, and carries out what can be done everywhere.

Only Textual and small modules of ours are imported before the first screen is drawn.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.screen import Screen
from textual.worker import Worker, WorkerFailed, WorkerState

from advisor.desk import Desk
from advisor.errors import EXIT_DONE, EXIT_FAULT, AdvisorError
from advisor.tui.actions import EVERYWHERE, bindings
from advisor.tui.background import BackgroundApp
from advisor.tui.messages import Failed
from advisor.tui.screens.welcome import WelcomeScreen
from advisor.tui.themes import DARK, NAMES, THEMES

if TYPE_CHECKING:
    from textual.command import Provider

    from advisor.interview.opening import Opened

SCREENS = ("ask", "review", "priorities", "probe", "verdict", "export", "browse", "history")
FIRST_PAINT_SECONDS = 0.03
"""Between drawing the first screen and reading the rules: it reaches the terminal undisturbed."""
NEEDS_SESSION = frozenset({"ask", "review", "priorities", "verdict", "export"})


def _palette() -> type[Provider]:
    from advisor.tui.commands import ActionProvider

    return ActionProvider


class AdvisorApp(BackgroundApp):
    """Asks, measures, recommends.

    Attributes:
        fault: what ended the app, if something did.
        farewell: lines printed after the app has closed.
    """

    TITLE = "framework-advisor"
    CSS_PATH = "app.tcss"
    COMMANDS = {_palette}  # noqa: RUF012 - typed so by Textual
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(EVERYWHERE)]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-narrow"),
        (60, "-medium"),
        (120, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-short"),
        (18, "-middling"),
        (30, "-tall"),
    ]

    def __init__(
        self,
        desk: Desk | None = None,
        *,
        resume: bool = False,
        answers: Path | None = None,
        probe: Path | None = None,
    ) -> None:
        super().__init__(desk or Desk())
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK
        self.farewell: list[str] = []
        self.fault: BaseException | None = None
        self._resume, self._answers, self._probe = resume, answers, probe

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables, for themes that do not have them."""
        return dict(THEMES[0].variables)

    # -- start ---------------------------------------------------------------------------

    async def on_mount(self) -> None:
        """Show the first screen; read the rules once it is drawn."""
        await self.push_screen(WelcomeScreen())
        self.screen.call_after_refresh(self.set_timer, FIRST_PAINT_SECONDS, self._begin_loading)

    def _begin_loading(self) -> None:
        from advisor.tui.ending import watch_for_the_end

        watch_for_the_end(self)
        self.run_worker(self._load(), group="load", exit_on_error=False)

    async def _load(self) -> None:
        try:
            await asyncio.to_thread(self.desk.load)
            if self._probe is not None:
                await asyncio.to_thread(self.desk.load_probe, self._probe)
            if self._resume:
                self.opened(await asyncio.to_thread(self.desk.go_on), "ask")
            elif self._answers is not None:
                self.opened(await asyncio.to_thread(self.desk.begin, self._answers), "review")
        except AdvisorError as error:
            self.fault = error
            self.exit(return_code=error.exit_status)
            return
        for screen in self.screen_stack:
            if isinstance(screen, WelcomeScreen):
                screen.loaded()

    # -- sessions and stages -------------------------------------------------------------

    def opened(self, opened: Opened, stage: str) -> None:
        """A sitting was opened: say what there is to say, and show a stage."""
        self.standing = self.advice = None
        for text in opened.notes:
            self.notify(text, title="Your session", severity="warning", timeout=12)
        self.strike("")
        self.action_go(stage)

    def begin(self) -> None:
        """Start a fresh sitting."""
        self.opened(self.desk.begin(), "ask")

    def action_go(self, name: str) -> None:
        """Show a stage; the start screen when there is no sitting for it yet."""
        if name == "menu":
            from advisor.tui.screens.cards import StageMenu

            self.push_screen(StageMenu(), self._chosen_in_menu)
            return
        if not self.desk.ready and name != "welcome":
            self.notify("The rules are still being read.")
            return
        if name in NEEDS_SESSION and not self.desk.has_session:
            self.opened(self.desk.begin(), name)
            return
        while len(self.screen_stack) > 2:
            self.pop_screen()
        self.switch_screen(self._screen(name))

    def _chosen_in_menu(self, chosen: str | None) -> None:
        if chosen is not None:
            self.action_go(chosen)

    def _screen(self, name: str) -> Screen[None]:
        """The screen of a stage, imported and made when it is shown first."""
        if not self.is_screen_installed(name):
            from importlib import import_module

            module = import_module(f"advisor.tui.screens.{name}")
            self.install_screen(getattr(module, f"{name.capitalize()}Screen")(), name)
        return self.get_screen(name)

    # -- trouble -------------------------------------------------------------------------

    def on_failed(self, message: Failed) -> None:
        """Say it, and go on."""
        self.notify(message.text, title=message.title, severity="error", timeout=12)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A fault in the background ends the app cleanly; what the user can cause is said."""
        if event.state is not WorkerState.ERROR:
            return
        error = event.worker.error
        if isinstance(error, AdvisorError):
            self.notify(str(error), title="That did not work", severity="error", timeout=15)
            return
        self.fault = error
        self.exit(return_code=EXIT_FAULT)

    # -- actions of everywhere -----------------------------------------------------------

    async def action_leave(self) -> None:
        """Close; a probe that is running is stopped and what it measured is kept."""
        await self.close_with(EXIT_DONE)

    async def close_with(self, status: int) -> None:
        """The same with an exit status."""
        if self.probing is not None:
            await self.probing.stop()
            measuring = [one for one in self.workers if one.group == "probe"]
            with suppress(WorkerFailed):  # it was told already
                await self.workers.wait_for_complete(measuring)
        self.desk.close()
        journal = self.desk.session.journal if self.desk.has_session else None
        if journal is not None and journal.written:
            self.farewell.append(f"Your session is kept: {journal.path}")
            self.farewell.append("Go on with: advisor --resume")
        self.exit(return_code=status)

    async def action_quit(self) -> None:
        """The same, by its usual name."""
        await self.action_leave()

    def action_step_back(self) -> None:
        """Close a card, or go back to the questions."""
        if len(self.screen_stack) > 2:
            self.pop_screen()
        elif not isinstance(self.screen, WelcomeScreen):
            self.action_go("ask" if self.desk.has_session else "welcome")

    def action_next_theme(self) -> None:
        """Dark, light, high contrast."""
        place = NAMES.index(self.theme) if self.theme in NAMES else -1
        self.theme = NAMES[(place + 1) % len(NAMES)]

    def action_help(self) -> None:
        """What each key does here."""
        from advisor.tui.screens.cards import HelpCard
        from advisor.tui.screens.stage import Stage

        screen = self.screen
        where = screen.name_of_stage if isinstance(screen, Stage) else ""
        if not isinstance(screen, HelpCard):
            self.push_screen(HelpCard(where))

    def action_show_command(self) -> None:
        """The command line that does the same as the screen shown."""
        from advisor.tui.screens.cards import CommandCard
        from advisor.tui.screens.stage import Stage

        if isinstance(self.screen, Stage):
            self.push_screen(CommandCard(self.screen.command_line()))


def run_app(
    *,
    resume: bool = False,
    rules: Sequence[Path | str] = (),
    answers: Path | str | None = None,
    probe: Path | str | None = None,
) -> int:
    """Open the app and return the exit status.

    Args:
        resume: go on with the sitting changed last.
        rules: folders laid over the shipped rule base.
        answers: start from the answers in this file.
        probe: use the measurements in this file.
    """
    app = AdvisorApp(
        Desk(rules=[Path(one) for one in rules]),
        resume=resume,
        answers=Path(answers) if answers else None,
        probe=Path(probe) if probe else None,
    )
    app.run()
    app.desk.close()
    for line in app.farewell:
        print(line)
    if isinstance(app.fault, AdvisorError):
        print(f"advisor: {app.fault}", file=sys.stderr)
        return app.fault.exit_status
    if app.fault is not None:
        raise app.fault
    return app.return_code if app.return_code is not None else EXIT_DONE
