"""The line of stages at the top and the line of keys at the bottom, both clickable."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from advisor.tui.actions import STAGES, bar_actions, stage_label
from advisor.tui.widgets.redraw import redraw

SHORT_WIDTH = 60


class StageBar(Static):
    """The stages of the work; the one shown stands in brackets."""

    DEFAULT_CSS = """
    StageBar { height: 1; background: $panel; color: $foreground; padding: 0 1;
        link-style: none; link-color: $foreground; link-background-hover: $primary;
        link-color-hover: $on-primary; link-style-hover: none; }
    """

    def __init__(self, stage: str) -> None:
        super().__init__(id="stages")
        self.stage = stage
        self.note = ""

    def on_resize(self) -> None:
        """Lay out anew."""
        self.refresh_bar()

    def tell(self, note: str) -> None:
        """Show a short note at the right end where there is room."""
        if note != self.note:
            self.note = note
            self.refresh_bar()

    def refresh_bar(self) -> None:
        """Draw the stages, as names or, on a narrow screen, as the one shown."""
        width = self.content_size.width
        label = stage_label(self.stage)
        tabs = [self._tab(name, stage_label(name)) for name, *_ in STAGES]
        if self.stage not in {"welcome", *(name for name, *_ in STAGES)}:
            tabs.append(self._tab(self.stage, label))
        left = Content(" ").join(tabs)
        if width < max(SHORT_WIDTH, left.cell_length):
            left = Content.from_markup("[@click=app.go('menu')]≡[/] [b]$label[/b]", label=label)
        room = width - left.cell_length - 2
        note = self.note if len(self.note) <= room else ""
        gap = " " * max(0, width - left.cell_length - len(note))
        redraw(self, Content.assemble(left, gap, (note, "$quiet")))

    def _tab(self, name: str, label: str) -> Content:
        if name == self.stage:
            return Content.from_markup("[b]\\[$label][/b]", label=label)
        return Content.from_markup(f"[@click=app.go('{name}')] $label [/]", label=label)


class KeyBar(Static):
    """The keys that do something here. Help and quit come first and are never cut off."""

    DEFAULT_CSS = """
    KeyBar { height: 1; dock: bottom; background: $panel; color: $foreground; padding: 0 1;
        link-style: none; link-color: $foreground; link-background: $panel;
        link-background-hover: $primary; link-color-hover: $on-primary; link-style-hover: none; }
    """

    def __init__(self, where: str) -> None:
        super().__init__(id="keys")
        self.where = where

    def on_resize(self) -> None:
        """As many keys as there is room for, whole ones only."""
        room = self.content_size.width
        shown: list[Content] = []
        for one in bar_actions(self.where):
            target = "app" if not one.where else "screen"
            item = Content.from_markup(
                f"[@click={target}.{one.id}][b]$key[/b] $label[/]", key=one.key, label=one.label
            )
            room -= item.cell_length + 2
            if room < -2:
                break
            shown.append(item)
        self.update(Content("  ").join(shown))
