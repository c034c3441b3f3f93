"""The comparison of two proofs: what passes, what fails, and with which words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from advisor.measure.equal_work import compare
from advisor.measure.protocol import ProofData, Tensor


def tensor(values: list[float]) -> Tensor:
    array = np.asarray(values, dtype=np.float64)
    return Tensor((len(values),), array, float(np.linalg.norm(array)))


def proof() -> ProofData:
    return ProofData(
        steps=2,
        parameter_count=3,
        weights_digest="w",
        inputs_digest="i",
        outputs={"inference": tensor([1.0, -2.0, 0.5])},
        loss=(1.0, 0.9),
        gradients={"a": tensor([0.1, 0.2, 0.3]), "b": tensor([0.2])},
        initial={"a": tensor([1.0, 1.0, 1.0]), "b": tensor([0.0])},
        parameters={"a": tensor([0.9, 0.8, 0.7]), "b": tensor([-0.2])},
    )


def changed(group: str, name: str, values: list[float]) -> ProofData:
    base = proof()
    groups: dict[str, Any] = {group: {**getattr(base, group), name: tensor(values)}}
    return replace(base, **groups)


def test_a_proof_agrees_with_itself() -> None:
    """No deviation anywhere, and all four quantities were looked at."""
    found = compare(proof(), proof())
    assert found.passed
    assert not found.reason
    assert {one.quantity for one in found.deviations} == {
        "outputs",
        "loss",
        "gradients",
        "parameters",
    }
    assert found.worst is not None
    assert found.worst.value == 0


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (replace(proof(), weights_digest="x"), "same weights"),
        (replace(proof(), inputs_digest="x"), "same inputs"),
        (replace(proof(), parameter_count=4), "parameter counts differ"),
        (replace(proof(), steps=3, loss=(1.0, 0.9, 0.8)), "numbers of steps differ"),
        (replace(proof(), gradients={"a": tensor([0.1, 0.2, 0.3])}), "different names"),
        (changed("gradients", "b", [0.2, 0.2]), "shapes"),
        (changed("outputs", "inference", [1.0, -2.0, 0.51]), "outputs deviate"),
        (replace(proof(), loss=(1.0, 0.91)), "loss deviate"),
        (changed("gradients", "a", [0.1, 0.2, 0.31]), "gradients deviate"),
        (changed("parameters", "a", [0.9, 0.8, 0.71]), "parameters deviate"),
        (changed("outputs", "inference", [1.0, -2.0, float("nan")]), "outputs deviate"),
        (replace(proof(), loss=(1.0, float("nan"))), "loss deviate"),
    ],
)
def test_each_kind_of_unequal_work_fails_in_words(other: ProofData, words: str) -> None:
    """What differs is named, whichever of the two sides is given first."""
    for pair in ((proof(), other), (other, proof())):
        found = compare(*pair)
        assert not found.passed
        assert words in found.reason


def test_parameters_are_compared_by_what_changed() -> None:
    """Parameters far larger than their change cannot hide that one side did not learn."""
    base = proof()
    large = {"a": tensor([1e4, 1e4, 1e4]), "b": tensor([0.0])}
    moved = {"a": tensor([1e4 - 0.1, 1e4 - 0.2, 1e4 - 0.3]), "b": tensor([-0.2])}
    learnt = replace(base, initial=large, parameters=moved)
    idle = replace(learnt, parameters={**moved, "a": large["a"]})
    assert compare(learnt, learnt).passed
    assert not compare(learnt, idle).passed


def test_rounding_in_a_gradient_that_is_zero_is_forgiven() -> None:
    """Below a hundred-thousandth of the largest gradient, direction is chance; a step there too."""
    first = changed("gradients", "b", [1e-9])
    second = changed("gradients", "b", [-2e-9])
    second = replace(second, parameters={**second.parameters, "b": tensor([0.2])})
    assert compare(first, second).passed


def test_a_norm_tells_what_a_sample_left_out() -> None:
    """Two tensors with equal samples and unequal norms are not equal."""
    base = proof()
    sampled = base.outputs["inference"]
    other = replace(base, outputs={"inference": replace(sampled, norm=sampled.norm * 1.01)})
    assert not compare(base, other).passed


def test_what_one_side_cannot_do_needs_no_proof() -> None:
    """A side that cannot train is still compared by its outputs; with nothing in common it fails."""
    base = proof()
    untrained = replace(base, steps=0, loss=(), gradients={}, initial={}, parameters={})
    found = compare(base, untrained)
    assert found.passed
    assert [one.quantity for one in found.deviations] == ["outputs"]
    nothing = replace(untrained, outputs={"latency": tensor([1.0])})
    assert not compare(untrained, nothing).passed
