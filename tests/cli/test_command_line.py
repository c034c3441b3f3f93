"""The contract of the command line: streams, exit statuses, messages for people."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from advisor import __version__
from advisor.cli import main
from advisor.parser import COMMANDS

ROOT = Path(__file__).resolve().parents[2]


def run(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run `advisor` as a program."""
    return subprocess.run(
        [sys.executable, "-m", "advisor", *words],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def test_version_names_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    """`advisor --version` prints name and version."""
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"framework-advisor {__version__}\n"


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`advisor --help` names each sub-command and the exit statuses."""
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert all(name in shown for name in COMMANDS)
    assert "Exit status" in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`advisor COMMAND --help` works for each."""
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0
    assert f"advisor {name}" in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_knows_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The completion scripts are generated from the parser, so they name its commands."""
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(name in script for name in COMMANDS)


def test_without_a_terminal_the_app_says_what_to_use_instead() -> None:
    """A pipe gets one line on standard error and status 2."""
    result = run()
    assert result.returncode == 2
    assert result.stdout == ""
    assert "--plain" in result.stderr


@pytest.mark.parametrize(
    "option", [["--rules", "own"], ["--answers", "mine.yaml"], ["--probe", "p.json"], ["--plain"]]
)
def test_an_option_before_the_command_is_not_silently_lost(
    option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Advice without the team's own rules, or without the answers, would look like advice with them."""
    assert main([*option, "recommend", "--answers", "examples/answers.yaml"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"{option[0]} stands before `recommend`" in shown.err
    assert "advisor recommend --help" in shown.err


def test_unknown_answers_file_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A missing file is named; nothing is printed on standard output."""
    assert main(["recommend", "--answers", "nowhere.yaml"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "nowhere.yaml" in shown.err
    assert "Traceback" not in shown.err


def test_wrong_option_names_file_line_and_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown option is reported with its place and the allowed values."""
    file = tmp_path / "answers.yaml"
    file.write_text("answers:\n  skills: pytorch\n  experience: guru\n", encoding="utf-8")
    assert main(["recommend", "--answers", str(file)]) == 2
    message = capsys.readouterr().err
    assert "answers.yaml:3" in message
    assert "experience" in message
    assert "novice" in message


def test_partial_answers_are_advised_and_assumptions_listed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One answer is enough; the rest counts as "don't know" and is listed."""
    file = tmp_path / "answers.yaml"
    file.write_text("answers: {skills: pytorch}\n", encoding="utf-8")
    assert main(["recommend", "--answers", str(file), "--format", "json"]) == 0
    decision = json.loads(capsys.readouterr().out)
    assert decision["verdict"]["framework"] in {"pytorch", "tensorflow"}
    assert sum(decision["verdict"]["acceptability"].values()) == pytest.approx(1.0)
    assert "experience" in {item["question"] for item in decision["unanswered"]}


def test_standard_input_gives_the_same_bytes_as_a_file(tmp_path: Path) -> None:
    """`--answers -` reads standard input; same input, same bytes."""
    text = (ROOT / "examples" / "answers.yaml").read_text(encoding="utf-8")
    file = tmp_path / "answers.yaml"
    file.write_text(text, encoding="utf-8")
    common = ("--format", "json", "--as-of", "2026-11-28")
    piped = run("recommend", "--answers", "-", *common, stdin=text)
    read = run("recommend", "--answers", str(file), *common)
    assert piped.returncode == read.returncode == 0, piped.stderr + read.stderr
    assert piped.stdout == read.stdout


def test_blank_questionnaire_is_a_valid_answers_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `advisor questions` prints can be handed back unchanged."""
    assert main(["questions"]) == 0
    file = tmp_path / "blank.yaml"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["recommend", "--answers", str(file), "--format", "json"]) == 0


@pytest.mark.parametrize("name", ["decision", "probe", "answers", "rules"])
def test_published_schemas_are_valid_json_schema(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An independent validator accepts each schema as draft 2020-12."""
    from jsonschema import Draft202012Validator

    assert main(["schema", name]) == 0
    Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


def test_fault_of_the_program_is_status_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An internal error is a sentence and the name of a file, never a traceback."""

    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("advisor.cli.build_parser", broken)
    monkeypatch.delenv("ADVISOR_TRACEBACK", raising=False)
    assert main(["questions"]) == 1
    message = capsys.readouterr().err
    assert "fault of this program" in message
    assert "Traceback" not in message
