"""The orchestrated run, on fake workers with a clock of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.errors import ProbeError
from advisor.measure.events import (
    BlockDone,
    ComparisonDone,
    Event,
    Finished,
    Planned,
    Progress,
    Proved,
    Started,
    Warned,
    WorkerStarted,
)
from advisor.measure.plan import Level, ProbePlan, build_plan
from advisor.measure.protocol import FailureKind, WorkloadSpec
from advisor.measure.record import ProbeRecord, ProcessOutcome, RunOutcome
from advisor.measure.record_file import dump_record, parse_record
from advisor.measure.run import Control, run_probe
from advisor.measure.selection import select
from advisor.model.candidate import Candidate
from advisor.model.measurement import ComparisonStatus, Measurements, RatioVerdict
from tests.measure.fakes import SITE, World

QUICK = build_plan(select({}), level=Level.QUICK, threads=2, seed=3)
DEFAULT = build_plan(select({}), level=Level.DEFAULT, threads=2, seed=3)
THOROUGH = build_plan(select({}), level=Level.THOROUGH, threads=2, seed=3)


def slower(factor: float) -> World:
    """A world in which TensorFlow takes `factor` times as long."""
    return World(step_seconds={Candidate.PYTORCH: 0.002, Candidate.TENSORFLOW: 0.002 * factor})


def go(
    world: World,
    folder: Path,
    plan: ProbePlan = QUICK,
    *,
    control: Control | None = None,
    hear: Callable[[Event], None] | None = None,
    settled: Callable[[Measurements], bool] | None = None,
) -> tuple[ProbeRecord, list[Event]]:
    """Run it and return the record with all events."""
    events: list[Event] = []

    def on_event(event: Event) -> None:
        events.append(event)
        if hear is not None:
            hear(event)

    record = asyncio.run(
        run_probe(
            plan,
            on_event,
            site=SITE,
            lab=world.lab(folder),
            control=control,
            settled=settled,
        )
    )
    assert world.alive == []
    return record, events


def failing(
    candidate: Candidate, request: str, kind: FailureKind, workload: str = ""
) -> Callable[[Candidate, str, WorkloadSpec | None, int], FailureKind | None]:
    """Let one request of one candidate fail, in one workload or in all."""

    def decide(
        who: Candidate, what: str, spec: WorkloadSpec | None, _count: int
    ) -> FailureKind | None:
        here = not workload or (spec is not None and spec.workload == workload)
        return kind if who is candidate and what.startswith(request) and here else None

    return decide


def test_a_clear_difference_is_found_in_a_quick_run(tmp_path: Path) -> None:
    """A framework that takes 1.5 times as long is called slower in both quick workloads."""
    record, _ = go(slower(1.5), tmp_path)
    assert record.outcome is RunOutcome.FINISHED
    assert len({one.workload for one in record.comparisons}) == 2
    assert {one.verdict for one in record.comparisons} == {RatioVerdict.PYTORCH_FASTER}


def test_names_exchanged_mirror_the_verdicts(tmp_path: Path) -> None:
    """With the speeds exchanged, every verdict is mirrored."""
    one, _ = go(slower(1.5), tmp_path / "one")
    two, _ = go(slower(1 / 1.5), tmp_path / "two")
    assert {found.verdict for found in one.comparisons} == {RatioVerdict.PYTORCH_FASTER}
    assert {found.verdict for found in two.comparisons} == {RatioVerdict.TENSORFLOW_FASTER}


def test_events_come_in_order(tmp_path: Path) -> None:
    """Started comes first, Finished with the returned record last, and nothing is missing."""
    record, events = go(slower(1.5), tmp_path)
    assert isinstance(events[0], Started)
    assert events[-1] == Finished(record)
    kinds = {type(event) for event in events}
    assert kinds >= {Planned, WorkerStarted, Proved, BlockDone, ComparisonDone, Progress}
    ended = [event.comparison for event in events if isinstance(event, ComparisonDone)]
    assert sorted(map(str, ended)) == sorted(map(str, QUICK.comparisons))


def test_live_ratio_narrows(tmp_path: Path) -> None:
    """The interval shown after the last pair is narrower than after the second."""
    _, events = go(slower(1.5), tmp_path)
    first = QUICK.comparisons[0]
    shown = [
        event.so_far
        for event in events
        if isinstance(event, BlockDone)
        and event.comparison == first
        and not event.noise
        and event.so_far is not None
    ]
    assert shown[-1].high / shown[-1].low < shown[0].high / shown[0].low


def test_workers_are_never_timed_together(tmp_path: Path) -> None:
    """No request is made while another worker is awake (the fake checks every request)."""
    world = slower(1.2)
    go(world, tmp_path, DEFAULT)
    assert sum(request.startswith("block") for _, request in world.log) > 100


def test_order_within_pairs_is_random(tmp_path: Path) -> None:
    """Each candidate is timed first in a good part of the pairs."""
    record, _ = go(slower(1.2), tmp_path, DEFAULT)
    first = [block.arm for one in record.comparisons for block in one.blocks if block.position == 0]
    assert 0.35 < first.count("pytorch") / len(first) < 0.65


def test_same_seed_same_record(tmp_path: Path) -> None:
    """Seeded: two runs in the same world give the same record, the time of day apart."""
    one, _ = go(slower(1.3), tmp_path / "one")
    two, _ = go(slower(1.3), tmp_path / "two")
    assert one.noise is not None
    assert two.noise is not None
    assert one.noise.blocks == two.noise.blocks
    assert replace(one, created="", noise=None) == replace(two, created="", noise=None)


def test_record_survives_the_file(tmp_path: Path) -> None:
    """A record of a whole run is the same after writing and reading."""
    record, _ = go(slower(1.3), tmp_path, THOROUGH)
    assert parse_record(dump_record(record)) == record


@pytest.mark.parametrize("kind", [FailureKind.CRASHED, FailureKind.HUNG, FailureKind.GARBAGE])
@pytest.mark.parametrize("candidate", list(Candidate))
def test_a_crash_in_one_workload_leaves_the_rest(
    tmp_path: Path, candidate: Candidate, kind: FailureKind
) -> None:
    """A worker that dies in one workload fails that comparison only; the other side has figures."""
    world = slower(1.5)
    world.fail = failing(candidate, "block training", kind, "transformer")
    record, _ = go(world, tmp_path, DEFAULT)
    by_key = {(one.workload, one.operation): one for one in record.comparisons}
    broken = by_key["transformer", "training"]
    assert broken.status is ComparisonStatus.FAILED
    assert "planned failure" in broken.reason
    assert broken.verdict is None
    assert broken.side(candidate.other).seconds is not None
    fine = by_key["residual-cnn", "training"]
    assert fine.verdict is RatioVerdict.PYTORCH_FASTER
    assert ProcessOutcome(kind.value) in {one.outcome for one in record.processes}


@pytest.mark.parametrize("candidate", list(Candidate))
def test_a_framework_that_does_not_start(tmp_path: Path, candidate: Candidate) -> None:
    """If one framework cannot start, the other's times are still recorded, with the reason."""
    world = World()
    world.fail = failing(candidate, "start", FailureKind.UNSUPPORTED)
    record, _ = go(world, tmp_path)
    assert {one.status for one in record.comparisons} == {ComparisonStatus.FAILED}
    assert all(one.side(candidate.other).seconds is not None for one in record.comparisons)
    lost = record.framework(candidate)
    assert lost is not None
    assert not lost.usable
    assert "planned failure" in lost.reason


