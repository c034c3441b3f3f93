"""The questions: one screen for all of them, drawn from the rule base."""

from __future__ import annotations

from math import inf
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from advisor.model.rulebase import Question, QuestionKind
from advisor.tui.actions import bindings
from advisor.tui.messages import AnswersChanged
from advisor.tui.screens.stage import Stage
from advisor.tui.widgets.balance import BalanceLine, BalancePanel, settled_text
from advisor.tui.widgets.bars import SHORT_WIDTH
from advisor.tui.widgets.menu import Choices, Item
from advisor.tui.widgets.redraw import redraw

if TYPE_CHECKING:
    from advisor.desk import Advice, Standing

PICK_KEYS = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""The key of each option."""
CONFIRMING_SECONDS = 0.7
"""An Enter so soon after a digit confirms that digit, out of habit: it must not answer the next
question."""
PANEL_WIDTH = 120
"""From here on the balance has a panel of its own."""
_HOW_MANY = {
    QuestionKind.SINGLE: "Pick one.",
    QuestionKind.SCALE: "Pick one; they go from least to most.",
    QuestionKind.MULTI: "Pick all that hold.",
}


class AskScreen(Stage):
    """Asks the current question of the session."""

    name_of_stage = "ask"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("ask")]

    def __init__(self) -> None:
        super().__init__()
        self._drawn: Question | None = None
        self._picked_by_key = -inf

    def body(self) -> ComposeResult:
        """The question at the left; the balance at the right where there is room."""
        with Horizontal(id="ask"):
            with Vertical(id="asking"):
                yield Static(id="sections")
                yield Static(id="title")
                yield Static(id="reason")
                yield Static(id="hint")
                yield Choices(id="choices", lead=LEAD)
                yield BalanceLine(id="balance")
                with Horizontal(classes="buttons"):
                    yield Button("Back", id="back", compact=True)
                    yield Button("Don't know", id="unsure", compact=True)
                    yield Button("Why", id="why", compact=True)
                    yield Button("Next", id="accept", compact=True, variant="primary")
            with VerticalScroll(id="panel", can_focus=False):
                yield BalancePanel(id="panel-text")

    def draw(self) -> None:
        """Draw the current question."""
        session = self.desk.session
        question = self._drawn = session.current
        self._draw_sections()
        choices = self.query_one(Choices)
        if question is None:
            self._draw_end(choices)
        else:
            self._draw_question(question, choices)
        choices.focus()
        self._draw_balance()

    def _draw_question(self, question: Question, choices: Choices) -> None:
        chosen = self.desk.session.chosen(question.id)
        redraw(self.query_one("#title", Static), Content.styled(question.text, "bold"))
        reason = f"{question.why} {question.help}".strip()
        redraw(self.query_one("#reason", Static), Content.styled(reason, "$quiet"))
        choices.set_options(option_items(question, chosen))
        first = next((at for at, one in enumerate(question.options) if one.id in chosen), 0)
        choices.highlighted = first
        redraw(self.query_one("#hint", Static), self._hint(question))
        self.query_one("#accept", Button).label = "Next"

    def _draw_end(self, choices: Choices) -> None:
        left_out = len(self.desk.session.left_out())
        if left_out:
            title = "Nothing decisive is left to ask."
            text = (
                f"{left_out} more question{'s apply' if left_out != 1 else ' applies'}, but "
                f"no answer to {'them' if left_out != 1 else 'it'} is likely to turn the "
                "recommendation. n asks anyway, v shows the verdict, m measures both frameworks "
                "here, r shows your answers."
            )
        else:
            title = "Nothing is left to ask."
            text = (
                "Every question that applies is answered. v shows the verdict, m measures both "
                "frameworks here, r shows your answers."
            )
        redraw(self.query_one("#title", Static), Content.styled(title, "bold"))
        redraw(self.query_one("#reason", Static), Content.styled(text, "$quiet"))
        choices.clear_options()
        redraw(self.query_one("#hint", Static), Content(""))
        self.query_one("#accept", Button).label = "Verdict"

    def _draw_sections(self) -> None:
        session = self.desk.session
        here = session.current.section if session.current else ""
        parts: list[Content] = []
        for one in session.progress():
            text = f"{one.section.label} {one.done}/{one.total}"
            if one.section.id == here:
                parts.append(Content.styled(f"▸{text}", "bold"))
            else:
                done = "✓" if one.total and one.done == one.total else ""
                parts.append(Content.styled(f"{done}{text}", "$quiet"))
        if self.app.size.width < SHORT_WIDTH:
            parts = [one for one in parts if one.plain.startswith("▸")]
        redraw(self.query_one("#sections", Static), Content("  ").join(parts))
        self.tell_note()

    def remark(self) -> str:
        """How many questions are left."""
        return self.desk.session.left() if self.desk.has_session else ""

    def _hint(self, question: Question) -> Content:
        status = self.desk.session.status(question.id)
        text = _HOW_MANY[question.kind]
        if status.value == "unsure":
            text += " You said that you do not know."
        if SHORT_WIDTH <= self.app.size.width < PANEL_WIDTH:
            text += f" Questions left: {self.desk.session.left()}."
        return Content.styled(text, "$quiet")

    # -- the balance ---------------------------------------------------------------------

    def standing_changed(self, standing: Standing) -> None:
        """The balance moved."""
        self._draw_balance()

    def advice_changed(self, advice: Advice) -> None:
        """Settled or not is known; the order of the questions to come is too."""
        if self.desk.session.current is not self._drawn:
            self.draw()
            return
        self._draw_sections()
        if self._drawn is not None:
            redraw(self.query_one("#hint", Static), self._hint(self._drawn))
        self._draw_balance()

    def on_resize(self) -> None:
        """Bars are exact to the cell: draw them anew."""
        if self.is_current and self.desk.has_session:
            self.call_after_refresh(self._draw_sections)
            self.call_after_refresh(self._draw_balance)

    def _draw_balance(self) -> None:
        standing, advice = self.app.standing, self.app.advice
        settled, clashes = "", []
        if standing is not None and advice is not None and advice.answers == standing.answers:
            settled = settled_text(advice.decision.settled)
            clashes = [one.text for one in advice.decision.notices if one.kind == "contradiction"]
        note = f"{settled} v: verdict." if settled else ""
        if clashes:
            note = f"! {clashes[0]}"
        self.query_one(BalanceLine).show(standing, note)
        self.query_one(BalancePanel).show(
            self.desk.rule_base,
            standing,
            advice,
            f"Questions left: {self.desk.session.left()}.",
            clashes,
        )

    # -- answering -----------------------------------------------------------------------

    def on_choices_picked(self, message: Choices.Picked) -> None:
        """Space, a click, or Enter on an option."""
        question = self.desk.session.current
        if question is None:
            self.action_accept()
            return
        if message.accept and monotonic() - self._picked_by_key < CONFIRMING_SECONDS:
            self._picked_by_key = -inf
            return
        option = question.options[message.index].id
        chosen = self.desk.session.chosen(question.id)
        if not message.accept:
            self._pick(question, option)
        elif (question.kind is not QuestionKind.MULTI and option not in chosen) or not chosen:
            self._pick(question, option)
            self.action_accept()
        else:
            self.action_accept()

    def on_key(self, event: events.Key) -> None:
        """A digit or capital letter picks the option that carries it."""
        question = self.desk.session.current
        if question is None or event.character is None or event.character not in PICK_KEYS:
            return
        place = PICK_KEYS.index(event.character)
        if place >= len(question.options):
            return
        event.stop()
        self.query_one(Choices).highlighted = place
        self._pick(question, question.options[place].id)
        if question.kind is not QuestionKind.MULTI:
            self.action_accept()
            self._picked_by_key = monotonic()

    def _pick(self, question: Question, option: str) -> None:
        from advisor.interview.choices import toggled

        session = self.desk.session
        chosen = toggled(question, session.chosen(question.id), option)
        if chosen:
            session.answer(question.id, chosen)
        else:
            session.clear(question.id)
        choices = self.query_one(Choices)
        choices.relabel(option_items(question, chosen))
        redraw(self.query_one("#hint", Static), self._hint(question))
        self._draw_sections()
        label = question.option(option).label
        self.post_message(AnswersChanged(f"“{label}”" if option in chosen else f"Not “{label}”"))

    def action_pick(self) -> None:
        """Space, when the list has no focus."""
        self.query_one(Choices).action_pick()

    def action_accept(self) -> None:
        """Go on; with nothing left, to the verdict."""
        session = self.desk.session
        if session.current is None:
            self.app.action_go("verdict")
            return
        session.advance()
        self.draw()

    def action_forward(self) -> None:
        """Go on without an answer; at the end, to the minor questions."""
        session = self.desk.session
        if session.current is None:
            session.ask_minor()
        else:
            session.advance()
        self.draw()

    def action_unsure(self) -> None:
        """Don't know, and on."""
        session = self.desk.session
        if session.current is None:
            return
        session.unsure(session.current.id)
        self.post_message(AnswersChanged("“Don't know”"))
        self.action_accept()

    def action_back(self) -> None:
        """The question before."""
        session = self.desk.session
        if not session.can_go_back:
            self.notify("This is the first question.")
        session.back()
        self.draw()

    def action_why(self) -> None:
        """Why it is asked."""
        from advisor.tui.screens.cards import WhyCard

        question = self.desk.session.current
        if question is not None:
            self.app.push_screen(WhyCard(question, self.desk.rule_base, self.app.advice))

    @on(Button.Pressed)
    def press(self, event: Button.Pressed) -> None:
        """The buttons do what the keys do."""
        event.stop()
        match event.button.id:
            case "back":
                self.action_back()
            case "unsure":
                self.action_unsure()
            case "why":
                self.action_why()
            case _:
                self.action_accept()

    def command_line(self) -> str:
        """What does the same without the app."""
        return (
            "advisor questions > answers.yaml    # then fill it in\n"
            "advisor recommend --answers answers.yaml"
        )


LEAD = 7
"""Cells of `(x) 1  `."""


def option_items(question: Question, chosen: frozenset[str]) -> list[Item]:
    """The options of a question: `(x) 1  Label  help`, state and key and words."""
    marks = ("[x]", "[ ]") if question.kind is QuestionKind.MULTI else ("(x)", "( )")
    items = []
    for place, option in enumerate(question.options):
        picked = option.id in chosen
        key = PICK_KEYS[place] if place < len(PICK_KEYS) else " "
        content = Content.assemble(
            (option.label, "bold" if picked else ""),
            (f"  {option.help}" if option.help else "", "$quiet"),
        )
        items.append(Item(content, f"{marks[0] if picked else marks[1]} {key}", id=option.id))
    return items
