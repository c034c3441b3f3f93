"""Hostile command lines, file names and environment variables: done, or refused in safe words.

Every command and option is tried with files that are none: folders, pipes, devices, links in a
circle or to nothing, names with line breaks and terminal escapes. Nothing waits, nothing is written
where nobody asked for it. Measuring, serving and deciding are stood in for: others test them.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.cli import main
from advisor.measure.record import dump_record
from advisor.parser import COMMANDS, build_parser
from advisor.report.render import render
from advisor.rulebase.load import load_rule_base
from tests.report import factory
from tests.robustness.strategies import TEXTS, fuzz, harmless
from tests.rulebase import folders

PATIENCE = 120
"""Seconds after which something has begun to wait for ever; nothing is concluded from less."""
LONG = "n" * 5000


class StillWaitingError(Exception):
    """A command has not come back."""


@contextmanager
def never_waiting() -> Iterator[None]:
    """Ends what blocks, for instance on a pipe that nobody writes to."""

    def ring(_: int, __: FrameType | None) -> None:
        raise StillWaitingError

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def run(words: list[str], typed: bytes = b"") -> tuple[int, str, bytes]:
    """Exit status, standard error and standard output of a command in this process."""
    out, err = io.BytesIO(), io.BytesIO()
    with (
        never_waiting(),
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(io.TextIOWrapper(out, "utf-8")) as stdout,
        redirect_stderr(io.TextIOWrapper(err, "utf-8")) as stderr,
    ):
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed), "utf-8"))
        try:
            status = main(words)
        except SystemExit as stop:
            status = int(stop.code or 0)
        stdout.flush()
        stderr.flush()
        return status, err.getvalue().decode(), out.getvalue()


def names_in(folder: Path) -> set[str]:
    """What lies in a folder."""
    return {one.name for one in folder.iterdir()}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with files of every kind; the program runs in it, with a home of its own."""
    root = tmp_path_factory.mktemp("place")
    outside = root / "outside"
    here = root / "here"
    for folder in (outside, here, root / "home"):
        folder.mkdir()
    (outside / "kept.txt").write_text("kept")
    (here / "answers.yaml").write_text("answers: {}")
    (here / "recommend").write_text("answers: {}")  # called as a command is
    (here / "probe.json").write_text(dump_record(factory.record()), encoding="utf-8")
    (here / "decision.json").write_text(str(render(factory.document(), "json")), encoding="utf-8")
    (here / "noise").write_bytes(os.urandom(300))
    (here / "a\nb\x1b[2J\u202e.yaml").write_text("answers: {nothing: x}")
    (here / "folder").mkdir()
    folders.make(here / "rules", more="disable: []")
    os.mkfifo(here / "pipe")
    (here / "loop").symlink_to("loop")
    (here / "dangling").symlink_to(outside / "new.json")
    (here / "dangling.md").symlink_to("../outside/new.md")
    (here / "unreadable").write_text("x")
    (here / "unreadable").chmod(0)
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("ADVISOR_", "XDG_")) and name != "ADVISOR_FUZZ":
                patch.delenv(name)
        patch.setenv("HOME", str(root / "home"))
        patch.setenv("ADVISOR_SESSIONS", str(root / "home" / "sessions"))
        patch.chdir(here)
        _stand_in(patch)
        yield here


def _stand_in(patch: pytest.MonkeyPatch) -> None:
    """What takes long, measures or serves is replaced; what reads and writes files is not."""

    class Server:
        def serve(self) -> None:
            pass

    known = cache(load_rule_base)

    def load(folder: Path | None = None, overlays: Any = ()) -> Any:
        return load_rule_base(folder, overlays) if folder or overlays else known()

    patch.setattr("advisor.rulebase.load.load_rule_base", load)
    patch.setattr("advisor.rulebase.command.load_rule_base", load)
    patch.setattr("advisor.service.advise", lambda *_, **__: factory.document())
    patch.setattr("advisor.commands.team.advise_team", lambda *_, **__: factory.document())
    patch.setattr(
        "advisor.measure.command.measure_from_arguments", lambda *_, **__: factory.record()
    )
    patch.setattr("advisor.deploy.command.try_from_arguments", lambda *_: factory.record().attempts)
    patch.setattr("advisor.deploy.environments.OwnEnvironment.make", lambda *_: None)
    patch.setattr("advisor.web.make_server", lambda *_, **__: Server())
    for name in ("_check", "_test", "_audit", "_summary"):
        patch.setattr(f"advisor.rulebase.command.{name}", lambda *_: 0)


