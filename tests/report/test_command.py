"""`advisor report` on the command line, with the shipped rule base."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from advisor.cli import main
from advisor.errors import EXIT_DONE, EXIT_INPUT, EXIT_STALE

ANSWERS = "answers: {skills: pytorch, existing_code: pytorch, purpose: research, domain: [nlp]}\n"
DAY = ("--as-of", "2026-11-28")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decision of the shipped rule base."""
    folder = tmp_path_factory.mktemp("decision")
    (folder / "answers.yaml").write_text(ANSWERS)
    path = folder / "decision.json"
    args = ["recommend", "--answers", str(folder / "answers.yaml"), "--format", "json"]
    assert main([*args, *DAY, "-o", str(path)]) == EXIT_DONE
    return path


@pytest.mark.parametrize("name", ["json", "markdown", "html", "adr", "csv"])
def test_render_equals_recommend(
    made: Path, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A report made from decision.json is the one that `recommend` would have made."""
    answers = str(made.parent / "answers.yaml")
    assert main(["report", "render", str(made), "--format", name]) == EXIT_DONE
    later = capsys.readouterr().out
    assert main(["recommend", "--answers", answers, "--format", name, *DAY]) == EXIT_DONE
    assert capsys.readouterr().out == later


def test_verify_says_when_all_agrees(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An honest document verifies."""
    assert main(["report", "verify", str(made)]) == EXIT_DONE
    assert "agrees" in capsys.readouterr().out
    assert main(["report", "verify", str(made), "--json"]) == EXIT_DONE
    assert json.loads(capsys.readouterr().out) == {"holds": True, "differences": []}


def test_verify_exits_4_and_names_the_place(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A tampered document fails with the place on standard output."""
    plain = json.loads(made.read_text())
    plain["reasons"][0]["text"] = "Trust us."
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(plain))
    assert main(["report", "verify", str(bad)]) == EXIT_STALE
    assert "reasons.0.text" in capsys.readouterr().out


def test_recheck_holds_now_and_not_in_ten_years(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 0 on the day of the advice, 4 once all its evidence has expired."""
    assert main(["report", "recheck", str(made), *DAY]) == EXIT_DONE
    assert "as before" in capsys.readouterr().out
    assert main(["report", "recheck", str(made), "--as-of", "2036-11-28"]) == EXIT_STALE
    assert "EXPIRED" in capsys.readouterr().out
    assert main(["report", "recheck", str(made), "--as-of", "2036-11-28", "--json"]) == EXIT_STALE
    assert json.loads(capsys.readouterr().out)["holds"] is False


def test_diff_names_the_cause(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another answer is named as the cause of another share."""
    (tmp_path / "answers.yaml").write_text(
        ANSWERS.replace("pytorch", "tensorflow2", 2).replace(
            "skills: tensorflow2", "skills: tensorflow"
        )
    )
    other = tmp_path / "other.json"
    args = ["recommend", "--answers", str(tmp_path / "answers.yaml"), "--format", "json", *DAY]
    assert main([*args, "-o", str(other)]) == EXIT_DONE
    assert main(["report", "diff", str(made), str(other)]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "answers" in out
    assert "PyTorch → TensorFlow" in out
    assert main(["report", "diff", str(made), str(other), "--json"]) == EXIT_DONE
    assert json.loads(capsys.readouterr().out)["shares"]["answers"] < 0


def test_existing_files_are_kept(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2 and a sentence instead of an overwritten file."""
    before = made.read_bytes()
    assert main(["report", "render", str(made), "--format", "json", "-o", str(made)]) == EXIT_INPUT
    assert "--force" in capsys.readouterr().err
    assert made.read_bytes() == before


def test_records_are_numbered_and_name_people(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder takes the next number; people are named as given."""
    args = ["report", "render", str(made), "--format", "adr", "-o", str(tmp_path)]
    assert main([*args, "--decision-maker", "Ann", "--decision-maker", "Ben"]) == EXIT_DONE
    assert main(args) == EXIT_DONE
    assert "0002-" in capsys.readouterr().err
    names = sorted(one.name for one in tmp_path.iterdir())
    assert [name[:5] for name in names] == ["0001-", "0002-"]
    assert 'decision-makers: "Ann, Ben"' in (tmp_path / names[0]).read_text()


def test_people_only_in_a_record(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Naming people for another form is refused, not ignored."""
    args = ["report", "render", str(made), "--format", "html", "--informed", "Cleo"]
    assert main(args) == EXIT_INPUT
    assert "--format adr" in capsys.readouterr().err


def test_team_files_are_merged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two answers files give one report that names both people, and it verifies."""
    args = ["recommend", "--format", "json", *DAY]
    for name, skills, code in (
        ("anna", "pytorch", "pytorch"),
        ("ben", "tensorflow", "tensorflow2"),
    ):
        path = tmp_path / f"{name}.yaml"
        path.write_text(
            f"answers: {{skills: {skills}, existing_code: {code}, code_state: estate, "
            "rewrite: no-time}\n"
        )
        args += ["--answers", str(path)]
    merged = tmp_path / "team.json"
    assert main([*args, "-o", str(merged)]) == EXIT_DONE
    assert main(["report", "render", str(merged)]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "anna: PyTorch; ben: TensorFlow or Keras" in out
    assert main(["report", "verify", str(merged)]) == EXIT_DONE


def test_preview_lists_fields(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What could identify somebody is listed before a report is handed on."""
    assert main(["report", "preview", str(made)]) == EXIT_DONE
    assert "answers" in capsys.readouterr().out


def test_schema_command_prints_the_published_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """`advisor schema decision` prints what independent tools can check with."""
    assert main(["schema", "decision"]) == EXIT_DONE
    assert json.loads(capsys.readouterr().out)["$schema"].endswith("2020-12/schema")
