"""Answers as scenarios and `advisor rules explain` give them."""

from __future__ import annotations

from pathlib import Path

from advisor.errors import Place, RuleBaseError
from advisor.model.answers import Answers
from advisor.model.rulebase import Question, QuestionKind, RuleBase
from advisor.rulebase import nodes
from advisor.rulebase.conditions import ConditionReader
from advisor.rulebase.files import parse_text, read_file


def read_given(node: nodes.Node | None, rule_base: RuleBase, file: str, field: str) -> Answers:
    """The answers written at `node`: options by question; null is "don't know".

    Raises:
        RuleBaseError: with file, line and field, for an unknown question or option, or one that
            cannot be chosen together with another.
    """
    if node is None or (isinstance(node, nodes.Scalar) and node.text is None):
        return Answers()
    if not isinstance(node, nodes.Mapping):
        raise RuleBaseError(
            "Answers are a mapping from questions to options.", place=Place(file, node.line, field)
        )
    reader = ConditionReader(rule_base.question_by_id, file)
    chosen = {}
    for id_, value in node.items.items():
        if (
            isinstance(value, nodes.Scalar)
            and value.text is None
            and id_ in rule_base.question_by_id
        ):
            continue
        options = reader.options(id_, value, f"{field}.{id_}")
        fault = _fault(rule_base.question_by_id[id_], options)
        if fault:
            raise RuleBaseError(fault, place=Place(file, node.key_lines[id_], f"{field}.{id_}"))
        chosen[id_] = options
    return Answers(chosen)


def _fault(question: Question, options: frozenset[str]) -> str:
    if len(options) == 1:
        return ""
    if question.kind is not QuestionKind.MULTI:
        return f"`{question.id}` takes one option."
    alone = [option.id for option in question.options if option.exclusive and option.id in options]
    return f"`{alone[0]}` cannot be combined with another option." if alone else ""


def load_given(path: Path, rule_base: RuleBase) -> Answers:
    """The answers in a file: a mapping, or one under the key `answers`; priorities are not read.

    Raises:
        RuleBaseError: with file, line and field.
    """
    root = parse_text(read_file(path, str(path)))
    inner = root.items.get("answers")
    if inner is None:
        inner = nodes.Mapping(
            {key: value for key, value in root.items.items() if key != "priorities"},
            root.key_lines,
            root.line,
        )
    return read_given(inner, rule_base, str(path), "answers")
