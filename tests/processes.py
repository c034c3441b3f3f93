"""Child processes of tests: ended and reaped whatever the test does."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import AnyStr

import psutil


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


@contextmanager
def family_reaped(process: subprocess.Popen[AnyStr]) -> Iterator[subprocess.Popen[AnyStr]]:
    """As `reaped`, with every process that it has started and that still runs."""
    with reaped(process):
        try:
            yield process
        finally:
            family: list[psutil.Process] = []
            with suppress(psutil.NoSuchProcess):
                family = psutil.Process(process.pid).children(recursive=True)
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            for one in family:
                with suppress(psutil.NoSuchProcess):
                    one.kill()
            psutil.wait_procs(family, timeout=10)
            assert not [one for one in family if _runs(one)]


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False
