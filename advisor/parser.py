"""The parser of the command line, and which module holds each sub-command.

Only argparse is imported here (about 7 ms). A sub-command's module is imported when that
sub-command is used, so that `advisor --help` and the app start without the rest.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple, NoReturn, Protocol, cast

from advisor import __version__
from advisor.errors import InputError
from advisor.text import one_line


class CommandModule(Protocol):
    """What the module of a sub-command offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare its options on `parser`."""

    def run(self, args: argparse.Namespace) -> int:
        """Do the work; returns the exit status."""


class Command(NamedTuple):
    """A sub-command and where its code is."""

    help: str
    module: str


COMMANDS: dict[str, Command] = {
    "questions": Command(
        "print the questionnaire as a fillable answers file", "advisor.commands.questions"
    ),
    "probe": Command("measure both frameworks on this machine", "advisor.commands.probe"),
    "recommend": Command("advise from an answers file", "advisor.commands.recommend"),
    "report": Command("render, verify, recheck or compare decisions", "advisor.report.command"),
    "rules": Command("check, list and explain the rule base", "advisor.rulebase.command"),
    "doctor": Command(
        "say what hardware is here and which framework can use it", "advisor.commands.doctor"
    ),
    "schema": Command(
        "print the JSON Schema of decision, probe or answers", "advisor.commands.schema"
    ),
    "serve": Command("open the app in the browser, on this machine only", "advisor.commands.serve"),
    "completion": Command(
        "print a completion script for bash, zsh or tcsh", "advisor.commands.completion"
    ),
}

EPILOG = """\
Without a command, the app opens. Exit status: 0 done; 1 a fault of this program; 2 the command
line or a file is wrong; 3 a probe was asked for and no framework could be measured; 4 a decision
that was rechecked no longer holds."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong without sending the words of the command line raw to the terminal."""

    def error(self, message: str) -> NoReturn:
        super().error(one_line(message))


def build_parser(loaded: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The whole parser; only the sub-commands in `loaded` get their own options."""
    parser = _Parser(
        prog="advisor",
        description="Advises whether to build on PyTorch or TensorFlow, and shows why.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"framework-advisor {__version__}")
    _add_app_options(parser)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, command in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=command.help, description=command.help)
        if name in loaded:
            command_module(name).add_arguments(subparser)
    return parser


def _add_app_options(parser: argparse.ArgumentParser) -> None:
    """The options of the app. They have names of their own in the result, so that those of a
    command, which may be called the same, never cover them up."""
    parser.add_argument(
        "--resume", dest="app_resume", action="store_true", help="go on with the last session"
    )
    parser.add_argument(
        "--plain",
        dest="app_plain",
        action="store_true",
        help="ask in plain lines, for screen readers and pipes",
    )
    parser.add_argument(
        "--answers",
        dest="app_answers",
        metavar="FILE",
        help="start from the answers in this file (YAML or JSON)",
    )
    parser.add_argument(
        "--probe", dest="app_probe", metavar="FILE", help="use the measurements in this probe file"
    )
    parser.add_argument(
        "--rules",
        dest="app_rules",
        metavar="DIR",
        action="append",
        default=[],
        help="lay a team's own rules over the shipped ones; may be repeated",
    )


def refuse_misplaced(args: argparse.Namespace) -> None:
    """Options of the app before a command would do nothing: say so rather than advise without them.

    Raises InputError.
    """
    given = [name for name, value in vars(args).items() if name.startswith("app_") and value]
    if given:
        option = f"--{given[0].removeprefix('app_')}"
        raise InputError(
            f"{option} stands before `{args.command}`, where it would do nothing.",
            remedy=f"Options of a command follow it; `advisor {args.command} --help` lists them.",
        )


def command_module(name: str) -> CommandModule:
    return cast("CommandModule", import_module(COMMANDS[name].module))
