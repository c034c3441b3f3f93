"""The shipped rule base through the engine: what must hold whatever its content."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from advisor.decision.engine import Engine
from advisor.model.answers import Answers
from advisor.model.candidate import Candidate
from advisor.model.decision import VerdictClass
from advisor.model.rulebase import RuleBase
from advisor.rulebase.load import load_rule_base
from tests.properties.strategies import AS_OF, mirrored

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = 2_000
SOME = Answers(
    {
        "existing_code": frozenset({"none"}),
        "targets": frozenset({"server", "android"}),
        "domain": frozenset({"vision"}),
        "purpose": frozenset({"product"}),
    }
)


@pytest.fixture(scope="module")
def rule_base() -> RuleBase:
    """The shipped rule base."""
    return load_rule_base()


def test_nothing_answered_is_no_recommendation(rule_base: RuleBase) -> None:
    """With every question open the verdict is a lean at most, and nearly all doubt is theirs."""
    decision = Engine(rule_base, AS_OF, samples=SAMPLES).decide(Answers(), explain=False)
    assert decision.verdict.verdict_class in {VerdictClass.LEAN, VerdictClass.TOO_CLOSE}
    assert decision.verdict.doubt["unanswered"] > 0.5
    assert decision.next_steps


@pytest.mark.parametrize("answers", [Answers(), SOME], ids=["open", "some"])
def test_mirrors_exactly(rule_base: RuleBase, answers: Answers) -> None:
    """Exchange the names in the whole rule base and the verdict mirrors to the last bit."""
    one = Engine(rule_base, AS_OF, samples=SAMPLES).balance(answers)
    two = Engine(mirrored(rule_base), AS_OF, samples=SAMPLES).balance(answers)
    assert one.acceptability[Candidate.PYTORCH] == two.acceptability[Candidate.TENSORFLOW]
    assert one.difference == -two.difference
    assert one.framework is two.framework.other


_PROGRAM = """
import datetime, hashlib
from advisor.decision.engine import decide
from advisor.rulebase.load import load_rule_base
from tests.decision.test_shipped import SOME
found = decide(load_rule_base(), SOME, as_of=datetime.date(2026, 11, 28), samples=1000)
print(hashlib.sha256(repr(found).encode()).hexdigest())
"""


@pytest.mark.slow
def test_same_bytes_in_every_process() -> None:
    """The whole decision, flips and steps included, does not depend on the process's hash seed."""
    found = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(done.stdout)
    assert len(found) == 1
