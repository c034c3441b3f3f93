"""`advisor probe` and `advisor doctor` from the outside, without frameworks."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
from pathlib import Path

import pytest

from advisor.cli import main
from advisor.errors import InputError
from advisor.measure import command
from advisor.measure.arguments import add_doctor_arguments, add_probe_arguments
from advisor.measure.devices import Usable, diagnose
from advisor.measure.doctor import as_json, as_text, confirm, examine
from advisor.measure.plan import Level, build_plan
from advisor.measure.progress import ProgressLine, seconds_words
from advisor.measure.protocol import DeviceInfo
from advisor.measure.record import ProbeRecord
from advisor.measure.run import run_probe
from advisor.measure.selection import select
from advisor.measure.summary import summary
from advisor.model.candidate import Candidate
from tests.measure.fakes import MACHINE, SITE, World


def parse(*words: str) -> argparse.Namespace:
    """The options of `advisor probe`."""
    parser = argparse.ArgumentParser()
    add_probe_arguments(parser)
    return parser.parse_args(words)


def measured(folder: Path, stream: io.StringIO, level: Level = Level.QUICK) -> ProbeRecord:
    """A run on fake workers with the progress shown on `stream`."""
    world = World(step_seconds={Candidate.PYTORCH: 0.002, Candidate.TENSORFLOW: 0.003})
    plan = build_plan(select({}), level=level, threads=2, seed=1)
    return asyncio.run(run_probe(plan, ProgressLine(stream), site=SITE, lab=world.lab(folder)))


def test_list_needs_no_framework(capsys: pytest.CaptureFixture[str]) -> None:
    """`advisor probe --list` names every workload and operation."""
    assert main(["probe", "--list"]) == 0
    text = capsys.readouterr().out
    for name in ("tabular-mlp", "residual-cnn", "decoder", "input-pipeline", "latency"):
        assert name in text


@pytest.mark.parametrize(
    "words",
    [
        ["--budget", "1"],
        ["--budget", "nan"],
        ["--budget", "many"],
        ["--workload", "nonsense"],
        ["--threads", "0"],
        ["--size", "huge"],
    ],
)
def test_nonsense_on_the_command_line(words: list[str]) -> None:
    """Options that make no sense end with status 2."""
    with pytest.raises(SystemExit) as caught:
        main(["probe", *words])
    assert caught.value.code == 2


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--quick", "--thorough"], "exclude each other"),
        (["--quick", "--budget", "30"], "exclude each other"),
        (["--python-pytorch", "/nonexistent"], "is not a program"),
        (["-o", "/nonexistent/probe.json"], "does not exist"),
        (["-o", "/"], "is a folder"),
    ],
)
def test_contradictions_are_refused_before_measuring(
    words: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot work is refused at once, with status 2 and one message."""
    assert main(["probe", *words]) == 2
    assert part in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ([], Level.DEFAULT),
        (["--quick"], Level.QUICK),
        (["--thorough"], Level.THOROUGH),
        (["--budget", "30"], Level.QUICK),
        (["--budget", "1000"], Level.THOROUGH),
    ],
)
def test_levels(words: list[str], level: Level) -> None:
    """The level follows the options."""
    assert command.level_from_arguments(parse(*words)) is level


def test_plan_follows_options_and_answers() -> None:
    """Answers choose workloads; options overrule them."""
    chosen = {"domain": frozenset({"recommender"})}
    plan = command.plan_from_arguments(parse("--quick"), chosen, SITE)
    assert plan.comparisons[0].workload == "recommender"
    assert plan.comparisons[0].threads == 2
    words = ("--workload", "decoder", "--threads", "1", "--size", "medium", "--seed", "7")
    plan = command.plan_from_arguments(parse("--quick", *words), chosen, SITE)
    assert {one.workload for one in plan.comparisons} == {"decoder"}
    assert {(one.threads, one.size) for one in plan.comparisons} == {(1, "medium")}
    assert plan.seed == 7


def test_progress_without_a_terminal_is_plain_lines(tmp_path: Path) -> None:
    """On a pipe there is no carriage return, and every comparison gets its line."""
    stream = io.StringIO()
    record = measured(tmp_path, stream)
    text = stream.getvalue()
    assert "\r" not in text
    assert text.count("PyTorch is faster") == len(record.comparisons)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_progress_on_a_terminal_is_one_line(tmp_path: Path) -> None:
    """On a terminal the bar is redrawn in place and never wider than the window."""
    stream = Terminal()
    measured(tmp_path, stream)
    lines = stream.getvalue().split("\r")
    bars = [line.rstrip() for line in lines if line.startswith("[")]
    assert len(bars) > 50
    assert all(len(bar) < 80 and "s left" in bar for bar in bars)


def test_summary_names_everything(tmp_path: Path) -> None:
    """The summary has frameworks, every comparison, the noise floor, break-even and accuracy."""
    record = measured(tmp_path, io.StringIO(), Level.THOROUGH)
    text = summary(record)
    for part in ("PyTorch 2.13.0", "Noise floor", "pays off after", "accuracy on digits"):
        assert part in text
    assert text.count("is faster") == len(record.comparisons)


def test_record_is_written_whole(tmp_path: Path) -> None:
    """Writing leaves the record and no temporary file."""
    record = measured(tmp_path / "noise", io.StringIO())
    command._write(record, tmp_path / "probe.json")
    assert json.loads((tmp_path / "probe.json").read_text(encoding="utf-8"))["schema"]
    assert {path.name for path in tmp_path.iterdir()} == {"probe.json", "noise"}


def test_interpreters_must_be_programs(tmp_path: Path) -> None:
    """A folder or a plain file is no interpreter."""
    plain = tmp_path / "python"
    plain.write_text("no program", encoding="utf-8")
    for path in (tmp_path, plain):
        with pytest.raises(InputError):
            command.pythons_from_arguments(parse("--python-tensorflow", str(path)))


def test_doctor_asks_the_frameworks(tmp_path: Path) -> None:
    """The doctor starts each installed framework, believes it, and ends it."""
    world = World()
    found = asyncio.run(examine(SITE, world.lab(tmp_path), {}, start=True))
    assert {one.usable for one in found.reports} == {Usable.YES}
    assert world.alive == []
    text = as_text(found)
    assert "Test CPU" in text
    assert text.count("usable: it works") == 2
    assert json.loads(as_json(found))["started"] is True


def test_doctor_believes_the_framework_over_the_build() -> None:
    """A device that the framework does not see is not usable, whatever its build says."""
    reports = diagnose(MACHINE, SITE.installations)
    told = [DeviceInfo("cpu", False, reason="no AVX")]
    after = confirm(reports, Candidate.PYTORCH, told)
    assert after[0].usable is Usable.NO
    assert after[0].reason == "no AVX"
    broken = confirm(reports, Candidate.TENSORFLOW, "it ended by SIGILL")
    assert broken[1].reason == "it ended by SIGILL"


def test_doctor_without_starting(capsys: pytest.CaptureFixture[str]) -> None:
    """`advisor doctor --no-start` looks at this real machine within its own process."""
    assert main(["doctor", "--no-start"]) == 0
    assert "Machine" in capsys.readouterr().out
    parser = argparse.ArgumentParser()
    add_doctor_arguments(parser)
    assert parser.parse_args([]).format == "text"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "-"), (2.5, "2.5 s"), (0.0123, "12.3 ms"), (4.56e-6, "4.56 µs"), (5e-9, "5 ns")],
)
def test_times_read_well(seconds: float | None, words: str) -> None:
    """Times come in the unit that reads best."""
    assert seconds_words(seconds) == words
