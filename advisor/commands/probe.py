"""`advisor probe`: measure both frameworks on this machine, and try the ways to the targets."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from advisor.errors import ProbeError

if TYPE_CHECKING:
    from advisor.measure.record import AttemptRecord, ProbeRecord

TIMING_OPTIONS = ("budget", "quick", "thorough", "workload")
"""With one of these beside `--deploy`, the frameworks are timed as well."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    from advisor.deploy.command import add_deploy_arguments
    from advisor.measure.arguments import add_probe_arguments

    add_probe_arguments(parser)
    add_deploy_arguments(parser.add_argument_group("deployment paths"))


def run(args: argparse.Namespace) -> int:
    """Measure, show, write."""
    from advisor.measure.command import probe_command

    chosen = _chosen(args.answers)
    return _deploy(args, chosen) if args.deploy or args.install else probe_command(args, chosen)


def _chosen(answers: str | None) -> dict[str, frozenset[str]]:
    if answers is None:
        return {}
    from advisor.interview.answers_file import load_answers
    from advisor.rulebase.load import load_rule_base

    return dict(load_answers(answers, load_rule_base()).chosen)


def _deploy(args: argparse.Namespace, chosen: dict[str, frozenset[str]]) -> int:
    from advisor.deploy.command import install_environment, try_from_arguments
    from advisor.deploy.matrix import as_text
    from advisor.measure import command

    if args.install:
        install_environment(args.install, agreed=args.yes)
        if not args.deploy:
            return 0
    command.check_output(args.output)
    pythons = {one: path for one, path in command.pythons_from_arguments(args).items() if path}
    begin = time.monotonic()
    attempts = try_from_arguments(args, chosen, pythons)
    timed = any(getattr(args, option) for option in TIMING_OPTIONS)
    if timed:
        record = replace(command.measure_from_arguments(args, chosen), attempts=attempts)
    else:
        _refuse_if_nothing(attempts)
        record = _record_of(attempts, time.monotonic() - begin)

    def in_words(record: ProbeRecord) -> str:
        from advisor.measure.summary import summary

        return (f"{summary(record)}\n" if timed else "") + as_text(attempts)

    command.publish(record, args.output, in_words)
    return command.exit_status(record)


def _refuse_if_nothing(attempts: tuple[AttemptRecord, ...]) -> None:
    """A probe was asked for, and nothing at all could be tried."""
    from advisor.measure.record import AttemptOutcome

    if all(one.outcome is AttemptOutcome.NOT_TRIED for one in attempts):
        first = attempts[0].reason if attempts else "No path leads to these targets."
        raise ProbeError(f"No deployment path could be tried. {first}")


def _record_of(attempts: tuple[AttemptRecord, ...], elapsed: float) -> ProbeRecord:
    """A record of attempts alone."""
    from datetime import UTC, datetime

    from advisor import __version__
    from advisor.measure.carry import fingerprint_here
    from advisor.measure.record import SCHEMA, ProbeRecord, RunOutcome

    return ProbeRecord(
        schema=SCHEMA,
        advisor_version=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        outcome=RunOutcome.FINISHED,
        budget_seconds=max(elapsed, 1.0),
        elapsed_seconds=elapsed,
        seed=0,
        fingerprint=fingerprint_here(),
        frameworks=(),
        comparisons=(),
        attempts=attempts,
    )
