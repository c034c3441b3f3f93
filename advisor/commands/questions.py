"""`advisor questions`: the whole questionnaire as a fillable answers file."""

from __future__ import annotations

import argparse

from advisor.arguments import add_rules


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    parser.add_argument("--format", choices=["yaml", "json", "markdown"], default="yaml")
    add_rules(parser)


def run(args: argparse.Namespace) -> int:
    """Print the blank answers file."""
    from advisor.interview.answers_file import blank_answers_file
    from advisor.rulebase.load import load_rule_base

    rule_base = load_rule_base(overlays=args.rules)
    print(blank_answers_file(rule_base, args.format), end="")
    return 0
