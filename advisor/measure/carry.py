"""Carrying a record to the decision: what counts, and how alike its machine is."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, hypot, log, sqrt
from statistics import fmean, stdev

from advisor.measure.fingerprint import (
    Alikeness,
    Fingerprint,
    alikeness,
    take_fingerprint,
)
from advisor.measure.machine import read_machine
from advisor.measure.record import AttemptRecord, ComparisonRecord, ProbeRecord
from advisor.model.candidate import CANDIDATES
from advisor.model.measurement import (
    Comparison,
    ComparisonStatus,
    DeploymentAttempt,
    Likeness,
    Measurements,
    RatioInterval,
)

COUNTED_MODES = frozenset({"default", "best"})
"""The extra mode with the allocator remedy explains a figure; it is no further vote."""


INSTALLATION = "installation"
"""Stands in for a workload where the framework itself is measured."""
IMPORT_HALF_WIDTH = log(1.25)


def _comparison(record: ComparisonRecord) -> Comparison:
    seconds = {
        candidate: figure
        for candidate in CANDIDATES
        if (figure := record.side(candidate).seconds) is not None
    }
    return Comparison(
        workload=record.workload,
        size=record.size,
        operation=record.operation,
        mode=record.mode,
        threads=record.threads,
        device=record.device,
        precision=record.precision,
        status=record.status,
        reason=record.reason,
        ratio=record.ratio,
        verdict=record.verdict,
        seconds=seconds,
        pairs=record.pairs,
        generations=len(record.generation_ratios),
    )


def to_measurements(record: ProbeRecord, likeness: Likeness) -> Measurements:
    """What the decision reads of `record`, made on a machine of that likeness to the target."""
    return Measurements(
        comparisons=(*comparisons_of(record.comparisons), *installation_comparisons(record)),
        attempts=attempts_of(record.attempts),
        likeness=likeness,
    )


def installation_comparisons(record: ProbeRecord) -> tuple[Comparison, ...]:
    """Cold import time and installed size of the two frameworks, as comparisons of their own."""
    found = (
        ("import-time", _import_ratio(record)),
        ("install-size", _size_ratio(record)),
    )
    return tuple(
        Comparison(
            workload=INSTALLATION,
            size="",
            operation=operation,
            mode="default",
            threads=1,
            device="cpu",
            precision="",
            status=ComparisonStatus.MEASURED,
            ratio=ratio,
        )
        for operation, ratio in found
        if ratio is not None
    )


def _import_ratio(record: ProbeRecord) -> RatioInterval | None:
    """Geometric means over the processes that started alone; the very first of each is colder than
    the rest and left out where there are others."""
    logs = {}
    for candidate in CANDIDATES:
        times = [
            log(one.import_seconds)
            for one in record.processes
            if one.candidate is candidate and one.alone and one.import_seconds
        ]
        if not times:
            return None
        logs[candidate] = times[1:] or times
    middle = fmean(logs[CANDIDATES[1]]) - fmean(logs[CANDIDATES[0]])
    spread = [stdev(times) / sqrt(len(times)) for times in logs.values() if len(times) > 1]
    # One start each says little: an eighth either way was usual between starts of one machine.
    half = 1.96 * hypot(*spread) if len(spread) == len(logs) else IMPORT_HALF_WIDTH
    return RatioInterval(exp(middle), exp(middle - half), exp(middle + half))


def _size_ratio(record: ProbeRecord) -> RatioInterval | None:
    """Counted, not sampled: an interval without width."""
    sizes = [record.framework(one) for one in CANDIDATES]
    pytorch, tensorflow = (one.installed_bytes if one else None for one in sizes)
    if not pytorch or not tensorflow:
        return None
    ratio = tensorflow / pytorch
    return RatioInterval(ratio, ratio, ratio)


def attempts_of(records: Iterable[AttemptRecord]) -> tuple[DeploymentAttempt, ...]:
    """The attempts, one per target that a path reaches."""
    return tuple(
        DeploymentAttempt(
            path=one.path,
            candidate=one.candidate,
            target=target,
            outcome=one.outcome.value,
            reason=one.reason,
            largest_deviation=one.largest_deviation,
            artefact_bytes=one.artefact_bytes,
        )
        for one in records
        for target in one.targets
    )


def comparisons_of(records: Iterable[ComparisonRecord]) -> tuple[Comparison, ...]:
    """The comparisons that count, without what only explains them."""
    return tuple(_comparison(one) for one in records if one.mode in COUNTED_MODES)


def fingerprint_here() -> Fingerprint:
    """This machine's fingerprint without its frameworks."""
    return take_fingerprint(read_machine(), pytorch=None, tensorflow=None)


def is_this_machine(record: ProbeRecord) -> bool:
    """Whether the record was made on a machine the same as this one, frameworks aside."""
    return alikeness(record.fingerprint, fingerprint_here(), frameworks=False) is Alikeness.SAME


def likeness_to_this_machine(record: ProbeRecord) -> Likeness:
    """How the record's machine stands to this one, by their fingerprints, frameworks aside."""
    return {
        Alikeness.SAME: Likeness.HERE,
        Alikeness.SIMILAR: Likeness.ALIKE,
        Alikeness.DIFFERENT: Likeness.ELSEWHERE,
    }[alikeness(record.fingerprint, fingerprint_here(), frameworks=False)]
