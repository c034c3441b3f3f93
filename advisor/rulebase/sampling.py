"""Answer sets drawn at random, as the odds of the options say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from advisor.decision.applicability import dependency_order
from advisor.model.condition import evaluate
from advisor.model.rulebase import Question, QuestionKind, RuleBase

if TYPE_CHECKING:
    import numpy as np


def sample_answer_sets(
    rule_base: RuleBase, count: int, draw: np.random.Generator
) -> Iterator[dict[str, frozenset[str]]]:
    """Complete, consistent answer sets, options drawn by their odds."""
    order = dependency_order(rule_base.questions)
    for _ in range(count):
        answers: dict[str, frozenset[str]] = {}
        for question in order:
            applies = evaluate(question.ask_when, answers)
            answers[question.id] = _drawn(question, draw) if applies else frozenset()
        yield answers


def _drawn(question: Question, draw: np.random.Generator) -> frozenset[str]:
    odds = [option.odds for option in question.options]
    total = sum(odds)
    size = 1
    if question.kind is QuestionKind.MULTI:
        size = 1 + int(draw.random() < 0.35)
    picked = draw.choice(len(odds), size=size, replace=False, p=[one / total for one in odds])
    options = [question.options[int(place)] for place in picked]
    if exclusive := [option for option in options if option.exclusive]:
        options = exclusive[:1]
    return frozenset(option.id for option in options)
