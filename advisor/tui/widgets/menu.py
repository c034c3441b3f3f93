"""A list with a visible cursor: `▸` stands before the marked line, not only a colour.

An item may have a lead, such as `(x) 1` or `+ P`, that stands before its first line; further lines
are indented by as much, so that long texts read well on narrow screens.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widgets import OptionList
from textual.widgets.option_list import Option

CURSOR, NO_CURSOR = "▸ ", "  "
LEAST_TEXT = 4
"""Cells that a text must have beside its gutter."""


class Item(Option):
    """An option with a lead; `colour` is a theme variable without its `$`."""

    def __init__(
        self,
        content: Content,
        lead: str = "",
        colour: str = "",
        *,
        id: str | None = None,  # noqa: A002 - as Textual calls it
        disabled: bool = False,
    ) -> None:
        super().__init__(content, id=id, disabled=disabled)
        self.lead = lead
        self.colour = colour


class Menu(OptionList):
    """An option list that shows its cursor by a character and moves with j and k too."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
    ]

    highlighted: reactive[int | None] = reactive(None, repaint=False)

    def __init__(self, *items: Option, lead: int = 0, id: str | None = None) -> None:  # noqa: A002
        self._marked: int | None = None
        """The option that is drawn with the cursor."""
        self.lead = lead
        """Cells before each text, beside the cursor."""
        self._gutters: dict[tuple[object, ...], Strip] = {}
        super().__init__(*items, id=id)

    def watch_highlighted(self, highlighted: int | None) -> None:
        """Draw only the two options that look otherwise now, not the whole list."""
        super().watch_highlighted(highlighted)
        for index in {self._marked, highlighted} - {None}:
            if index in self._index_to_line:
                self.refresh_lines(self._index_to_line[index], self._heights[index])
        self._marked = highlighted

    def _clear_caches(self) -> None:
        self._gutters.clear()
        super()._clear_caches()

    def _get_left_gutter_width(self) -> int:
        """The gutter; none where the screen is too narrow for it and a word."""
        wide = len(CURSOR) + self.lead
        return wide if self.scrollable_content_region.width >= wide + LEAST_TEXT else 0

    def render_line(self, y: int) -> Strip:
        """A line of the list behind its gutter."""
        line = super().render_line(y)
        place = self.scroll_offset.y + y
        lines = self._line_cache.lines
        if place >= len(lines) or not self._get_left_gutter_width():
            return line
        index, offset = lines[place]
        return Strip.join([self._gutter(index, first=offset == 0), line])

    def _gutter(self, index: int, *, first: bool) -> Strip:
        """The cursor and the lead of an option; drawn once for every look they can have."""
        option = self._options[index]
        lead = option.lead if first and isinstance(option, Item) else ""
        colour = option.colour if isinstance(option, Item) else ""
        marked = index == self.highlighted
        key = (index, marked, first, lead, colour, option.disabled, self.has_focus, self.app.theme)
        gutter = self._gutters.get(key)
        if gutter is None:
            gutter = self._gutters[key] = self._draw_gutter(option, lead, colour, marked, first)
            gutter = self._gutters[key] = gutter.apply_meta({"option": index})
        return gutter

    def _draw_gutter(
        self, option: Option, lead: str, colour: str, marked: bool, first: bool
    ) -> Strip:
        names = ["option-list--option"]
        if option.disabled:
            names.append("option-list--option-disabled")
        elif marked:
            names.append("option-list--option-highlighted")
        style = self.get_visual_style(*names).rich_style
        shown = lead.ljust(self.lead)[: self.lead]
        lead_style = style + Style(bold=True, color=self._colour(colour)) if lead else style
        cursor = CURSOR if marked and first else NO_CURSOR
        cursor_style = style + Style(bold=True, color=self._colour("primary")) if marked else style
        return Strip([Segment(cursor, cursor_style), Segment(shown, lead_style)])

    def _colour(self, name: str) -> str | None:
        return self.app.theme_variables[name] if name else None


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

    def relabel(self, items: list[Item]) -> None:
        """Draw the same options with other leads and texts; the cursor stays."""
        for place, item in enumerate(items):
            option = self.get_option_at_index(place)
            if not isinstance(option, Item) or option.lead != item.lead:
                self.replace_option_prompt_at_index(place, item.prompt)
            if isinstance(option, Item):
                option.lead = item.lead

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
