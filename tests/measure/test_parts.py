"""The small parts of measuring: steadiness, tails, storms, noise, selection, plan, budget."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.measure.board import UNSEEN_SHARE, Costs
from advisor.measure.budget import Budget, Cost
from advisor.measure.catalogue import workloads
from advisor.measure.events import ComparisonId
from advisor.measure.faults import find_storm, seconds_per_fault
from advisor.measure.figures import break_even
from advisor.measure.fingerprint import take_fingerprint
from advisor.measure.machine import affinity
from advisor.measure.noise import NoiseStore
from advisor.measure.pairing import count_pairs, generations_of, reject
from advisor.measure.pinning import fastest_processors, pin
from advisor.measure.plan import (
    Level,
    PlannedSetting,
    ProbePlan,
    Setting,
    build_plan,
    level_of,
    size_for,
)
from advisor.measure.record import (
    ComparisonRecord,
    NoiseRecord,
    ProofRecord,
    RawBlock,
    SideFigures,
)
from advisor.measure.rounds import GOOD_PAIRS, Lane, needed, next_slot
from advisor.measure.selection import DECODER, OPERATIONS, WORKLOADS, select
from advisor.measure.steady import detect
from advisor.measure.tails import quantile, quantiles
from advisor.measure.tally import Tally
from advisor.model.candidate import Candidate
from advisor.model.measurement import ComparisonStatus, RatioInterval
from advisor.rulebase.load import load_rule_base
from tests.measure.fakes import MACHINE

HERE = take_fingerprint(MACHINE, pytorch="2.13.0", tensorflow="2.21.0")
FIRST = ComparisonId("transformer", "small", "training", "default", 2, "cpu")


def block(**changes: object) -> RawBlock:
    """A block of 0.1 s."""
    plain = RawBlock(0, 0, 0, "pytorch", 10, 0.1, minor_faults=0, steal_share=0.0)
    return replace(plain, **changes)  # type: ignore[arg-type]


# --- steadiness -----------------------------------------------------------------------------


def test_a_flat_series_is_steady_at_once() -> None:
    """Times that do not drift are steady from the first value."""
    values = list(1.0 + 0.001 * np.sin(np.arange(100)))
    assert detect(values).steady
    assert detect(values).skipped == 0


def test_a_slow_start_is_skipped() -> None:
    """A series that starts three times slower is steady only after the slow part."""
    warm = list(1.0 + 0.001 * np.sin(np.arange(100)))
    slow = list(np.linspace(3.0, 1.05, 30))
    found = detect(slow + warm)
    assert found.steady
    assert 20 <= found.skipped <= 40


def test_a_series_that_never_settles() -> None:
    """Times that keep on falling are given up after the limit, and that is said."""
    found = detect(list(np.geomspace(1.0, 1e-6, 400)))
    assert not found.steady
    assert found.gave_up


def test_a_short_series_says_nothing() -> None:
    """With fewer than two windows nothing is claimed."""
    found = detect([1.0] * 30)
    assert not found.steady
    assert not found.gave_up


# --- tails ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "given"), [(10, 0), (30, 1), (200, 2), (999, 2), (1000, 3), (10_000, 4)]
)
def test_tails_need_calls(count: int, given: int) -> None:
    """Median, p95, p99 and p99.9 appear only as far as the number of calls supports them."""
    assert len(quantiles([float(value) for value in range(count)])) == given


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(1e-6, 1.0), min_size=40, max_size=200))
def test_a_quantile_lies_in_its_interval(values: list[float]) -> None:
    """Estimate and interval are ordered and are observed values."""
    found = quantile(values, 0.5)
    assert found is not None
    assert found.low <= found.seconds <= found.high
    assert {found.low, found.seconds, found.high} <= set(values)


def test_tail_interval_covers() -> None:
    """The interval of the 95th percentile covers the truth in 93 to 98 of 100 samples."""
    random = np.random.default_rng(8)
    hits = 0
    for _ in range(300):
        found = quantile(list(random.exponential(size=400)), 0.95)
        assert found is not None
        hits += found.low <= -np.log(0.05) <= found.high
    assert 0.92 <= hits / 300 <= 0.99


# --- page faults ----------------------------------------------------------------------------


def test_the_price_of_a_fault_is_plausible() -> None:
    """A page fault costs between 10 ns and 100 µs."""
    assert 1e-8 < seconds_per_fault() < 1e-4


def test_storm_is_recognised() -> None:
    """20,000 faults at 1 µs in a block of 0.1 s explain a fifth of it; 1,000 explain nothing."""
    stormy = find_storm([block(minor_faults=20_000)] * 3, "pytorch", 1e-6)
    assert stormy is not None
    assert stormy.explained_share == pytest.approx(0.2)
    assert stormy.faults_per_call == 2_000
    assert find_storm([block(minor_faults=1_000)] * 3, "pytorch", 1e-6) is None
    assert find_storm([block(minor_faults=None)], "pytorch", 1e-6) is None
    assert find_storm([block(minor_faults=20_000)] * 3, "tensorflow", 1e-6) is None


# --- pinning ------------------------------------------------------------------------------


def test_all_threads_of_a_process_are_pinned() -> None:
    """Every thread of a living process moves to the processor named, and back."""
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("the system cannot do it")
    child = subprocess.Popen(
        [sys.executable, "-c", ("import threading, time\n"
         "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\ntime.sleep(60)")]
    )  # fmt: skip
    try:
        threads = Path(f"/proc/{child.pid}/task")
        end = time.monotonic() + 30
        while len(list(threads.iterdir())) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        chosen = fastest_processors()[0]
        assert pin(child.pid, {chosen})
        for thread in threads.iterdir():
            assert os.sched_getaffinity(int(thread.name)) == {chosen}
        assert pin(child.pid, affinity())
        assert os.sched_getaffinity(child.pid) == set(affinity())
    finally:
        child.kill()
        child.wait()


def test_pinning_what_is_not_there() -> None:
    """No process, or one that is gone, is no error."""
    assert not pin(None, {0})
    assert not pin(2**30, {0})


def test_slow_cores_are_left_out(tmp_path: Path) -> None:
    """Where there are two kinds of cores, only the faster kind is chosen."""
    allowed = affinity()
    for number in allowed:
        path = tmp_path / f"sys/devices/system/cpu/cpu{number}/cpu_capacity"
        path.parent.mkdir(parents=True)
        path.write_text("1024" if number == allowed[-1] else "400", encoding="ascii")
    assert fastest_processors(tmp_path) == (allowed[-1],)
    assert fastest_processors(tmp_path / "nothing") == allowed


# --- pairs ----------------------------------------------------------------------------------


def pairs(count: int, **changes: object) -> list[RawBlock]:
    """Complete pairs of one generation; the changes hit PyTorch's block of the first pair."""
    found = []
    for pair in range(count):
        found.append(block(pair=pair, **(changes if pair == 0 else {})))
        found.append(block(pair=pair, arm="tensorflow", position=1, wall_seconds=0.2))
    return found