def _options(words: tuple[str, ...]) -> list[argparse.Action]:
    """The options and arguments of a (sub-)command."""
    parser: argparse.ArgumentParser = build_parser(loaded=tuple(COMMANDS))
    for word in words:
        subs = next(one for one in parser._actions if isinstance(one, argparse._SubParsersAction))
        parser = subs.choices[word]
    return [one for one in parser._actions if not isinstance(one, argparse._SubParsersAction)]


def _paths_of_commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    parser = build_parser(loaded=tuple(COMMANDS))
    for name in COMMANDS:
        subs = next(one for one in parser._actions if isinstance(one, argparse._SubParsersAction))
        inner = [
            one
            for one in subs.choices[name]._actions
            if isinstance(one, argparse._SubParsersAction)
        ]
        found += [(name, word) for one in inner for word in one.choices] or [(name,)]
    return found


PATHS = _paths_of_commands()
OPTIONS = {path: _options(path) for path in PATHS}
FILES = [
    *("answers.yaml", "probe.json", "decision.json", "rules", "recommend", "noise", "unreadable"),
    *("folder", "pipe", "loop", "loop/x", "dangling", "dangling.md", "missing", "missing/x", ""),
    *("a\nb\x1b[2J\u202e.yaml", "\x1b]0;t\x07", "-", "--", ".", "..", "../here/answers.yaml", "/"),
    *("/dev/null", "/dev/zero", "/dev/full", "/dev/stdin", "/proc/self/mem", "/proc/self/environ"),
    *(LONG, f"{LONG}/x", "~nobody-of-this-name/x", "\udcff\udcfe", "new/x.json", "answers.yaml/x"),
]  # fmt: skip
WORDS = st.sampled_from(
    [*FILES, "json", "html", "adr", "csv", "here", "0001-01-01", "9999-12-31", "2026-13-01",
     "20261128", "-1", "0", "1", "65536", "9" * 30, "9" * 5000, "1e400", "nan", "inf", "\u0663",
     "tensorflow", "pytorch", "android", "bash", "answers", "decision"]
) | TEXTS.map(lambda text: text.replace("\0", "")) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8
)  # fmt: skip


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """A command with options of its own, their values mostly files, and now and then rubbish."""
    path = draw(st.sampled_from(PATHS))
    words = list(path)
    for action in OPTIONS[path]:
        named = bool(action.option_strings)
        if named and not action.required and draw(st.integers(0, 2)):
            continue
        if action.dest in {"help", "version"} and draw(st.integers(0, 9)):
            continue
        if named:
            words.append(draw(st.sampled_from(action.option_strings)))
        if action.nargs != 0:
            values = st.sampled_from(FILES) | WORDS
            if action.choices:
                fitting = st.sampled_from(list(action.choices))
                values = st.one_of(fitting, fitting, WORDS)
            words.append(draw(values))
    if not draw(st.integers(0, 9)):
        words.insert(draw(st.integers(0, len(words))), draw(WORDS))
    return words


@fuzz
@given(words=command_lines())
def test_any_command_line(place: Path, words: list[str]) -> None:
    """Done, refused or stale; nothing waits, steers the terminal, or writes where nobody asked."""
    before = names_in(place)
    status, err, out = run(words)
    assert status in {0, 2, 3, 4}, err
    assert "Traceback" not in err
    assert harmless(err)
    if not out.startswith(b"%PDF"):
        assert harmless(out.decode().replace("\r\n", "\n"))
    assert names_in(place.parent / "outside") == {"kept.txt"}
    assert stat.S_ISFIFO((place / "pipe").lstat().st_mode)
    assert (place / "loop").readlink() == Path("loop")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    for name in names_in(place) - before:  # only what was named, or a numbered record
        here = "adr" in words or words[:2] == ["rules", "new"]  # these may be given this folder
        assert here or any(name in word for word in words)
        _remove(place / name)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        for one in path.iterdir():
            _remove(one)
        path.rmdir()
    else:
        path.unlink()


