"""Measurements: what replaces a document, and when."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from advisor.decision.constants import PRACTICAL_ZONE
from advisor.decision.engine import Engine, decide
from advisor.decision.readings import support
from advisor.model.answers import Answers
from advisor.model.candidate import Candidate
from advisor.model.decision import Decision, VerdictClass
from advisor.model.measurement import (
    ComparisonStatus,
    DeploymentAttempt,
    Likeness,
    Measurements,
)
from advisor.model.rulebase import MeasurementLink
from tests.decision.bases import AS_OF, PYTORCH, TENSORFLOW, base, link, measured, rule

CLAIM = base(rule("tf-faster", TENSORFLOW, "strong", measured_by=link()))
OPEN = base(rule("speed", None, "strong", measured_by=link()))


def test_a_measurement_here_outranks_the_document() -> None:
    """The document says TensorFlow; the target says PyTorch: PyTorch it is."""
    document = decide(CLAIM, Answers(), as_of=AS_OF, samples=1_000)
    found = decide(CLAIM, Answers(), measured(2.0), as_of=AS_OF, samples=1_000)
    assert document.verdict.framework is TENSORFLOW
    assert found.verdict.framework is PYTORCH
    assert found.verdict.verdict_class is VerdictClass.RECOMMEND
    (reason,) = found.reasons
    assert reason.measured
    assert reason.favours is PYTORCH


def test_a_measurement_elsewhere_is_information() -> None:
    """Made on another machine it moves nothing, and that is said."""
    document = decide(CLAIM, Answers(), as_of=AS_OF, samples=1_000)
    elsewhere = measured(2.0, likeness=Likeness.ELSEWHERE)
    found = decide(CLAIM, Answers(), elsewhere, as_of=AS_OF, samples=1_000)
    assert found.verdict.acceptability == document.verdict.acceptability
    assert any("information" in note for note in found.notes)


def test_alike_counts_with_more_doubt() -> None:
    """On a like machine the same ratio gives the same direction, less surely."""
    here, alike = (
        decide(OPEN, Answers(), measured(1.3, likeness=like), as_of=AS_OF, samples=4_000)
        for like in (Likeness.HERE, Likeness.ALIKE)
    )
    assert 0.5 < alike.verdict.acceptability[PYTORCH] < here.verdict.acceptability[PYTORCH]
    assert alike.verdict.doubt["measurements"] > here.verdict.doubt["measurements"]


def test_other_workloads_and_failures_count_for_nothing() -> None:
    """Only a finished comparison of the linked work replaces the document."""
    document = decide(CLAIM, Answers(), as_of=AS_OF, samples=500).verdict
    other = measured(3.0, workload="transformer")
    (comparison,) = measured(3.0).comparisons
    failed = Measurements((replace(comparison, status=ComparisonStatus.NOT_COMPARABLE),))
    for found in (other, failed):
        verdict = decide(CLAIM, Answers(), found, as_of=AS_OF, samples=500).verdict
        assert verdict.acceptability == document.acceptability


def test_not_measured_yet_is_doubt_not_zero() -> None:
    """A rule that only a probe can fill leaves the verdict even and the doubt on measurements."""
    open_ratio = decide(OPEN, Answers(), as_of=AS_OF, samples=1_000)
    assert open_ratio.verdict.acceptability[PYTORCH] == 0.5
    assert open_ratio.verdict.doubt["measurements"] > 0.3
    assert open_ratio.reasons == ()
    silent = decide(base(), Answers(), as_of=AS_OF, samples=1_000)
    assert silent.verdict.doubt["measurements"] == 0


def test_no_practical_difference_supports_nobody() -> None:
    """Ratios surely inside the practical zone move no score."""
    found = decide(OPEN, Answers(), measured(1.03, spread=1.005), as_of=AS_OF, samples=1_000)
    assert found.criteria[0].contribution == 0


def test_support_is_continuous_monotone_and_odd() -> None:
    """No jump at the edge of the zone; more speed is never less support; sides mirror."""
    half = np.linspace(0, 3, 3001)
    ratios = np.concatenate((-half[:0:-1], half))
    one, two = support(ratios, 0.8)
    assert np.abs(np.diff(one)).max() < 0.003
    assert (np.diff(one) >= 0).all()
    assert np.array_equal(one, two[::-1])
    assert one[np.abs(ratios) <= PRACTICAL_ZONE].max() == 0
    assert one.max() < 0.8


def test_faster_is_never_worse() -> None:
    """Acceptability grows with the measured ratio."""
    engine = Engine(CLAIM, AS_OF, samples=1_000)
    shares = [
        engine.balance(Answers(), measured(ratio)).acceptability[PYTORCH]
        for ratio in (0.25, 0.5, 0.8, 1.0, 1.25, 2.0, 4.0)
    ]
    assert shares == sorted(shares)


def test_several_comparisons_share_the_word() -> None:
    """Two modes that disagree leave more doubt than two that agree."""
    (fast,) = measured(2.0).comparisons
    slow = replace(measured(0.5).comparisons[0], mode="best")
    agree = replace(fast, mode="best")
    split = decide(OPEN, Answers(), Measurements((fast, slow)), as_of=AS_OF, samples=2_000)
    joint = decide(OPEN, Answers(), Measurements((fast, agree)), as_of=AS_OF, samples=2_000)
    assert split.verdict.acceptability[PYTORCH] == pytest.approx(0.5, abs=0.05)
    assert joint.verdict.acceptability[PYTORCH] > 0.95


PATH = base(
    rule("android", TENSORFLOW, measured_by=MeasurementLink(deployment_target="android")),
    rule("else", PYTORCH),
)


def tried(outcome: str, candidate: Candidate = TENSORFLOW) -> Decision:
    """The decision after one way to Android was tried."""
    attempt = DeploymentAttempt(
        "keras-litert", candidate, "android", outcome, "an operator is missing"
    )
    return decide(PATH, Answers(), Measurements((), (attempt,)), as_of=AS_OF, samples=1_000)


def test_a_path_that_works_counts_fully() -> None:
    """Tried here with success, the rule moves to the top of its strength and counts as measured."""
    before = decide(PATH, Answers(), as_of=AS_OF, samples=1_000).verdict.acceptability[TENSORFLOW]
    after = tried("works")
    assert after.verdict.acceptability[TENSORFLOW] > before
    assert next(r for r in after.reasons if r.rule == "android").measured


def test_a_path_that_fails_is_silenced_and_said() -> None:
    """What documents claim and this machine refutes is a contradiction, shown with both sides."""
    after = tried("fails")
    assert [reason.rule for reason in after.reasons] == ["else"]
    (note,) = [note for note in after.notes if note.startswith("Contradiction")]
    assert "keras-litert" in note
    assert "an operator is missing" in note
    assert "The rule android speaks." in note


def test_a_path_that_deviates_counts_half() -> None:
    """Results that differ weaken the rule without silencing it."""
    before = decide(PATH, Answers(), as_of=AS_OF, samples=1_000)
    after = tried("differs")
    effect = {r.rule: r.effect for r in after.reasons}["android"]
    assert 0 < effect < {r.rule: r.effect for r in before.reasons}["android"]


def test_the_other_candidates_attempt_does_not_matter() -> None:
    """A failure of PyTorch's path says nothing about a rule for TensorFlow's."""
    before = decide(PATH, Answers(), as_of=AS_OF, samples=1_000)
    assert tried("fails", PYTORCH).verdict.acceptability == before.verdict.acceptability
    assert tried("not-tried").verdict.acceptability == before.verdict.acceptability
