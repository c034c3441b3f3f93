"""Trying several paths, one after the other, with every result kept as it comes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisor.deploy.attempt import Source, Tools, attempt, not_tried, skipped
from advisor.deploy.declarations import Declaration
from advisor.deploy.environments import OwnEnvironment
from advisor.deploy.requirements import installed, missing
from advisor.errors import ProbeError
from advisor.measure import datasets
from advisor.measure.protocol import WorkerFailure
from advisor.measure.record import AttemptRecord
from advisor.model.candidate import CANDIDATES, Candidate


@dataclass(frozen=True, slots=True)
class Attempting:
    """A path is about to be tried."""

    declaration: Declaration
    number: int
    total: int


Event = Attempting | AttemptRecord
WORKLOAD_BY_FIELD = (
    ("vision", "residual-cnn"),
    ("medical", "residual-cnn"),
    ("generative", "residual-cnn"),
    ("nlp", "transformer"),
    ("llm", "transformer"),
    ("speech", "recurrent"),
    ("time-series", "recurrent"),
)
DEFAULT_WORKLOAD = "tabular-mlp"


def workload_for(chosen: Mapping[str, frozenset[str]]) -> str:
    """The proven-equal model that stands for the user's, by the field of work."""
    fields = chosen.get("domain", frozenset())
    return next((work for field, work in WORKLOAD_BY_FIELD if field in fields), DEFAULT_WORKLOAD)


async def try_paths(
    paths: Iterable[Declaration],
    *,
    workload: str = DEFAULT_WORKLOAD,
    size: str = "small",
    pythons: Mapping[Candidate, Path | str] | None = None,
    on_event: Callable[[Event], None] = lambda event: None,
    stop: asyncio.Event | None = None,
    program: Path | None = None,
) -> tuple[AttemptRecord, ...]:
    """Try every path; nothing that a converter does can end this one.

    Args:
        paths: what to try, in this order.
        workload: the model to convert.
        size: its size.
        pythons: interpreter per candidate; this one by default.
        on_event: told before and after each path.
        stop: when set, the rest is left out.
        program: another export program (for tests).
    """
    chosen = list(paths)
    interpreters = {one: (pythons or {}).get(one) or sys.executable for one in CANDIDATES}
    versions: dict[Candidate, dict[str, str]] = {}
    unasked: dict[Candidate, str] = {}
    for one in CANDIDATES:
        try:
            versions[one] = await installed(interpreters[one])
        except ProbeError as error:
            unasked[one] = str(error)
    source: Source | None = None
    found: list[AttemptRecord] = []
    for number, declaration in enumerate(chosen, start=1):
        on_event(Attempting(declaration, number, len(chosen)))
        own = OwnEnvironment(declaration)
        lacking = missing(
            declaration,
            versions.get(declaration.candidate, {}),
            own_python=own.python is not None,
            own_node=own.node_modules is not None,
        )
        if stop is not None and stop.is_set():
            record = skipped(declaration, "Stopped before it was tried.")
        elif declaration.candidate in unasked:
            record = skipped(declaration, unasked[declaration.candidate])
        elif lacking:
            record = not_tried(declaration, lacking)
        else:
            try:
                source = source or Source(workload, size, await datasets.digits())
            except WorkerFailure as failure:
                record = skipped(declaration, f"No data to try it on: {failure.reason}")
            else:
                tools = Tools(
                    interpreters[declaration.candidate], own.python, own.node_modules, program
                )
                record = await _until(stop, declaration, attempt(declaration, source, tools))
        found.append(record)
        on_event(record)
    return tuple(found)


async def _until(
    stop: asyncio.Event | None,
    declaration: Declaration,
    trying: Coroutine[Any, Any, AttemptRecord],
) -> AttemptRecord:
    """The attempt's record, or that of a stopped one."""
    task = asyncio.ensure_future(trying)
    if stop is None:
        return await task
    waiting = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return await task
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return skipped(declaration, "Stopped while it was tried.")
    finally:
        waiting.cancel()
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
