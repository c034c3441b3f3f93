"""Small hand-made rule bases for tests of the decision."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.model.answers import Answers, Priorities
from advisor.model.candidate import Candidate
from advisor.model.condition import ALWAYS, Atom, Condition
from advisor.model.measurement import (
    Comparison,
    ComparisonStatus,
    Likeness,
    Measurements,
    RatioInterval,
)
from advisor.model.rulebase import (
    Criterion,
    Emphasiser,
    Gate,
    MeasurementLink,
    Notice,
    Option,
    Question,
    QuestionKind,
    Rule,
    RuleBase,
    Strength,
)
from tests.properties.strategies import ALL_EVIDENCE, AS_OF

__all__ = ["AS_OF", "PYTORCH", "TENSORFLOW", "answers", "atom", "base", "gate", "question", "rule"]

PYTORCH, TENSORFLOW = Candidate.PYTORCH, Candidate.TENSORFLOW


def question(
    name: str,
    *options: str,
    kind: QuestionKind = QuestionKind.SINGLE,
    ask_when: Condition = ALWAYS,
    changeable: bool = False,
    seconds: float = 8.0,
    exclusive: Iterable[str] = (),
) -> Question:
    """A question; options `a` and `b` when none are named."""
    names = options or ("a", "b")
    alone = set(exclusive)
    return Question(
        name,
        "all",
        kind,
        f"What about {name}?",
        "To test.",
        tuple(Option(option, option.upper(), exclusive=option in alone) for option in names),
        ask_when=ask_when,
        changeable=changeable,
        seconds=seconds,
    )


def atom(question_id: str, *options: str) -> Atom:
    """The answer holds one of the options."""
    return Atom(question_id, frozenset(options))


def rule(
    name: str,
    favours: Candidate | None,
    strength: str = "moderate",
    *,
    when: Condition = ALWAYS,
    criterion: str = "c0",
    topic: str | None = None,
    evidence: tuple[str, ...] = ("fresh-high",),
    measured_by: MeasurementLink | None = None,
) -> Rule:
    """A rule on a topic of its own, unless one is named."""
    return Rule(
        name,
        criterion,
        topic or name,
        when,
        favours,
        Strength(strength),
        f"The rule {name} speaks.",
        evidence,
        measured_by,
    )


def gate(name: str, excludes: Candidate, when: Condition = ALWAYS) -> Gate:
    """A gate on fresh evidence."""
    return Gate(name, when, excludes, "It cannot.", ("fresh-high",), "Do without.")


def base(
    *rules: Rule,
    questions: tuple[Question, ...] = (),
    criteria: int | tuple[Criterion, ...] = 3,
    gates: tuple[Gate, ...] = (),
    emphases: tuple[Emphasiser, ...] = (),
    notices: tuple[Notice, ...] = (),
) -> RuleBase:
    """A rule base of these parts, with criteria c0, c1, ... of equal importance."""
    made = (
        tuple(Criterion(f"c{i}", f"Criterion {i}", "To test.") for i in range(criteria))
        if isinstance(criteria, int)
        else criteria
    )
    return RuleBase(
        "test", "0" * 64, made, (), questions, ALL_EVIDENCE, rules, gates, emphases, notices
    )


def answers(priorities: Priorities | None = None, **chosen: str | set[str]) -> Answers:
    """Answers by keyword; a set for multi questions."""
    return Answers(
        {k: frozenset({v} if isinstance(v, str) else v) for k, v in chosen.items()},
        priorities or Priorities(),
    )


def measured(
    ratio: float,
    *,
    spread: float = 1.02,
    workload: str = "residual-cnn",
    likeness: Likeness = Likeness.HERE,
) -> Measurements:
    """One comparison: time of TensorFlow over time of PyTorch, with its interval."""
    comparison = Comparison(
        workload,
        "small",
        "training",
        "default",
        1,
        "cpu",
        "float32",
        ComparisonStatus.MEASURED,
        ratio=RatioInterval(ratio, ratio / spread, ratio * spread),
    )
    return Measurements((comparison,), (), likeness)


def link(*workloads: str) -> MeasurementLink:
    """A link to the training of workloads; of `residual-cnn` when none is named."""
    return MeasurementLink(frozenset(workloads or ("residual-cnn",)), frozenset({"training"}))
