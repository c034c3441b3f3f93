"""Measuring from plain mode: one line per thing that happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from advisor.errors import InputError

if TYPE_CHECKING:
    from advisor.measure.events import Event
    from advisor.measure.record import ProbeRecord
    from advisor.measure.run import Settled

LEVELS = ("quick", "default", "thorough")


def measure(
    level: str,
    chosen: Mapping[str, frozenset[str]],
    say: Callable[[str], None],
    settled: Settled,
) -> tuple[ProbeRecord, bool]:
    """Run a probe until `settled`; interrupting it once ends it and keeps what was measured.

    Returns:
        What was measured, and whether the whole program was asked to end meanwhile.

    Raises:
        InputError: there is no such level.
        ProbeError: neither framework could be measured.
    """
    if level not in LEVELS:
        raise InputError(f"Name how long to measure: {', '.join(LEVELS)}.")
    say("Measuring. Typing meanwhile adds noise; Ctrl+C ends it and keeps what was measured.")
    return asyncio.run(_measure(level, chosen, say, settled))


async def _measure(
    level: str,
    chosen: Mapping[str, frozenset[str]],
    say: Callable[[str], None],
    settled: Settled,
) -> tuple[ProbeRecord, bool]:
    from advisor.measure.command import lay_out, level_arguments
    from advisor.measure.run import Control, run_probe
    from advisor.measure.signals import ending

    control = Control()
    with ending(control.cancel) as asked:
        site, plan = await lay_out(level_arguments(level), chosen)
        teller = _Teller(say)
        record = await run_probe(plan, teller, site=site, control=control, settled=settled)
    return record, asked.to_end


class _Teller:
    """Turns events into lines, at most one line of progress every ten seconds."""

    EVERY = 10.0

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._last = -self.EVERY

    def __call__(self, event: Event) -> None:
        """Take one event in; with nobody left to tell, measuring still goes on to its end."""
        with suppress(OSError):
            self._tell(event)

    def _tell(self, event: Event) -> None:
        from advisor.measure.events import ComparisonDone, Planned, Progress, Warned
        from advisor.measure.progress import comparison_line

        match event:
            case Planned():
                self._say(
                    f"{len(event.comparisons)} comparisons, at most "
                    f"{event.expected_seconds:.0f} seconds."
                )
            case Progress() if event.elapsed_seconds - self._last >= self.EVERY:
                self._last = event.elapsed_seconds
                self._say(f"{event.remaining_seconds:.0f} seconds left: {event.doing}")
            case Warned():
                finding = event.finding
                self._say(f"{finding.severity}: {finding.text} {finding.remedy}".rstrip())
            case ComparisonDone():
                self._say(comparison_line(event))
            case _:
                pass