@pytest.mark.parametrize("candidate", list(Candidate))
def test_a_framework_that_fails_to_start_once_is_started_again(
    tmp_path: Path, candidate: Candidate
) -> None:
    """Killed while starting for the second generation: the first one's blocks stay, and it goes on."""
    world = slower(1.5)
    starts = 0

    def second_start(
        who: Candidate, what: str, _spec: WorkloadSpec | None, _count: int
    ) -> FailureKind | None:
        nonlocal starts
        starts += who is candidate and what == "start"
        return FailureKind.KILLED if who is candidate and what == "start" and starts == 2 else None

    world.fail = second_start
    record, _ = go(world, tmp_path, DEFAULT)
    assert {one.status for one in record.comparisons} == {ComparisonStatus.MEASURED}
    assert {one.verdict for one in record.comparisons} == {RatioVerdict.PYTORCH_FASTER}
    assert [one.outcome for one in record.processes].count(ProcessOutcome.KILLED) == 1


def test_no_framework_at_all(tmp_path: Path) -> None:
    """If neither starts, the run ends as a ProbeError that says why."""
    world = World()
    world.fail = lambda _who, what, _spec, _count: (
        FailureKind.UNSUPPORTED if what == "start" else None
    )
    with pytest.raises(ProbeError, match=r"Neither framework.*PyTorch.*TensorFlow"):
        go(world, tmp_path)


