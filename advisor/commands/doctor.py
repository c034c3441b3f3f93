"""`advisor doctor`: what hardware is here, and which framework can use it."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    from advisor.measure.arguments import add_doctor_arguments

    add_doctor_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print the findings."""
    from advisor.measure.command import doctor_command

    return doctor_command(args)
