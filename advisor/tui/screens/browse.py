"""Everything the advice rests on: gates, rules, evidence, with a search."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from advisor.interview.wording import condition_text
from advisor.text import counted, one_line
from advisor.tui.actions import bindings
from advisor.tui.drawing import QUIET, colour_of
from advisor.tui.screens.cards import Card, EvidenceCard
from advisor.tui.screens.stage import Stage
from advisor.tui.texts import evidence_lines, rule_content, side
from advisor.tui.widgets.menu import Item, Menu
from advisor.tui.widgets.redraw import redraw

if TYPE_CHECKING:
    from datetime import date

    from advisor.model.rulebase import Evidence, Gate, Rule

KINDS = {"gate": "gates", "rule": "rules", "piece of evidence": "pieces of evidence"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list, and what a search looks through."""

    kind: str
    text: str
    item: Item


class BrowseScreen(Stage):
    """Search and read the rule base."""

    name_of_stage = "browse"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("browse")]

    def body(self) -> ComposeResult:
        """A search field, a count, the list."""
        with Vertical(id="browse"):
            yield Input(placeholder="Search rules, gates, evidence", id="search", compact=True)
            yield Static(id="found")
            yield Menu(id="items", lead=2)

    def draw(self) -> None:
        """List what the search finds."""
        self._list()
        if not self.query_one(Input).has_focus:
            self.query_one(Menu).focus()

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        """Search while typing."""
        event.stop()
        self._list()

    @on(Input.Submitted)
    def searched(self, event: Input.Submitted) -> None:
        """Enter goes to the list."""
        event.stop()
        self.query_one(Menu).focus()

    def action_search(self) -> None:
        """Type a search."""
        self.query_one(Input).focus()

    def _list(self) -> None:
        words = self.query_one(Input).value.lower().split()
        found = [one for one in self._everything if all(word in one.text for word in words)]
        menu = self.query_one(Menu)
        menu.set_options([one.item for one in found])
        if found:
            menu.highlighted = 0
        counts = Counter(one.kind for one in found)
        text = ", ".join(counted(counts[one], one, more) for one, more in KINDS.items())
        redraw(self.query_one("#found", Static), Content.styled(f"{text}.  / searches", QUIET))

    @cached_property
    def _everything(self) -> list[Entry]:
        """Every line of the list: made once, so that a letter typed only picks among them."""
        base, as_of = self.desk.rule_base, self.desk.as_of
        return [
            *(_gate_entry(gate) for gate in base.gates),
            *(_rule_entry(rule) for rule in base.rules),
            *(_evidence_entry(one, as_of) for one in base.evidence.values()),
        ]

    @on(OptionList.OptionSelected)
    def open_item(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click."""
        event.stop()
        self._open(event.option.id or "")

    def action_card(self) -> None:
        """Open the marked item."""
        option = self.query_one(Menu).highlighted_option
        if option is not None:
            self._open(option.id or "")

    def _open(self, key: str) -> None:
        kind, _, name = key.partition(":")
        base, as_of = self.desk.rule_base, self.desk.as_of
        match kind:
            case "rule":
                content = rule_content(base.rule_by_id[name], base, as_of)
                self.app.push_screen(Card("Rule", content))
            case "gate":
                gate = next(one for one in base.gates if one.id == name)
                lead = Content(
                    f"{one_line(gate.text)}\n\nWhen {condition_text(gate.when, base)}."
                    f"\n\nTo relax it: {one_line(gate.relax)}"
                )
                self.app.push_screen(
                    EvidenceCard(
                        f"Rules out {gate.excludes.label}", lead, gate.evidence, base, as_of
                    )
                )
            case _:
                found = base.evidence[name]
                readers = [one for one in base.rules if name in one.evidence]
                used = [Content(""), Content.styled(f"Used by {len(readers)} rules", "bold")]
                used += [
                    Content.assemble("  ", side(one.favours), f" {one_line(one.text)}")
                    for one in readers
                ]
                content = Content("\n").join([*evidence_lines(found, as_of), *used])
                self.app.push_screen(Card("Evidence", content))

    def command_line(self) -> str:
        """What does the same without the app."""
        option = self.query_one(Menu).highlighted_option
        kind, _, name = (option.id or "" if option else "").partition(":")
        return f"advisor rules show {name}" if kind == "rule" else "advisor rules list"


def _gate_entry(gate: Gate) -> Entry:
    content = Content.assemble(
        (gate.excludes.label, f"bold {colour_of(gate.excludes)}"),
        f" ruled out: {one_line(gate.text)}",
    )
    text = f"{gate.id} {gate.text} {' '.join(gate.evidence)} gate"
    return Entry("gate", text.lower(), Item(content, "✗", id=f"gate:{gate.id}"))


def _rule_entry(rule: Rule) -> Entry:
    content = Content.assemble(one_line(rule.text), (f" ({rule.criterion})", QUIET))
    favours = rule.favours.label if rule.favours else "measured"
    letter = rule.favours.label[0] if rule.favours else "·"
    colour = rule.favours.value if rule.favours else ""
    text = f"{rule.id} {rule.text} {rule.criterion} {rule.topic} {favours} rule"
    return Entry("rule", text.lower(), Item(content, letter, colour, id=f"rule:{rule.id}"))


def _evidence_entry(one: Evidence, as_of: date) -> Entry:
    expired = " [expired]" if one.expires <= as_of else ""
    content = Content.assemble(one_line(one.claim), (f" ({one.as_of:%Y-%m}){expired}", QUIET))
    sources = " ".join(f"{source.title} {source.url}" for source in one.sources)
    text = f"{one.id} {one.claim} {one.survey_says} {one.now} {sources} evidence"
    return Entry("piece of evidence", text.lower(), Item(content, "§", id=f"evidence:{one.id}"))
