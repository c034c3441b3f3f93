"""Putting a text into a widget with no more work than the change needs."""

from __future__ import annotations

from typing import cast

from textual.content import Content
from textual.css.styles import RulesMap
from textual.widget import Widget
from textual.widgets import Static


def redraw(widget: Static, text: Content) -> None:
    """Show `text`. Nothing is drawn where it stands there already, and the screen is laid out anew
    only where the height of the widget changes."""
    shown = widget.content
    if not isinstance(shown, Content) or not text.is_same(shown):
        widget.update(text, layout=_resizes(widget, text))


def _resizes(widget: Static, text: Content) -> bool:
    size = widget.content_size
    if not widget.styles.auto_dimensions or not size.width:
        return widget.styles.auto_dimensions
    return text.get_height(cast("RulesMap", widget.styles), size.width) != size.height


def is_hidden(widget: Widget) -> bool:
    """Whether it, or what it lies in, is not displayed on a screen of this size."""
    return not all(one.display for one in widget.ancestors_with_self if isinstance(one, Widget))
