"""The system's clock jumps: budgets do not notice, dates are what the clock says, order holds."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from advisor.interview.history import history, last_session
from advisor.interview.opening import new_session, resume_last
from advisor.measure.noise import NoiseStore
from advisor.measure.record import RunOutcome, load_record
from tests.interview.small import small_rule_base
from tests.robustness.harness import (
    QUICKEST,
    ROOT,
    advisor,
    light_pair,
    nothing_runs,
    patched,
    rounds,
    sessions_in,
    told,
)

BASE = small_rule_base()
ANSWERS = str(ROOT / "examples" / "answers.yaml")
YEARS = timedelta(days=3653)

CLOCK = """
import datetime, itertools, time
real, real_date, real_time = datetime.datetime, datetime.date, time.time
jumps = itertools.cycle([{shifts}])
class AsReal(type):
    def __instancecheck__(cls, value):
        return isinstance(value, cls.__mro__[1])
class Jumping(real, metaclass=AsReal):
    @classmethod
    def now(cls, tz=None):
        return real.now(tz) + datetime.timedelta(days=next(jumps))
class Day(real_date, metaclass=AsReal):
    @classmethod
    def today(cls):
        return real.now().date() + datetime.timedelta(days=next(jumps))
datetime.datetime, datetime.date = Jumping, Day
time.time = lambda: real_time() + 86400 * next(jumps)
"""


def clock(folder: Path, *days: int) -> dict[str, str]:
    """An environment whose clock is off by the next of these numbers of days at every look."""
    return patched(folder, CLOCK.format(shifts=", ".join(map(str, days))))


def sitting(folder: Path, question: str, option: str, *, now: datetime) -> Path:
    """A kept session with one answer, closed."""
    session = new_session(BASE, folder, now=now).session
    session.answer(question, [option])
    assert session.journal is not None
    session.journal.close()
    return session.journal.path


def test_the_session_changed_last_is_the_last(tmp_path: Path) -> None:
    """Also when the clock was set back by years since the one before was changed."""
    now = datetime.now(UTC)
    first = sitting(tmp_path, "skills", "none", now=now + YEARS)
    ahead = time.time() + YEARS.total_seconds()
    os.utime(first, (ahead, ahead))
    second = sitting(tmp_path, "skills", "pytorch", now=now)
    found = [one.path for one in history(tmp_path)]
    assert found == [second, first]
    session = resume_last(BASE, tmp_path, now=now).session
    assert session.chosen("skills") == {"pytorch"}


def test_going_on_with_an_old_session_makes_it_the_last(tmp_path: Path) -> None:
    """The clock set back between two answers of one sitting, with another session beside it."""
    now = datetime.now(UTC)
    first = sitting(tmp_path, "skills", "none", now=now)
    other = sitting(tmp_path, "skills", "pytorch", now=now)
    ahead = time.time() + YEARS.total_seconds()
    os.utime(other, (ahead, ahead))
    os.utime(first, (ahead + 1, ahead + 1))
    session = resume_last(BASE, tmp_path, now=now).session
    session.answer("experience", ["able"])
    assert session.journal is not None
    session.journal.close()
    last = last_session(tmp_path)
    assert last is not None
    assert last.path == first


@pytest.mark.parametrize("stamp", [-(10**9), 2**33, 2**37])
def test_a_date_outside_every_calendar_hides_no_other_session(tmp_path: Path, stamp: int) -> None:
    """A file stamped in 1938, 2242 or 6325 leaves the history readable."""
    odd = sitting(tmp_path, "skills", "none", now=datetime.now(UTC))
    other = sitting(tmp_path, "skills", "pytorch", now=datetime.now(UTC))
    os.utime(odd, (stamp, stamp))
    assert other in {one.path for one in history(tmp_path)}


def test_a_probe_keeps_its_budget_while_the_clock_jumps(tmp_path: Path) -> None:
    """Ten years forward and back at every look: the run is as long and as whole as ever."""
    output = tmp_path / "probe.json"
    environment = clock(tmp_path, 3653, -3653, 0)
    done = advisor(*QUICKEST, *light_pair(tmp_path), "-o", str(output), environment=environment)
    assert done.returncode == 0, told(done.stderr)
    record = load_record(output)
    assert record.outcome is RunOutcome.FINISHED
    assert 0 < record.elapsed_seconds < record.budget_seconds
    assert all(one.ratio is not None for one in record.comparisons)
    assert nothing_runs(tmp_path)


def test_a_noise_floor_of_the_future_is_measured_again(tmp_path: Path) -> None:
    """A floor measured while the clock was ahead is not trusted once it is right."""
    output = tmp_path / "probe.json"
    ahead = advisor(
        *QUICKEST, *light_pair(tmp_path), "-o", str(output), environment=clock(tmp_path, 3653)
    )
    assert ahead.returncode == 0, told(ahead.stderr)
    record = load_record(output)
    assert record.noise is not None
    assert record.created[:4] == str((datetime.now(UTC) + YEARS).year)
    store = NoiseStore(sessions_in(tmp_path).with_name("noise"))
    assert list(store.folder.iterdir())
    fingerprint, noise = record.fingerprint, record.noise
    then = datetime.now(UTC) + YEARS
    assert store.load(fingerprint, noise.device, noise.threads) is None
    assert store.load(fingerprint, noise.device, noise.threads, then) is not None


@pytest.mark.parametrize("days", [30_000, -20_000][: rounds(1)])
def test_a_report_bears_the_day_of_the_clock(tmp_path: Path, days: int) -> None:
    """In 1972 and in 2109 the advice is of that day, expired evidence and all."""
    words = ("recommend", "--answers", ANSWERS, "--format", "json")
    done = advisor(*words, environment=clock(tmp_path, days))
    assert done.returncode == 0, told(done.stderr)
    expected = str((datetime.now(UTC) + timedelta(days=days)).year)
    assert json.loads(done.stdout)["as_of"].startswith(expected)


def test_a_sitting_while_the_clock_jumps(tmp_path: Path) -> None:
    """Answers are kept in the order in which they were given."""
    done = advisor("--plain", environment=clock(tmp_path, 40, -40), typed="1\n1\n1\nq\n")
    assert done.returncode == 0, told(done.stderr)
    (kept,) = history(sessions_in(tmp_path))
    assert kept.answered == 3
