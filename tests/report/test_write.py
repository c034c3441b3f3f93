"""Writing: whole or not at all, never over another file, and clear when the disk refuses."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path

import pytest

from advisor.errors import AdvisorError, InputError, StorageError
from advisor.report.write import write_report

ROOT = Path(__file__).resolve().parents[2]


def test_writes_text_and_bytes(tmp_path: Path) -> None:
    """Text goes out as UTF-8, bytes as they are; the path is handed back."""
    path = tmp_path / "r.md"
    assert write_report("größer\n", path, "markdown") == path
    assert path.read_bytes() == "größer\n".encode()
    write_report(b"%PDF", tmp_path / "r.pdf", "pdf")
    assert (tmp_path / "r.pdf").read_bytes() == b"%PDF"


def test_nothing_is_left_beside(tmp_path: Path) -> None:
    """No draft stays behind, whether writing worked or was refused."""
    write_report("a", tmp_path / "r.md", "markdown")
    with pytest.raises(InputError):
        write_report("b", tmp_path / "r.md", "markdown")
    write_report("c", tmp_path / "r.md", "markdown", force=True)
    assert [one.name for one in tmp_path.iterdir()] == ["r.md"]


def test_never_overwrites_without_force(tmp_path: Path) -> None:
    """An existing file stays as it is, and the error says how to replace it."""
    path = tmp_path / "r.md"
    path.write_text("kept")
    with pytest.raises(InputError, match="--force"):
        write_report("new", path, "markdown")
    assert path.read_text() == "kept"
    write_report("new", path, "markdown", force=True)
    assert path.read_text() == "new"


def test_a_dangling_link_is_not_followed_without_force(tmp_path: Path) -> None:
    """A link, even to nothing, is something that is there."""
    (tmp_path / "link.md").symlink_to(tmp_path / "elsewhere.md")
    with pytest.raises(InputError):
        write_report("x", tmp_path / "link.md", "markdown")
    assert not (tmp_path / "elsewhere.md").exists()


def test_force_writes_through_a_link_and_keeps_the_mode(tmp_path: Path) -> None:
    """Replacing keeps a link a link and the permissions as they were."""
    target = tmp_path / "real.md"
    target.write_text("old")
    target.chmod(0o640)
    (tmp_path / "link.md").symlink_to(target)
    write_report("new", tmp_path / "link.md", "markdown", force=True)
    assert (tmp_path / "link.md").is_symlink()
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    "name",
    ["with space.md", "-dash.md", "ünï 日本.md", "new\nline.md", "quote'\".md", "*?.md", "a" * 200],
)
def test_odd_names_work(tmp_path: Path, name: str) -> None:
    """Whatever the file system allows as a name is written."""
    write_report("x", tmp_path / name, "markdown")
    assert (tmp_path / name).read_text() == "x"


@pytest.mark.parametrize("name", ["", "none/r.md", "file/r.md", "a" * 300, "nul\0.md"])
@pytest.mark.parametrize("force", [False, True])
def test_impossible_names_are_refused_in_words(tmp_path: Path, name: str, force: bool) -> None:
    """A folder, a missing folder, a file as a folder, a name too long: one clear sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(AdvisorError) as error:
        write_report("x", tmp_path / name, "markdown", force=force)
    assert error.value.message
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("force", [False, True])
def test_special_files_are_left_alone(tmp_path: Path, force: bool) -> None:
    """A named pipe is neither waited on nor replaced."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError):
        write_report("x", tmp_path / "pipe", "markdown", force=force)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_two_writers_cannot_overwrite_each_other(tmp_path: Path) -> None:
    """Of many writers to one new name exactly one wins, and its text is whole."""
    path = tmp_path / "r.md"
    won: list[str] = []

    def write(text: str) -> None:
        try:
            write_report(text, path, "markdown")
        except InputError:
            return
        won.append(text)

    texts = [str(number) * 50_000 for number in range(8)]
    threads = [threading.Thread(target=write, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert path.read_text() == won[0]


def test_records_are_numbered_in_a_folder(tmp_path: Path) -> None:
    """For a decision record a folder may be named."""
    written = write_report("# Use it\n", tmp_path, "adr")
    assert written == tmp_path / "0001-use-it.md"
    with pytest.raises(InputError):
        write_report("# Use it\n", tmp_path, "markdown")
    with pytest.raises(InputError, match="no such folder"):
        write_report("# Use it\n", tmp_path / "decisions", "adr")


def _child(code: str, *arguments: str) -> str:
    """What a program says that writes under other conditions."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return done.stdout


_WRITE = """
import sys
from pathlib import Path
from advisor.errors import StorageError
from advisor.report.write import write_report
{before}
try:
    write_report("x" * 100_000, Path(sys.argv[1]), "markdown", force=sys.argv[2] == "force")
except StorageError as error:
    print("refused:", error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
@pytest.mark.parametrize("how", ["new", "force"])
def test_a_full_disk_leaves_no_half_file(tmp_path: Path, how: str) -> None:
    """When the system takes only part of the data, the old file stays and no part is left.

    The limit on file sizes stands in for a disk that runs full in the middle of writing.
    """
    path = tmp_path / "r.md"
    if how == "force":
        path.write_text("old")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))"
    said = _child(_WRITE.format(before=limit), str(path), how)
    assert said.startswith("refused:")
    assert "could not be written" in said
    assert [one.read_text() for one in tmp_path.iterdir()] == (["old"] if how == "force" else [])


@pytest.mark.skipif(sys.platform == "win32", reason="needs permissions of a folder")
@pytest.mark.parametrize("force", [False, True])
def test_a_read_only_folder_is_said(force: bool) -> None:
    """A folder that may not be written to gives one sentence with a remedy.

    Permissions do not stop root, so a test run as root acts as another user meanwhile.
    """
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)
        with pytest.raises(StorageError, match="Permission denied") as error:
            write_report("x", folder / "r.md", "markdown", force=force)
        assert "-o" in error.value.remedy
    finally:
        if root:
            os.seteuid(0)
        folder.rmdir()


def test_the_error_of_a_refused_write_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No space left: the file asked for is named, not the draft, and the remedy fits."""

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left") as error:
        write_report("x", tmp_path / "r.md", "markdown")
    assert error.value.place.file == str(tmp_path / "r.md")
    assert "Free some space" in error.value.remedy
    assert not list(tmp_path.iterdir())
