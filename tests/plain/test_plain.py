"""Plain mode: the whole questionnaire in lines that a screen reader or a pipe can follow."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from advisor.cli import main
from advisor.errors import InputError


@pytest.fixture(autouse=True)
def _sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions of a test are kept in its own folder."""
    monkeypatch.setenv("ADVISOR_SESSIONS", str(tmp_path / "sessions"))


def sit(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *typed: str,
    options: tuple[str, ...] = (),
) -> str:
    """What plain mode prints for these lines."""
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in typed)))
    assert main(["--plain", *options]) == 0
    return capsys.readouterr().out


def test_end_of_input_keeps_everything_and_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pipe that ends stops the sitting politely; the next one goes on with it."""
    shown = sit(monkeypatch, capsys, "pytorch")
    assert "advisor --plain --resume" in shown
    resumed = sit(monkeypatch, capsys, "r", options=("--resume",))
    assert "know best today? PyTorch" in resumed


def test_nothing_steers_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No escape sequence, no carriage return, whatever is typed."""
    shown = sit(monkeypatch, capsys, "\x1b[2J\x07evil", "?", "w", "r", "v", "q")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown)


def test_a_letter_is_a_command_whatever_the_options_are_called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the question for the language, r reviews as everywhere; the language R has a number."""
    reviewed = sit(monkeypatch, capsys, "j language", "r")
    assert "know best today? not answered yet" in reviewed
    assert re.search(r"Questions left: \d+ decisive, \d+ at most\.", reviewed)
    assert "mainly work? R" not in reviewed
    assert "mainly work? R" in sit(monkeypatch, capsys, "j language", "5", "r")


def test_every_command_does_something(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Help, why, back, jump, review, don't know, priorities and verdict all answer."""
    shown = sit(
        monkeypatch,
        capsys,
        "?",
        "w",
        "b",
        "pytorch",
        "b",
        "d",
        "j 2",
        "novice",
        "o 2,1",
        "r",
        "v",
        "c",
    )
    for part in (
        "d means don't know",
        "Read by",
        "first question of this sitting",
        "Ranked: developer-experience, existing-work",
        "Verdict: ",
        "What would turn it:",
    ):
        assert part in shown


def test_a_wrong_option_is_explained_and_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is guessed; the question stays."""
    shown = sit(monkeypatch, capsys, "99")
    assert "'99' is no option here" in shown
    assert shown.count("know best today?") == 2


def test_a_contradiction_is_named_and_never_blocks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two answers that pull against each other are put into words; both stand."""
    shown = sit(
        monkeypatch, capsys, "j experience", "novice", "j interface_style", "full-control", "r"
    )
    assert "pull against each other" in shown
    assert "Full control of the loop" in shown


def test_a_report_is_written_where_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The ending of the name says the form; an existing file is not overwritten."""
    path = tmp_path / "decision.json"
    shown = sit(monkeypatch, capsys, "pytorch", f"e {path}", f"e {path}", "e nothing.xyz")
    assert f"Written: {path}" in shown
    assert "exists" in shown
    assert "Name a file that ends in" in shown
    assert json.loads(path.read_text())["answers"]["skills"] == ["pytorch"]


def test_a_wrong_answers_file_stops_before_asking(tmp_path: Path) -> None:
    """Faults of the command line are errors, not a sitting."""
    from advisor.plain.face import run_plain

    with pytest.raises(InputError):
        run_plain(answers=str(tmp_path / "nowhere.yaml"))
