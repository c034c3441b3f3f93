"""The system asks the app to end: the process is to stop, or its terminal is gone.

The app then closes as by its own key: a probe is stopped and kept, the session is written, the
terminal is given back as it was.
"""

from __future__ import annotations

import asyncio
import select
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from advisor.measure.signals import end_signals

if TYPE_CHECKING:
    from advisor.tui.app import AdvisorApp

LOOK_EVERY_SECONDS = 2.0
HANG_UP = getattr(signal, "SIGHUP", None)


def watch_for_the_end(app: AdvisorApp) -> None:
    """From now on, close the app when it is asked to end. Call it on the running loop."""
    if app.is_headless or app.is_web:
        return
    loop = asyncio.get_running_loop()

    def close(number: signal.Signals) -> None:
        if not any(one.group == "end" for one in app.workers):  # asked twice, it closes once
            app.run_worker(app.close_with(128 + number), group="end")

    with suppress(NotImplementedError):  # Windows
        for number in end_signals():
            loop.add_signal_handler(number, close, number)
    if HANG_UP is None or not hasattr(select, "poll"):
        return
    # Not every terminal that closes sends a signal, and its last read comes back for ever.
    watch = _terminal_watch()

    def look() -> None:
        if watch.poll(0):
            close(HANG_UP)

    app.set_interval(LOOK_EVERY_SECONDS, look)


def _terminal_watch() -> select.poll:
    """Reports the hang-up of the terminal and nothing else."""
    watch = select.poll()
    if sys.__stdin__ is not None:
        watch.register(sys.__stdin__.fileno(), 0)
    return watch
