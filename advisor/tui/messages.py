"""What screens and widgets tell each other, as past events."""

from __future__ import annotations

from textual.message import Message


class AnswersChanged(Message):
    """An answer, a priority or the probe changed: the balance must be struck anew."""

    def __init__(self, cause: str) -> None:
        super().__init__()
        self.cause = cause
        """What changed, in words."""


class Failed(Message):
    """Something the user caused went wrong, or a disk refused; work goes on."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self.title = title
        self.text = text