def test_an_operation_that_is_refused_leaves_the_worker(tmp_path: Path) -> None:
    """A refused operation fails alone: no process is counted as lost."""
    world = slower(1.5)
    world.fail = failing(Candidate.PYTORCH, "prepare", FailureKind.UNSUPPORTED, "tabular-mlp")
    record, _ = go(world, tmp_path)
    states = {one.workload: one.status for one in record.comparisons}
    assert states["tabular-mlp"] is ComparisonStatus.FAILED
    assert states["residual-cnn"] is ComparisonStatus.MEASURED
    assert {one.outcome for one in record.processes} == {ProcessOutcome.CLOSED}


def test_unequal_work_is_never_timed(tmp_path: Path) -> None:
    """Where the proof fails, no block is timed and the comparison says so."""
    world = World(equal=False)
    record, events = go(world, tmp_path)
    assert {one.status for one in record.comparisons} == {ComparisonStatus.NOT_COMPARABLE}
    assert not any(request.startswith("block") for _, request in world.log)
    assert all(one.proof is not None and not one.proof.passed for one in record.comparisons)
    assert any(isinstance(event, Proved) and not event.passed for event in events)


def test_work_that_stops_being_equal_counts_no_more(tmp_path: Path) -> None:
    """Every generation proves it anew: one failure ends the comparison, whatever was timed."""
    world = slower(1.5)

    def spoil(event: Event) -> None:
        if isinstance(event, BlockDone):
            world.equal = False

    record, _ = go(world, tmp_path, hear=spoil)
    first = [one for one in record.comparisons if one.workload == QUICK.comparisons[0].workload]
    assert first
    assert {one.status for one in first} == {ComparisonStatus.NOT_COMPARABLE}
    assert {one.verdict for one in first} == {None}
    assert all(one.proof is not None and not one.proof.passed for one in first)


def test_generations_are_alike(tmp_path: Path) -> None:
    """Whatever uses memory before the timing is done in every process, so that none is special.

    A proof or a matrix-multiply peak in the first generation alone made its training times differ
    by up to a third, because the C library's allocator had been through something else.
    """
    world = slower(1.12)
    go(world, tmp_path, DEFAULT)
    before: dict[str, set[tuple[str, ...]]] = {}
    for worker in world.started:
        timed = [place for place, one in enumerate(worker.asked) if one.startswith("block")]
        large = [one for one in worker.asked[: timed[0]] if one in ("prove", "matmul_peak")]
        before.setdefault(worker.candidate.value, set()).add(tuple(large))
        assert "matmul_peak" not in worker.asked[: timed[-1]]
    assert len(world.started) >= 6
    assert set(map(frozenset, before.values())) == {frozenset({("prove",)})}
    assert "matmul_peak" in {request for _, request in world.log}


