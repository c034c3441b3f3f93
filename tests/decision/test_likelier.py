"""Answers go together: what is known says what is likely where a question is still open."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from advisor.decision.engine import Engine
from advisor.model.answers import Answers
from advisor.model.condition import Condition
from advisor.model.rulebase import Likelier, Question, QuestionKind, RuleBase
from advisor.rulebase.sampling import sample_answer_sets
from tests.decision.bases import AS_OF, PYTORCH, answers, atom, base, question, rule

SAMPLES = 4_000


def likely(
    times: float, when: Condition | None = None, kind: QuestionKind = QuestionKind.SINGLE
) -> RuleBase:
    """`server` makes `a` of `code` so many times likelier; `server` applies only to `product`."""
    code = question("code", "a", "b", kind=kind)
    entry = Likelier(when or atom("server", "a"), frozenset({"a"}), times)
    return base(
        rule("r", PYTORCH, when=atom("code", "a")),
        questions=(
            replace(code, likelier=(entry,)),
            question("server", ask_when=atom("product", "a")),
            question("product"),
        ),
    )


def share_of_a(rule_base: RuleBase, **given: str) -> float:
    """How often option `a` of `code` is among the drawn answers."""
    chosen = Answers({key: frozenset({option}) for key, option in given.items()})
    appraisal = Engine(rule_base, AS_OF, samples=SAMPLES).appraise(chosen)
    codes = np.broadcast_to(np.asarray(appraisal.state.codes["code"]), SAMPLES)
    return float((codes & 1).astype(bool).mean())


def test_a_known_answer_moves_the_odds() -> None:
    """Nine times as likely is 90 in 100 of two options, a ninth is 10 in 100."""
    assert share_of_a(likely(9), product="a", server="a") == pytest.approx(0.9, abs=0.02)
    assert share_of_a(likely(1 / 9), product="a", server="a") == pytest.approx(0.1, abs=0.02)


def test_it_shows_in_the_acceptability() -> None:
    """What the likelier answer speaks for comes out first more often."""
    engine = Engine(likely(9), AS_OF, samples=SAMPLES)
    with_it = engine.balance(answers(product="a", server="a")).acceptability[PYTORCH]
    without = engine.balance(answers(product="a", server="b")).acceptability[PYTORCH]
    assert with_it > without + 0.1


@pytest.mark.parametrize(
    "given",
    [{}, {"product": "a"}, {"product": "a", "server": "b"}, {"product": "b", "server": "a"}],
    ids=["open", "still open", "does not hold", "does not apply"],
)
def test_only_what_is_known_counts(given: dict[str, str]) -> None:
    """Open answers, and answers to a question that does not apply, leave the odds as they are."""
    assert share_of_a(likely(9), **given) == pytest.approx(0.5, abs=0.02)


def test_an_answer_is_an_answer() -> None:
    """However unlikely, what the user said holds in every draw."""
    assert share_of_a(likely(1 / 9), product="a", server="a", code="a") == 1.0


def test_options_of_a_multi_question_come_in_more_often() -> None:
    """The factor works on each option's odds of being among the answers."""
    rule_base = likely(9, kind=QuestionKind.MULTI)
    with_it = share_of_a(rule_base, product="a", server="a")
    assert with_it > share_of_a(rule_base, product="a", server="b") + 0.1


def test_sampled_answer_sets_go_together_too() -> None:
    """Sets drawn for the summary follow the answers that were drawn before."""
    first = question("first")
    second: Question = replace(
        question("second"),
        likelier=(Likelier(atom("first", "a"), frozenset({"a"}), 99),),
    )
    drawn = list(sample_answer_sets(base(questions=(first, second)), 400, np.random.default_rng(0)))
    with_a = [one["second"] == {"a"} for one in drawn if one["first"] == {"a"}]
    with_b = [one["second"] == {"a"} for one in drawn if one["first"] == {"b"}]
    assert np.mean(with_a) > 0.95
    assert 0.35 < np.mean(with_b) < 0.65
