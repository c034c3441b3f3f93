"""Conditions of rule files: from YAML nodes to the finite conditions of the model.

A condition is a mapping; every line of it must hold. A line is a question with an option, a list
of options, `{at-least: option}` or `{at-most: option}` (ordered questions only), or one of
`any: [conditions]`, `all: [conditions]`, `not: condition`. There is nothing else to evaluate.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from advisor.errors import Place, RuleBaseError
from advisor.model.condition import ALWAYS, All, AnyOf, Atom, Condition, Not
from advisor.model.rulebase import Question, QuestionKind
from advisor.rulebase import nodes

_BOUNDS = ("at-least", "at-most")


class ConditionReader:
    """Reads the conditions of one file against the known questions."""

    def __init__(self, questions: Mapping[str, Question], file: str) -> None:
        self._questions = questions
        self._file = file

    def read(self, node: nodes.Node | None, field: str) -> Condition:
        """The condition written at `node`; no node at all always holds.

        Raises:
            RuleBaseError: with file, line and field, for anything that is not a condition.
        """
        if node is None:
            return ALWAYS
        if not isinstance(node, nodes.Mapping):
            raise self._fault("A condition is a mapping from questions to options.", node, field)
        parts = [self._line(key, value, f"{field}.{key}") for key, value in node.items.items()]
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _line(self, key: str, value: nodes.Node, field: str) -> Condition:
        if key in {"any", "all"}:
            if not isinstance(value, nodes.Sequence) or not value.items:
                raise self._fault(f"`{key}` takes a list of conditions.", value, field)
            parts = tuple(
                self.read(item, f"{field}[{index}]") for index, item in enumerate(value.items)
            )
            return AnyOf(parts) if key == "any" else All(parts)
        if key == "not":
            return Not(self.read(value, field))
        return Atom(key, self.options(key, value, field))

    def options(self, question: str, value: nodes.Node, field: str) -> frozenset[str]:
        """The options of `question` named at `value`: one, a list, or a range.

        Raises:
            RuleBaseError: with file, line and field.
        """
        known = self._questions.get(question)
        if known is None:
            raise self._fault(
                f"There is no question `{question}`.",
                value,
                field,
                did_you_mean(question, self._questions),
            )
        return self._options(known, value, field)

    def _options(self, question: Question, value: nodes.Node, field: str) -> frozenset[str]:
        if isinstance(value, nodes.Mapping):
            return self._range(question, value, field)
        items = value.items if isinstance(value, nodes.Sequence) else (value,)
        if not items:
            raise self._fault("Name at least one option.", value, field)
        return frozenset(self._option(question, item, field) for item in items)

    def _option(self, question: Question, node: nodes.Node, field: str) -> str:
        text = node.text if isinstance(node, nodes.Scalar) else None
        if text is None:
            raise self._fault("Expected the name of an option.", node, field)
        if text not in question.option_ids:
            raise self._fault(
                f"The question `{question.id}` has no option `{text}`.",
                node,
                field,
                did_you_mean(text, question.option_ids),
            )
        return text

    def _range(self, question: Question, node: nodes.Mapping, field: str) -> frozenset[str]:
        if not node.items or not set(node.items) <= set(_BOUNDS):
            raise self._fault("Expected `at-least` or `at-most`.", node, field)
        if question.kind is not QuestionKind.SCALE:
            raise self._fault(
                f"`{question.id}` is not an ordered question (kind: scale).", node, field
            )
        chosen = question.option_ids
        low, high = 0, len(chosen) - 1
        if "at-least" in node.items:
            low = chosen.index(self._option(question, node.items["at-least"], field))
        if "at-most" in node.items:
            high = chosen.index(self._option(question, node.items["at-most"], field))
        if low > high:
            raise self._fault("No option lies between these bounds.", node, field)
        return frozenset(chosen[low : high + 1])

    def _fault(self, message: str, node: nodes.Node, field: str, remedy: str = "") -> RuleBaseError:
        return RuleBaseError(message, place=Place(self._file, node.line, field), remedy=remedy)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence with the nearest known words, or with all of them when they are few."""
    names = list(known)
    near = difflib.get_close_matches(word, names, n=3, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(f'`{name}`' for name in near)}?"
    return f"Known: {', '.join(names)}." if len(names) <= 12 else ""
