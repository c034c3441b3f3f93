"""`advisor rules`: check, list and explain the rule base."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from advisor.resources import rules_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its sub-commands."""
    subs = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = subs.add_parser("check", help="find what can never happen, matter or hold")
    check.add_argument("--format", choices=["text", "json", "sarif"], default="text")
    check.add_argument("--strict", action="store_true", help="warnings fail as well")
    subs.add_parser("list", help="one line per rule")
    show = subs.add_parser("show", help="explain a rule, gate, question, notice or evidence")
    show.add_argument("id", metavar="ID")
    for sub in subs.choices.values():
        _common(sub)


def _common(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--rules",
        metavar="DIR",
        action="append",
        type=Path,
        default=[],
        help="lay a team's own rules over the shipped ones; may be repeated",
    )
    sub.add_argument(
        "--as-of",
        metavar="DATE",
        type=date.fromisoformat,
        default=date.today(),  # noqa: DTZ011 - the user's own calendar day
        help="judge age and expiry on that day",
    )


def run(args: argparse.Namespace) -> int:
    """Do what the sub-command says; 0 when all is well, 2 when the check finds an error."""
    from advisor.rulebase.load import load_rule_base
    from advisor.rulebase.show import list_rules, show

    rule_base = load_rule_base(overlays=args.rules)
    if args.action == "check":
        return _check(args)
    if args.action == "list":
        sys.stdout.write(list_rules(rule_base))
    else:
        sys.stdout.write(show(rule_base, args.id, as_of=args.as_of))
    return 0


def _check(args: argparse.Namespace) -> int:
    from advisor.rulebase.check import check_rule_base
    from advisor.rulebase.findings import FORMATS, Level
    from advisor.rulebase.load import load_rule_base
    from advisor.rulebase.waivers import apply_waivers, load_waivers

    rule_base = load_rule_base(overlays=args.rules)
    waivers = [
        waiver for folder in (rules_folder(), *args.rules) for waiver in load_waivers(folder)
    ]
    findings = apply_waivers(
        check_rule_base(rule_base, as_of=args.as_of), waivers, as_of=args.as_of
    )
    sys.stdout.write(FORMATS[args.format](findings))
    failing = {Level.ERROR, Level.WARNING} if args.strict else {Level.ERROR}
    return 2 if any(one.level in failing and not one.waived for one in findings) else 0
