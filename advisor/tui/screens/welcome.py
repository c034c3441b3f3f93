"""The first screen: start, go on, measure, look around. Drawn before anything heavy is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from advisor.text import counted
from advisor.tui.screens.stage import Stage
from advisor.tui.widgets.menu import Menu

if TYPE_CHECKING:
    from advisor.interview.history import Summary

TITLE = "PyTorch or TensorFlow?"
TEXT = (
    "Answer a few questions, measure both on this machine, and get a recommendation whose every "
    "point can be traced to an answer, a dated source or a number measured here. "
    "Nothing leaves this machine."
)
CHOICES = (
    ("new", "Start", "a new session: 8 to 15 questions, about three minutes"),
    ("resume", "Go on", "with the last session"),
    ("probe", "Measure", "only: compare both frameworks here, without questions"),
    ("history", "History", "earlier sessions and their verdicts"),
    ("browse", "Rules", "and evidence: everything the advice rests on"),
)


class WelcomeScreen(Stage):
    """Start."""

    name_of_stage = "welcome"

    def body(self) -> ComposeResult:
        """Title, what this is, the choices."""
        with Vertical(id="welcome"):
            yield Static(Content.styled(TITLE, "bold"), id="welcome-title")
            yield Static(Content.styled(TEXT, "$quiet"), id="welcome-text")
            yield Menu(
                *(Option(_prompt(label, text), id=key) for key, label, text in CHOICES),
                id="start",
            )
            yield Static("", id="welcome-note")

    def draw(self) -> None:
        """Focus the list; say what is known of the last session."""
        self.query_one(Menu).focus()
        if self.desk.ready:
            self.loaded()

    def loaded(self) -> None:
        """The rules are read: say what they hold, and what can be resumed."""
        base = self.desk.rule_base
        text = (
            f"Rule base {base.version}: {counted(len(base.questions), 'question')}, "
            f"{counted(len(base.rules), 'rule')}, "
            f"{counted(len(base.evidence), 'piece of evidence', 'pieces of evidence')}."
        )
        self.query_one("#welcome-note", Static).update(Content.styled(text, "$quiet"))
        self.run_worker(self._look_for_sessions(), exit_on_error=False)

    async def _look_for_sessions(self) -> None:
        import asyncio

        kept = await asyncio.to_thread(self.desk.history)
        text = _last(kept[0]) if kept else "– there is no earlier session yet"
        self.query_one(Menu).replace_option_prompt("resume", _prompt("Go on", text))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Do what was chosen."""
        event.stop()
        if not self.desk.ready:
            self.notify("The rules are still being read.")
            return
        match event.option.id:
            case "new":
                self.app.begin()
            case "resume":
                if self.desk.has_session:
                    self.app.action_go("ask")
                else:
                    self.app.opened(self.desk.go_on(), "ask")
            case str(name):
                self.app.action_go(name)


def _prompt(label: str, text: str) -> Content:
    return Content.assemble((f"{label:<9}", "bold"), text)


def _last(kept: Summary) -> str:
    when = kept.changed.astimezone().strftime("%d %B, %H:%M").lstrip("0")
    answers = counted(kept.answered, "answer")
    verdict = f", {kept.verdict}" if kept.verdict else ""
    return f"with the session of {when}: {answers}{verdict}"
