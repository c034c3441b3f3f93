"""`advisor probe --deploy`: try the ways to the targets, and show what came of it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from advisor.errors import InputError, Place
from advisor.rulebase.conditions import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.deploy.declarations import Declaration
    from advisor.measure.record import AttemptRecord
    from advisor.model.candidate import Candidate


def add_deploy_arguments(container: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Which paths to try."""
    container.add_argument(
        "--deploy",
        action="store_true",
        help="try the ways to the deployment targets: convert, load, compare, time",
    )
    container.add_argument(
        "--target",
        metavar="NAME",
        nargs="+",
        action="extend",
        default=[],
        help="with --deploy: only paths to these targets (by default those of the answers, or all)",
    )
    container.add_argument(
        "--install",
        metavar="PATH",
        help="with --deploy: make the environment that a path needs for itself, after asking",
    )
    container.add_argument("--yes", action="store_true", help="with --install: do not ask")


def chosen_paths(
    targets: list[str], chosen: Mapping[str, frozenset[str]]
) -> tuple[Declaration, ...]:
    """The paths to try.

    Raises:
        InputError: a target that no path reaches.
    """
    from advisor.deploy.declarations import declarations, for_targets

    every = declarations()
    known = sorted({target for one in every for target in one.targets})
    for target in targets:
        if target not in known:
            raise InputError(
                f"No path leads to {target!r}.",
                place=Place(field="--target"),
                remedy=did_you_mean(target, known),
            )
    wanted = targets or [one for one in sorted(chosen.get("targets", ())) if one in known]
    return for_targets(every, wanted) if wanted else every


def install_environment(path: str, *, agreed: bool) -> None:
    """Make the environment of a path, with consent.

    Raises:
        InputError: there is no such path, or it needs none.
        AdvisorError: an installer failed.
    """
    from advisor.deploy.declarations import declarations
    from advisor.deploy.environments import OwnEnvironment, ask_consent

    by_id = {one.id: one for one in declarations()}
    declaration = by_id.get(path)
    if declaration is None:
        raise InputError(
            f"There is no path {path!r}.",
            place=Place(field="--install"),
            remedy=did_you_mean(path, by_id),
        )
    if not (declaration.own_python or declaration.own_node):
        raise InputError(
            f"{path} needs no environment of its own.",
            place=Place(field="--install"),
            remedy=f"What it needs comes with: {declaration.install}",
        )
    environment = OwnEnvironment(declaration)
    if agreed or ask_consent(environment):
        environment.make(lambda text: print(text, file=sys.stderr))
    else:
        print("Nothing was installed.", file=sys.stderr)


def try_from_arguments(
    args: argparse.Namespace,
    chosen: Mapping[str, frozenset[str]],
    pythons: Mapping[Candidate, Path | str],
) -> tuple[AttemptRecord, ...]:
    """Try the paths that the command line and the answers ask for; Ctrl+C keeps what was tried."""
    return asyncio.run(_try(chosen_paths(args.target, chosen), chosen, pythons))


async def _try(
    paths: tuple[Declaration, ...],
    chosen: Mapping[str, frozenset[str]],
    pythons: Mapping[Candidate, Path | str],
) -> tuple[AttemptRecord, ...]:
    from advisor.deploy.matrix import attempt_line
    from advisor.deploy.run import Attempting, Event, try_paths, workload_for
    from advisor.measure.signals import ending

    def tell(event: Event) -> None:
        if isinstance(event, Attempting):
            what = event.declaration
            print(
                f"[{event.number}/{event.total}] {what.candidate.label}, {what.title} "
                f"(at most {what.most_seconds:.0f} s)",
                file=sys.stderr,
            )
        else:
            print(f"    {attempt_line(event)}", file=sys.stderr)

    stop = asyncio.Event()
    with ending(stop.set):
        return await try_paths(
            paths, workload=workload_for(chosen), pythons=pythons, on_event=tell, stop=stop
        )
