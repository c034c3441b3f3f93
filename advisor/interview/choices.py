"""Which options a question takes together."""

from __future__ import annotations

from advisor.errors import InputError, Place
from advisor.model.rulebase import Question, QuestionKind


def check_choice(question: Question, chosen: frozenset[str]) -> None:
    """Refuse options that the question does not take.

    Raises:
        InputError: it does not offer them, or not together.
    """
    unknown = sorted(chosen - set(question.option_ids))
    if unknown:
        raise InputError(
            f"“{question.text}” has no option {', '.join(unknown)}.",
            place=Place(field=question.id),
            remedy=f"Allowed: {', '.join(question.option_ids)}.",
        )
    if len(chosen) < 2:
        return
    if question.kind is not QuestionKind.MULTI:
        raise InputError(f"“{question.text}” takes one option.", place=Place(field=question.id))
    if any(question.option(one).exclusive for one in chosen):
        raise InputError(
            f"“{question.text}”: one of these cannot be combined with others.",
            place=Place(field=question.id),
        )


def toggled(question: Question, chosen: frozenset[str], option_id: str) -> frozenset[str]:
    """The choice after an option was picked: exclusive options push the others out."""
    if question.kind is not QuestionKind.MULTI:
        return frozenset({option_id})
    if option_id in chosen:
        return chosen - {option_id}
    if question.option(option_id).exclusive:
        return frozenset({option_id})
    return frozenset(one for one in chosen if not question.option(one).exclusive) | {option_id}
