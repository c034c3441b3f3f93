"""The parts of the probe kit that need no framework."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from probekit import counters, host, problem, timing
from probekit.refusal import Refusal
from probekit.slots import SAMPLE_ENTRIES, Slot, digest, gather, sample

from advisor.measure.catalogue import workloads

NAMES = sorted(workloads())


class Variable:
    """Stands for a framework's parameter."""

    def __init__(self, *shape: int) -> None:
        self.shape = shape


def made(name: str, size: str = "small", data: Any = None) -> problem.Problem:
    digits = {
        "digits/features": np.random.RandomState(0).uniform(size=(1347, 64)).astype(np.float32),
        "digits/labels": np.arange(1347, dtype=np.int32) % 10,
    }
    return problem.load(name, size, 1, digits if data is None else data)


@given(st.permutations([0, 1, 2, 3]), st.integers(0, 2**31 - 1))
def test_a_slot_reads_back_what_it_wrote(axes: list[int], seed: int) -> None:
    """Whatever the order of axes, writing and reading cancel out."""
    common = np.random.RandomState(seed).rand(2, 3, 4, 5).astype(np.float32)
    whole = np.zeros(tuple(common.shape[axis] for axis in axes), np.float32)
    slot = Slot(Variable(*whole.shape), tuple(axes))
    slot.write(whole, common)
    np.testing.assert_array_equal(slot.read(whole, common.shape), common)
    np.testing.assert_array_equal(whole, common.transpose(axes))


def test_slots_share_a_variable_by_parts() -> None:
    """Gates that lie side by side in one variable are each written to their own columns."""
    variable = Variable(2, 6)
    slots = {
        "first": Slot(variable, None, (slice(None), slice(0, 3))),
        "second": Slot(variable, (1, 0), (slice(None), slice(3, 6))),
    }
    first, second = np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(3, 2)
    wholes = gather(slots, {"first": first, "second": second})
    whole = wholes[id(variable)]
    np.testing.assert_array_equal(whole, np.hstack([first, second.T]))
    np.testing.assert_array_equal(slots["second"].read(whole, (3, 2)), second)


def test_a_weight_without_a_place_is_an_error() -> None:
    """Two sides that do not hold the same weights cannot be prepared."""
    with pytest.raises(KeyError):
        gather({"a": Slot(Variable(1))}, {"a": np.zeros(1), "b": np.zeros(1)})


def test_a_sample_carries_the_norm_of_everything() -> None:
    """A large tensor is sampled evenly from end to end, with the norm over all entries first."""
    array = np.arange(3 * SAMPLE_ENTRIES, dtype=np.float32)
    picked = sample(array)
    assert picked.size == SAMPLE_ENTRIES + 1
    assert picked[1] == array[0]
    assert picked[-1] == array[-1]
    assert picked[0] == pytest.approx(np.linalg.norm(array.astype(np.float64)))


def test_a_digest_depends_on_names_shapes_and_bytes() -> None:
    """Any difference in the common start is a difference in its fingerprint."""
    base = {"a": np.zeros((2, 3), np.float32)}
    others: list[dict[str, np.ndarray[Any, Any]]] = [
        {"b": np.zeros((2, 3), np.float32)},
        {"a": np.zeros((3, 2), np.float32)},
        {"a": np.zeros((2, 3), np.float64)},
        {"a": np.full((2, 3), 1e-30, np.float32)},
    ]
    assert len({digest(one) for one in [base, *others]}) == 5
    assert len(digest(base)) == len(hashlib.sha256().hexdigest())


@pytest.mark.parametrize("name", NAMES)
def test_the_common_start_is_drawn_the_same_each_time(name: str) -> None:
    """Two processes draw the same weights and inputs; another seed draws others."""
    one, two = made(name), made(name)
    assert digest(one.weights()) == digest(two.weights())
    (first, targets), (second, _) = one.training_batch(), two.training_batch()
    for left, right in zip(first, second, strict=True):
        np.testing.assert_array_equal(left, right)
    assert len(targets) == one.batch
    two._seed = 2
    assert digest(one.weights()) != digest(two.weights())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", ["small", "medium", "large"])
def test_sizes_grow(name: str, size: str) -> None:
    """Each size does at least twice the work of the one below; single items are the small part."""
    order = ["small", "medium", "large"]
    this = made(name, size)
    assert this.flops("training") > 0
    assert 0 < this.flops("latency") <= this.flops("inference")
    if size != "small":
        below = made(name, order[order.index(size) - 1])
        assert this.flops("training") > 2 * below.flops("training")