@pytest.mark.parametrize("name", ["pipe", "/dev/zero", "folder", "loop", "dangling", LONG])
@pytest.mark.parametrize(
    "words",
    [
        ["recommend", "--answers"],
        ["recommend", "--answers", "answers.yaml", "--probe"],
        ["rules", "explain", "--answers"],
        ["rules", "list", "--rules"],
        ["report", "verify"],
        ["probe", "--answers"],
        ["recommend", "--answers", "answers.yaml", "-o"],
        ["recommend", "--answers", "answers.yaml", "--force", "-o"],
        ["recommend", "--answers", "answers.yaml", "--format", "adr", "--force", "-o"],
        ["probe", "--quick", "-o"],
        ["--plain", "--answers"],
        ["--plain", "--probe"],
    ],
    ids=" ".join,
)
def test_what_is_no_file_is_refused(place: Path, words: list[str], name: str) -> None:
    """A pipe does not block, a device does not end in memory or become a file."""
    if "adr" in words and name == "folder":
        return  # the one thing that takes a folder
    status, err, _ = run([*words, name])
    assert status == 2, err
    assert err.count("\n") == 1
    assert names_in(place.parent / "outside") == {"kept.txt"}


def test_a_file_may_be_called_as_a_command_is(place: Path) -> None:
    """`advisor recommend --answers recommend` and the like are understood."""
    assert run(["recommend", "--answers", "recommend"])[0] == 0
    assert run(["questions", "--rules", "folder"])[0] == 2
    assert run(["report", "render", "decision.json", "--format", "json"])[0] == 0
    status, err, _ = run(["--answers", "probe", "recommend", "--answers", "answers.yaml"])
    assert status == 2
    assert "--answers stands before `recommend`" in err


def test_words_of_the_command_line_do_not_steer_the_terminal(place: Path) -> None:
    """Neither argparse nor a message of ours repeats an escape sequence."""
    for words in (
        ["\x1b[2J"],
        ["--\x1b[2J"],
        ["rules", "show", "\x1b[2J\u202e"],
        ["--probe", "\x1b"],
    ):
        status, err, _ = run(words)
        assert status == 2
        assert harmless(err)


def test_a_skeleton_follows_no_link(place: Path) -> None:
    """`advisor rules new` writes into its folder, whatever lies there already."""
    folder = place / "team"
    folder.mkdir()
    (folder / "rules.yaml").symlink_to(place.parent / "outside" / "new.yaml")
    status, err, _ = run(["rules", "new", "team"])
    assert status == 2, err
    assert names_in(place.parent / "outside") == {"kept.txt"}
    _remove(folder)


VALUES = [
    *("", "0", "-1", "1", "abc", "9" * 30, "1e400", "\x1b[2J", "\u202e", "\udcff", "/dev/null", "/"),
    *("/dev/full", "/proc", "/nowhere", "relative", "..", "loop", "pipe", "noise", LONG, "C", "xx.y"),
    *("dumb", "xterm-256color", "unknown", "POSIX", "de_DE.ISO-8859-1", "ja_JP.SJIS"),
]  # fmt: skip
VARIABLES = [
    *("ADVISOR_SESSIONS", "COLUMNS", "LINES", "TERM", "NO_COLOR", "COLORTERM", "LANG", "LC_ALL"),
    *("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TMPDIR", "PATH", "VIRTUAL_ENV", "CONDA_PREFIX"),
]  # fmt: skip
USES = [
    ["--help"],
    ["recommend", "--help"],
    ["probe", "--list"],
    ["rules", "show", "nothing-of-this-name"],
    ["questions"],
    ["recommend", "--answers", "answers.yaml"],
    ["report", "render", "decision.json"],
    ["report", "preview", "decision.json"],
    ["schema", "decision"],
    ["completion", "bash"],
]


