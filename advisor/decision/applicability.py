"""Which questions apply, and which answers count.

A question whose `ask_when` fails does not apply: its answer is the empty set, whatever was said
before. A question whose condition is still unknown may apply; its answer is kept but unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from advisor.model.answers import Answers
from advisor.model.condition import KnownAnswers, Truth, evaluate, questions_of
from advisor.model.rulebase import Question, RuleBase


def dependency_order(questions: Iterable[Question]) -> tuple[Question, ...]:
    """Questions such that each comes after those its `ask_when` reads; ties by id.

    Circular questions, which the checker refuses, come last in the order of their ids.
    """
    waiting = {question.id: question for question in sorted(questions, key=lambda q: q.id)}
    reads = {
        key: questions_of(question.ask_when) & waiting.keys() for key, question in waiting.items()
    }
    ordered: list[Question] = []
    while waiting:
        ready = [key for key in waiting if not (reads[key] & waiting.keys())]
        ordered.extend(waiting.pop(key) for key in ready or list(waiting))
    return tuple(ordered)


def applicability(rule_base: RuleBase, answers: Answers) -> Mapping[str, Truth]:
    """For every question: applies (True), does not (False), or depends on an open answer (None)."""
    applies = _walk(dependency_order(rule_base.questions), answers)[0]
    return {question.id: applies[question.id] for question in rule_base.questions}


def effective_answers(rule_base: RuleBase, answers: Answers) -> KnownAnswers:
    """The answers that are known: given ones of questions that apply, the empty set for those that
    do not. Questions that only may apply are left out even when they are answered."""
    return known_answers(dependency_order(rule_base.questions), answers)


def known_answers(ordered: Iterable[Question], answers: Answers) -> dict[str, frozenset[str]]:
    """The same for questions that stand in dependency order already."""
    return _walk(ordered, answers)[1]


def _walk(
    ordered: Iterable[Question], answers: Answers
) -> tuple[dict[str, Truth], dict[str, frozenset[str]]]:
    known: dict[str, frozenset[str]] = {}
    applies: dict[str, Truth] = {}
    for question in ordered:
        truth = evaluate(question.ask_when, known)
        applies[question.id] = truth
        if truth is False:
            known[question.id] = frozenset()
        elif truth is True:
            chosen = answers.chosen.get(question.id)
            if chosen:
                known[question.id] = chosen
    return applies, known
