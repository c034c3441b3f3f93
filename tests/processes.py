"""Child processes of tests: ended and reaped whatever the test does."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import AnyStr


@contextmanager
def reaped(process: subprocess.Popen[AnyStr]) -> Iterator[subprocess.Popen[AnyStr]]:
    """The process, killed at the end if it still runs, waited for, and its pipes closed.

    One that is left makes another test fail, by the warning of its destructor.
    """
    with process:
        try:
            yield process
        finally:
            process.kill()
