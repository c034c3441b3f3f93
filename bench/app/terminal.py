"""A program in a pseudo-terminal: when bytes come, what they say, how long a key takes."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
SIZE = (40, 120)
CALM = 0.4
"""Seconds without output after which everything is taken to be drawn."""


@dataclass(frozen=True)
class Press:
    """A key, and the seconds until the screen answered."""

    repaint: float
    """Until what the key changes was drawn."""
    settled: float
    """Until the last thing drawn, whatever is worked out in the background included."""


class Terminal:
    """One running program; leave it with `close`."""

    def __init__(self, code: str, *arguments: str, environment: dict[str, str]) -> None:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            cwd=ROOT,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={
                **os.environ,
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                "COLUMNS": str(SIZE[1]),
                "LINES": str(SIZE[0]),
                **environment,
            },
        )
        os.close(slave)
        self.master = master
        self.shown = bytearray()

    def read(self, timeout: float) -> bytes:
        """What comes within `timeout` seconds; empty when nothing does."""
        ready, _, _ = select.select([self.master], [], [], timeout)
        if not ready:
            return b""
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:
            return b""
        self.shown.extend(data)
        return data

    def wait_for(self, text: bytes, patience: float = 60.0) -> float:
        """Seconds from the start until `text` was drawn."""
        end = time.perf_counter() + patience
        while text not in self.shown:
            if time.perf_counter() > end or self.process.poll() is not None:
                raise RuntimeError(f"{text!r} was never shown: {bytes(self.shown[-500:])!r}")
            self.read(0.05)
        return time.perf_counter() - self.started

    def processor(self) -> float:
        """Seconds of processor time used so far: other programs do not make it longer."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def settle(self, quiet: float = CALM, patience: float = 30.0) -> float:
        """Read until nothing comes any more; returns when the last came."""
        last = time.perf_counter()
        end = last + patience
        while last < end and self.read(quiet):
            last = time.perf_counter()
        return last

    def press(self, key: bytes, mark: bytes = b"", *, calm: float = CALM) -> Press:
        """Press a key.

        Args:
            key: what the terminal sends for it.
            mark: a pattern that stands in what the key alone draws anew; empty: anything does.
            calm: seconds of quiet to wait for afterwards; what is drawn later is not in `settled`,
                and may well be when the next key is pressed.
        """
        began = time.perf_counter()
        os.write(self.master, key)
        drawn = b""
        while not drawn or not re.search(mark, drawn):
            came = self.read(5.0)
            if not came:
                raise RuntimeError(f"{key!r} did not draw {mark!r}: {drawn[-500:]!r}")
            drawn += came
        repaint = time.perf_counter()
        return Press(repaint - began, max(repaint, self.settle(calm)) - began)

    def close(self) -> None:
        """Kill it."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.master)
