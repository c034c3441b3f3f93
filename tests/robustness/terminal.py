"""A real terminal around the program: keys in, bytes out, and its sudden end."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import threading
from collections.abc import Mapping
from pathlib import Path

from tests.robustness.harness import ROOT, import_path, until

RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?2004l")
"""Alternate screen left, cursor shown, mouse off, bracketed paste off."""


class Terminal:
    """The advisor as the leader of a session with a terminal of its own.

    Attributes:
        shown: every byte the terminal was sent.
        process: the program.
    """

    def __init__(
        self,
        command: tuple[str, ...],
        environment: Mapping[str, str],
        *,
        folder: Path = ROOT,
        owned: bool = True,
    ) -> None:
        """`owned`: the program's session has it as its controlling terminal, so that closing it
        hangs up."""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.shown = bytearray()
        wrapper = ("setsid", "--ctty", "--wait") if owned else ()
        self.process = subprocess.Popen(
            [*wrapper, *command],
            cwd=folder,
            env={**environment, "PYTHONPATH": import_path(environment)},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=not owned,
        )
        os.close(slave)
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._reader.start()

    def _drain(self) -> None:
        while not self._closing.is_set():
            if not select.select([self._master], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self._master, 65536)
            except OSError:
                return
            if not data:
                return
            self.shown.extend(data)

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._master, keys)

    def wait_for(self, text: bytes) -> None:
        """Wait until the terminal was sent this."""
        assert until(lambda: text in self.shown), bytes(self.shown[-3000:])

    def close(self) -> None:
        """Close the window: the terminal is gone."""
        self._closing.set()  # a read that goes on would keep it open
        self._reader.join()
        os.close(self._master)

    def finish(self) -> int:
        """Wait for the end of the program and of its output; returns the exit status."""
        status = self.process.wait(timeout=60)
        self._reader.join(timeout=5)
        return status
