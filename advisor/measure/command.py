"""`advisor probe` and `advisor doctor`, and what `advisor recommend --run-probe` needs of them."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from advisor import files
from advisor.errors import EXIT_DONE, EXIT_INTERRUPTED, InputError, Place, StorageError
from advisor.measure.arguments import (
    add_budget_arguments,
    add_doctor_arguments,
    add_probe_arguments,
)
from advisor.measure.selection import OPERATIONS, SIZES, WORKLOADS, select
from advisor.model.candidate import Candidate
from advisor.reading import is_file, is_folder

if TYPE_CHECKING:
    from advisor.measure.events import Event
    from advisor.measure.plan import Level, ProbePlan
    from advisor.measure.record import ProbeRecord
    from advisor.measure.run import Site
    from advisor.model.measurement import Measurements

__all__ = [
    "add_budget_arguments",
    "add_doctor_arguments",
    "add_probe_arguments",
    "doctor_command",
    "list_workloads",
    "measure_from_arguments",
    "plan_from_arguments",
    "probe_command",
]

Chosen = Mapping[str, frozenset[str]]


def probe_command(args: argparse.Namespace, chosen: Chosen | None = None) -> int:
    """`advisor probe`: measure, show, write. `chosen` are the answers of `--answers`, if any."""
    if args.list:
        print(list_workloads(), end="")
        return EXIT_DONE
    check_output(args.output)
    record = measure_from_arguments(args, chosen or {})
    publish(record, args.output, _summary)
    return exit_status(record)


def _summary(record: ProbeRecord) -> str:
    from advisor.measure.summary import summary

    return summary(record)


def publish(
    record: ProbeRecord, output: Path | None, in_words: Callable[[ProbeRecord], str]
) -> None:
    """Write the record where asked, and show it in words where standard output is free for them.

    What took minutes to measure is shown also when it cannot be written, before that is raised.
    """
    try:
        if output is not None:
            _write(record, output)
    finally:
        if output is None or str(output) != "-":
            print(in_words(record), end="")


def exit_status(record: ProbeRecord) -> int:
    """0, or 130 when the run was interrupted."""
    from advisor.measure.record import RunOutcome

    return EXIT_INTERRUPTED if record.outcome is RunOutcome.CANCELLED else EXIT_DONE


def list_workloads() -> str:
    """What `advisor probe --list` prints."""
    from advisor.measure.catalogue import workloads

    lines = ["Workloads (--workload NAME ...)"]
    for name, words in WORKLOADS.items():
        offered = ", ".join(workloads()[name].operations)
        lines += [f"  {name:<14} {words}", f"  {'':<14} {offered}"]
    lines += ["", "Operations"]
    lines += [f"  {name:<14} {words}" for name, words in OPERATIONS.items()]
    lines += ["", f"Sizes (--size): {', '.join(SIZES)}; by default what fits this machine"]
    return "\n".join(lines) + "\n"


def pythons_from_arguments(args: argparse.Namespace) -> dict[Candidate, str | None]:
    """The interpreters named on the command line. Raises InputError for one that is no program."""
    found: dict[Candidate, str | None] = {}
    for candidate in Candidate:
        option = f"python_{candidate.value}"
        path: Path | None = getattr(args, option, None)
        if path is None:
            continue
        if not (is_file(path) and os.access(path, os.X_OK)):
            raise InputError(
                f"{path} is not a program that can be started.",
                place=Place(field="--" + option.replace("_", "-")),
                remedy="Name the python executable of the environment, not its folder.",
            )
        found[candidate] = str(path)
    return found


def level_from_arguments(args: argparse.Namespace) -> Level:
    """The level asked for. Raises InputError for two at once."""
    from advisor.measure.plan import Level, level_of

    named = [
        name
        for name, given in (
            ("--budget", args.budget is not None),
            ("--quick", args.quick),
            ("--thorough", args.thorough),
        )
        if given
    ]
    if len(named) > 1:
        raise InputError(f"{' and '.join(named)} exclude each other.", remedy="Give one of them.")
    if args.budget is not None:
        return level_of(args.budget)
    if args.quick:
        return Level.QUICK
    return Level.THOROUGH if args.thorough else Level.DEFAULT


def plan_from_arguments(args: argparse.Namespace, chosen: Chosen, site: Site) -> ProbePlan:
    """The plan that the command line, the answers and the machine give together."""
    from advisor.measure.catalogue import workloads
    from advisor.measure.plan import build_plan, size_for

    machine = site.machine
    device = getattr(args, "device", "auto")
    plan = build_plan(
        select(chosen),
        level=level_from_arguments(args),
        threads=getattr(args, "threads", None) or machine.usable_cores,
        size=getattr(args, "size", None) or size_for(machine.usable_cores, machine.memory_bytes),
        device="cpu" if device == "auto" else device,
        budget_seconds=args.budget,
        seed=getattr(args, "seed", 0),
        workloads=tuple(dict.fromkeys(getattr(args, "workload", ()))),
        pythons=pythons_from_arguments(args),
        offered={name: entry.operations for name, entry in workloads().items()},
    )
    return replace(plan, use_stored_noise=not getattr(args, "fresh_noise", False))


def level_arguments(level: str) -> argparse.Namespace:
    """What the command line would give for a level alone."""
    return argparse.Namespace(budget=None, quick=level == "quick", thorough=level == "thorough")


async def lay_out(args: argparse.Namespace, chosen: Chosen) -> tuple[Site, ProbePlan]:
    """Look at this machine, and plan for it what `plan_from_arguments` says, on its best device."""
    from advisor.measure import real

    site = await real.look_at_site(pythons_from_arguments(args))
    plan = plan_from_arguments(args, chosen, site)
    if getattr(args, "device", "auto") == "auto" and site.machine.accelerators:
        plan = await real.on_best_device(plan, site)
    return site, plan


def measure_from_arguments(
    args: argparse.Namespace,
    chosen: object,
    *,
    settled: Callable[[Measurements], bool] | None = None,
) -> ProbeRecord:
    """Run a probe with a progress line on standard error.

    `chosen` are option ids by question id. Interrupting it (SIGINT, SIGTERM) ends the run and
    keeps what was measured. Raises ProbeError when neither framework could be measured.
    """
    from advisor.measure.progress import ProgressLine

    answers: Chosen = chosen if isinstance(chosen, Mapping) else {}
    level_from_arguments(args)
    show = ProgressLine()

    async def main() -> ProbeRecord:
        site, plan = await lay_out(args, answers)
        return await _run(plan, site, show, settled)

    return asyncio.run(main())


async def _run(
    plan: ProbePlan,
    site: Site,
    show: Callable[[Event], None],
    settled: Callable[[Measurements], bool] | None,
) -> ProbeRecord:
    from advisor.measure import real
    from advisor.measure.run import Control, run_probe
    from advisor.measure.signals import ending

    control = Control()
    with ending(control.cancel):
        return await run_probe(
            plan, show, site=site, lab=real.real_lab(), control=control, settled=settled
        )


def check_output(path: Path | None) -> None:
    """Refuse before measuring what could not be written after it."""
    if path is None or str(path) == "-":
        return
    if is_folder(path) or not is_folder(path.parent):
        what = "a folder" if is_folder(path) else "in a folder that does not exist"
        raise InputError(
            f"{path} is {what}.",
            place=Place(field="--output"),
            remedy="Name a file in a folder that exists.",
        )
    if os.path.lexists(path) and not is_file(path):  # a device would be replaced by a file
        raise InputError(
            f"{path} exists and is not a regular file, so it is left alone.",
            place=Place(field="--output"),
            remedy="Name a file, or - for standard output.",
        )


def _write(record: ProbeRecord, path: Path) -> None:
    """Write probe.json whole or not at all."""
    from advisor.measure.record import dump_record

    text = dump_record(record)
    if str(path) == "-":
        sys.stdout.write(text)
        return
    try:
        files.replace(text.encode(), path)
    except OSError as error:
        raise StorageError(
            f"It could not be written: {error.strerror}.",
            place=Place(str(path)),
            remedy="Choose another place with -o.",
        ) from error


def doctor_command(args: argparse.Namespace) -> int:
    """`advisor doctor`."""
    from advisor.measure.doctor import as_json, as_text, examine_now

    found = examine_now(pythons_from_arguments(args), start=not args.no_start)
    print(as_json(found) if args.format == "json" else as_text(found), end="")
    return EXIT_DONE
