"""A worker must not outlive the advisor.

Two ropes: a thread reads standard input, and end of file there ends the whole process group; on
Linux the kernel also kills the worker when its parent dies, which reaches a stopped worker, in
which no thread runs.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import queue
import signal
import sys
import threading
from typing import Any, Optional

PARENT_VARIABLE = "ADVISOR_PARENT_PID"
_PR_SET_PDEATHSIG = 1
_READ_BYTES = 1 << 20


def end_group() -> None:
    """End this process and its helpers, at once."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def follow_parent() -> None:
    """Ask the kernel to kill this process when the advisor dies, and check that it still lives."""
    parent = os.environ.get(PARENT_VARIABLE)
    if parent is None:
        return  # started by hand
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # then the other rope holds
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if str(os.getppid()) != parent:
        end_group()


class Requests:
    """Requests from standard input, read by a daemon thread so that the end of file is always seen."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Optional[dict[str, Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="leash", daemon=True).start()

    def next(self) -> Optional[dict[str, Any]]:
        """The next request; None for a line that is none."""
        return self._queue.get()

    def _read(self) -> None:
        rest = bytearray()
        while True:
            data = os.read(0, _READ_BYTES)
            if not data:
                end_group()
            rest += data
            while True:
                end = rest.find(b"\n")
                if end < 0:
                    break
                line = bytes(rest[:end])
                del rest[: end + 1]
                try:
                    message = json.loads(line)
                except ValueError:
                    message = None
                self._queue.put(message if isinstance(message, dict) else None)
