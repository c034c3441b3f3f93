"""A list with a visible cursor: `▸` stands before the marked line, not only a colour."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widgets import OptionList

CURSOR, NO_CURSOR = "▸ ", "  "


class Menu(OptionList):
    """An option list that shows its cursor by a character and moves with j and k too."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
    ]

    def _get_left_gutter_width(self) -> int:
        return len(CURSOR)

    def render_line(self, y: int) -> Strip:
        """A line of the list behind its gutter."""
        line = super().render_line(y)
        place = self.scroll_offset.y + y
        try:
            index, offset = self._lines[place]
        except IndexError:
            return line
        marked = index == self.highlighted
        style = self.get_visual_style(
            "option-list--option", *(["option-list--option-highlighted"] if marked else [])
        ).rich_style
        if marked:
            style += Style(color=self.app.theme_variables["primary"], bold=True)
        gutter = Segment(CURSOR if marked and offset == 0 else NO_CURSOR, style)
        return Strip.join([Strip([gutter], len(CURSOR)).apply_meta({"option": index}), line])


class Choices(Menu):
    """The options of a question. Enter takes the answer, Space and a click pick an option."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "pick", show=False)]

    class Picked(Message):
        """An option was picked or unpicked."""

        def __init__(self, choices: Choices, index: int, *, accept: bool = False) -> None:
            super().__init__()
            self.choices = choices
            self.index = index
            self.accept = accept
            """Enter: take the answer and go on."""

        @property
        def control(self) -> Choices:
            """The list it happened in."""
            return self.choices

    def action_select(self) -> None:
        """Enter."""
        if self.highlighted is not None:
            self.post_message(self.Picked(self, self.highlighted, accept=True))

    def action_pick(self) -> None:
        """Space."""
        if self.highlighted is not None:
            self.post_message(self.Picked(self, self.highlighted))

    async def _on_click(self, event: events.Click) -> None:
        event.prevent_default()
        clicked = event.style.meta.get("option")
        if clicked is not None:
            self.highlighted = clicked
            self.action_pick()