def test_later_generations_warm_up_as_long_as_the_first_was_seen_to_need(tmp_path: Path) -> None:
    """Work that is steady at once is not warmed up for the usual time again and again."""
    world = slower(1.12)
    go(world, tmp_path, DEFAULT)
    spans = [
        {float(one.split()[1]) for one in worker.asked if one.startswith("steady")}
        for worker in world.started
    ]
    assert min(spans[0]) == DEFAULT.warm_seconds
    assert max(spans[-1]) < DEFAULT.warm_seconds


def test_cancel_keeps_what_was_measured(tmp_path: Path) -> None:
    """Cancelling in mid-run returns a record with the blocks made until then."""
    control = Control()
    blocks = 0

    def hear(event: Event) -> None:
        nonlocal blocks
        blocks += isinstance(event, BlockDone)
        if blocks == 12:
            control.cancel()

    record, events = go(World(), tmp_path, control=control, hear=hear)
    assert record.outcome is RunOutcome.CANCELLED
    assert sum(one.pairs for one in record.comparisons) >= 6
    assert isinstance(events[-1], Finished)
    left_out = [one for one in record.comparisons if not one.blocks]
    assert all(one.status is ComparisonStatus.SKIPPED for one in left_out)


def test_cancelling_the_task_ends_the_workers(tmp_path: Path) -> None:
    """When the task itself is cancelled, the workers are ended before the exception goes on."""
    world = World(stall=0.01)

    async def main() -> None:
        task = asyncio.ensure_future(
            run_probe(QUICK, lambda _event: None, site=SITE, lab=world.lab(tmp_path))
        )
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert world.started
    assert world.alive == []


def test_skip_leaves_one_workload_out(tmp_path: Path) -> None:
    """A skipped workload is measured no further, the others are."""
    control = Control()
    control.skip("residual-cnn")
    record, _ = go(slower(1.5), tmp_path, control=control)
    states = {one.workload: one.status for one in record.comparisons}
    assert states["residual-cnn"] is ComparisonStatus.SKIPPED
    assert states["tabular-mlp"] is ComparisonStatus.MEASURED


def test_settled_stops_early(tmp_path: Path) -> None:
    """The run stops once the decision says that nothing can turn any more."""
    seen: list[Measurements] = []

    def settled(measurements: Measurements) -> bool:
        seen.append(measurements)
        return True

    # 7 % apart is hard to resolve, so that without the hook the run would go on.
    world = World(step_seconds={Candidate.PYTORCH: 0.002, Candidate.TENSORFLOW: 0.00214})
    world.process_sd = 0.05
    record, _ = go(world, tmp_path, DEFAULT, settled=settled)
    assert len(seen) == 1
    assert record.elapsed_seconds < 0.9 * DEFAULT.budget_seconds
    assert len(seen[0].comparisons) == len(DEFAULT.comparisons)
    assert [one.id for one in record.findings if one.severity == "note"] == ["settled"]


def test_noise_floor_is_stored_and_reused(tmp_path: Path) -> None:
    """The first run measures the noise floor, the second takes it from the store."""
    first, _ = go(slower(1.5), tmp_path)
    assert first.noise is not None
    assert not first.noise.stored
    assert {block.arm for block in first.noise.blocks} == {"first", "second"}
    second, events = go(slower(1.5), tmp_path)
    assert second.noise is not None
    assert second.noise.stored
    planned = next(event for event in events if isinstance(event, Planned))
    assert planned.noise_stored


def test_page_fault_storm_is_explained_and_the_remedy_measured(tmp_path: Path) -> None:
    """A storm is recognised, named with its remedy, and the remedy is measured beside it."""
    world = slower(1.5)
    world.faults_per_second = 1_000_000.0
    record, events = go(world, tmp_path, DEFAULT)
    modes = {one.mode for one in record.comparisons}
    assert modes == {"default", "default-allocator"}
    storms = [one for one in record.findings if one.id.startswith("page-faults")]
    assert storms
    assert all("MALLOC_MMAP_THRESHOLD_=" in one.remedy for one in storms)
    assert any(isinstance(event, Warned) for event in events)
    remedied = next(one for one in record.comparisons if one.mode == "default-allocator")
    plain = next(one for one in record.comparisons if one.mode == "default")
    assert remedied.pytorch.seconds is not None
    assert plain.pytorch.seconds is not None
    assert remedied.pytorch.seconds < 0.75 * plain.pytorch.seconds


