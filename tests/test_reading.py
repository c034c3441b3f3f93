"""Reading what anybody may have named: regular files of bounded size, and nothing waits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from advisor.reading import UnreadableError, is_file, is_folder, read_bounded


def test_a_file_up_to_the_limit_is_read(tmp_path: Path) -> None:
    """Exactly the limit is not too much."""
    file = tmp_path / "file"
    file.write_bytes(b"x" * 10)
    assert read_bounded(file, 10) == b"x" * 10
    with pytest.raises(UnreadableError, match="larger"):
        read_bounded(file, 9)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A pipe is not waited for, a device not read to its end, and each is named for what it is."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    told = {
        tmp_path: "folder",
        tmp_path / "pipe": "not a file",
        Path("/dev/zero"): "not a file",
        tmp_path / "none": "no such file",
        tmp_path / "loop": "cannot be read",
        tmp_path / ("n" * 300): "cannot be read",
        tmp_path / "null\0": "cannot be read",
    }
    for path, word in told.items():
        with pytest.raises(UnreadableError, match=word):
            read_bounded(path, 10)


def test_a_name_that_cannot_be_one_is_neither_file_nor_folder(tmp_path: Path) -> None:
    """No error, however long it is."""
    impossible = tmp_path / ("n" * 300)
    assert not is_file(impossible)
    assert not is_folder(impossible)
    assert is_folder(tmp_path)
