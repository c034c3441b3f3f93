"""`advisor rules`: check, list and explain the rule base."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.errors import EXIT_DONE, EXIT_INPUT
from advisor.resources import rules_folder
from advisor.rulebase.load import load_rule_base

if TYPE_CHECKING:
    from advisor.model.rulebase import RuleBase
    from advisor.rulebase.scenarios import Scenario


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its sub-commands."""
    subs = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = subs.add_parser("check", help="find what can never happen, matter or hold")
    check.add_argument("--format", choices=["text", "json", "sarif"], default="text")
    check.add_argument("--strict", action="store_true", help="warnings fail as well")
    subs.add_parser("list", help="one line per rule")
    show = subs.add_parser("show", help="explain a rule, gate, question, notice or evidence")
    show.add_argument("id", metavar="ID")
    test = subs.add_parser("test", help="run the scenarios; say what they leave out")
    test.add_argument("--mutation", action="store_true", help="change one thing at a time as well")
    test.add_argument(
        "--every", metavar="N", type=int, default=1, help="with --mutation: one mutant in N"
    )
    test.add_argument("--record", action="store_true", help="accept what the scenarios come to now")
    subs.add_parser("freshness", help="age and expiry of the evidence, by criterion")
    summary = subs.add_parser("summary", help="the rule base on one page, as a decision tree")
    summary.add_argument("--sets", type=int, default=3000, help="answer sets to sample (3000)")
    summary.add_argument("--leaves", type=int, default=12, help="leaves of the tree (12)")
    subs.add_parser("audit", help="would the candidates be treated alike if they changed places?")
    new = subs.add_parser("new", help="write a skeleton of a team's own rules")
    new.add_argument("folder", metavar="DIR", type=Path)
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
    """Do what the sub-command says; 0 when all is well, 2 when something was found."""
    if args.action == "new":
        return _new(args)
    action: Callable[[argparse.Namespace, RuleBase], int] = globals()[f"_{args.action}"]
    return action(args, load_rule_base(overlays=args.rules))


def _folders(args: argparse.Namespace) -> list[Path]:
    return [rules_folder(), *args.rules]


def _new(args: argparse.Namespace) -> int:
    from advisor.rulebase.new import write_skeleton

    for path in write_skeleton(args.folder, as_of=args.as_of):
        print(path)
    print(f"Check it with: advisor rules check --rules {args.folder}", file=sys.stderr)
    return EXIT_DONE


def _list(_: argparse.Namespace, rule_base: RuleBase) -> int:
    from advisor.rulebase.show import list_rules

    sys.stdout.write(list_rules(rule_base))
    return EXIT_DONE


def _show(args: argparse.Namespace, rule_base: RuleBase) -> int:
    from advisor.rulebase.show import show

    sys.stdout.write(show(rule_base, args.id, as_of=args.as_of))
    return EXIT_DONE


def _freshness(args: argparse.Namespace, rule_base: RuleBase) -> int:
    from advisor.rulebase import freshness

    found = freshness.freshness(rule_base, as_of=args.as_of)
    sys.stdout.write(freshness.as_text(found, rule_base, as_of=args.as_of))
    return EXIT_DONE


def _summary(args: argparse.Namespace, rule_base: RuleBase) -> int:
    from advisor.rulebase import summary

    found = summary.summarise(rule_base, as_of=args.as_of, sets=args.sets, leaves=args.leaves)
    sys.stdout.write(summary.as_text(found, rule_base))
    return EXIT_DONE


def _audit(args: argparse.Namespace, rule_base: RuleBase) -> int:
    from advisor.rulebase import audit
    from advisor.rulebase.scenarios import load_scenarios

    scenarios = [one for folder in _folders(args) for one in load_scenarios(folder, rule_base)]
    found = audit.audit(rule_base, scenarios, as_of=args.as_of)
    sys.stdout.write(audit.as_text(found))
    return EXIT_DONE if all(one.passed for one in found) else EXIT_INPUT


def _test(args: argparse.Namespace, rule_base: RuleBase) -> int:
    from advisor.rulebase.record import differences, read_record, write_record
    from advisor.rulebase.scenarios import coverage, engine_for, load_scenarios, run_scenarios

    scenarios = [one for folder in _folders(args) for one in load_scenarios(folder, rule_base)]
    outcomes = run_scenarios(engine_for(rule_base, args.as_of), scenarios)
    if args.record:
        print(f"Recorded in {write_record(outcomes, rules_folder())}")
    record = {} if args.rules else read_record(rules_folder())
    failed = 0
    for outcome in outcomes:
        complaints = [*outcome.failures, *differences(outcome, record)]
        failed += bool(complaints)
        origin = outcome.scenario.origin
        for complaint in complaints:
            print(f"{origin.file}:{origin.line}: {outcome.scenario.id}: {complaint}")
    left_out = coverage(rule_base, outcomes)
    for title, ids, total in (
        ("Rules, gates, emphases and notices", left_out.rules, left_out.rules_total),
        ("Options", left_out.options, left_out.options_total),
    ):
        print(f"{title}: {total - len(ids)} of {total} exercised")
        if ids:
            print(f"  not by any scenario: {', '.join(ids)}")
    if args.mutation:
        _mutation(args, rule_base, scenarios)
    print(f"{len(outcomes) - failed} passed, {failed} failed")
    return EXIT_INPUT if failed else EXIT_DONE


def _mutation(args: argparse.Namespace, rule_base: RuleBase, scenarios: Sequence[Scenario]) -> None:
    from advisor.rulebase.mutation import mutation_score

    def tick(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\rmutant {done} of {total}", end="", file=sys.stderr)

    score = mutation_score(
        rule_base, scenarios, as_of=args.as_of, every=max(args.every, 1), tick=tick
    )
    noticed = score.by_expectation + score.by_record
    print(
        f"Mutation score: {noticed} of {score.total} noticed ({noticed / score.total:.0%}), "
        f"{score.by_expectation} by a written expectation, {score.by_record} only by the record"
    )
    for survivor in score.survivors:
        print(f"  not noticed: {survivor}")


def _check(args: argparse.Namespace, rule_base: RuleBase) -> int:
    from advisor.rulebase.check import check_rule_base
    from advisor.rulebase.findings import FORMATS, Level
    from advisor.rulebase.waivers import apply_waivers, load_waivers

    waivers = [waiver for folder in _folders(args) for waiver in load_waivers(folder)]
    findings = apply_waivers(
        check_rule_base(rule_base, as_of=args.as_of), waivers, as_of=args.as_of
    )
    sys.stdout.write(FORMATS[args.format](findings))
    failing = {Level.ERROR, Level.WARNING} if args.strict else {Level.ERROR}
    bad = any(one.level in failing and not one.waived for one in findings)
    return EXIT_INPUT if bad else EXIT_DONE
