"""Lines of the protocol: arrays survive the way, and nothing that arrives is trusted."""

from __future__ import annotations

import importlib
import json
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from advisor.measure import protocol, wire
from advisor.measure.protocol import FailureKind, WorkerFailure
from advisor.model.candidate import CANDIDATES
from advisor.resources import probes_folder


@given(
    arrays.arrays(
        dtype=st.sampled_from([np.float32, np.float64, np.int32, np.int64, np.uint8]),
        shape=arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5),
    )
)
def test_an_array_arrives_as_it_was_sent(array: np.ndarray[Any, Any]) -> None:
    """Values, type and shape survive, NaN and infinity too."""
    assembler = wire.ArrayAssembler()
    for line in wire.array_lines(1, "given", array):
        assembler.take(wire.read_message(line))
    back = assembler.arrays["given"]
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


def test_a_large_array_travels_in_short_lines() -> None:
    """Every line stays far below the limit of a line."""
    array = np.arange(300_000, dtype=np.float32).reshape(3, -1)
    lines = list(wire.array_lines(1, "large", array))
    assert len(lines) == 7
    assert max(len(line) for line in lines) < 300_000
    assembler = wire.ArrayAssembler()
    for line in lines:
        assembler.take(wire.read_message(line))
    np.testing.assert_array_equal(assembler.arrays["large"], array)


@pytest.mark.parametrize(
    "change",
    [
        {"part": 1},
        {"dtype": "O"},
        {"shape": [7, 7]},
        {"data": "not base64!"},
        {"data": None},
        {"parts": "many"},
    ],
)
def test_an_array_that_is_not_whole_is_refused(change: dict[str, object]) -> None:
    """A missing part, a foreign type, a wrong shape or rubbish ends as a failure in words."""
    line = next(iter(wire.array_lines(1, "given", np.zeros((2, 2), np.float32))))
    message = {**json.loads(line), **change}
    with pytest.raises(WorkerFailure) as caught:
        wire.ArrayAssembler().take(message)
    assert caught.value.kind is FailureKind.PROTOCOL


@given(st.binary(max_size=80))
def test_rubbish_is_never_another_exception(line: bytes) -> None:
    """Any bytes that are no JSON object are a failure called garbage."""
    try:
        fine = isinstance(json.loads(line), dict)
    except ValueError:
        fine = False
    if fine:
        assert isinstance(wire.read_message(line), dict)
        return
    with pytest.raises(WorkerFailure) as caught:
        wire.read_message(line)
    assert caught.value.kind is FailureKind.GARBAGE


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(json_values)
def test_any_result_is_read_or_refused(result: object) -> None:
    """Each reader answers any JSON with its dataclass or with a failure called protocol."""
    for read in (
        wire.read_hello,
        wire.read_prepared,
        wire.read_block,
        wire.read_peak,
        wire.read_memory,
        wire.read_installed_size,
        wire.read_time_to_accuracy,
        lambda value: wire.read_proof(value, {}),
    ):
        with pytest.raises(WorkerFailure) as caught:
            read(result)
        assert caught.value.kind is FailureKind.PROTOCOL


@pytest.mark.parametrize("wrong", [None, "3", float("nan"), True, [], {}])
def test_a_number_is_a_finite_number(wrong: object) -> None:
    """Text, truth values, NaN and nothing are no numbers."""
    with pytest.raises(WorkerFailure):
        wire.Reader({"value": wrong}, "test").number("value")


def test_both_ends_know_the_same_distributions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A framework that the advisor finds under some name is found by its worker too."""
    monkeypatch.syspath_prepend(str(probes_folder()))
    host = importlib.import_module("probekit.host")
    known = {one.value: one.distributions for one in CANDIDATES}
    assert known == host.FRAMEWORK_DISTRIBUTIONS


def test_both_ends_speak_the_same_version() -> None:
    """The worker program and the advisor name the same protocol and version."""
    folder = probes_folder() / "probekit"
    text = (folder / "channel.py").read_text(encoding="utf-8")
    constants = dict(re.findall(r"^([A-Z_]+) = (.+)$", text, flags=re.MULTILINE))
    assert constants["NAME"] == f'"{protocol.NAME}"'
    assert constants["VERSION"] == str(protocol.VERSION)
    assert eval(constants["CHUNK_BYTES"]) == wire.CHUNK_BYTES  # noqa: S307
