"""What the app does behind its screens: weighing, deciding, measuring; results go to the screens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from textual.app import App

from advisor.desk import Advice, Desk, Standing
from advisor.tui.messages import AnswersChanged

if TYPE_CHECKING:
    from advisor.tui.probing import Probing
    from advisor.tui.screens.stage import Stage


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
        self._cause = ""

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
        self._cause = cause
        self._wanted += 1
        self._report_trouble()
        if not any(one.group == "advice" and not one.is_finished for one in self.workers):
            self.run_worker(self._decide(), group="advice", exit_on_error=False)

    async def _decide(self) -> None:
        while self._struck != self._wanted:
            wanted, answers = self._wanted, self.desk.session.answers
            balance = await asyncio.to_thread(self.desk.balance, answers)
            before = self.standing
            share = balance.acceptability
            move = 0.0
            if before is not None and self._cause:
                move = next(iter(share.values())) - next(
                    iter(before.balance.acceptability.values())
                )
            self.standing = Standing(
                answers, balance, move, self._cause, self.desk.record is not None
            )
            for screen in self._stages():
                screen.standing_changed(self.standing)
            for explain in (False, True):
                if wanted == self._wanted and (not explain or self._explanation_wanted()):
                    self.advice = await asyncio.to_thread(
                        self.desk.decide, answers, explain=explain
                    )
                    self.desk.session.rank(self.advice.worth, self.advice.minor)
                    for screen in self._stages():
                        screen.advice_changed(self.advice)
            self._struck = wanted

    def _explanation_wanted(self) -> bool:
        return any(one.wants_explanation for one in self._stages())

    def explain(self) -> None:
        """A screen wants flips and turning points: look for them unless they are there."""
        advice = self.advice
        if advice is None or not advice.explained or advice.answers != self.desk.session.answers:
            self.strike("")

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
