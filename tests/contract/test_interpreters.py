"""Which interpreters are here, what they hold, and that the worker runs under each of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from advisor.measure.interpreters import (
    Interpreter,
    choose,
    inspect,
    survey,
    usual_places,
)
from advisor.measure.protocol import FailureKind, WorkerFailure
from advisor.measure.worker import WorkerHandle
from advisor.model.candidate import Candidate


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


async def test_this_interpreter_is_understood() -> None:
    """Version and numpy of the interpreter that runs the tests."""
    found = await inspect(sys.executable)
    assert found.version == ".".join(str(part) for part in sys.version_info[:3])
    assert found.has_numpy
    assert not found.reason


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("#!/bin/sh\nexit 4\n", "exit status 4"),
        ("#!/bin/sh\necho hello\n", "does not answer like a Python"),
        ("#!/bin/sh\necho '[1, 2]'\n", "does not answer like a Python"),
        (
            '#!/bin/sh\necho \'{"version": [3, 8, 1], "prefix": "/x", "found": {"numpy": "1"}}\'\n',
            "older than Python 3.9",
        ),
        (
            '#!/bin/sh\necho \'{"version": [3, 12, 1], "prefix": "/x", "found": {"torch": "2"}}\'\n',
            "no numpy",
        ),
    ],
)
async def test_what_cannot_be_used_says_why(tmp_path: Path, text: str, words: str) -> None:
    """A program that is no interpreter, is too old or lacks numpy comes back with a reason."""
    found = await inspect(program(tmp_path / "python", text))
    assert words in found.reason
    assert not found.holds(Candidate.PYTORCH)


async def test_a_missing_interpreter_is_a_value() -> None:
    """A wrong path is a reason, not an exception."""
    assert "cannot start" in (await inspect("/nonexistent/python")).reason


async def test_the_usual_distribution_counts_first(tmp_path: Path) -> None:
    """Framework versions are read by distribution, whichever of its names is installed."""
    answer = (
        '{"version": [3, 12, 1], "prefix": "/x",'
        ' "found": {"numpy": "2", "tensorflow-cpu": "2.21.0", "torch": "2.13.0+cpu"}}'
    )
    found = await inspect(program(tmp_path / "python", f"#!/bin/sh\necho '{answer}'\n"))
    assert found.frameworks == {
        Candidate.PYTORCH: "2.13.0+cpu",
        Candidate.TENSORFLOW: "2.21.0",
    }
    assert choose(Candidate.TENSORFLOW, [Interpreter(Path("x"), "3.12"), found]) is found
    assert choose(Candidate.TENSORFLOW, []) is None


def test_the_usual_places_are_looked_at_once_each(tmp_path: Path) -> None:
    """Active environment, working folder, search path, pyenv; shims and doubles left out."""
    active = program(tmp_path / "active" / "bin" / "python", "#!/bin/sh\n")
    local = program(tmp_path / "work" / ".venv" / "bin" / "python", "#!/bin/sh\n")
    program(tmp_path / "shims" / "python3", "#!/bin/sh\n")
    version = program(tmp_path / ".pyenv" / "versions" / "3.9" / "bin" / "python", "#!/bin/sh\n")
    found = usual_places(
        {
            "VIRTUAL_ENV": str(tmp_path / "active"),
            "PATH": f"{tmp_path}/shims:{tmp_path}/active/bin:{tmp_path}/missing",
            "HOME": str(tmp_path),
        },
        tmp_path / "work",
    )
    assert found == [Path(sys.executable), active, local, version]


async def test_the_worker_runs_under_every_python_at_hand() -> None:
    """With numpy it greets and refuses an absent framework in words; without, it says what it needs."""
    for interpreter in await survey():
        worker = WorkerHandle()
        try:
            if not interpreter.reason:
                await worker.open(interpreter.path)
                if Candidate.TENSORFLOW not in interpreter.frameworks:
                    with pytest.raises(WorkerFailure) as caught:
                        await worker.start(Candidate.TENSORFLOW, python=interpreter.path)
                    assert caught.value.kind is FailureKind.UNSUPPORTED
                    assert "cannot be imported" in caught.value.reason
            elif "no numpy" in interpreter.reason:
                with pytest.raises(WorkerFailure) as caught:
                    await worker.open(interpreter.path)
                assert "needs numpy" in caught.value.reason
        finally:
            await worker.close()
