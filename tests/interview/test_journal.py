"""The journal: nothing is lost, nobody is overwritten, a refusing disk stops nobody."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.errors import InputError, StorageError
from advisor.interview.history import delete_session, history, last_session
from advisor.interview.journal import Journal
from advisor.interview.opening import new_session, resume_last, resume_session
from advisor.interview.session_file import Event, read_session, sessions_folder
from tests.interview.small import QUESTIONS, small_rule_base
from tests.processes import reaped

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
BASE = small_rule_base()
ROOT = Path(__file__).resolve().parents[2]


def begun(folder: Path) -> Journal:
    """A new journal."""
    return Journal.create(folder, rule_base="1", sha256="1" * 64, now=NOW)


def test_nothing_is_written_before_the_first_change(tmp_path: Path) -> None:
    """Looking at the app leaves no file."""
    journal = begun(tmp_path / "deep" / "folder")
    journal.close()
    assert not (tmp_path / "deep").exists()


def test_changes_are_read_back(tmp_path: Path) -> None:
    """Header and events survive, in order."""
    journal = begun(tmp_path)
    events = [Event("answer", "skills", ["none"]), Event("clear", "skills")]
    for event in events:
        journal.append(event)
    assert read_session(journal.path) == (journal.header, events)


@given(cut=st.integers(min_value=0, max_value=400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_a_cut_file_loses_only_the_cut_line(tmp_path: Path, cut: int) -> None:
    """Whatever length the file has, every whole line counts and writing goes on behind it."""
    journal = begun(tmp_path)
    for place in range(5):
        journal.append(Event("answer", f"q{place}", ["ä"]))
    journal.close()
    data = journal.path.read_bytes()
    shorter = data[: max(data.index(b"\n") + 1, len(data) - cut)]
    journal.path.write_bytes(shorter)
    again, events = Journal.resume(journal.path)
    assert len(events) == shorter.count(b"\n") - 1
    again.append(Event("answer", "new", ["x"]))
    again.close()
    assert [one.subject for one in read_session(journal.path)[1]][-1] == "new"
    assert len(read_session(journal.path)[1]) == len(events) + 1


KILLED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from advisor.interview.opening import new_session
from tests.interview.small import small_rule_base

session = new_session(small_rule_base(), Path(sys.argv[1]), now=datetime.now(UTC)).session
for turn in range(1000):
    for question in session.rule_base.questions:
        session.answer(question.id, [question.option_ids[turn % len(question.option_ids)]])
        print(turn, question.id, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize("lines", [1, 7, 200])
def test_kill_nine_loses_no_answer(tmp_path: Path, lines: int) -> None:
    """Every answer that was acknowledged before SIGKILL is there on resume."""
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    writer = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with reaped(writer) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(lines)]
        os.kill(process.pid, signal.SIGKILL)
        said += process.stdout.readlines()
    said = [line for line in said if line.endswith("\n")]  # the signal may cut the last one
    last: dict[str, str] = {}
    for line in said:
        turn, key = line.split()
        options = BASE.question_by_id[key].option_ids
        last[key] = options[int(turn) % len(options)]
    session = resume_last(BASE, tmp_path, now=NOW).session
    assert len(said) >= lines
    late = [key for key, option in last.items() if session.chosen(key) != {option}]
    assert len(late) <= 1  # the one being written when the signal came may already be newer
    assert not [key for key in last if not session.chosen(key)]


def test_a_second_instance_gets_a_copy(tmp_path: Path) -> None:
    """Two instances on one session do not overwrite each other."""
    first = new_session(BASE, tmp_path, now=NOW).session
    first.answer("skills", ["none"])
    assert first.journal is not None
    second = resume_session(BASE, first.journal.path, now=NOW)
    assert "another running advisor" in second.notes[0]
    assert second.session.chosen("skills") == {"none"}
    second.session.answer("skills", ["pytorch"])
    first.answer("experience", ["able"])
    assert second.session.journal is not None
    assert second.session.journal.path != first.journal.path
    assert second.session.journal.header.continues == first.journal.header.id
    kept = {one.subject: one.value for one in read_session(first.journal.path)[1]}
    assert kept == {"skills": ["none"], "experience": ["able"]}


def test_a_closed_session_can_be_resumed_itself(tmp_path: Path) -> None:
    """Without another instance the same file goes on."""
    first = new_session(BASE, tmp_path, now=NOW).session
    first.answer("skills", ["none"])
    assert first.journal is not None
    first.journal.close()
    again = resume_last(BASE, tmp_path, now=NOW)
    assert again.notes == ()
    again.session.answer("experience", ["able"])
    assert len(history(tmp_path)) == 1
    assert history(tmp_path)[0].answered == 2
    assert history(tmp_path)[0].locked


def test_resuming_under_a_new_rule_base_says_what_is_gone(tmp_path: Path) -> None:
    """The sitting survives; the change is said."""
    first = new_session(BASE, tmp_path, now=NOW).session
    first.answer("skills", ["none"])
    first.answer("python", ["newer"])
    assert first.journal is not None
    first.journal.close()
    opened = resume_last(small_rule_base(QUESTIONS[:-1], "2"), tmp_path, now=NOW)
    assert opened.session.chosen("skills") == {"none"}
    assert "version 1, now 2" in opened.notes[0]
    assert "`python` is no longer asked" in opened.notes[1]


def test_nothing_to_resume_is_said(tmp_path: Path) -> None:
    """`--resume` without a session begins one."""
    opened = resume_last(BASE, tmp_path / "nowhere", now=NOW)
    assert "no earlier session" in opened.notes[0]


class FullDisk:
    """A disk that takes a few bytes more, and then none."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.write = os.write

    def __call__(self, handle: int, data: memoryview) -> int:
        """Writes what fits, then fails as Linux does."""
        if self.free <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        part = bytes(data)[: self.free]
        self.free -= len(part)
        return self.write(handle, part)


