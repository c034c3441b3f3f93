"""`advisor report`: render, verify, recheck and compare decisions."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.arguments import add_as_of, add_rules
from advisor.errors import EXIT_DONE, InputError, Place, StaleDecisionError

if TYPE_CHECKING:
    from advisor.report.parts import DecisionDocument


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_render(actions.add_parser("render", help="write a decision in another form"))
    verify = actions.add_parser("verify", help="compute every figure again, offline")
    recheck = actions.add_parser(
        "recheck", help="ask whether a decision still holds; exit status 4 when it does not"
    )
    diff = actions.add_parser("diff", help="say what changed between two decisions, and why")
    preview = actions.add_parser("preview", help="list every field that could identify somebody")
    for action in (verify, recheck, preview):
        action.add_argument("decision", type=Path, help="decision.json")
    diff.add_argument("before", type=Path, help="the older decision.json")
    diff.add_argument("after", type=Path, help="the newer decision.json")
    for action in (verify, recheck, diff):
        add_rules(action)
        action.add_argument("--json", action="store_true", help="answer in JSON")
    add_as_of(recheck, "ask for that day (YYYY-MM-DD); today when left out")


def _add_render(parser: argparse.ArgumentParser) -> None:
    from advisor.report.render import FORMATS

    parser.add_argument("decision", type=Path, help="decision.json")
    parser.add_argument("--format", choices=FORMATS, default="markdown")
    parser.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        type=Path,
        help="write here instead of standard output; for adr, a folder takes the next number",
    )
    parser.add_argument("--force", action="store_true", help="overwrite an existing file")
    people = parser.add_argument_group("with --format adr (each may be repeated)")
    people.add_argument("--decision-maker", metavar="NAME", action="append", default=[])
    people.add_argument("--consulted", metavar="NAME", action="append", default=[])
    people.add_argument("--informed", metavar="NAME", action="append", default=[])


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    return {
        "render": _render,
        "verify": _verify,
        "recheck": _recheck,
        "diff": _diff,
        "preview": _preview,
    }[args.action](args)


def _load(path: Path) -> DecisionDocument:
    from advisor.report.document import load_document

    return load_document(path)


def _render(args: argparse.Namespace) -> int:
    import sys

    from advisor.report.render import render
    from advisor.report.write import announce, write_report

    if args.format == "pdf" and args.output is None and sys.stdout.isatty():
        raise InputError(
            "A PDF cannot be shown in a terminal.",
            place=Place(field="--output"),
            remedy="Name a file with -o.",
        )
    document = _load(args.decision)
    people = (args.decision_maker, args.consulted, args.informed)
    if args.format == "adr":
        from advisor.report.as_madr import People, to_madr

        content: str | bytes = to_madr(document, People(*map(tuple, people)))
    else:
        if any(people):
            raise InputError(
                "Only a decision record names people.",
                place=Place(field="--format"),
                remedy="Use --format adr.",
            )
        content = render(document, args.format)
    written = write_report(content, args.output, args.format, force=args.force)
    announce(written, args.output)
    return EXIT_DONE


def _verify(args: argparse.Namespace) -> int:
    from advisor.report.verify import verify
    from advisor.rulebase.load import load_rule_base

    document = _load(args.decision)
    found = verify(document, load_rule_base(overlays=args.rules))
    if args.json:
        plain = [
            {"place": one.place, "stored": one.stored, "computed": one.computed} for one in found
        ]
        print(json.dumps({"holds": not found, "differences": plain}, indent=1))
    else:
        for one in found:
            print(one)
    if found:
        raise StaleDecisionError(
            f"{len(found)} places differ from what answers, probe and rules give.",
            place=Place(str(args.decision)),
        )
    if not args.json:
        print("Every figure was computed again and agrees.")
    return EXIT_DONE


def _recheck(args: argparse.Namespace) -> int:
    from advisor.report.recheck import recheck
    from advisor.rulebase.load import load_rule_base

    document = _load(args.decision)
    as_of = args.as_of or date.today()  # noqa: DTZ011 - the user's own calendar day
    found = recheck(document, load_rule_base(overlays=args.rules), as_of=as_of)
    if args.json:
        print(json.dumps(found.plain(), indent=1, ensure_ascii=False))
    else:
        print("\n".join(found.lines))
    if not found.holds:
        raise StaleDecisionError(
            "The decision asks to be taken anew.", place=Place(str(args.decision))
        )
    return EXIT_DONE


def _diff(args: argparse.Namespace) -> int:
    from advisor.report.diff import diff
    from advisor.rulebase.load import load_rule_base

    found = diff(_load(args.before), _load(args.after), load_rule_base(overlays=args.rules))
    if args.json:
        print(json.dumps(found.plain(), indent=1, ensure_ascii=False))
    else:
        print("\n".join(found.lines))
    return EXIT_DONE


def _preview(args: argparse.Namespace) -> int:
    from advisor.report.document import to_plain
    from advisor.report.privacy import identifying_fields

    for one in identifying_fields(to_plain(_load(args.decision))):
        note = "  (left out of new reports)" if one.removable else ""
        print(f"{one.place}: {one.label}: {one.value}{note}")
    return EXIT_DONE
