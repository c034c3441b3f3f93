"""Attempts of deployment paths: every way they can end, and that nothing stays behind."""

from __future__ import annotations

import asyncio
import io
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from advisor.deploy.attempt import Source, Tools, attempt
from advisor.deploy.declarations import Declaration, declarations, for_targets
from advisor.deploy.environments import OwnEnvironment, ask_consent
from advisor.deploy.matrix import as_text, matrix
from advisor.deploy.requirements import installed, missing
from advisor.deploy.run import Attempting, Event, try_paths, workload_for
from advisor.errors import InputError
from advisor.measure.record import AttemptOutcome, AttemptRecord
from advisor.model.candidate import Candidate

PROGRAM = Path(__file__).with_name("fake_export.py")
SOURCE = Source("tabular-mlp", "small", {"digits/features": np.zeros((2, 64), np.float32)})


def declared(name: str, **changed: object) -> Declaration:
    """A path that needs nothing; `name` is how the fake program behaves."""
    fields: dict[str, object] = {
        "id": name,
        "candidate": Candidate.PYTORCH,
        "title": name,
        "targets": ("android",),
        "packages": {},
        "install": "pip install it",
        "seconds": 20.0,
        "memory_mb": 2000,
        "tolerance": 1e-3,
    }
    return Declaration(**{**fields, **changed})  # type: ignore[arg-type]


def tried(name: str, **changed: object) -> AttemptRecord:
    """The record of one attempt with the fake program."""
    return asyncio.run(attempt(declared(name, **changed), SOURCE, Tools(program=PROGRAM)))


def test_a_path_that_works_has_all_its_figures() -> None:
    """Conversion, size, load, latency with bounds, deviation, facts."""
    found = tried("works")
    assert found.outcome is AttemptOutcome.WORKS
    assert (found.convert_seconds, found.load_seconds, found.artefact_bytes) == (0.1, 0.2, 1234)
    assert found.latency is not None
    assert found.latency.low_seconds < found.latency.median_seconds < found.latency.high_seconds
    assert found.facts == (("operators", "ADD, MUL"),)


def test_an_output_that_differs_is_not_called_working() -> None:
    """The deviation is held against the declared tolerance, and both are named."""
    found = tried("differs")
    assert found.outcome is AttemptOutcome.DIFFERS
    assert "0.5" in found.reason
    assert "0.001" in found.reason


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("unsupported", "Failed while converting: NotImplementedError: operator FFT"),
        ("crashes", "segmentation fault"),
        ("fails-running", "Failed while running: RuntimeError: the run time refuses"),
        ("babbles", "without a result"),
    ],
)
def test_a_failure_is_told_in_words(name: str, says: str) -> None:
    """An unsupported operator, a crash, a refusal, silence: each becomes an outcome."""
    found = tried(name)
    assert found.outcome is AttemptOutcome.FAILS
    assert says in found.reason


def test_a_path_that_hangs_is_ended_at_its_limit() -> None:
    """The declared time is kept."""
    begin = time.monotonic()
    found = tried("hangs", seconds=0.6)
    assert found.outcome is AttemptOutcome.FAILS
    assert "did not end within 1 s" in found.reason
    assert time.monotonic() - begin < 10


def test_a_path_that_takes_too_much_memory_is_ended() -> None:
    """The declared memory is kept, over the whole process tree."""
    found = tried("hungry", memory_mb=150)
    assert found.outcome is AttemptOutcome.FAILS
    assert "150 MB" in found.reason


def test_an_interpreter_that_does_not_exist_is_a_failure_in_words() -> None:
    """Nothing is raised."""
    tools = Tools(python="/nowhere/python", program=PROGRAM)
    found = asyncio.run(attempt(declared("works"), SOURCE, tools))
    assert found.outcome is AttemptOutcome.FAILS
    assert "/nowhere/python" in found.reason


def test_where_the_run_time_does_not_exist_conversion_is_tried_and_said() -> None:
    """Core ML converts anywhere and runs on macOS only."""
    found = tried("works", runs_on=("Plan9",))
    assert found.outcome is AttemptOutcome.NOT_TRIED
    assert found.convert_seconds == 0.1
    assert "It converts" in found.reason


