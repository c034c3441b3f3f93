"""Answer sets drawn at random, as the odds of the options say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from advisor.decision.applicability import dependency_order
from advisor.model.condition import KnownAnswers, evaluate
from advisor.model.rulebase import Question, QuestionKind, RuleBase

if TYPE_CHECKING:
    import numpy as np


def sample_answer_sets(
    rule_base: RuleBase, count: int, draw: np.random.Generator
) -> Iterator[dict[str, frozenset[str]]]:
    """Complete, consistent answer sets, options drawn by their odds given the answers before."""
    ordered = dependency_order(rule_base.questions)
    for _ in range(count):
        yield completed(ordered, {}, draw)


def completed(
    ordered: Iterable[Question], given: KnownAnswers, draw: np.random.Generator
) -> dict[str, frozenset[str]]:
    """The `given` answers, and one drawn for every other question that applies; the questions
    stand in dependency order."""
    answers: dict[str, frozenset[str]] = {}
    for question in ordered:
        if not evaluate(question.ask_when, answers):
            answers[question.id] = frozenset()
        elif chosen := given.get(question.id):
            answers[question.id] = chosen
        else:
            odds = question.odds_given({**given, **answers})
            answers[question.id] = _drawn(question, odds, draw)
    return answers


def _drawn(
    question: Question, odds: tuple[float, ...], draw: np.random.Generator
) -> frozenset[str]:
    total = sum(odds)
    size = 1
    if question.kind is QuestionKind.MULTI:
        size = 1 + int(draw.random() < 0.35)
    picked = draw.choice(len(odds), size=size, replace=False, p=[one / total for one in odds])
    options = [question.options[int(place)] for place in picked]
    if exclusive := [option for option in options if option.exclusive]:
        options = exclusive[:1]
    return frozenset(option.id for option in options)
