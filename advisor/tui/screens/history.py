"""Kept sessions: go on with one, or delete it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from advisor.errors import AdvisorError
from advisor.text import counted
from advisor.tui.actions import bindings
from advisor.tui.drawing import QUIET
from advisor.tui.messages import Failed
from advisor.tui.screens.stage import Stage
from advisor.tui.widgets.menu import Menu

if TYPE_CHECKING:
    from advisor.interview.history import Summary


class HistoryScreen(Stage):
    """The history."""

    name_of_stage = "history"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("history")]

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[Summary] = []
        self._doomed = ""

    def body(self) -> ComposeResult:
        """A list and buttons."""
        with Vertical(id="history"):
            yield Static(id="history-title")
            yield Menu(id="sessions")
            with Horizontal(classes="buttons"):
                yield Button("Go on", id="open", compact=True, variant="primary")
                yield Button("Delete", id="remove", compact=True)

    def draw(self) -> None:
        """Read the folder in the background."""
        self.query_one(Menu).focus()
        self.run_worker(self._read(), exclusive=True)

    async def _read(self) -> None:
        self._kept = await asyncio.to_thread(self.desk.history)
        menu = self.query_one(Menu)
        menu.set_options(
            Option(_line(one, self._is_own(one)), id=str(place))
            for place, one in enumerate(self._kept)
        )
        if self._kept:
            menu.highlighted = 0
        title = f"Sessions, kept in {self.desk.folder}" if self._kept else "No session is kept yet."
        self.query_one("#history-title", Static).update(Content.styled(title, QUIET))

    def _is_own(self, one: Summary) -> bool:
        journal = self.desk.session.journal if self.desk.has_session else None
        return journal is not None and journal.path == one.path

    @on(OptionList.OptionSelected)
    def chosen(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click."""
        event.stop()
        self._open(event.option_index)

    def action_open(self) -> None:
        """Go on with the marked session."""
        place = self.query_one(Menu).highlighted
        if place is not None:
            self._open(place)

    def _open(self, place: int) -> None:
        kept = self._kept[place]
        if self._is_own(kept):
            self.app.action_go("review")
            return
        try:
            self.app.opened(self.desk.go_on(kept.path), "review")
        except AdvisorError as error:
            self.post_message(Failed("That session", str(error)))

    def action_remove(self) -> None:
        """Delete the marked session; asked twice."""
        from advisor.interview.history import delete_session

        place = self.query_one(Menu).highlighted
        if place is None:
            return
        kept = self._kept[place]
        if self._doomed != kept.header.id:
            self._doomed = kept.header.id
            self.notify("Once more deletes it for good.", severity="warning")
            return
        try:
            delete_session(kept)
        except AdvisorError as error:
            self.post_message(Failed("That session", str(error)))
        self.draw()

    @on(Button.Pressed)
    def press(self, event: Button.Pressed) -> None:
        """The buttons do what the keys do."""
        event.stop()
        if event.button.id == "open":
            self.action_open()
        else:
            self.action_remove()

    def command_line(self) -> str:
        """What does the same without the app."""
        return "advisor --resume"


def _line(kept: Summary, own: bool) -> Content:
    when = kept.changed.astimezone().strftime("%Y-%m-%d %H:%M")
    answers = counted(kept.answered, "answer")
    state = "  (this one)" if own else "  (open elsewhere)" if kept.locked else ""
    verdict = kept.verdict or "no verdict yet"
    reports = f", {counted(len(kept.reports), 'report')}" if kept.reports else ""
    return Content.assemble((when, "bold"), f"  {verdict}", (f"  {answers}{reports}{state}", QUIET))