async def test_cancelling_leaves_no_process_behind() -> None:
    """A hanging converter goes with the attempt."""
    task = asyncio.create_task(attempt(declared("hangs"), SOURCE, Tools(program=PROGRAM)))
    await asyncio.sleep(0.5)
    before = [one for one in psutil.Process().children() if "fake_export.py" in str(one.cmdline())]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert before
    assert not [one for one in before if one.is_running()]


async def test_what_is_missing_is_named_with_the_command_that_brings_it(tmp_path: Path) -> None:
    """Distributions, versions, programs and own environments."""
    versions = await installed(__import__("sys").executable)
    assert "numpy" in versions
    one = declared(
        "needy",
        packages={"numpy": ">=999", "pip": ">=1", "no-such-thing": ">=1"},
        executables=("no-such-program",),
        own_node=("thing@1",),
    )
    lacking = missing(one, versions, own_python=False, own_node=False)
    assert lacking.what == (
        "numpy >=999",
        "no-such-thing >=1",
        "the program no-such-program",
        "thing@1",
    )
    records = await try_paths([one], program=PROGRAM)
    assert records[0].outcome is AttemptOutcome.NOT_TRIED
    assert "pip install it" in records[0].reason


async def test_stopping_keeps_what_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths after the stop are left out and say so."""

    async def digits() -> object:
        return SOURCE.data

    monkeypatch.setattr("advisor.deploy.run.datasets.digits", digits)
    stop = asyncio.Event()

    def on_event(event: Event) -> None:
        if isinstance(event, Attempting) and event.number == 2:
            stop.set()

    paths = [declared("works"), declared("hangs"), declared("differs")]
    records = await try_paths(paths, on_event=on_event, stop=stop, program=PROGRAM)
    assert [one.outcome for one in records] == [
        AttemptOutcome.WORKS,
        AttemptOutcome.NOT_TRIED,
        AttemptOutcome.NOT_TRIED,
    ]


def test_an_own_environment_is_never_made_without_consent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a terminal to ask at, the answer is no, and what would be done is shown."""
    environment = OwnEnvironment(declared("x", own_python=("a==1",), own_node=("b@2",)), tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert not ask_consent(environment)
    shown = capsys.readouterr().err
    assert "a==1" in shown
    assert "b@2" in shown
    assert environment.python is None
    assert not environment.folder.exists()


def test_matrix_shows_the_best_path_of_each_candidate() -> None:
    """One cell per target and candidate."""
    records = [tried("works"), tried("differs")]
    [(target, cells)] = matrix(records)
    assert target == "android"
    assert [cell.words for cell in cells] == ["works", "no path"]
    assert "converts, output differs" in as_text(records)


def test_shipped_declarations_are_complete_and_reach_known_targets() -> None:
    """Both candidates have paths, and every target is an option of the questionnaire."""
    from advisor.rulebase.load import load_rule_base

    every = declarations()
    options = set(load_rule_base().question_by_id["targets"].option_ids)
    assert {one.candidate for one in every} == set(Candidate)
    assert all(set(one.targets) <= options for one in every)
    assert {one.id for one in for_targets(every, ["browser"])} == {
        "pytorch-onnx-web",
        "tensorflow-tfjs",
    }


@pytest.mark.parametrize(
    "text", ["DECLARATION = {'candidate': make()}", "DECLARATION = {}", "DECLARATION = 3"]
)
def test_a_declaration_is_data_and_never_run(tmp_path: Path, text: str) -> None:
    """Only a complete literal is accepted; nothing in the file is executed."""
    (tmp_path / "bad.py").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="declaration"):
        declarations(tmp_path)


def test_the_model_that_is_converted_follows_the_field_of_work() -> None:
    """Pictures give a convolution network, text a transformer, else the table network."""
    assert workload_for({"domain": frozenset({"vision"})}) == "residual-cnn"
    assert workload_for({"domain": frozenset({"nlp"})}) == "transformer"
    assert workload_for({}) == "tabular-mlp"