def test_pairs_give_log_ratios() -> None:
    """TensorFlow's time over PyTorch's, per call, on the log scale."""
    assert generations_of(pairs(3)) == [[pytest.approx(np.log(2.0))] * 3]


@pytest.mark.parametrize("changes", [{"steal_share": 0.3}, {"wall_seconds": 10.0}])
def test_spoilt_pairs_fall_as_a_whole(changes: dict[str, object]) -> None:
    """A block with steal or far off spoils its pair; the others count."""
    random = np.random.default_rng(0)
    blocks = [
        replace(one, wall_seconds=one.wall_seconds * (1 + 0.01 * random.standard_normal()))
        if not (one.pair == 0 and one.arm == "pytorch")
        else one
        for one in pairs(10, **changes)
    ]
    marked, doubt = reject(blocks, threads=2)
    assert count_pairs(marked) == (9, 1)
    assert doubt == ""


def test_a_machine_that_is_always_disturbed() -> None:
    """If more than a fifth would fall, all are kept and the doubt is put in words."""
    blocks = [replace(one, steal_share=0.3) for one in pairs(10)]
    marked, doubt = reject(blocks, threads=2)
    assert count_pairs(marked) == (10, 0)
    assert "10 of 10 pairs" in doubt


@pytest.mark.parametrize(
    ("others", "threads", "processors", "spoilt"),
    [
        (0.2, 2, 2, False),
        (0.9, 2, 2, True),
        (0.9, 1, 2, False),
        (1.1, 1, 2, False),
        (1.4, 1, 2, True),
        (None, 2, 2, False),
        (3.0, 4, 8, False),
    ],
)
def test_busy_neighbours_spoil_a_block_only_if_they_take_our_cores(
    others: float | None, threads: int, processors: int, spoilt: bool
) -> None:
    """Other programs matter once they and our threads together need more than the machine has."""
    blocks = [replace(one, other_cores=others) for one in pairs(10)]
    _, doubt = reject(blocks, threads=threads, processors=processors)
    assert bool(doubt) is spoilt


