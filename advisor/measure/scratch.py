"""A folder for the files of one run, thrown away after it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from advisor.errors import StorageError


@contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """An empty folder of our own.

    Raises:
        StorageError: the system has no room for one.
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
    except OSError as error:
        raise StorageError(
            f"No temporary folder could be made: {error.strerror or error}.",
            remedy="Free some space, or name another place in TMPDIR.",
        ) from error
    with folder as name:
        yield Path(name)
