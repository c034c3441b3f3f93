"""Carrying a record to the decision: what counts, and how alike its machine is."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.measure.fingerprint import (
    Alikeness,
    FieldComparison,
    Fingerprint,
    alikeness,
    compare_fields,
    take_fingerprint,
)
from advisor.measure.machine import read_machine
from advisor.measure.record import AttemptRecord, ComparisonRecord, ProbeRecord
from advisor.model.candidate import CANDIDATES
from advisor.model.measurement import Comparison, DeploymentAttempt, Likeness, Measurements

COUNTED_MODES = frozenset({"default", "best"})
"""The extra mode with the allocator remedy explains a figure; it is no further vote."""


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
        comparisons=comparisons_of(record.comparisons),
        attempts=attempts_of(record.attempts),
        likeness=likeness,
    )


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


def compare_with_here(record: ProbeRecord) -> tuple[FieldComparison, ...]:
    """The record's machine against this one, field by field."""
    return compare_fields(record.fingerprint, fingerprint_here())


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