def test_incomplete_pairs_do_not_count() -> None:
    """A block without its other half is kept but gives no ratio."""
    blocks = [*pairs(2), block(pair=7)]
    assert len(generations_of(blocks)[0]) == 2


# --- the noise floor ------------------------------------------------------------------------


def noise(low: float = 0.97, high: float = 1.03, **changes: object) -> NoiseRecord:
    """A noise floor measured now."""
    plain = NoiseRecord(
        candidate=Candidate.PYTORCH,
        workload="transformer",
        size="small",
        operation="training",
        mode="default",
        threads=2,
        device="cpu",
        ratio=RatioInterval(1.0, low, high),
        generation_ratios=(1.0, 1.01, 0.99),
        pairs=20,
        measured_at=datetime.now(UTC).isoformat(),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_a_floor_is_kept_for_this_machine_only(tmp_path: Path) -> None:
    """A stored floor is found again on the same machine, device and threads, and nowhere else."""
    store = NoiseStore(tmp_path)
    assert store.save(HERE, noise())
    found = store.load(HERE, "cpu", 2)
    assert found is not None
    assert found.stored
    assert store.load(HERE, "cpu", 1) is None
    assert store.load(HERE, "cuda", 2) is None
    assert store.load(replace(HERE, cpu_model="Other"), "cpu", 2) is None
    assert store.load(replace(HERE, pytorch="9.9"), "cpu", 2) is not None


@pytest.mark.parametrize(
    "floor",
    [
        noise(low=1.01),
        noise(ratio=None),
        noise(generation_ratios=(1.0, 1.0)),
    ],
)
def test_unsound_floors_are_not_kept(tmp_path: Path, floor: NoiseRecord) -> None:
    """A floor that does not cover 1, or rests on too few generations, is measured again."""
    assert not NoiseStore(tmp_path).save(HERE, floor)
    assert NoiseStore(tmp_path).load(HERE, "cpu", 2) is None


def test_old_floors_expire(tmp_path: Path) -> None:
    """After a week a floor counts no more; one from the future never did."""
    store = NoiseStore(tmp_path)
    store.save(HERE, noise())
    now = datetime.now(UTC)
    assert store.load(HERE, "cpu", 2, now + timedelta(days=6)) is not None
    assert store.load(HERE, "cpu", 2, now + timedelta(days=8)) is None
    assert store.load(HERE, "cpu", 2, now - timedelta(days=1)) is None


@pytest.mark.parametrize("text", ["", "{", "null", '{"ratio": 1}', "[" * 10_000, "\x00" * 100])
def test_a_spoilt_store_is_no_reason_to_fail(tmp_path: Path, text: str) -> None:
    """Whatever lies in the store, the worst outcome is measuring again."""
    store = NoiseStore(tmp_path)
    store.save(HERE, noise())
    for path in tmp_path.iterdir():
        path.write_text(text, encoding="utf-8")
    assert store.load(HERE, "cpu", 2) is None


def test_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    """No folder, no floor kept, no exception."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    assert not NoiseStore(blocked / "noise").save(HERE, noise())


# --- selection and plan ---------------------------------------------------------------------

RULES = load_rule_base()
OPTIONS = {question.id: question.option_ids for question in RULES.questions}
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        name: st.frozensets(st.sampled_from(options), min_size=1, max_size=3)
        for name, options in OPTIONS.items()
        if name in ("domain", "training_hardware", "targets", "latency", "model_source", "llm_work")
    },
)


@given(ANSWERS)
def test_every_answer_selects_something(answers: dict[str, frozenset[str]]) -> None:
    """Whatever was answered, at least three known workloads come out, each once, with a reason."""
    found = select(answers)
    names = [one.workload for one in found]
    assert len(names) >= 3
    assert len(set(names)) == len(names)
    assert set(names) <= set(WORKLOADS)
    assert all(one.because for one in found)
    assert all(set(one.operations) <= set(OPERATIONS) for one in found)


@pytest.mark.parametrize(
    ("answers", "first", "operation"),
    [
        ({}, "residual-cnn", "training"),
        ({"domain": {"recommender"}}, "recommender", "training"),
        ({"domain": {"time-series"}}, "recurrent", "training"),
        ({"domain": {"tabular"}, "latency": {"critical"}}, "tabular-mlp", "training"),
        ({"domain": {"llm"}, "llm_work": {"serve"}}, DECODER, "inference"),
        ({"domain": {"nlp"}, "model_source": {"ready-onnx"}}, "transformer", "inference"),
        (
            {"domain": {"nlp"}, "training_hardware": {"no-training"}, "targets": {"server"}},
            "transformer",
            "latency",
        ),
    ],
)
def test_answers_choose_the_work(answers: dict[str, set[str]], first: str, operation: str) -> None:
    """The field chooses the workload, its use chooses the operation."""
    found = select({name: frozenset(options) for name, options in answers.items()})
    assert found[0].workload == first
    assert found[0].operations[0] == operation


def test_selection_reads_real_questions() -> None:
    """Every question and option that selection reads exists in the questionnaire."""
    from advisor.measure import selection

    assert set(selection._BY_DOMAIN) == set(OPTIONS["domain"])
    assert set(OPTIONS["targets"]) >= selection._ONE_AT_A_TIME
    assert set(OPTIONS["model_source"]) >= selection._READY
    assert "no-training" in OPTIONS["training_hardware"]
    assert {"interactive", "critical"} <= set(OPTIONS["latency"])
    assert {"serve", "on-device"} <= set(OPTIONS["llm_work"])


def test_catalogue_and_selection_name_the_same_workloads() -> None:
    """Every workload that can be selected has a program, and the other way round."""
    assert set(workloads()) == set(WORKLOADS)
    assert {one for entry in workloads().values() for one in entry.operations} == set(OPERATIONS)


def test_plans_grow_with_the_level() -> None:
    """Quick has two workloads in one mode; thorough adds the best mode and one thread."""
    plans = {level: build_plan(select({}), level=level, threads=4) for level in Level}
    counts = [len(plans[level].comparisons) for level in Level]
    assert counts == sorted(counts)
    assert len({one.workload for one in plans[Level.QUICK].comparisons}) == 2
    assert {one.setting.mode for one in plans[Level.THOROUGH].settings} == {"default", "best"}
    assert {one.setting.threads for one in plans[Level.THOROUGH].settings} == {1, 4}


def test_named_workloads_replace_the_selection() -> None:
    """Asking for a workload measures that one and no other, with operations it has."""
    offered = {name: entry.operations for name, entry in workloads().items()}
    plan = build_plan(
        select({}), level=Level.THOROUGH, threads=1, workloads=["decoder"], offered=offered
    )
    assert {one.workload for one in plan.comparisons} == {"decoder"}
    assert {one.operation for one in plan.comparisons} <= set(offered["decoder"])


@pytest.mark.parametrize(
    ("seconds", "level"), [(30, Level.QUICK), (150, Level.DEFAULT), (900, Level.THOROUGH)]
)
def test_budget_decides_the_breadth(seconds: float, level: Level) -> None:
    """A given budget chooses how much is looked at."""
    assert level_of(seconds) is level


@pytest.mark.parametrize(
    ("cores", "gib", "size"),
    [(2, 8, "small"), (8, 16, "medium"), (32, 128, "large"), (32, 32, "medium"), (32, 4, "small")],
)
def test_size_follows_the_machine(cores: int, gib: int, size: str) -> None:
    """A laptop gets small work, a server large work, if the memory allows."""
    assert size_for(cores, gib * 2**30) == size


# --- budget and rounds ----------------------------------------------------------------------


def test_budget_counts_down() -> None:
    """Elapsed and remaining follow the clock; breaking off comes 5 % after the end."""
    now = 100.0
    budget = Budget(10.0, clock=lambda: now)
    now = 104.0
    assert budget.elapsed == 4.0
    assert budget.remaining == 6.0
    assert budget.fits(6.0)
    assert not budget.fits(6.1)
    now = 200.0
    assert budget.remaining == 0.0
    assert budget.until_broken_off == 0.0


def test_cost_learns() -> None:
    """A guess gives way to what was seen; a dear first time counts only until a second."""
    cost = Cost(5.0, falls=0.5)
    assert cost.estimate == 5.0
    cost.add(20.0)
    assert cost.estimate == 10.0
    cost.add(4.0)
    assert cost.estimate == 4.0
    cost.add(2.0)
    assert cost.estimate == 3.0


def lanes(*counts: int) -> list[Lane]:
    """A lane for each count of workloads, with one comparison per workload."""
    found = []
    for number, count in enumerate(counts):
        setting = Setting("default", number + 1, "cpu")
        ids = [replace(FIRST, workload=f"w{place}", threads=number + 1) for place in range(count)]
        found.append(Lane(setting, [Tally(one) for one in ids]))
    return found


PLAN = ProbePlan(100.0, (PlannedSetting(Setting("default", 1, "cpu"), (FIRST,)),), seed=0)


def test_primary_setting_comes_first() -> None:
    """With time for everything, the first generation belongs to the primary setting."""
    both = lanes(1, 1)
    costs = {one.setting: Costs() for one in both}
    slot = next_slot(both, PLAN, costs, 1000.0, None)
    assert slot is not None
    assert slot.lane is both[0]


def test_what_does_not_fit_is_given_up_from_the_end() -> None:
    """Too little time for both settings leaves the primary one; the other says why it is out."""
    both = lanes(2, 2)
    costs = {one.setting: Costs() for one in both}
    slot = next_slot(both, PLAN, costs, 40.0, None)
    assert slot is not None
    assert slot.lane is both[0]
    assert {one.status for one in both[1].tallies} == {ComparisonStatus.SKIPPED}
    assert all("budget" in one.reason for one in both[1].tallies)


def test_no_time_no_generation() -> None:
    """When not even one generation fits, none is begun."""
    one = lanes(1)
    costs = {lane.setting: Costs() for lane in one}
    assert next_slot(one, PLAN, costs, 1.0, None) is None


@pytest.mark.parametrize(("made", "begun"), [(0, False), (1, False), (2, True), (3, False)])
def test_the_generation_a_verdict_lacks_is_begun_though_it_may_not_fit(
    made: int, begun: bool
) -> None:
    """The third of three is tried in slightly too little time: without it all is for nothing."""
    one = lanes(1)
    one[0].made = made
    costs = {lane.setting: Costs() for lane in one}
    least = needed(one[0].tallies, costs[one[0].setting])
    slot = next_slot(one, PLAN, costs, 0.95 * least, None)
    assert (slot is not None) is begun


def test_more_generations_come_before_longer_ones() -> None:
    """Time for one more generation goes into one, not into more pairs of the one that is due."""
    one = lanes(2)
    costs = {lane.setting: Costs() for lane in one}
    once = needed(one[0].tallies, costs[one[0].setting], GOOD_PAIRS)
    enough = next_slot(one, PLAN, costs, 4.1 * once, None)
    short = next_slot(one, PLAN, costs, 3.6 * once, None)
    assert enough is not None
    assert short is not None
    assert enough.seconds < short.seconds


def test_what_is_left_goes_to_the_workloads_that_still_fit() -> None:
    """After the fewest generations, a rest too short for all unresolved work serves the first."""
    one = lanes(3)
    one[0].made = PLAN.fewest_generations
    costs = {lane.setting: Costs() for lane in one}
    first = needed(one[0].tallies[:1], costs[one[0].setting])
    slot = next_slot(one, PLAN, costs, 1.01 * first, None)
    assert slot is not None
    assert list(slot.due) == one[0].tallies[:1]
    assert next_slot(one, PLAN, costs, 0.99 * first, None) is None


def test_costs_are_learnt_by_workload() -> None:
    """A workload costs what it took; one never prepared, nearly as much as the dearest so far."""
    costs = Costs()
    assert costs.preparing("a") == costs.workload_guess
    costs.learn("a", 10.0)
    costs.learn("b", 2.0)
    assert costs.preparing("a") == 10.0 * costs.workload_falls
    assert costs.preparing("c") == UNSEEN_SHARE * 10.0
    costs.learn("b", 1.0)
    assert costs.preparing("b") == 1.0


@pytest.mark.parametrize("order", [(1e-6, 5e-5), (5e-5, 1e-6)])
def test_the_proof_nearest_to_its_limit_is_kept(order: tuple[float, float]) -> None:
    """Of the proofs of all generations the least convincing one stands in the record."""
    tally = Tally(FIRST)
    for deviation in order:
        tally.proved(ProofRecord(True, 1e-4, deviation, "loss", 3))
    assert tally.proof is not None
    assert tally.proof.largest_deviation == max(order)
    tally.proved(ProofRecord(False, 1e-4, None, "loss", 3, "not a number"))
    assert not tally.proof.passed
    assert tally.status is ComparisonStatus.NOT_COMPARABLE


@given(st.floats(1.0, 1000.0), st.integers(1, 4), st.integers(1, 4))
def test_a_slot_never_exceeds_what_is_left(remaining: float, first: int, second: int) -> None:
    """However the time is shared, a generation never gets more than remains."""
    both = lanes(first, second)
    costs = {one.setting: Costs() for one in both}
    slot = next_slot(both, PLAN, costs, remaining, None)
    assert slot is None or 0 < slot.seconds <= remaining


# --- break-even -----------------------------------------------------------------------------


def compared(mode: str, first: float, seconds: float) -> ComparisonRecord:
    """A comparison with these figures for PyTorch."""
    return ComparisonRecord(
        "transformer", "small", "training", mode, 2, "cpu", "float32",
        ComparisonStatus.MEASURED,
        pytorch=SideFigures(seconds=seconds, first_call_seconds=(first, 0.0)),
    )  # fmt: skip


def test_break_even_counts_calls() -> None:
    """9.9 s more for the first call and 10 ms less per call pay off after 990 calls."""
    found = break_even([compared("default", 0.1, 0.020), compared("best", 10.0, 0.010)])
    assert [one.calls for one in found] == [990]


def test_compiling_that_gains_nothing_never_pays() -> None:
    """If compiled calls are not faster by 2 %, there is no break-even."""
    found = break_even([compared("default", 0.1, 0.020), compared("best", 10.0, 0.0199)])
    assert [one.calls for one in found] == [None]


def test_worker_environment_is_not_touched_by_tests() -> None:
    """No test of this folder leaves an OpenMP setting behind."""
    assert "OMP_WAIT_POLICY" not in os.environ