@pytest.mark.parametrize("name", NAMES)
def test_a_single_item_is_the_first_of_the_batch(name: str) -> None:
    """Latency runs on the first example of what inference runs on."""
    this = made(name)
    for single, many in zip(this.inputs(1), this.inputs(this.batch), strict=True):
        assert single.size * this.batch == many.size
    assert this.items("latency") * this.batch == this.items("inference")


def test_what_does_not_exist_is_refused_in_words() -> None:
    """Unknown workloads and sizes and missing data are answers, not faults."""
    with pytest.raises(Refusal, match="no workload") as caught:
        made("quantum")
    assert caught.value.kind == "protocol"
    with pytest.raises(Refusal, match="no size"):
        made("tabular-mlp", "gigantic")
    with pytest.raises(Refusal, match="needs the data set") as caught:
        made("tabular-mlp", data={"other": np.zeros(1)})
    assert caught.value.kind == "unsupported"


def test_a_block_counts_its_calls_and_nothing_else() -> None:
    """The call is made exactly as often as asked, the device waited for before and after."""
    calls, waits = [], []
    block = timing.time_block(
        lambda: calls.append(1),
        lambda: waits.append(len(calls)),
        operation="training",
        iterations=7,
        seconds=None,
        each=False,
        extra_work=0.0,
    )
    assert len(calls) == 7
    assert waits == [0, 7]
    assert block["iterations"] == 7
    assert block["per_call"] is None
    assert block["wall_seconds"] > 0


def test_latency_keeps_each_call() -> None:
    """With each call timed, there is a time for every call, and they make up the block."""
    block = timing.time_block(
        lambda: time.sleep(0.002),
        lambda: None,
        operation="latency",
        iterations=5,
        seconds=None,
        each=True,
        extra_work=0.0,
    )
    assert len(block["per_call"]) == 5
    assert min(block["per_call"]) >= 0.002
    assert sum(block["per_call"]) <= block["wall_seconds"]


def test_planted_work_is_real_and_not_counted() -> None:
    """A quarter of extra work makes a quarter more calls, and the same count."""
    calls: list[int] = []
    block = timing.time_block(
        lambda: calls.append(1),
        lambda: None,
        operation="training",
        iterations=100,
        seconds=None,
        each=False,
        extra_work=0.25,
    )
    assert len(calls) == 125
    assert block["iterations"] == 100


def test_calibration_aims_at_the_time_asked_for() -> None:
    """Calls of 2 ms: a block of 40 ms takes about twenty (a busy machine: fewer, never more)."""
    count = timing.calibrate(lambda: time.sleep(0.002), lambda: None, 0.04)
    assert 1 <= count <= 20


def test_a_series_ends_by_number_or_by_time() -> None:
    """At most so many values, at most so long."""
    assert len(timing.series(lambda: None, lambda: None, 10.0, 5)) == 5
    assert 1 <= len(timing.series(lambda: time.sleep(0.01), lambda: None, 0.03, 300)) <= 4


def test_steal_is_a_share_of_the_ticks_that_passed() -> None:
    """Eight counters of /proc/stat; the last is what other guests took."""
    empty = counters.read()
    before = empty._replace(machine_ticks=[100, 0, 0, 100, 0, 0, 0, 0])
    after = empty._replace(machine_ticks=[105, 0, 0, 110, 0, 0, 0, 5])
    assert counters.steal_share(before, after) == pytest.approx(0.25)
    assert counters.steal_share(before, before) is None
    assert counters.steal_share(before, empty._replace(machine_ticks=None)) is None


def test_counters_count_page_faults() -> None:
    """Touching fresh memory is seen as page faults."""
    before = counters.read()
    block = np.ones(64 * 1024 * 1024 // 8)
    after = counters.read()
    assert block.sum() > 0
    assert (
        after.minor_faults - before.minor_faults > 1000 or after.minor_faults > before.minor_faults
    )
    assert after.cpu_seconds >= before.cpu_seconds


def test_peak_memory_sees_what_was_used() -> None:
    """The peak grows by what was touched."""
    before = host.peak_rss_bytes()
    np.ones(max(before, 256 * 1024 * 1024) // 8)
    assert host.peak_rss_bytes() > before
