"""A full disk costs what cannot be written and nothing else; a good file is never half overwritten."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor.interview.history import history
from tests.robustness.harness import (
    QUICKEST,
    ROOT,
    advisor,
    light_pair,
    nothing_runs,
    patched,
    rounds,
    sessions_in,
    surroundings,
    told,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
ANSWERS = str(ROOT / "examples" / "answers.yaml")
NO_ROOM = ("sh", "-c", 'ulimit -f 2; exec "$@"', "sh")
"""In front of a command: no file may grow beyond a kilobyte."""
GOOD = "the good one"


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own without a free byte; needs the right to mount."""
    place = tmp_path / "full"
    place.mkdir()
    mount = shutil.which("mount")
    options = ("-t", "tmpfs", "-o", "size=64k", "none", str(place))
    if (
        mount is None
        or os.geteuid() != 0
        or subprocess.run([mount, *options], check=False).returncode
    ):
        pytest.skip("may not mount")
    try:
        (place / "good.json").write_text(GOOD, encoding="utf-8")
        with (place / "ballast").open("wb", buffering=0) as file:
            while True:
                try:
                    file.write(b"x" * 4096)
                except OSError:
                    break
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def names(folder: Path) -> set[str]:
    """Everything in it."""
    return {path.name for path in folder.iterdir()}


def test_sessions_on_a_full_disk(full: Path, tmp_path: Path) -> None:
    """Said once, and the sitting goes on to its verdict."""
    environment = surroundings(tmp_path, ADVISOR_SESSIONS=str(full / "sessions"))
    done = advisor("--plain", environment=environment, typed="1\n1\n1\nv\nq\n")
    assert done.returncode == 0
    assert told(done.stdout).count("No space left on device") == 1
    assert "Verdict:" in done.stdout
    assert "could not be kept" in done.stdout
    assert history(full / "sessions") == []


def test_a_probe_that_cannot_be_written_is_still_shown(full: Path, tmp_path: Path) -> None:
    """The measurements are on the screen, the reason beside them, the good file as it was."""
    output = full / "good.json"
    done = advisor(
        *QUICKEST, *light_pair(tmp_path), "-o", str(output), environment=surroundings(tmp_path)
    )
    assert done.returncode == 2
    assert "no practical difference" in done.stdout
    assert "No space left on device" in told(done.stderr)
    assert output.read_text(encoding="utf-8") == GOOD
    assert names(full) == {"good.json", "ballast"}
    assert nothing_runs(tmp_path)


@pytest.mark.parametrize("form", ["json", "html"][: rounds(1)])
def test_a_report_without_room_spares_the_good_one(tmp_path: Path, form: str) -> None:
    """Refused in words, with --force and without, and no part of a file is left."""
    place = tmp_path / "reports"
    place.mkdir()
    good = place / f"good.{form}"
    good.write_text(GOOD, encoding="utf-8")
    words = ("recommend", "--answers", ANSWERS, "--format", form, "-o")
    environment = surroundings(tmp_path)
    forced = advisor(*words, str(good), "--force", environment=environment, before=NO_ROOM)
    fresh = advisor(*words, str(place / "new"), environment=environment, before=NO_ROOM)
    for done in (forced, fresh):
        assert done.returncode == 2
        assert "could not be written: File too large" in told(done.stderr)
    assert names(place) == {good.name}
    assert good.read_text(encoding="utf-8") == GOOD


def test_caches_and_sessions_without_room(tmp_path: Path) -> None:
    """Caches that cannot be kept are no loss; of a session every whole line stays."""
    environment = surroundings(tmp_path)
    done = advisor("recommend", "--answers", ANSWERS, environment=environment, before=NO_ROOM)
    assert done.returncode == 0
    assert not told(done.stderr)
    sat = advisor("--plain", environment=environment, before=NO_ROOM, typed="1\n" * 20 + "q\n")
    assert sat.returncode == 0
    assert told(sat.stdout).count("File too large") == 1
    (kept,) = history(sessions_in(tmp_path))
    assert 0 < kept.answered < 20
    again = advisor("--plain", "--resume", environment=environment, typed="1\nq\n")
    assert "Your answers are kept" in told(again.stdout)
    assert history(sessions_in(tmp_path))[0].answered == kept.answered + 1


@pytest.mark.parametrize(
    "words",
    [
        ("questions",),
        ("--plain",),
        ("recommend", "--answers", ANSWERS),
        ("doctor", "--no-start"),
    ][: rounds(1)],
)
def test_standard_output_on_a_full_disk(tmp_path: Path, words: tuple[str, ...]) -> None:
    """One sentence on standard error and status 2."""
    to_full = ("sh", "-c", 'exec "$@" > /dev/full', "sh")
    done = advisor(*words, environment=surroundings(tmp_path), before=to_full, typed="1\nq\n")
    assert done.returncode == 2
    assert told(done.stderr).strip() == "advisor: the system refuses: No space left on device."


def test_progress_on_a_full_disk(tmp_path: Path) -> None:
    """A log that cannot be written any more does not end the probe."""
    to_full = ("sh", "-c", 'exec "$@" 2> /dev/full', "sh")
    options = (*light_pair(tmp_path), "-o", str(tmp_path / "p.json"))
    done = advisor(*QUICKEST, *options, environment=surroundings(tmp_path), before=to_full)
    assert done.returncode == 0
    assert "no practical difference" in done.stdout
    assert (tmp_path / "p.json").is_file()


def test_no_room_for_temporary_files(tmp_path: Path) -> None:
    """The probe says so before it starts anything."""
    code = (
        "import errno, os, tempfile\n"
        "def full(*_, **__): raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))\n"
        "tempfile.mkdtemp = full\n"
    )
    done = advisor(*QUICKEST, *light_pair(tmp_path), environment=patched(tmp_path, code))
    assert done.returncode == 2
    assert "No temporary folder could be made: No space left on device." in told(done.stderr)
    assert nothing_runs(tmp_path)


def test_a_device_is_no_place_for_a_probe(tmp_path: Path) -> None:
    """`-o /dev/full` is refused before measuring, and the device stays one."""
    done = advisor(*QUICKEST, "-o", "/dev/full", environment=surroundings(tmp_path))
    assert done.returncode == 2
    assert "not a regular file" in told(done.stderr)
    assert Path("/dev/full").is_char_device()
