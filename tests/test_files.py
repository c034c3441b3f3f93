"""Files are written whole or not at all, and nothing else is left in the folder."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from advisor import files


def test_a_file_is_replaced_and_keeps_its_permissions(tmp_path: Path) -> None:
    """The new content stands there alone; who may read it stays as it was."""
    path = tmp_path / "kept.json"
    files.replace(b"old", path, mode=0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 or sys.platform == "win32"
    path.chmod(0o640)
    files.replace(b"new", path)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640 or sys.platform == "win32"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("refused", ["fsync", "replace"])
def test_a_refused_write_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    """Whether the disk refuses the data or the new name: old content, no draft, the system's error."""

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "kept.json"
    path.write_bytes(b"old")
    monkeypatch.setattr(os if refused == "fsync" else Path, refused, refuse)
    with pytest.raises(OSError, match="No space left"):
        files.replace(b"new", path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_creating_never_touches_what_is_there(tmp_path: Path) -> None:
    """Another file of that name is neither overwritten nor removed."""
    path = tmp_path / "there"
    path.write_bytes(b"old")
    with pytest.raises(FileExistsError):
        files.create(b"new", path)
    assert path.read_bytes() == b"old"
