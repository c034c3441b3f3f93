"""A home that is missing, read-only, closed or a file: everything advises, and says once that
sessions are not kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.robustness.harness import (
    QUICKEST,
    ROOT,
    advisor,
    light_pair,
    patched,
    rounds,
    surroundings,
    told,
    unprivileged,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="homes of POSIX")
ANSWERS = str(ROOT / "examples" / "answers.yaml")
NOBODY = """
import pwd
def unknown(*_): raise KeyError("nobody by that name")
pwd.getpwuid = pwd.getpwnam = unknown
"""


def missing(folder: Path) -> dict[str, str]:
    """No HOME, and no entry for the user."""
    environment = patched(folder, NOBODY)
    del environment["HOME"]
    return environment


def a_file(folder: Path) -> dict[str, str]:
    """A file where the home should be."""
    environment = surroundings(folder)
    (folder / "home").rmdir()
    (folder / "home").write_text("no folder", encoding="utf-8")
    return environment


def under_a_file(folder: Path) -> dict[str, str]:
    """The folders that the desktop names lie below a file."""
    (folder / "file").write_text("", encoding="utf-8")
    below = str(folder / "file" / "data")
    return surroundings(folder, XDG_DATA_HOME=below, XDG_CACHE_HOME=below)


def read_only(folder: Path) -> dict[str, str]:
    """A home that may not be written."""
    environment = surroundings(folder)
    (folder / "home").chmod(0o500)
    return environment


def closed(folder: Path) -> dict[str, str]:
    """A home that may not even be searched, as another user's."""
    environment = surroundings(folder)
    (folder / "home").chmod(0)
    return environment


HOMES: tuple[Callable[[Path], dict[str, str]], ...] = (
    missing,
    closed,
    a_file,
    read_only,
    under_a_file,
)


@pytest.mark.parametrize("home", HOMES[: rounds(1)], ids=lambda one: one.__name__)
def test_every_face_advises_and_says_it_once(
    tmp_path: Path, home: Callable[[Path], dict[str, str]]
) -> None:
    """A sitting in plain mode and a report; no folder called `~` comes about."""
    environment = home(tmp_path)
    here = tmp_path / "here"
    here.mkdir()
    before = unprivileged()
    typed = "1\n1\n1\nq\n"
    sat = advisor("--plain", environment=environment, typed=typed, before=before, folder=here)
    assert sat.returncode == 0, sat.stderr
    assert told(sat.stdout + sat.stderr).count("Your answers cannot be kept on disk") == 1
    assert "could not be kept" in sat.stdout.splitlines()[-1]
    words = ("recommend", "--answers", ANSWERS, "--format", "json")
    made = advisor(*words, environment=environment, before=before, folder=here)
    assert made.returncode == 0, made.stderr
    assert not told(made.stderr)
    assert json.loads(made.stdout)["verdict"]
    assert list(here.iterdir()) == []


def test_going_on_without_a_home(tmp_path: Path) -> None:
    """`--resume` finds nothing, says so, and asks."""
    done = advisor("--plain", "--resume", environment=missing(tmp_path), typed="q\n")
    assert done.returncode == 0
    assert "no earlier session" in told(done.stdout)


def test_a_probe_and_a_doctor_without_a_home(tmp_path: Path) -> None:
    """The noise floor is not kept; nothing else is lost."""
    environment = missing(tmp_path)
    done = advisor(*QUICKEST, *light_pair(tmp_path), environment=environment)
    assert done.returncode == 0, told(done.stderr)
    assert "Noise floor (measured now)" in done.stdout
    looked = advisor("doctor", "--no-start", environment=environment)
    assert looked.returncode == 0, told(looked.stderr)


def test_a_report_to_a_home_that_nobody_knows(tmp_path: Path) -> None:
    """`e ~nobody/x.md` is refused in words."""
    typed = "e ~nobody-here/x.md\nq\n"
    here = tmp_path / "here"
    here.mkdir()
    done = advisor("--plain", environment=missing(tmp_path), typed=typed, folder=here)
    assert done.returncode == 0
    assert told(done.stdout).count("could not be written") == 1
    assert list(here.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to mount")
def test_a_home_on_a_read_only_disk(tmp_path: Path) -> None:
    """The reason of the system is in the sentence."""
    environment = surroundings(tmp_path)
    mount = shutil.which("mount")
    options = ("-t", "tmpfs", "-o", "ro,size=64k", "none", str(tmp_path / "home"))
    if mount is None or subprocess.run([mount, *options], check=False).returncode:
        pytest.skip("may not mount")
    try:
        done = advisor("--plain", environment=environment, typed="1\nq\n")
    finally:
        subprocess.run(["umount", str(tmp_path / "home")], check=True)
    assert done.returncode == 0
    assert told(done.stdout).count("Read-only file system") == 1
