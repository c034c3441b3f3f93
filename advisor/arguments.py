"""Options that several commands share."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path


def add_rules(parser: argparse.ArgumentParser) -> None:
    """`--rules DIR`, any number of times."""
    parser.add_argument(
        "--rules",
        metavar="DIR",
        action="append",
        type=Path,
        default=[],
        help="lay a team's own rules over the shipped ones; may be repeated",
    )


def add_as_of(parser: argparse.ArgumentParser, meaning: str) -> None:
    """`--as-of DATE`; None when it is left out."""
    parser.add_argument("--as-of", metavar="DATE", type=_day, help=meaning)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is not a date; write it as 2026-11-28"
        raise argparse.ArgumentTypeError(message) from None
