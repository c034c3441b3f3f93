"""Signals that ask this program to end, while it measures: what was measured is kept first."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass
class Asked:
    """What was asked of the program meanwhile."""

    to_end: bool = False
    """By more than Ctrl+C: somebody ends the program, or its terminal is gone."""


def end_signals() -> list[signal.Signals]:
    """The signals that ask a program to end here.

    A hang-up that the user has chosen to ignore (nohup) stays ignored.
    """
    asked = [signal.SIGINT, signal.SIGTERM]
    hang_up = getattr(signal, "SIGHUP", None)
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        asked.append(hang_up)
    return asked


@contextmanager
def ending(then: Callable[[], None]) -> Iterator[Asked]:
    """Inside, on the running loop, such a signal calls `then` instead of ending the program."""
    loop = asyncio.get_running_loop()
    asked = Asked()

    def hear(number: signal.Signals) -> None:
        asked.to_end = asked.to_end or number is not signal.SIGINT
        then()

    heard = end_signals()
    # Windows has no such handlers, and only the main thread may set them.
    refused = (NotImplementedError, RuntimeError, ValueError)
    with suppress(*refused):
        for number in heard:
            loop.add_signal_handler(number, hear, number)
    try:
        yield asked
    finally:
        with suppress(*refused):
            for number in heard:
                loop.remove_signal_handler(number)
