"""Writing files whole or not at all, for every room. The errors are the system's own."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def create(data: bytes, path: Path, *, mode: int = 0o666, lasting: bool = True) -> None:
    """Write a file that does not exist yet; of a write that fails nothing is left.

    Args:
        data: what the file holds.
        path: its name; FileExistsError when something has that name.
        mode: its permissions, less those that the user's mask takes away.
        lasting: wait until the disk has it.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def draft(data: bytes, path: Path, *, mode: int = 0o666, lasting: bool = True) -> Path:
    """A complete file beside `path` under a name that nobody else uses."""
    found = path.parent / f".{secrets.token_hex(8)}.part"
    create(data, found, mode=mode, lasting=lasting)
    return found


def replace(data: bytes, path: Path, *, mode: int = 0o666, lasting: bool = True) -> None:
    """Put `data` at `path` at once and whole; a file there goes, its permissions stay."""
    found = draft(data, path, mode=mode, lasting=lasting)
    try:
        with suppress(OSError):
            found.chmod(path.stat().st_mode & 0o7777)
        found.replace(path)
    except BaseException:
        with suppress(OSError):
            found.unlink()
        raise
    if lasting:
        settle(path.parent)


def settle(folder: Path) -> None:
    """Ask the system to keep the new names even if the power fails now; some cannot."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
