"""`advisor completion`: a completion script, generated from the parser itself."""

from __future__ import annotations

import argparse
import sys

SHELLS = ("bash", "zsh", "tcsh")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    parser.add_argument("shell", choices=SHELLS)


def run(args: argparse.Namespace) -> int:
    """Print the script for one shell."""
    import shtab

    from advisor.parser import COMMANDS, build_parser

    sys.stdout.write(shtab.complete(build_parser(loaded=tuple(COMMANDS)), shell=args.shell))
    return 0
