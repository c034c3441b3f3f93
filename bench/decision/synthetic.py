"""Made-up rule bases of any size, for the growth of the engine's time."""

from __future__ import annotations

from datetime import date
from random import Random

from advisor.model.candidate import CANDIDATES
from advisor.model.condition import All, AnyOf, Atom, Condition, Not
from advisor.model.rulebase import (
    Confidence,
    Criterion,
    Evidence,
    Option,
    Question,
    QuestionKind,
    Rule,
    RuleBase,
    Source,
    Strength,
)

QUESTIONS = 40
CRITERIA = 7
RULES_PER_TOPIC = 2


def rule_base_of(rules: int, seed: int = 1) -> RuleBase:
    """A rule base of `rules` rules on 40 questions and 7 criteria, two rules to a topic."""
    rng = Random(seed)
    questions = tuple(
        Question(
            f"q{place:02d}",
            "all",
            QuestionKind.MULTI if place % 8 == 0 else QuestionKind.SINGLE,
            "Which?",
            "To measure.",
            tuple(Option(f"o{number}", "An option") for number in range(rng.randint(2, 7))),
        )
        for place in range(QUESTIONS)
    )
    evidence = Evidence(
        "e",
        "A claim.",
        (Source("A page", "https://example.org/"),),
        date(2026, 1, 1),
        date(2030, 1, 1),
        Confidence.MEDIUM,
    )
    made = tuple(
        Rule(
            id=f"r{place:05d}",
            criterion=f"c{place % CRITERIA}",
            topic=f"t{place // (RULES_PER_TOPIC * CRITERIA):05d}",
            when=_condition(rng, questions),
            favours=CANDIDATES[place % 2],
            strength=rng.choice(list(Strength)),
            text="It speaks.",
            evidence=("e",),
        )
        for place in range(rules)
    )
    criteria = tuple(Criterion(f"c{i}", f"Criterion {i}", "To measure.") for i in range(CRITERIA))
    return RuleBase("bench", "0" * 64, criteria, (), questions, {"e": evidence}, made)


def _condition(rng: Random, questions: tuple[Question, ...]) -> Condition:
    """Two atoms and a third that may be denied: about as wide as the shipped rules."""
    one, two, three = (_atom(rng, question) for question in rng.sample(questions, 3))
    shape = rng.random()
    if shape < 0.4:
        return one
    if shape < 0.8:
        return All((one, two))
    return All((AnyOf((one, two)), Not(three)))


def _atom(rng: Random, question: Question) -> Atom:
    options = question.option_ids
    return Atom(
        question.id, frozenset(rng.sample(options, rng.randint(1, max(1, len(options) // 2))))
    )
