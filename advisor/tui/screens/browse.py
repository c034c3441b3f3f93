"""Everything the advice rests on: gates, rules, evidence, with a search."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from advisor.interview.wording import condition_text
from advisor.text import one_line
from advisor.tui.actions import bindings
from advisor.tui.drawing import QUIET, colour_of
from advisor.tui.screens.cards import Card, EvidenceCard
from advisor.tui.screens.stage import Stage
from advisor.tui.texts import evidence_lines, rule_content, side
from advisor.tui.widgets.menu import Item, Menu


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
        base = self.desk.rule_base
        options: list[Item] = []
        counts = {"gates": 0, "rules": 0, "pieces of evidence": 0}
        for gate in base.gates:
            text = f"{gate.id} {gate.text} {' '.join(gate.evidence)} gate"
            if _matches(words, text):
                counts["gates"] += 1
                content = Content.assemble(
                    (gate.excludes.label, f"bold {colour_of(gate.excludes)}"),
                    f" ruled out: {one_line(gate.text)}",
                )
                options.append(Item(content, "✗", id=f"gate:{gate.id}"))
        for rule in base.rules:
            favours = rule.favours.label if rule.favours else "measured"
            text = f"{rule.id} {rule.text} {rule.criterion} {rule.topic} {favours} rule"
            if _matches(words, text):
                counts["rules"] += 1
                content = Content.assemble(one_line(rule.text), (f" ({rule.criterion})", QUIET))
                letter = rule.favours.label[0] if rule.favours else "·"
                colour = rule.favours.value if rule.favours else ""
                options.append(Item(content, letter, colour, id=f"rule:{rule.id}"))
        for one in base.evidence.values():
            sources = " ".join(f"{source.title} {source.url}" for source in one.sources)
            text = f"{one.id} {one.claim} {one.survey_says} {one.now} {sources} evidence"
            if _matches(words, text):
                counts["pieces of evidence"] += 1
                expired = " [expired]" if one.expires <= self.desk.as_of else ""
                content = Content.assemble(
                    one_line(one.claim),
                    (f" ({one.as_of:%Y-%m}){expired}", QUIET),
                )
                options.append(Item(content, "§", id=f"evidence:{one.id}"))
        self.query_one(Menu).set_options(options)
        if options:
            self.query_one(Menu).highlighted = 0
        found = ", ".join(f"{count} {what}" for what, count in counts.items())
        self.query_one("#found", Static).update(Content.styled(f"{found}.  / searches", QUIET))

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


def _matches(words: list[str], text: str) -> bool:
    lower = text.lower()
    return all(word in lower for word in words)
