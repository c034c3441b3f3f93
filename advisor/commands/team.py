"""`advisor recommend` with several answers files: a team's answers, merged without averaging."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.errors import InputError, Place

if TYPE_CHECKING:
    from advisor.measure.record import ProbeRecord
    from advisor.model.answers import Answers
    from advisor.model.rulebase import RuleBase
    from advisor.report.parts import DecisionDocument
    from advisor.report.team import Member


def run_merge(args: argparse.Namespace, as_of: date) -> int:
    """Merge the files, decide on what all agree on, and write the report."""
    from advisor.report.render import render
    from advisor.report.team import merge
    from advisor.report.write import announce, write_report
    from advisor.service import load_inputs

    rule_base, _, record = load_inputs(answers=None, probe=args.probe, rules=args.rules)
    members = load_members(args.answers, rule_base)
    if args.run_probe:
        from advisor.measure.command import measure_from_arguments

        record = measure_from_arguments(args, merge(rule_base, members).agreed.chosen)
    document = advise_team(rule_base, members, record, as_of=as_of)
    content = render(document, args.format)
    announce(write_report(content, args.output, args.format, force=args.force), args.output)
    return 0


def load_members(paths: list[str], rule_base: RuleBase) -> list[Member]:
    """Everybody's answers; a person is called as their file is.

    Raises InputError when a file is wrong, or when two files would be called the same.
    """
    from advisor.interview.answers_file import load_answers
    from advisor.report.team import Member
    from advisor.text import one_line

    members: list[Member] = []
    for path in paths:
        name = one_line(Path(path).stem) if path != "-" else "standard input"
        if any(one.name == name for one in members):
            raise InputError(
                f"Two answers files are called {name!r}, so it would not be clear who said what.",
                place=Place(path),
                remedy="Give each person's file a name of its own.",
            )
        answers: Answers = load_answers(path, rule_base)
        members.append(Member(name, answers))
    return members


def advise_team(
    rule_base: RuleBase, members: list[Member], record: ProbeRecord | None, *, as_of: date
) -> DecisionDocument:
    """The decision on what all agree on, with who holds what on the rest."""
    from advisor.decision.engine import engine_for
    from advisor.report.replay import measurements_of
    from advisor.report.team import merge, team_part
    from advisor.service import advise

    merged = merge(rule_base, members)
    document = advise(rule_base, merged.agreed, record, as_of=as_of)
    engine = engine_for(rule_base, as_of, samples=document.method.samples)
    names = [one.name for one in members]
    team = team_part(engine, merged, names, measurements_of(document))
    return replace(document, team=team)