def test_a_busy_machine_names_no_winner(tmp_path: Path) -> None:
    """When other programs keep the cores busy, even a factor of three gives no verdict."""
    world = slower(3.0)
    world.other_cores = 1000.0
    record, _ = go(world, tmp_path)
    assert {one.verdict for one in record.comparisons} == {RatioVerdict.NOT_RESOLVED}
    assert all("not quiet" in one.reason for one in record.comparisons if one.blocks)
    assert all(one.ratio is not None for one in record.comparisons)
    again, _ = go(slower(3.0), tmp_path)
    assert again.noise is not None
    assert not again.noise.stored, "a noise floor from a busy machine must not be kept"


def test_no_storm_no_extra_mode(tmp_path: Path) -> None:
    """Without page faults there is neither an extra mode nor a finding."""
    record, _ = go(slower(1.5), tmp_path, DEFAULT)
    assert {one.mode for one in record.comparisons} == {"default"}
    assert record.findings == ()


def test_what_stays_unresolved_leaves_time_for_the_accuracy_runs(tmp_path: Path) -> None:
    """Generation after generation at the edge of the zone does not use up all the time."""
    record, _ = go(slower(1.11), tmp_path, THOROUGH)
    assert record.outcome is RunOutcome.BUDGET
    assert len(record.accuracy) == 3


def test_thorough_run_has_break_even_and_accuracy(tmp_path: Path) -> None:
    """Compiled calls that take half the time pay off after (extra first call / saved) calls."""
    record, _ = go(slower(1.5), tmp_path, THOROUGH)
    even = next(one for one in record.break_even if one.candidate is Candidate.PYTORCH)
    assert even.calls is not None
    expected = even.extra_first_call_seconds / even.saved_seconds_per_call
    assert expected <= even.calls < expected + 1
    assert {one.learner for one in record.accuracy} == {
        "pytorch",
        "tensorflow",
        "logistic-regression",
    }
    assert {one.threads for one in record.comparisons} == {1, 2}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    budget=st.floats(12.0, 400.0),
    start=st.floats(0.1, 15.0),
    step=st.floats(0.0001, 0.4),
    seed=st.integers(0, 1000),
    level=st.sampled_from(list(Level)),
)
def test_the_budget_is_kept(
    tmp_path: Path, *, budget: float, start: float, step: float, seed: int, level: Level
) -> None:
    """Planning alone keeps the budget within 15 % once the costs were seen, whatever they are; in a
    real run the clock keeps the 10 % (below)."""
    world = World(seed=seed, start_seconds=start)
    world.step_seconds = dict.fromkeys(Candidate, step)
    plan = build_plan(select({}), level=level, threads=2, budget_seconds=budget, seed=seed)
    plan = replace(plan, use_stored_noise=False, accuracy=False)
    record, _ = go(world, tmp_path, plan)
    generations = {one.generation for one in record.processes}
    # The first generation is started on a guess; the clock breaks it off in a real run.
    if len(generations) > 1:
        assert record.elapsed_seconds <= 1.15 * budget


def test_the_clock_breaks_off_what_runs_over(tmp_path: Path) -> None:
    """Real time: a run whose blocks stall is broken off soon after its budget, with its blocks."""
    world = World(stall=0.02)
    lab = world.lab(tmp_path)
    loop_clock = __import__("time").monotonic
    plan = replace(QUICK, budget_seconds=0.5)
    began = loop_clock()
    record = asyncio.run(
        run_probe(plan, lambda _event: None, site=SITE, lab=replace(lab, clock=loop_clock))
    )
    assert loop_clock() - began < 15.0
    assert record.outcome is RunOutcome.BUDGET
    assert world.alive == []
