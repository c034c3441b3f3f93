"""One short run with the real frameworks, from plan to record."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from advisor.measure import real
from advisor.measure.noise import NoiseStore
from advisor.measure.plan import Level, build_plan
from advisor.measure.record import ProcessOutcome, dump_record
from advisor.measure.record_file import parse_record
from advisor.measure.run import run_probe
from advisor.measure.selection import select
from advisor.model.candidate import Candidate
from advisor.model.measurement import ComparisonStatus

pytestmark = [pytest.mark.frameworks, pytest.mark.slow]


def test_one_generation_with_both_frameworks(tmp_path: Path) -> None:
    """Both frameworks start, prove equal work, are timed in pairs, and leave no process behind."""
    pytest.importorskip("sklearn")

    async def main() -> None:
        site = await real.look_at_site({})
        if not all(one.installed for one in site.installations):
            pytest.skip("needs both frameworks")
        plan = build_plan(
            select({}), level=Level.QUICK, threads=1, workloads=["tabular-mlp"], budget_seconds=240
        )
        plan = replace(
            plan, most_generations=1, fewest_generations=1, most_pairs=4, unchanging=True
        )
        lab = replace(real.real_lab(), noise=NoiseStore(tmp_path))
        record = await run_probe(plan, lambda _event: None, site=site, lab=lab)
        assert {one.status for one in record.comparisons} == {ComparisonStatus.MEASURED}
        for one in record.comparisons:
            assert one.proof is not None
            assert one.proof.passed
            assert one.pytorch.parameters == one.tensorflow.parameters
            assert one.pairs + one.rejected_pairs == 4
            assert one.verdict is not None
        for candidate in Candidate:
            framework = record.framework(candidate)
            assert framework is not None
            assert framework.usable
            assert framework.import_seconds
            assert framework.installed_bytes
        assert {one.outcome for one in record.processes} == {ProcessOutcome.CLOSED}
        assert parse_record(dump_record(record)) == record

    asyncio.run(main())
    left = [
        child
        for child in psutil.Process().children(recursive=True)
        if any("worker.py" in part for part in child.cmdline())
    ]
    assert left == []