def test_a_full_disk_is_reported_and_caught_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work goes on; once there is room, everything is written, and no half line is left."""
    session = new_session(BASE, tmp_path, now=NOW).session
    session.answer("skills", ["none"])
    journal = session.journal
    assert journal is not None
    monkeypatch.setattr("advisor.interview.journal.os.write", FullDisk(10))
    session.answer("experience", ["able"])
    session.answer("python", ["newer"])
    assert "No space left" in str(journal.trouble)
    assert session.chosen("python") == {"newer"}
    assert len(read_session(journal.path)[1]) == 1
    monkeypatch.undo()
    session.answer("latency", ["tight"])
    assert journal.trouble is None
    assert [one.subject for one in read_session(journal.path)[1]] == [
        "skills",
        "experience",
        "python",
        "latency",
    ]


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    """A file stands where the folder should be: said, and work goes on."""
    (tmp_path / "taken").write_text("")
    session = new_session(BASE, tmp_path / "taken", now=NOW).session
    session.answer("skills", ["none"])
    assert session.journal is not None
    assert session.journal.trouble is not None
    assert session.chosen("skills") == {"none"}


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\xff\n", b'{"format":1}\n', b"[1]\n"])
def test_foreign_files_are_refused_and_left_out(tmp_path: Path, content: bytes) -> None:
    """A file that is no session is an `InputError`, and no part of the history."""
    path = tmp_path / "x.session.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError):
        Journal.resume(path)
    assert history(tmp_path) == []
    assert path.read_bytes() == content


def test_deleting_spares_open_sessions(tmp_path: Path) -> None:
    """What is open stays; what is closed goes, its probe too."""
    session = new_session(BASE, tmp_path, now=NOW).session
    session.answer("skills", ["none"])
    assert session.journal is not None
    session.journal.probe_path.write_text("{}")
    found = last_session(tmp_path)
    assert found is not None
    with pytest.raises(StorageError):
        delete_session(found)
    session.journal.close()
    delete_session(found)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """ADVISOR_SESSIONS wins; otherwise the user's data folder."""
    monkeypatch.setenv("ADVISOR_SESSIONS", str(tmp_path))
    assert sessions_folder() == tmp_path
    monkeypatch.delenv("ADVISOR_SESSIONS")
    assert sessions_folder().name == "sessions"
