"""What matters to the user: by the answers, ranked, or by swings."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static
from textual.widgets.option_list import Option

from advisor.model.answers import Priorities
from advisor.tui.actions import bindings
from advisor.tui.drawing import FULL, LIGHT, QUIET
from advisor.tui.messages import AnswersChanged
from advisor.tui.screens.stage import Stage
from advisor.tui.widgets.balance import BalanceLine
from advisor.tui.widgets.menu import Menu

METHODS = (
    ("none", "By the answers", "Your situation says what matters. Nothing to do here."),
    ("rank", "Rank", "Put the criteria in order, the one that matters most first."),
    (
        "swings",
        "Swings",
        "Give the criterion whose way from worst to best matters most 100 points, others less.",
    ),
)
STEP = 5
BAR = 20


class PrioritiesScreen(Stage):
    """Ranks criteria or sets swings; or leaves it."""

    name_of_stage = "priorities"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("priorities")]

    def __init__(self) -> None:
        super().__init__()
        self.way = "none"
        self._rank: list[str] = []
        self._swings: dict[str, int] = {}

    def body(self) -> ComposeResult:
        """The ways, the list, buttons, the balance."""
        with Vertical(id="priorities"):
            yield Static(id="ways")
            yield Static(id="way-text")
            yield Menu(id="criteria")
            yield BalanceLine(id="priorities-balance")
            with Horizontal(classes="buttons"):
                yield Button("Less", id="less", compact=True)
                yield Button("More", id="more", compact=True)
                yield Button("Done", id="done", compact=True, variant="primary")

    def draw(self) -> None:
        """Take over what the session says, and draw it."""
        priorities = self.desk.session.priorities
        ids = [one.id for one in self.desk.rule_base.criteria]
        if priorities.rank:
            self.way = "rank"
            self._rank = [*priorities.rank, *(one for one in ids if one not in priorities.rank)]
        elif priorities.swings:
            self.way = "swings"
            self._swings = {one: priorities.swings.get(one, 0) for one in ids}
        else:
            self.way = "none"
        self._rank = self._rank or ids
        self._swings = self._swings or dict.fromkeys(ids, 100)
        self._draw_list()
        self.query_one(Menu).focus()
        self.query_one(BalanceLine).show(self.app.standing)

    def standing_changed(self, standing: object) -> None:
        """The balance moved."""
        self.query_one(BalanceLine).show(self.app.standing)

    def _draw_list(self) -> None:
        tabs = [
            Content.from_markup("[b](x) $label[/b]", label=label)
            if way == self.way
            else Content.from_markup(f"[@click=screen.method('{way}')]( ) $label[/]", label=label)
            for way, label, _ in METHODS
        ]
        gap = "   " if self.app.size.width >= len(tabs) * 15 else " "
        self.query_one("#ways", Static).update(Content(gap).join(tabs))
        text = next(help_text for way, _, help_text in METHODS if way == self.way)
        self.query_one("#way-text", Static).update(Content.styled(text, QUIET))
        menu = self.query_one(Menu)
        place = menu.highlighted or 0
        menu.set_options(
            Option(self._prompt(at, one), id=one) for at, one in enumerate(self._order())
        )
        menu.highlighted = min(place, menu.option_count - 1)

    def _order(self) -> list[str]:
        if self.way == "rank":
            return self._rank
        return [one.id for one in self.desk.rule_base.criteria]

    def _prompt(self, place: int, criterion_id: str) -> Content:
        criterion = self.desk.rule_base.criterion_by_id[criterion_id]
        label = (criterion.label, "bold")
        match self.way:
            case "rank":
                return Content.assemble(
                    (f"{place + 1}. ", "bold"), label, (f"  {criterion.description}", QUIET)
                )
            case "swings":
                points = self._swings[criterion_id]
                filled = round(BAR * points / 100)
                return Content.assemble(
                    (f"{points:3d} ", "bold"),
                    (FULL * filled, "$primary"),
                    (LIGHT * (BAR - filled), QUIET),
                    "  ",
                    label,
                )
            case _:
                return Content.assemble(label, (f"  {criterion.description}", QUIET))

    # -- changing ------------------------------------------------------------------------

    def action_method(self, way: str) -> None:
        """By the answers, rank, or swings."""
        self.way = way
        self._say()

    def action_more(self) -> None:
        """Up in the order, or more points."""
        self._shift(1)

    def action_less(self) -> None:
        """Down in the order, or fewer points."""
        self._shift(-1)

    def _shift(self, step: int) -> None:
        menu = self.query_one(Menu)
        place = menu.highlighted
        if place is None:
            return
        if self.way == "none":
            self.notify("First choose to rank (2) or to set swings (3).")
            return
        if self.way == "rank":
            other = place - step
            if not 0 <= other < len(self._rank):
                return
            self._rank[place], self._rank[other] = self._rank[other], self._rank[place]
            menu.highlighted = other
        else:
            key = self._order()[place]
            self._swings[key] = min(100, max(0, self._swings[key] + step * STEP))
        self._say()

    def _say(self) -> None:
        match self.way:
            case "rank":
                priorities = Priorities(rank=tuple(self._rank))
            case "swings" if any(self._swings.values()):
                priorities = Priorities(swings=dict(self._swings))
            case _:
                priorities = Priorities()
        self.desk.session.prioritise(priorities)
        self._draw_list()
        self.post_message(AnswersChanged("Your priorities"))

    @on(Button.Pressed)
    def press(self, event: Button.Pressed) -> None:
        """The buttons do what the keys do."""
        event.stop()
        match event.button.id:
            case "more":
                self.action_more()
            case "less":
                self.action_less()
            case _:
                self.app.action_go("ask")

    def command_line(self) -> str:
        """What does the same without the app."""
        if self.way == "rank":
            return f"# in answers.yaml\npriorities:\n  rank: [{', '.join(self._rank)}]"
        if self.way == "swings":
            points = ", ".join(f"{key}: {value}" for key, value in self._swings.items())
            return f"# in answers.yaml\npriorities:\n  swings: {{{points}}}"
        return "# in answers.yaml\npriorities: null"
