"""The verdict: who, how sure, why, what would turn it, what if, and what next."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, OptionList, Static

from advisor.desk import OvertakenError
from advisor.interview.session_file import Event
from advisor.interview.wording import answer_text
from advisor.model.answers import Answers
from advisor.tui import verdict_lines as lines_of
from advisor.tui.actions import bindings
from advisor.tui.drawing import QUIET, balance_line, percent
from advisor.tui.messages import AnswersChanged
from advisor.tui.screens.stage import Stage
from advisor.tui.verdict_lines import TABS, Line
from advisor.tui.widgets.menu import Item, Menu
from advisor.tui.widgets.redraw import is_hidden, redraw

if TYPE_CHECKING:
    from advisor.desk import Advice, Standing
    from advisor.model.decision import Decision


SHORT_HEIGHT = 18


class VerdictScreen(Stage):
    """Shows a decision; in what-if mode, the one that would follow from changed answers."""

    name_of_stage = "verdict"
    wants_explanation = True
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("verdict"),
        *(
            Binding(str(place), f"tab('{name}')", show=False)
            for place, (name, _) in enumerate(TABS, 1)
        ),
        Binding("left", "turn_tab(-1)", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.tab = "why"
        self.trial: dict[str, frozenset[str]] = {}
        self.trial_advice: Advice | None = None
        self._lines: list[Line] = []
        self._made: dict[str, tuple[list[Line], list[Item]]] = {}
        """The lines of each tab shown since something changed."""
        self._kept = ""

    def body(self) -> ComposeResult:
        """Headline and bar; tabs and their list; criteria beside them where there is room."""
        with Horizontal(id="verdict"):
            with Vertical(id="verdict-main"):
                yield Static(id="headline")
                yield Static(id="verdict-bar")
                yield Static(id="trial")
                with Horizontal(id="trial-buttons", classes="buttons"):
                    yield Button("Keep", id="keep", compact=True, variant="primary")
                    yield Button("Undo", id="undo", compact=True)
                yield Static(id="tabs")
                yield Menu(id="lines", lead=4)
            with VerticalScroll(id="verdict-side", can_focus=False):
                yield Static(id="verdict-criteria")

    # -- drawing -------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw what is known; ask for the rest."""
        self._draw_all()
        self.query_one(Menu).focus()
        self.app.explain()

    def standing_changed(self, standing: Standing) -> None:
        """Answers changed under the screen."""
        self._draw_head()

    def advice_changed(self, advice: Advice) -> None:
        """The decision is there, or its flips are."""
        self._draw_all()
        if advice.explained and not self.trial:
            self._keep_verdict(advice)

    def on_resize(self) -> None:
        """Bars are exact to the cell."""
        if self.is_current:
            self.call_after_refresh(self._draw_all)

    @property
    def shown(self) -> Advice | None:
        """What is shown: the trial's decision in what-if mode."""
        return self.trial_advice or self.app.advice

    def _draw_all(self) -> None:
        self._made.clear()
        self._draw_head()
        self._draw_tabs()
        self._draw_lines()
        self._draw_side()

    def _draw_head(self) -> None:
        advice = self.shown
        head, bar = self.query_one("#headline", Static), self.query_one("#verdict-bar", Static)
        if advice is None:
            redraw(head, Content.styled("Weighing everything…", QUIET))
            redraw(bar, Content(""))
            return
        share = next(iter(advice.decision.verdict.acceptability.values()))
        brief = self.app.size.height < SHORT_HEIGHT
        redraw(head, lines_of.headline(advice.decision, brief=brief))
        redraw(bar, balance_line(share, max(20, bar.content_size.width or 60)))
        self._draw_trial()

    def _draw_trial(self) -> None:
        text = self.query_one("#trial", Static)
        active = bool(self.trial)
        text.display = active
        self.query_one("#trial-buttons").display = active
        before, after = self.app.advice, self.trial_advice
        if not active or before is None or after is None:
            text.update(Content.styled("What if: weighing…", "$warning") if active else "")
            return
        base = self.desk.rule_base
        changes = "; ".join(
            f"{base.question_by_id[key].text} {answer_text(base.question_by_id[key], chosen)}"
            for key, chosen in self.trial.items()
        )
        text.update(
            Content.assemble(
                ("What if – ", "bold $warning"),
                changes,
                (f"\n{_short(before.decision)}  →  {_short(after.decision)}", "bold"),
                ("   y keeps it, z takes it back", QUIET),
            )
        )

    def _draw_tabs(self) -> None:
        redraw(self.query_one("#tabs", Static), _tabs(self.tab))

    def _draw_lines(self) -> None:
        advice, menu = self.shown, self.query_one(Menu)
        if self.tab not in self._made:
            lines = self._lines_of(advice) if advice is not None else []
            items = [
                Item(line.content, line.lead, line.colour, id=str(at), disabled=not line.kind)
                for at, line in enumerate(lines)
            ]
            self._made[self.tab] = (lines, items)
        self._lines, items = self._made[self.tab]
        place = menu.highlighted
        menu.set_options(items)
        live = [at for at, line in enumerate(self._lines) if line.kind]
        if live:
            menu.highlighted = place if place in live else live[0]

    def _lines_of(self, advice: Advice) -> list[Line]:
        base, decision = self.desk.rule_base, advice.decision
        match self.tab:
            case "criteria":
                return lines_of.criteria(decision, self.query_one(Menu).content_size.width)
            case "turns":
                return lines_of.turns(decision, base, explained=advice.explained)
            case "whatif":
                return lines_of.what_if(advice.answers, base, self.trial)
            case "facts":
                return lines_of.facts(decision, base, self._measured())
            case "next":
                return lines_of.following(decision, base)
            case _:
                return lines_of.why(decision)

    def _measured(self) -> list[str]:
        if self.desk.record is None:
            return []
        from advisor.tui.probing import comparison_text

        return [comparison_text(one) for one in self.desk.record.comparisons]

    def _draw_side(self) -> None:
        advice = self.shown
        panel = self.query_one("#verdict-criteria", Static)
        if advice is None or is_hidden(panel):
            return
        found = lines_of.criteria(advice.decision, panel.content_size.width or 40)
        redraw(panel, Content("\n").join(line.content for line in found))

    def _keep_verdict(self, advice: Advice) -> None:
        words = lines_of.verdict_words(advice.decision)
        journal = self.desk.session.journal
        if words != self._kept and journal is not None and advice.answers.chosen:
            self._kept = words
            journal.append(Event("verdict", "", words))

    # -- moving --------------------------------------------------------------------------

    def action_tab(self, name: str) -> None:
        """Show a tab."""
        self.tab = name
        self.query_one(Menu).highlighted = None
        self._draw_tabs()
        self._draw_lines()
        self.query_one(Menu).scroll_home(animate=False)

    def action_turn_tab(self, step: int) -> None:
        """The next tab, or the one before."""
        names = [name for name, _ in TABS]
        self.action_tab(names[(names.index(self.tab) + step) % len(names)])

    @on(OptionList.OptionSelected)
    def open_line(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click on a line."""
        event.stop()
        self._open(self._lines[event.option_index])

    def action_card(self) -> None:
        """What the marked line rests on."""
        place = self.query_one(Menu).highlighted
        if place is not None:
            self._open(self._lines[place])

    def _open(self, line: Line) -> None:
        match line.kind:
            case "rule" | "gate" | "evidence" | "notice":
                self._show_evidence(line)
            case "flip":
                self._try_flip(int(line.ref))
            case "question":
                self._ask_what_if(line.ref)
            case "probe":
                self.app.action_go("probe")

    def _show_evidence(self, line: Line) -> None:
        from advisor.tui.screens.cards import Card, EvidenceCard
        from advisor.tui.texts import rule_content

        base = self.desk.rule_base
        rule = base.rule_by_id.get(line.ref)
        if line.kind == "rule" and rule is not None:
            content = rule_content(rule, base, self.desk.as_of)
            self.app.push_screen(Card("What this rests on", content))
        else:
            lead = Content("") if line.kind == "evidence" else line.content
            self.app.push_screen(
                EvidenceCard("What this rests on", lead, line.evidence, base, self.desk.as_of)
            )

    # -- what if -------------------------------------------------------------------------

    def _ask_what_if(self, question_id: str) -> None:
        from advisor.tui.screens.whatif import WhatIfCard

        question = self.desk.rule_base.question_by_id[question_id]
        chosen = self._trial_answers().chosen.get(question_id, frozenset())

        def answered(picked: frozenset[str] | None) -> None:
            if picked is not None:
                self._try({question_id: picked})

        self.app.push_screen(WhatIfCard(question, chosen), answered)

    def _try_flip(self, place: int) -> None:
        advice = self.shown
        if advice is not None:
            changes = advice.decision.flips[place].changes
            self._try({one.question: frozenset(one.after) for one in changes})

    def _trial_answers(self) -> Answers:
        answers = self.desk.session.answers
        chosen = {**answers.chosen, **self.trial}
        return Answers({key: one for key, one in chosen.items() if one}, answers.priorities)

    def _try(self, changes: dict[str, frozenset[str]]) -> None:
        """Weigh changed answers without keeping them."""
        said = self.desk.session.answers.chosen
        merged = {**self.trial, **changes}
        self.trial = {
            key: chosen for key, chosen in merged.items() if chosen != said.get(key, frozenset())
        }
        self.trial_advice = None
        self._draw_all()
        if self.trial:
            self.run_worker(self._weigh_trial(), group="trial", exclusive=True)

    async def _weigh_trial(self) -> None:
        answers = self._trial_answers()

        def wanted() -> bool:
            return bool(self.trial) and answers == self._trial_answers()

        weighing = await asyncio.to_thread(self.desk.weigh, answers)
        with suppress(OvertakenError):
            for explain in (False, True):
                advice = await asyncio.to_thread(
                    weighing.decide, explain=explain, between=self.app.making_way(wanted)
                )
                if not wanted():
                    return
                self.trial_advice = advice
                self._draw_all()

    def action_keep(self) -> None:
        """Make the changed answers the user's own."""
        if not self.trial:
            self.notify("Nothing is being tried. Tab 4 changes an answer on trial.")
            return
        session = self.desk.session
        for key, chosen in self.trial.items():
            session.answer(key, chosen)
        self.trial, self.trial_advice = {}, None
        self.post_message(AnswersChanged("What you tried"))
        self._draw_all()

    def action_undo(self) -> None:
        """Forget the changed answers."""
        self.trial, self.trial_advice = {}, None
        self._draw_all()

    @on(Button.Pressed)
    def press(self, event: Button.Pressed) -> None:
        """Keep or undo."""
        event.stop()
        if event.button.id == "keep":
            self.action_keep()
        else:
            self.action_undo()

    def command_line(self) -> str:
        """What does the same without the app."""
        probe = " --probe probe.json" if self.desk.record is not None else ""
        return f"advisor recommend --answers answers.yaml{probe}"


@cache
def _tabs(shown: str) -> Content:
    """The names of the tabs; the one shown stands in brackets."""
    return Content("").join(
        Content.from_markup("[b]\\[$label][/b]", label=label)
        if name == shown
        else Content.from_markup(f"[@click=screen.tab('{name}')] $label [/]", label=label)
        for name, label in TABS
    )


def _short(decision: Decision) -> str:
    verdict = decision.verdict
    share = percent(verdict.acceptability[verdict.framework])
    return f"{verdict.framework.label} {share}, {verdict.verdict_class.words}"
