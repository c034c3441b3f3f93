"""Reading a file that anybody may have named: bounded, and never waiting for one that is no file.

A named pipe would block for ever, a device would never end; both are refused before they are opened.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path


class UnreadableError(Exception):
    """The file cannot be taken; the message is a sentence about it."""


def is_folder(path: Path) -> bool:
    """Whether there is a folder; unlike `Path.is_dir`, no error for a name that cannot be one."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_file(path: Path) -> bool:
    """Whether there is a regular file; as `is_folder`."""
    try:
        return path.is_file()
    except OSError:
        return False


def from_home(name: str) -> Path:
    """The path of that name, a leading `~` taken for the home it names; where no such home is known
    it stays, while `Path.expanduser` would fail."""
    return Path(os.path.expanduser(name))  # noqa: PTH111


def read_bounded(path: Path | str, most: int) -> bytes:
    """The bytes of a regular file of at most `most` bytes.

    Raises:
        UnreadableError: there is no such file, it is something else or larger, or the system will
            not read it.
    """
    # Without O_NONBLOCK, a pipe put in the file's place between the two looks would block.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        _refuse_other_kinds(Path(path).stat())
        with os.fdopen(os.open(path, flags), "rb") as file:
            _refuse_other_kinds(os.fstat(file.fileno()))
            data = file.read(most + 1)
    except FileNotFoundError as error:
        raise UnreadableError("There is no such file.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableError(f"It cannot be read: {reason}.") from error
    if len(data) > most:
        raise UnreadableError(f"It is larger than {_size(most)}.")
    return data


def _refuse_other_kinds(found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise UnreadableError("It is a folder.")
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableError("It is not a file.")


def _size(most: int) -> str:
    return f"{most >> 20} MiB" if most >= 1 << 20 else f"{most / 1e6:g} MB"
