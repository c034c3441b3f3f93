"""`advisor rules`: check, list and explain the rule base."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.arguments import add_as_of, add_rules
from advisor.errors import EXIT_DONE, EXIT_INPUT, InputError
from advisor.resources import rules_folder
from advisor.rulebase.load import load_rule_base
from advisor.text import one_line

if TYPE_CHECKING:
    from advisor.model.rulebase import RuleBase
    from advisor.rulebase.scenarios import Outcome, Scenario


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its sub-commands."""
    subs = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = subs.add_parser("check", help="find what can never happen, matter or hold")
    check.add_argument("--format", choices=["text", "json", "sarif"], default="text")
    check.add_argument("--strict", action="store_true", help="warnings fail as well")
    check.add_argument(
        "--witnesses",
        action="store_true",
        help="look for a verdict that each rule changes as well (about a minute)",
    )
    subs.add_parser("list", help="one line per rule")
    show = subs.add_parser("show", help="explain a rule, gate, question, notice or evidence")
    show.add_argument("id", metavar="ID")
    explain = subs.add_parser("explain", help="which rules hold for an answers file, and why")
    explain.add_argument("ids", metavar="ID", nargs="*", help="show these line by line")
    explain.add_argument("--answers", metavar="FILE", type=Path, required=True)
    test = subs.add_parser("test", help="run the scenarios; say what they leave out")
    test.add_argument("--mutation", action="store_true", help="change one thing at a time as well")
    test.add_argument(
        "--every", metavar="N", type=_from(1), default=1, help="with --mutation: one mutant in N"
    )
    test.add_argument("--record", action="store_true", help="accept what the scenarios come to now")
    subs.add_parser("freshness", help="age and expiry of the evidence, by criterion")
    summary = subs.add_parser("summary", help="the rule base on one page, as a decision tree")
    summary.add_argument(
        "--sets", type=_from(30), default=3000, help="answer sets to sample (3000)"
    )
    summary.add_argument("--leaves", type=_from(2), default=16, help="leaves of the tree (16)")
    subs.add_parser("audit", help="would the candidates be treated alike if they changed places?")
    schema = subs.add_parser("schema", help="print the JSON Schema of a rule file, for editors")
    schema.add_argument(
        "--with-ids",
        action="store_true",
        help="limit it to the questions, options, criteria and evidence there are",
    )
    new = subs.add_parser("new", help="write a skeleton of a team's own rules")
    new.add_argument("folder", metavar="DIR", type=Path)
    for sub in subs.choices.values():
        _common(sub)


def _from(least: int) -> Callable[[str], int]:
    """The type of an option: a whole number that asks for no more than anybody would wait for."""

    def number(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) <= 6 and int(text) >= least:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least} to 999999")

    return number


def _common(sub: argparse.ArgumentParser) -> None:
    add_rules(sub)
    add_as_of(sub, "judge age and expiry on that day (today; for `test`, the day of the record)")


def run(args: argparse.Namespace) -> int:
    """Do what the sub-command says; 0 when all is well, 2 when something was found."""
    action: Callable[[argparse.Namespace, RuleBase], int] = globals()[f"_{args.action}"]
    return action(args, load_rule_base(overlays=args.rules))


def _today() -> date:
    return date.today()  # noqa: DTZ011 - the user's own calendar day


def _folders(args: argparse.Namespace) -> list[tuple[Path, str]]:
    """The folders in use, each with what goes before the names of its files."""
    own = [(folder, one_line(f"{folder.name}/")) for folder in args.rules]
    return [(rules_folder(), ""), *own]


def _scenarios(args: argparse.Namespace, rule_base: RuleBase) -> list[Scenario]:
    """A team's own scenarios where there are own rules, else the shipped ones: what the shipped
    ones expect need not hold under other rules."""
    from advisor.rulebase.scenarios import load_scenarios

    folders = _folders(args)[1:] or _folders(args)
    return [
        one
        for folder, prefix in folders
        for one in load_scenarios(folder, rule_base, prefix=prefix)
    ]


def _new(args: argparse.Namespace, rule_base: RuleBase) -> int:
    from advisor.rulebase.new import write_skeleton
    from advisor.rulebase.schema import schema_text

    folder, as_of = args.folder, args.as_of or _today()
    for path in write_skeleton(folder, as_of=as_of, schema=schema_text(rule_base)):
        print(one_line(str(path)))
    command = one_line(f"advisor rules check --rules {shlex.quote(str(folder))}")
    print(f"Check it with: {command}", file=sys.stderr)
    return EXIT_DONE


def _list(_: argparse.Namespace, rule_base: RuleBase) -> int:
    from advisor.rulebase.show import list_rules

    sys.stdout.write(list_rules(rule_base))
    return EXIT_DONE


def _show(args: argparse.Namespace, rule_base: RuleBase) -> int:
    from advisor.rulebase.show import show

    sys.stdout.write(show(rule_base, args.id, as_of=args.as_of or _today()))
    return EXIT_DONE


def _explain(args: argparse.Namespace, rule_base: RuleBase) -> int:
    from advisor.rulebase.given import load_given
    from advisor.rulebase.trace import explain

    sys.stdout.write(explain(rule_base, load_given(args.answers, rule_base), args.ids))
    return EXIT_DONE


def _schema(args: argparse.Namespace, rule_base: RuleBase) -> int:
    from advisor.rulebase.schema import schema_text

    sys.stdout.write(schema_text(rule_base if args.with_ids else None))
    return EXIT_DONE


