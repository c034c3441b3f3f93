"""A program in a pseudo-terminal: when bytes come, what they say, how long a key takes."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
SIZE = (40, 120)
QUIET = 0.15
"""Seconds without output after which a repaint is taken to be over."""


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

    def settle(self, quiet: float = QUIET, patience: float = 30.0) -> None:
        """Read until nothing comes any more."""
        end = time.perf_counter() + patience
        while self.read(quiet) and time.perf_counter() < end:
            pass

    def press(self, key: bytes) -> float:
        """Seconds from a key until the first byte of the repaint."""
        self.settle()
        began = time.perf_counter()
        os.write(self.master, key)
        if not self.read(5.0):
            raise RuntimeError(f"{key!r} changed nothing on the screen")
        return time.perf_counter() - began

    def close(self) -> None:
        """Kill it."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.master)
