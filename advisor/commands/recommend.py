"""`advisor recommend`: from an answers file to a report, without questions."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.arguments import add_as_of, add_rules
from advisor.errors import InputError, Place
from advisor.model.measurement import Likeness

if TYPE_CHECKING:
    from advisor.measure.record import ProbeRecord
    from advisor.model.answers import Answers
    from advisor.model.rulebase import RuleBase

FORMATS = ("json", "markdown", "html", "adr", "csv", "pdf")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    from advisor.measure.arguments import add_budget_arguments

    parser.add_argument(
        "--answers",
        metavar="FILE",
        action="append",
        required=True,
        help="answers file (YAML or JSON), - for standard input; several: a team's files",
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--probe", metavar="FILE", type=Path, help="use the measurements in this probe file"
    )
    source.add_argument(
        "--run-probe", action="store_true", help="measure both frameworks here, now"
    )
    source.add_argument(
        "--no-probe", action="store_true", help="advise without measurements (the default)"
    )
    add_budget_arguments(parser.add_argument_group("with --run-probe"))
    parser.add_argument(
        "--likeness",
        choices=["here", "alike", "elsewhere"],
        help="how the probed machine stands to the target; by default what the answers and the "
        "machines' fingerprints say",
    )
    parser.add_argument("--format", choices=FORMATS, default="markdown")
    parser.add_argument(
        "-o", "--output", metavar="PATH", type=Path, help="write here instead of standard output"
    )
    parser.add_argument("--force", action="store_true", help="overwrite an existing file")
    add_as_of(parser, "give the advice of that day (YYYY-MM-DD); today when left out")
    add_rules(parser)


def run(args: argparse.Namespace) -> int:
    """Decide and write the report."""
    from advisor.report.render import render
    from advisor.report.write import announce, write_report
    from advisor.service import advise, load_inputs

    as_of = args.as_of or date.today()  # noqa: DTZ011 - the user's own calendar day
    if len(args.answers) > 1:
        from advisor.commands.team import run_merge

        return run_merge(args, as_of)
    if args.format == "pdf" and args.output is None and sys.stdout.isatty():
        raise InputError(
            "a PDF cannot be shown in a terminal.",
            place=Place(field="--output"),
            remedy="Name a file with -o.",
        )
    rule_base, answers, record = load_inputs(
        answers=args.answers[0], probe=args.probe, rules=args.rules
    )
    if args.run_probe:
        record = _measure(args, rule_base, answers, as_of)
    likeness = Likeness(args.likeness) if args.likeness else None
    document = advise(rule_base, answers, record, as_of=as_of, likeness=likeness)
    content = render(document, args.format)
    announce(write_report(content, args.output, args.format, force=args.force), args.output)
    return 0


def _measure(
    args: argparse.Namespace, rule_base: RuleBase, answers: Answers, as_of: date
) -> ProbeRecord:
    """Measure until the time is spent, everything is resolved, or nothing can turn the advice."""
    from advisor.decision.engine import engine_for
    from advisor.measure.command import measure_from_arguments
    from advisor.service import probing_settled

    engine = engine_for(rule_base, as_of)
    return measure_from_arguments(args, answers.chosen, settled=probing_settled(engine, answers))