@fuzz
@given(
    variables=st.dictionaries(
        st.sampled_from(VARIABLES),
        st.sampled_from(VALUES)
        | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
        min_size=1,
        max_size=4,
    ),
    words=st.sampled_from(USES),
)
def test_any_environment(place: Path, variables: dict[str, str], words: list[str]) -> None:
    """Whatever the variables say, the command works or says what is wrong."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        status, err, out = run(words)
    assert status in {0, 2}, err
    assert harmless(err)
    assert harmless(out.decode())


@pytest.mark.parametrize("value", ["/dev/null", "pipe", "loop", LONG, "\udcff", "noise", "\x1b[2J"])
@pytest.mark.parametrize("variable", ["ADVISOR_SESSIONS", "HOME", "XDG_DATA_HOME"])
def test_no_place_for_sessions(place: Path, variable: str, value: str) -> None:
    """Plain mode goes on without keeping anything, and says so."""
    with pytest.MonkeyPatch.context() as patch:
        if variable != "ADVISOR_SESSIONS":
            patch.delenv("ADVISOR_SESSIONS")
        patch.setenv(variable, value)
        status, err, out = run(["--plain", "--resume"], b"1\nr\nq\n")
    assert status == 0, err
    assert harmless(out.decode())


def _sessions(place: Path) -> Path:
    folder = place.parent / "home" / "sessions"
    folder.mkdir(exist_ok=True)
    return folder


def test_resuming_passes_over_what_is_no_session(place: Path) -> None:
    """A pipe, a device, a link in a circle and a file of the far future do not stop `--resume`."""
    folder = _sessions(place)
    os.mkfifo(folder / "a.session.jsonl")
    (folder / "b.session.jsonl").symlink_to("/dev/zero")
    (folder / "c.session.jsonl").symlink_to("c.session.jsonl")
    (folder / "d.session.jsonl").mkdir()
    far = folder / "e.session.jsonl"
    far.write_text('{"format": "framework-advisor/session/1", "id": "../../x"}\n')
    os.utime(far, (2**40, 2**40))
    status, err, _ = run(["--plain", "--resume"], b"q\n")
    assert status == 0, err
    assert names_in(place.parent / "outside") == {"kept.txt"}
    for one in list(folder.iterdir()):
        _remove(one)


def shell(words: list[str], place: Path, *, redirect: str = "", **more: str) -> tuple[int, bytes]:
    """Status and output of the program in a process of its own, started by a shell."""
    command = f'exec "$0" -m advisor "$@" {redirect}'
    environment = {"PATH": os.environ["PATH"], "HOME": str(place.parent / "home"), **more}
    done = subprocess.run(
        ["/bin/sh", "-c", command, sys.executable, *words],
        env=environment,
        cwd=place,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("redirect", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    "words", [[], ["rules", "show", "x"], ["probe", "--list", "--answers", "-"]]
)
def test_closed_streams(place: Path, words: list[str], redirect: str) -> None:
    """A stream that is closed is no fault of the program."""
    status, said = shell(words, place, redirect=redirect)
    assert status in {0, 2}
    assert b"Traceback" not in said
    assert b"fault of this program" not in said


@pytest.mark.parametrize("coding", ["ascii", "latin-1", "utf-16", "cp437"])
def test_a_terminal_that_cannot_say_everything(place: Path, coding: str) -> None:
    """What an encoding lacks is written as an escape."""
    status, said = shell(["questions"], place, PYTHONIOENCODING=coding)
    assert status == 0
    assert b"Traceback" not in said


def test_no_folder_for_temporary_files(place: Path) -> None:
    """A fault is reported in one sentence even where nothing can be written."""
    code = (
        "import tempfile, advisor.cli as cli; tempfile.tempdir = '/nowhere'; "
        "cli._open_face = lambda _: 1 / 0; raise SystemExit(cli.main([]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=place, timeout=PATIENCE, check=False
    )
    assert done.returncode == 1
    assert done.stderr.decode().count("\n") == 1
    assert b"ADVISOR_TRACEBACK" in done.stderr
