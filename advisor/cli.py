"""The command line: `advisor` opens the app, every sub-command lives in its own module."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from advisor.errors import EXIT_DONE, EXIT_FAULT, EXIT_INPUT, AdvisorError
from advisor.parser import COMMANDS, build_parser, command_module


def _named_command(argv: Sequence[str]) -> str | None:
    """The sub-command in `argv`, found without parsing the options of every sub-command."""
    return next((word for word in argv if word in COMMANDS), None)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status; see `advisor.errors`.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    name = _named_command(words)
    try:
        args = build_parser(loaded=[name] if name else []).parse_args(words)
        if args.command:
            return command_module(args.command).run(args)
        return _open_face(args)
    except AdvisorError as error:
        print(f"advisor: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("advisor: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        _silence_stdout()
        return EXIT_DONE
    except Exception as error:
        return _report_fault(error)


def _open_face(args: argparse.Namespace) -> int:
    if args.plain:
        from advisor.plain.face import run_plain

        return run_plain(
            resume=args.resume, rules=args.rules, answers=args.answers, probe=args.probe
        )
    served = "TEXTUAL_DRIVER" in os.environ  # set by `advisor serve` for the app in the browser
    if not served and not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(
            "advisor: the app needs a terminal. "
            "Use `advisor --plain`, or `advisor recommend --answers FILE`.",
            file=sys.stderr,
        )
        return EXIT_INPUT
    from advisor.tui.app import run_app

    return run_app(resume=args.resume, rules=args.rules, answers=args.answers, probe=args.probe)


def _silence_stdout() -> None:
    """The reader of our output is gone: keep the interpreter from complaining about it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report_fault(error: Exception) -> int:
    """Say in one sentence that this is our fault, and keep the details for the report of it."""
    import tempfile
    import traceback

    if os.environ.get("ADVISOR_TRACEBACK"):
        traceback.print_exc()
        return EXIT_FAULT
    with tempfile.NamedTemporaryFile(
        "w", prefix="advisor-fault-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        traceback.print_exception(error, file=file)
    print(
        f"advisor: a fault of this program ({type(error).__name__}). "
        f"Details are in {file.name}; please report them.",
        file=sys.stderr,
    )
    return EXIT_FAULT
