"""A card that asks one question on trial."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from advisor.interview.choices import toggled
from advisor.model.rulebase import Question, QuestionKind
from advisor.tui.screens.ask import LEAD, PICK_KEYS, option_items
from advisor.tui.widgets.menu import Choices


class WhatIfCard(ModalScreen[frozenset[str] | None]):
    """Options of a question; the choice is returned, None when closed without one."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "close", show=False)]

    def __init__(self, question: Question, chosen: frozenset[str]) -> None:
        super().__init__()
        self.question = question
        self.chosen = chosen

    def compose(self) -> ComposeResult:
        """The question, its options, two buttons."""
        with Vertical(classes="card"):
            yield Static(
                Content.assemble(("What if… ", "bold $warning"), (self.question.text, "bold")),
                classes="card-title",
            )
            yield Choices(*option_items(self.question, self.chosen), id="whatif-choices", lead=LEAD)
            with Horizontal(classes="buttons"):
                yield Button("Try it", id="try", compact=True, variant="primary")
                yield Button("Don't know", id="unsure", compact=True)
                yield Button("Close", id="close", compact=True)

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one(Choices).focus()

    def on_choices_picked(self, message: Choices.Picked) -> None:
        """Space or a click picks; Enter tries."""
        option = self.question.options[message.index].id
        multi = self.question.kind is QuestionKind.MULTI
        if not message.accept or not multi or not self.chosen:
            self._pick(option)
        if message.accept or not multi:
            self.dismiss(self.chosen)

    def on_key(self, event: events.Key) -> None:
        """The key of an option."""
        if event.character is None or event.character not in PICK_KEYS:
            return
        place = PICK_KEYS.index(event.character)
        if place < len(self.question.options):
            event.stop()
            self._pick(self.question.options[place].id)
            if self.question.kind is not QuestionKind.MULTI:
                self.dismiss(self.chosen)

    def _pick(self, option: str) -> None:
        self.chosen = toggled(self.question, self.chosen, option)
        self.query_one(Choices).relabel(option_items(self.question, self.chosen))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Try, try without an answer, or close."""
        event.stop()
        match event.button.id:
            case "try":
                self.dismiss(self.chosen)
            case "unsure":
                self.dismiss(frozenset())
            case _:
                self.dismiss(None)

    def action_close(self) -> None:
        """Without a trial."""
        self.dismiss(None)
