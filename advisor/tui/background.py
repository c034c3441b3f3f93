"""What the app does behind its screens: weighing, deciding, measuring; results go to the screens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING

from textual import events
from textual.app import App

from advisor.desk import Advice, Desk, OvertakenError, Standing, Weighing
from advisor.tui.messages import AnswersChanged

if TYPE_CHECKING:
    from textual.timer import Timer

    from advisor.model.answers import Answers
    from advisor.tui.probing import Probing
    from advisor.tui.screens.stage import Stage

MOST_WAIT = 0.1
"""Seconds that weighing waits for the repaint at most."""
IDLE = 5.0
"""Seconds after the last decision in which its memory is kept for the next."""
REST = 0.1
"""Seconds after a key in which a search in the background rests."""


class BackgroundApp(App[None]):
    """The part of the app that works in the background.

    Attributes:
        desk: what lies behind every screen.
        standing: the balance as it was struck last.
        advice: the full decision as it was made last.
        probing: the probe run, going on or over; None before the first.
        note: a short remark at the top right: answers are not saved.
        measuring_note: another one: a probe is running.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.standing: Standing | None = None
        self.advice: Advice | None = None
        self.probing: Probing | None = None
        self.note = self.measuring_note = ""
        self._wanted = self._struck = 0
        self._causes: list[str] = []
        self._advised = False
        self._explaining: Answers | None = None
        self._giving_back: Timer | None = None
        self._pressed = 0.0

    def _stages(self) -> Iterator[Stage]:
        """Every full screen that is there to be told something."""
        from advisor.tui.screens.stage import Stage

        for screen in self.screen_stack:
            if isinstance(screen, Stage) and screen.is_mounted:
                yield screen

    # -- deciding in the background ------------------------------------------------------

    def on_answers_changed(self, message: AnswersChanged) -> None:
        """Strike the balance anew."""
        message.stop()
        self.strike(message.cause)

    def strike(self, cause: str) -> None:
        """Strike the balance and decide, in the background; only the latest answers count."""
        if cause:
            self._causes.append(cause)
            self._advised = False
        self._wanted += 1
        self._report_trouble()
        if not any(one.group == "advice" and not one.is_finished for one in self.workers):
            self.run_worker(self._decide(), group="advice", exit_on_error=False)

    async def _decide(self) -> None:
        while self._struck != self._wanted:
            await self._repainted()
            self._struck = self._wanted
            with suppress(OvertakenError):
                await self._decide_once(self._struck)
        if self._giving_back is not None:
            self._giving_back.stop()
        self._giving_back = self.set_timer(IDLE, self._give_back)

    async def _give_back(self) -> None:
        from advisor.tui.memory import give_back

        await asyncio.to_thread(give_back)

    async def _decide_once(self, number: int) -> None:
        """Weigh the answers of now; OvertakenError when they change meanwhile."""
        answers, causes = self.desk.session.answers, self._causes
        self._causes = []

        def wanted() -> bool:
            return number == self._wanted

        weighing = await asyncio.to_thread(self.desk.weigh, answers)
        if causes or self.standing is None or self.standing.answers != answers:
            self._stand(weighing, causes)
        if not self._advised or self.advice is None or self.advice.answers != answers:
            await self._advise(weighing, wanted, explain=False)
        if any(one.wants_explanation for one in self._stages()):
            self._explaining = answers
            try:
                await self._advise(weighing, wanted, explain=True)
            finally:
                self._explaining = None

    async def _advise(
        self, weighing: Weighing, wanted: Callable[[], bool], *, explain: bool
    ) -> None:
        """Decide in full, and tell the screens while it is still wanted."""
        if not wanted():
            raise OvertakenError
        between = self.making_way(wanted)
        advice = await asyncio.to_thread(weighing.decide, explain=explain, between=between)
        if not wanted():
            raise OvertakenError
        self.advice, self._advised = advice, True
        self.desk.session.rank(advice.worth, advice.minor)
        for screen in self._stages():
            screen.advice_changed(advice)

    def _stand(self, weighing: Weighing, causes: Sequence[str]) -> None:
        """Show how the balance stands, and how far it moved since it was shown last."""
        before, balance = self.standing, weighing.balance
        move = 0.0
        if before is not None and causes:
            move = next(iter(balance.acceptability.values())) - next(
                iter(before.balance.acceptability.values())
            )
        cause = causes[0] if len(causes) == 1 else f"{len(causes)} changes" if causes else ""
        self.standing = Standing(weighing.answers, balance, move, cause, weighing.measured)
        for screen in self._stages():
            screen.standing_changed(self.standing)

    def explain(self) -> None:
        """A screen wants flips and turning points: look for them unless they are there."""
        advice, answers = self.advice, self.desk.session.answers
        there = advice is not None and advice.explained and advice.answers == answers
        if not there and self._explaining != answers:
            self.strike("")

    # -- letting the user go first -------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Note when something was pressed: what works in the background makes way for it."""
        if isinstance(event, events.InputEvent):
            self._pressed = monotonic()
        await super().on_event(event)

    async def _repainted(self) -> None:
        """Let what was just pressed be drawn before anything is worked out from it."""
        drawn = asyncio.Event()
        self.call_after_refresh(drawn.set)
        with suppress(TimeoutError):
            await asyncio.wait_for(drawn.wait(), MOST_WAIT)

    def making_way(self, wanted: Callable[[], bool]) -> Callable[[], None]:
        """What a long search in a thread calls between its steps.

        It rests while keys are pressed, and ends with OvertakenError once nobody wants its result.
        """

        def between() -> None:
            while wanted() and self.return_code is None:
                rest = self._pressed + REST - monotonic()
                if rest <= 0:
                    return
                sleep(min(rest, REST))
            raise OvertakenError

        return between

    # -- measuring in the background -----------------------------------------------------

    def start_probe(
        self, level: str, chosen: Mapping[str, frozenset[str]], *, deploy: bool = False
    ) -> None:
        """Measure; it goes on whatever screen is shown."""
        from advisor.tui.probing import Probing

        if self.probing is not None and self.probing.running:
            self.notify("A probe is already running.")
            return
        self.probing = Probing(level, chosen, self._probe_moved, deploy=deploy)
        if chosen:
            self.probing.settled = self.desk.probes_settled
        self.run_worker(self._measure(self.probing), group="probe", exit_on_error=False)

    async def _measure(self, probing: Probing) -> None:
        record = await probing.run()
        if record is None:
            self.notify(probing.picture.error, title="Nothing measured", severity="error")
            return
        try:
            await asyncio.to_thread(self.desk.keep_probe, record)
        finally:
            if self.desk.has_session:
                self.strike("The measurement")
        self.notify("Both frameworks are measured." if self.is_running else "")

    def _probe_moved(self) -> None:
        from advisor.tui.screens.stage import Stage

        if self.probing is None or not isinstance(self.screen, Stage):
            return
        picture = self.probing.picture
        running = self.probing.running
        note = f"measuring {100 * picture.share:.0f} %, typing adds noise" if running else ""
        if note != self.measuring_note:
            self.measuring_note = note
            self.screen.tell_note()

    def _report_trouble(self) -> None:
        journal = self.desk.session.journal
        trouble = journal.trouble if journal else None
        note = "not saved!" if trouble else ""
        if trouble and not self.note:
            self.notify(str(trouble), title="Not saved", severity="error", timeout=15)
        elif self.note and not trouble:
            self.notify("Everything is saved again.")
        self.note = note
