"""`advisor probe`: measure both frameworks on this machine, with workloads chosen by the answers."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    from advisor.measure.arguments import add_probe_arguments

    add_probe_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Measure, show, write."""
    from advisor.measure.command import probe_command

    return probe_command(args, _chosen(args.answers))


def _chosen(answers: str | None) -> dict[str, frozenset[str]]:
    if answers is None:
        return {}
    from advisor.interview.answers_file import load_answers
    from advisor.rulebase.load import load_rule_base

    return dict(load_answers(answers, load_rule_base()).chosen)