def _freshness(args: argparse.Namespace, rule_base: RuleBase) -> int:
    from advisor.rulebase import freshness

    found = freshness.freshness(rule_base, as_of=args.as_of or _today())
    sys.stdout.write(freshness.as_text(found, rule_base, as_of=args.as_of or _today()))
    return EXIT_DONE


def _summary(args: argparse.Namespace, rule_base: RuleBase) -> int:
    from advisor.rulebase import summary

    found = summary.summarise(
        rule_base,
        [one.answers for one in _scenarios(args, rule_base)] if not args.rules else (),
        as_of=args.as_of or _today(),
        sets=args.sets,
        leaves=args.leaves,
    )
    sys.stdout.write(summary.as_text(found, rule_base))
    return EXIT_DONE


def _audit(args: argparse.Namespace, rule_base: RuleBase) -> int:
    from advisor.rulebase import audit

    found = audit.audit(rule_base, _scenarios(args, rule_base), as_of=args.as_of or _today())
    sys.stdout.write(audit.as_text(found))
    return EXIT_DONE if all(one.passed for one in found) else EXIT_INPUT


def _test(args: argparse.Namespace, rule_base: RuleBase) -> int:
    from advisor.rulebase.record import NO_RECORD, differences, read_record, write_record
    from advisor.rulebase.scenarios import engine_for, run_scenarios

    record = NO_RECORD if args.rules else read_record(rules_folder())
    as_of = args.as_of or (None if args.record else record.as_of) or _today()
    scenarios = _scenarios(args, rule_base)
    outcomes = run_scenarios(engine_for(rule_base, as_of), scenarios)
    if args.record and args.rules:
        raise InputError("Only the shipped scenarios are recorded.", remedy="Leave out --rules.")
    if args.record:
        print(f"Recorded in {write_record(outcomes, rules_folder(), as_of=as_of)}")
        record = read_record(rules_folder())
    failed = moved = 0
    for outcome in outcomes:
        drift = differences(outcome, record)
        complaints = [*outcome.failures, *drift]
        failed += bool(complaints)
        moved += bool(drift)
        origin = outcome.scenario.origin
        for complaint in complaints:
            print(f"{origin.file}:{origin.line}: {outcome.scenario.id}: {complaint}")
    new = sum(one.scenario.id not in record.scenarios for one in outcomes)
    if new and record.scenarios:
        print(f"{new} not recorded yet: advisor rules test --record")
    if moved:
        print(f"{moved} differ from the record; if so meant: advisor rules test --record")
    _print_coverage(rule_base, outcomes, _folders(args)[1:])
    if args.mutation:
        _mutation(args, rule_base, scenarios, as_of)
    print(f"As of {as_of}: {len(outcomes) - failed} passed, {failed} failed")
    return EXIT_INPUT if failed else EXIT_DONE


def _print_coverage(
    rule_base: RuleBase, outcomes: Sequence[Outcome], overlays: Sequence[tuple[Path, str]]
) -> None:
    from advisor.rulebase.scenarios import coverage

    left_out = coverage(rule_base, outcomes, within=[prefix for _, prefix in overlays])
    for title, ids, total in (
        ("Rules, gates, emphases and notices", left_out.rules, left_out.rules_total),
        ("Options", left_out.options, left_out.options_total),
    ):
        print(f"{title}: {total - len(ids)} of {total} exercised")
        if ids:
            print(f"  not by any scenario: {', '.join(ids)}")
    print(
        f"Pairs of options that one condition reads: "
        f"{left_out.pairs_met} of {left_out.pairs_total} answered together"
    )


def _mutation(
    args: argparse.Namespace, rule_base: RuleBase, scenarios: Sequence[Scenario], as_of: date
) -> None:
    from advisor.rulebase.mutation import mutation_score

    def tick(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\rmutant {done} of {total}", end="", file=sys.stderr)

    score = mutation_score(rule_base, scenarios, as_of=as_of, every=args.every, tick=tick)
    noticed = score.by_expectation + score.by_record
    print(
        f"Mutation score: {noticed} of {score.total} noticed ({noticed / score.total:.1%}), "
        f"{score.by_expectation} by a written expectation, {score.by_record} only by the record"
    )
    for survivor in score.survivors:
        print(f"  not noticed: {survivor}")


def _check(args: argparse.Namespace, rule_base: RuleBase) -> int:
    from advisor.rulebase.check import check_rule_base
    from advisor.rulebase.findings import FORMATS, Level
    from advisor.rulebase.overlay import overlay_notes
    from advisor.rulebase.waivers import apply_waivers, load_waivers

    waivers = [
        waiver
        for folder, prefix in _folders(args)
        for waiver in load_waivers(folder, prefix=prefix)
    ]
    as_of = args.as_of or _today()
    found = check_rule_base(rule_base, as_of=as_of, witnesses=args.witnesses)
    if args.rules:
        found += overlay_notes(load_rule_base(), rule_base)
    findings = apply_waivers(found, waivers, as_of=as_of)
    sys.stdout.write(FORMATS[args.format](findings))
    failing = {Level.ERROR, Level.WARNING} if args.strict else {Level.ERROR}
    bad = any(one.level in failing and not one.waived for one in findings)
    return EXIT_INPUT if bad else EXIT_DONE
