"""What every full screen has: stages on top, keys at the bottom, and an ear for the balance."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.screen import Screen

from advisor.tui.widgets.bars import KeyBar, StageBar

if TYPE_CHECKING:
    from advisor.desk import Advice, Desk, Standing
    from advisor.tui.app import AdvisorApp


class Stage(Screen[None]):
    """A full screen of the app."""

    AUTO_FOCUS = ""
    name_of_stage: ClassVar[str] = ""
    """Its name in the registry of actions."""

    wants_explanation: ClassVar[bool] = False
    """Whether it shows flips and turning points, which take longer to find."""

    app: AdvisorApp

    @property
    def desk(self) -> Desk:
        """What lies behind the screen."""
        return self.app.desk

    def compose(self) -> ComposeResult:
        """Stages, body, keys."""
        yield StageBar(self.name_of_stage)
        yield from self.body()
        yield KeyBar(self.name_of_stage)

    def body(self) -> ComposeResult:
        """What lies between the two bars."""
        yield from ()

    def on_screen_resume(self) -> None:
        """Shown again: draw what has changed meanwhile."""
        self.tell_note()
        self.draw()

    def remark(self) -> str:
        """What stands at the top right when there is nothing more urgent."""
        return ""

    def tell_note(self) -> None:
        """Draw the remark at the top right."""
        self.query_one(StageBar).tell(self.app.note or self.app.measuring_note or self.remark())

    def draw(self) -> None:
        """Draw everything from the desk."""

    def standing_changed(self, standing: Standing) -> None:
        """The balance moved."""

    def advice_changed(self, advice: Advice) -> None:
        """A full decision is there."""

    def command_line(self) -> str:
        """The command that does the same as this screen."""
        return "advisor"
