"""Cards laid over a screen: help, why a question is asked, what a reason rests on, the command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from advisor.tui.actions import STAGES, actions_of, stage_label
from advisor.tui.texts import evidence_content, question_content
from advisor.tui.widgets.menu import Menu

if TYPE_CHECKING:
    from advisor.desk import Advice
    from advisor.model.rulebase import Question, RuleBase


class Card(ModalScreen[None]):
    """A titled text over the screen; Escape, Enter or the button closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "Close", show=False),
        Binding("j,down", "down", show=False),
        Binding("k,up", "up", show=False),
        Binding("pagedown,space", "page_down", show=False),
        Binding("pageup", "page_up", show=False),
    ]

    def __init__(self, title: str, content: Content) -> None:
        super().__init__()
        self.card_title = title
        self.content = content

    def compose(self) -> ComposeResult:
        """Title, text, button."""
        with Vertical(classes="card"):
            yield Static(Content.styled(self.card_title, "bold"), classes="card-title")
            with VerticalScroll(id="card-body"):
                yield Static(self.content, id="card-text")
            with Horizontal(classes="buttons"):
                yield from self.buttons()

    def buttons(self) -> ComposeResult:
        """What can be pressed."""
        yield Button("Close", id="close", compact=True, variant="primary")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Close."""
        event.stop()
        self.action_close()

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)

    def action_down(self) -> None:
        """A line down."""
        self.query_one("#card-body").scroll_down(animate=False)

    def action_up(self) -> None:
        """A line up."""
        self.query_one("#card-body").scroll_up(animate=False)

    def action_page_down(self) -> None:
        """A page down."""
        self.query_one("#card-body").scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        """A page up."""
        self.query_one("#card-body").scroll_page_up(animate=False)


class HelpCard(Card):
    """What each key does on a screen."""

    def __init__(self, where: str) -> None:
        super().__init__(f"Keys: {stage_label(where or 'welcome')}", _help(where))


def _help(where: str) -> Content:
    own = [one for one in actions_of(where) if one.where]
    common = [one for one in actions_of(where) if not one.where]
    lines: list[Content] = []
    if where == "ask":
        lines.append(_help_line("1-9 A-H", "Pick the option that carries this key."))
    lines += [_help_line(action.key, action.help) for action in own]
    if lines:
        lines.append(Content(""))
    lines += [_help_line(action.key, action.help) for action in common]
    lines += [
        Content(""),
        Content("↑ ↓ j k move in a list, Tab moves between parts. The mouse works everywhere."),
        Content(
            "(x) and [x] are picked, ▸ is the cursor. Bars to the left and solid ones are PyTorch, "
            "bars to the right and light ones TensorFlow."
        ),
        Content("For screen readers and pipes: advisor --plain"),
    ]
    return Content("\n").join(lines)


def _help_line(key: str, text: str) -> Content:
    return Content.assemble((f"{key:>8}  ", "bold"), text)


class CommandCard(Card):
    """The command line that does the same."""

    def __init__(self, command: str) -> None:
        self.command = command
        super().__init__("The same from the command line", Content(command))

    def buttons(self) -> ComposeResult:
        """Copying may fail silently in some terminals; the text stays to be selected."""
        yield Button("Copy", id="copy", compact=True)
        yield Button("Close", id="close", compact=True, variant="primary")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Copy or close."""
        event.stop()
        if event.button.id == "copy":
            self.app.copy_to_clipboard(self.command)
            self.notify("Copied, if your terminal allows it.")
        else:
            self.action_close()


class WhyCard(Card):
    """Why a question is asked, what it can change, and what that rests on."""

    def __init__(self, question: Question, rule_base: RuleBase, advice: Advice | None) -> None:
        super().__init__(question.text, question_content(question, rule_base, advice))


class EvidenceCard(Card):
    """Pieces of evidence with their sources and dates."""

    def __init__(
        self, title: str, lead: Content, ids: Sequence[str], rule_base: RuleBase, as_of: object
    ) -> None:
        super().__init__(title, evidence_content(lead, ids, rule_base, as_of))


class StageMenu(ModalScreen[str | None]):
    """Where to go, for narrow screens."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "close", show=False)]
    EXTRA: ClassVar[tuple[tuple[str, str], ...]] = (
        ("browse", "Rules and evidence"),
        ("history", "History"),
        ("welcome", "Start"),
    )

    def compose(self) -> ComposeResult:
        """One line per stage."""
        places = [(one[0], one[2]) for one in STAGES] + list(self.EXTRA)
        with Vertical(classes="card"):
            yield Menu(*(Option(label, id=name) for name, label in places))

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one(Menu).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go there."""
        event.stop()
        self.dismiss(event.option.id)

    def action_close(self) -> None:
        """Stay here."""
        self.dismiss(None)
