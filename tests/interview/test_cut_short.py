"""A session whose program was killed before its first line was whole: nothing was in it to lose."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.interview.history import history, last_session
from advisor.interview.journal import Journal
from advisor.interview.opening import new_session, resume_last, resume_session
from advisor.interview.session_file import FORMAT, SUFFIX, Header, read_session
from tests.interview.small import small_rule_base

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
BASE = small_rule_base()
ROOT = Path(__file__).resolve().parents[2]
LINE = Header("20261128-120000-abcdef", "2026-11-28T12:00:00+00:00", "1", "1" * 64).line()
CUTS = {
    "empty": b"",
    "a few bytes": LINE[:7],
    "the format": LINE[:45],
    "all but its end": LINE[:-1],
}


@pytest.fixture(params=CUTS)
def cut(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A session file without a whole first line, the one changed last."""
    path = tmp_path / f"20261128-120000-abcdef{SUFFIX}"
    path.write_bytes(CUTS[request.param])
    return path


def earlier(folder: Path) -> Path:
    """A session in which something was kept."""
    session = new_session(BASE, folder, now=NOW).session
    session.answer("skills", ["none"])
    assert session.journal is not None
    session.journal.close()
    return session.journal.path


def test_it_is_not_in_the_history(cut: Path) -> None:
    """There is nothing to go back to."""
    assert history(cut.parent) == []
    assert last_session(cut.parent) is None


def test_resuming_goes_on_with_the_session_before_it(tmp_path: Path) -> None:
    """Also when its file is the newer one, and without a word: nothing is missing."""
    before = earlier(tmp_path)
    (tmp_path / f"29991128-120000-abcdef{SUFFIX}").write_bytes(LINE[:-1])
    opened = resume_last(BASE, tmp_path, now=NOW)
    assert opened.session.journal is not None
    assert opened.session.journal.path == before
    assert opened.session.chosen("skills") == {"none"}
    assert opened.notes == ()


def test_resuming_begins_a_session_where_there_is_no_other(cut: Path) -> None:
    """And says so; the new session can be kept beside the file."""
    opened = resume_last(BASE, cut.parent, now=NOW)
    assert "this is a new one" in opened.notes[0]
    opened.session.answer("skills", ["none"])
    assert opened.session.journal is not None
    assert opened.session.journal.path != cut
    assert [one.answered for one in history(cut.parent)] == [1]


def test_resuming_it_by_its_name_says_what_it_is(cut: Path) -> None:
    """Not "no session of the advisor": it is one. The file stays as it is, and nobody holds it."""
    data = cut.read_bytes()
    for opening in (Journal.resume, read_session, lambda path: resume_session(BASE, path, now=NOW)):
        with pytest.raises(InputError, match="Nothing was kept in this session"):
            opening(cut)
    assert cut.read_bytes() == data
    assert list(cut.parent.iterdir()) == [cut]


@pytest.mark.parametrize("content", [b"\0\0\0\0", b"{}", b"[]", b'{"format":"another/1"'])
def test_what_did_not_begin_as_a_session_is_told_apart(tmp_path: Path, content: bytes) -> None:
    """Only the beginning of our own first line counts as one."""
    path = tmp_path / f"x{SUFFIX}"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a session of the advisor"):
        read_session(path)


KILLED_BEFORE_WRITING = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from advisor.interview.opening import new_session
from tests.interview.small import small_rule_base

session = new_session(small_rule_base(), Path(sys.argv[1]), now=datetime.now(UTC)).session
os.write = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
session.answer("skills", ["none"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_killed_between_creating_the_file_and_the_first_write(tmp_path: Path) -> None:
    """What a real kill leaves is such a file, and it stands in nobody's way."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED_BEFORE_WRITING, str(tmp_path)], cwd=ROOT, check=False
    )
    assert done.returncode == -signal.SIGKILL
    [left] = tmp_path.iterdir()
    assert left.read_bytes() == b""
    before = earlier(tmp_path)
    assert [one.path for one in history(tmp_path)] == [before]
    with pytest.raises(InputError, match="Nothing was kept in this session"):
        resume_session(BASE, left, now=NOW)


def test_the_first_line_names_its_format() -> None:
    """What the cuts above are cut from."""
    assert FORMAT.encode() in CUTS["the format"]
