"""The command line: `advisor` opens the app, every sub-command lives in its own module."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO

from advisor.errors import EXIT_DONE, EXIT_FAULT, EXIT_INPUT, EXIT_INTERRUPTED, AdvisorError
from advisor.parser import COMMANDS, build_parser, command_module, refuse_misplaced

SYSTEM_REFUSES = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM,
     errno.EAGAIN}
)  # fmt: skip
"""Errors of a system that is full, or whose terminal is gone: no fault of this program."""


def _named_commands(argv: Sequence[str]) -> list[str]:
    """Every word in `argv` that may be the sub-command, found without parsing the options of all.

    More than one: a file may be called as a command is.
    """
    return [word for word in dict.fromkeys(argv) if word in COMMANDS]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status; see `advisor.errors`.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    _mend_streams()
    try:
        args = build_parser(loaded=_named_commands(words)).parse_args(words)
        if args.command:
            refuse_misplaced(args)
            status = command_module(args.command).run(args)
        else:
            status = _open_face(args)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        status = _ended_by(error)
    try:
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)
    return status


def _ended_by(error: BaseException) -> int:
    """Say what ended the program; returns the exit status."""
    status = EXIT_INPUT
    match error:
        case AdvisorError():
            _complain(str(error))
            status = error.exit_status
        case KeyboardInterrupt():
            _complain("stopped")
            status = EXIT_INTERRUPTED
        case BrokenPipeError():
            _silence(sys.stdout)
            status = EXIT_DONE
        case MemoryError():
            _complain("there is not enough memory. Close other programs, or raise the limit.")
        case RuntimeError() if "start new thread" in str(error):
            _complain("the system starts no more threads. Close programs, or raise `ulimit -u`.")
        case OSError() if error.errno in SYSTEM_REFUSES:
            _silence(sys.stdout)
            _complain(f"the system refuses: {error.strerror}.")
        case _:
            status = _report_fault(error)
    return status


def _complain(text: str) -> None:
    """Say it on standard error, if that is still there."""
    try:
        print(f"advisor: {text}", file=sys.stderr)
    except OSError:
        _silence(sys.stderr)


def _open_face(args: argparse.Namespace) -> int:
    if args.app_plain:
        from advisor.plain.face import run_plain

        return run_plain(
            resume=args.app_resume,
            rules=args.app_rules,
            answers=args.app_answers,
            probe=args.app_probe,
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

    return run_app(
        resume=args.app_resume,
        rules=args.app_rules,
        answers=args.app_answers,
        probe=args.app_probe,
    )


def _mend_streams() -> None:
    """Streams that are closed lead nowhere, and what the terminal's encoding cannot say is written
    as an escape: neither is a reason to fail."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123
        elif mode == "w" and isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _silence(stream: TextIO) -> None:
    """The reader of this stream is gone, or its disk is full: keep the interpreter from complaining
    about what cannot be written any more."""
    with suppress(OSError, ValueError):  # a stream of a test has no descriptor
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _report_fault(error: BaseException) -> int:
    """Say in one sentence that this is our fault, and keep the details for the report of it."""
    import tempfile
    import traceback

    if os.environ.get("ADVISOR_TRACEBACK"):
        traceback.print_exc()
        return EXIT_FAULT
    details = "Set ADVISOR_TRACEBACK=1 to see the details"
    with (
        suppress(OSError),  # no folder for temporary files, or a full disk
        tempfile.NamedTemporaryFile(
            "w", prefix="advisor-fault-", suffix=".txt", delete=False, encoding="utf-8",
            errors="backslashreplace",
        ) as file,
    ):  # fmt: skip
        traceback.print_exception(error, file=file)
        details = f"Details are in {file.name}"
    _complain(f"a fault of this program ({type(error).__name__}). {details}; please report them.")
    return EXIT_FAULT
