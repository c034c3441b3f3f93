"""Every question with its answer; what is skipped or parked, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, OptionList, Static

from advisor.interview.session import Entry, Status
from advisor.interview.wording import answer_text
from advisor.text import one_line
from advisor.tui.actions import bindings
from advisor.tui.drawing import QUIET
from advisor.tui.messages import AnswersChanged
from advisor.tui.screens.stage import Stage
from advisor.tui.widgets.menu import Item, Menu

if TYPE_CHECKING:
    from advisor.desk import Advice

MARKS = {
    Status.ANSWERED: "✓",
    Status.UNSURE: "?",
    Status.OPEN: "·",
    Status.WAITING: "…",
    Status.SKIPPED: "–",
    Status.PARKED: "P",
}
LEGEND = "✓ answered  ? don't know  · open  – skipped  P parked  … waits for another answer"


class ReviewScreen(Stage):
    """The review."""

    name_of_stage = "review"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("review")]

    def body(self) -> ComposeResult:
        """Contradictions, the list, buttons."""
        with Vertical(id="review"):
            yield Static(id="clashes")
            yield Menu(id="entries", lead=2)
            yield Static(Content.styled(LEGEND, QUIET), id="legend")
            with Horizontal(classes="buttons"):
                yield Button("Change", id="open", compact=True)
                yield Button("Clear", id="forget", compact=True)
                yield Button("Verdict", id="verdict", compact=True, variant="primary")

    def draw(self) -> None:
        """Draw every entry."""
        menu = self.query_one(Menu)
        place = menu.highlighted
        base = self.desk.rule_base
        entries = self.desk.session.review()
        options: list[Item] = []
        for section in base.sections:
            own = [one for one in entries if one.question.section == section.id]
            done = sum(one.status in {Status.ANSWERED, Status.UNSURE} for one in own)
            head = Content.styled(f"{section.label} ({done})", "bold")
            options.append(Item(head, disabled=True))
            options += [_item(one) for one in own]
        menu.set_options(options)
        menu.highlighted = place if place is not None else 1
        menu.focus()
        self._draw_clashes()

    def advice_changed(self, advice: Advice) -> None:
        """Contradictions may have come or gone; so may what is minor."""
        if self.is_current:
            self.draw()

    def _draw_clashes(self) -> None:
        advice = self.app.advice
        clashes = [
            one.text
            for one in (advice.decision.notices if advice else ())
            if one.kind == "contradiction"
        ]
        shown = self.query_one("#clashes", Static)
        shown.display = bool(clashes)
        shown.update(
            Content("\n").join(
                Content.assemble(("! ", "bold $warning"), one_line(text)) for text in clashes
            )
        )

    @on(OptionList.OptionSelected)
    def open_entry(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click."""
        event.stop()
        self._open(event.option.id)

    def _marked(self) -> str | None:
        option = self.query_one(Menu).highlighted_option
        return option.id if option is not None else None

    def _open(self, question_id: str | None) -> None:
        session = self.desk.session
        if question_id is None:
            return
        entry = next(one for one in session.review() if one.question.id == question_id)
        if entry.because:
            from advisor.tui.screens.cards import Card

            self.app.push_screen(Card("Not asked now", Content(_because(entry))))
            return
        session.jump(question_id)
        self.app.action_go("ask")

    def action_open(self) -> None:
        """Change the marked answer."""
        self._open(self._marked())

    def action_forget(self) -> None:
        """Take the marked answer back."""
        question_id = self._marked()
        if question_id is not None:
            self.desk.session.clear(question_id)
            self.post_message(AnswersChanged("An answer taken back"))
            self.draw()

    @on(Button.Pressed)
    def press(self, event: Button.Pressed) -> None:
        """The buttons do what the keys do."""
        event.stop()
        match event.button.id:
            case "open":
                self.action_open()
            case "forget":
                self.action_forget()
            case _:
                self.app.action_go("verdict")

    def command_line(self) -> str:
        """What does the same without the app."""
        return "advisor questions > answers.yaml"


def _item(entry: Entry) -> Item:
    question = entry.question
    match entry.status:
        case Status.ANSWERED:
            said, style = answer_text(question, entry.chosen), "bold"
        case Status.UNSURE:
            said, style = "don't know", "bold"
        case Status.PARKED:
            said, style = f"parked: {answer_text(question, entry.chosen)}", QUIET
        case Status.OPEN:
            said, style = ("left out, hardly matters" if entry.minor else ""), QUIET
        case Status.SKIPPED:
            said, style = "does not apply", QUIET
        case _:
            said, style = "", QUIET
    content = Content.assemble(f"{question.text} ", (said, style))
    return Item(content, MARKS[entry.status], id=question.id)


def _because(entry: Entry) -> str:
    deciding = " and ".join(f"“{one.text}”" for one in entry.because)
    kept = " Your answer is kept and returns with it." if entry.status is Status.PARKED else ""
    return f"Whether this is asked hangs on {deciding}.{kept}"
