"""Writing a report: whole or not at all, and never over another file without being told to."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from advisor import files
from advisor.errors import InputError, Place, StorageError
from advisor.reading import is_folder
from advisor.text import one_line

SUFFIXES = {
    "json": ".json",
    "markdown": ".md",
    "html": ".html",
    "adr": ".md",
    "csv": ".csv",
    "pdf": ".pdf",
}
"""The usual ending of a file of each format."""

_REMEDIES = {
    errno.ENOSPC: "Free some space, or name another place with -o.",
    errno.EDQUOT: "Your share of the disk is used up: free some space, or name another place.",
    errno.EROFS: "The disk is read-only: name another place with -o.",
    errno.EACCES: "You may not write there: name another place with -o.",
    errno.EPERM: "You may not write there: name another place with -o.",
    errno.ENAMETOOLONG: "Use a shorter name.",
    errno.ENOENT: "Make the folder first.",
    errno.ENOTDIR: "A part of that path is a file: name another place with -o.",
    errno.EISDIR: "That is a folder: name a file in it.",
}


def write_report(
    content: str | bytes,
    output: Path | None,
    format: str,  # noqa: A002
    *,
    force: bool = False,
) -> Path | None:
    """Write a report to `output`, or to standard output when that is None or `-`.

    For the format `adr`, an existing folder may be named: the record gets the next free number
    there. Every other format needs the name of a file.

    Returns:
        The file written; None for standard output.

    Raises:
        InputError: the name cannot be that of a file, or the file exists and `force` is not set.
        StorageError: the disk refuses, with the reason; no part of a file is left behind.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    if output is None or str(output) == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return None
    if format == "adr" and is_folder(output):
        from advisor.report.as_madr import write_numbered

        return write_numbered(data, output)
    if format == "adr" and not output.suffix and not os.path.lexists(output):
        raise InputError(
            "There is no such folder.",
            place=Place(str(output)),
            remedy="Make it first, or name a file such as 0001-title.md.",
        )
    _check_name(output)
    if not force:
        return write_new(data, output)
    return _replace(data, output)


def announce(written: Path | None, asked: Path | None) -> None:
    """Say on standard error which file was written, where the program has chosen its name."""
    if written is not None and written != asked:
        print(one_line(str(written)), file=sys.stderr)


def _check_name(path: Path) -> None:
    if "\0" in str(path):
        raise InputError("A file name cannot hold a null character.", place=Place(field="--output"))
    try:
        if path.is_dir():
            raise InputError(
                "That is a folder.", place=Place(str(path)), remedy="Name a file in it."
            )
        if path.exists() and not path.is_file():
            raise InputError(
                "That exists and is not a regular file, so it is left alone.",
                place=Place(str(path)),
                remedy="Leave -o out and redirect standard output instead.",
            )
    except OSError as error:
        refuse(path, error)


def write_new(data: bytes, path: Path) -> Path:
    """Write a file that must not exist yet: the whole of it appears at once, or nothing.

    A hard link never replaces anything, so that two writers at the same time cannot overwrite
    each other; where the file system has none, exclusive creation does the same.
    """
    if path.exists() or path.is_symlink():
        _refuse_existing(path)
    draft = _draft(data, path)
    try:
        try:
            os.link(draft, path)
        except FileExistsError:
            _refuse_existing(path)
        except OSError:
            _create(data, path)
    finally:
        with suppress(OSError):
            draft.unlink()
    files.settle(path.parent)
    return path


def _refuse_existing(path: Path) -> NoReturn:
    raise InputError(
        "That file exists.",
        place=Place(str(path)),
        remedy="Name another one, or overwrite it with --force.",
    )


def _replace(data: bytes, path: Path) -> Path:
    """Put `data` in the place of whatever is at `path`; through a link, of what it points to."""
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    if target != path and not target.exists():
        raise InputError(
            "That is a link to nothing, so it is left alone.",
            place=Place(str(path)),
            remedy="Remove it, or name another file.",
        )
    if target.exists() and not os.access(target, os.W_OK):
        refuse(path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    try:
        files.replace(data, target)
    except (OSError, ValueError) as error:
        refuse(path, error)
    return path


def _draft(data: bytes, path: Path) -> Path:
    """A complete file beside `path` under a name that nobody else uses."""
    try:
        return files.draft(data, path)
    except (OSError, ValueError) as error:
        refuse(path, error)


def _create(data: bytes, path: Path) -> None:
    try:
        files.create(data, path)
    except FileExistsError:
        _refuse_existing(path)
    except (OSError, ValueError) as error:
        refuse(path, error)


def refuse(path: Path, error: OSError | ValueError) -> NoReturn:
    """Say in words why the system would not write `path`."""
    code = getattr(error, "errno", None)
    reason = getattr(error, "strerror", None) or str(error)
    raise StorageError(
        f"It could not be written: {reason}.",
        place=Place(str(path)),
        remedy=_REMEDIES.get(code or 0, "Name another place with -o."),
    ) from error
