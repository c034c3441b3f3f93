"""`advisor rules explain`: which rules hold for an answer set, and what each of them read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from advisor.decision.applicability import effective_answers
from advisor.errors import InputError
from advisor.model.answers import Answers
from advisor.model.condition import (
    All,
    AnyOf,
    Atom,
    Condition,
    KnownAnswers,
    Not,
    Truth,
    evaluate,
)
from advisor.model.rulebase import RuleBase
from advisor.rulebase.check_questions import conditional_entries
from advisor.rulebase.conditions import did_you_mean
from advisor.rulebase.show import in_words

_WORDS: dict[Truth, str] = {True: "holds", False: "fails", None: "open"}


def explain(rule_base: RuleBase, answers: Answers, ids: Sequence[str] = ()) -> str:
    """Every entry with a condition and whether it holds; with `ids`, line by line and with the
    answers read.

    Raises:
        InputError: nothing with a condition has such an id.
    """
    known = effective_answers(rule_base, answers)
    entries = {entry.id: entry for entry in conditional_entries(rule_base)}
    for id_ in ids:
        if id_ not in entries:
            raise InputError(
                f"No rule, gate, emphasis or notice is called `{id_}`.",
                remedy=did_you_mean(id_, entries),
            )
    if ids:
        return "\n".join(_in_full(id_, entries[id_].when, known) for id_ in ids)
    lines = []
    for truth in (True, None):
        some = sorted(id_ for id_, e in entries.items() if evaluate(e.when, known) is truth)
        lines.append(f"{_WORDS[truth].capitalize()} ({len(some)}):")
        for id_ in some:
            kind = type(entries[id_]).__name__.lower().replace("emphasiser", "emphasis")
            missing = "" if truth else f"  waits for {', '.join(_open(entries[id_].when, known))}"
            lines.append(f"  {kind:<9} {id_}{missing}")
    rest = len(entries) - sum(evaluate(e.when, known) is not False for e in entries.values())
    lines.append(f"Fails ({rest}); `advisor rules explain --answers FILE ID` shows why.")
    return "\n".join(lines) + "\n"


def _in_full(id_: str, when: Condition, known: KnownAnswers) -> str:
    truth = evaluate(when, known)
    return "\n".join([f"{id_}: {_WORDS[truth]}", *_lines(when, known, 1)]) + "\n"


def _lines(condition: Condition, known: KnownAnswers, depth: int) -> Iterator[str]:
    mark = f"{'  ' * depth}{_WORDS[evaluate(condition, known)]}: "
    match condition:
        case Atom(question, _):
            yield f"{mark}{in_words(condition)} ({_answer(question, known)})"
        case All(()):
            yield f"{mark}always"
        case All(parts) | AnyOf(parts):
            yield f"{mark}{'all' if isinstance(condition, All) else 'any'} of"
            for part in parts:
                yield from _lines(part, known, depth + 1)
        case Not(part):
            yield f"{mark}not"
            yield from _lines(part, known, depth + 1)


def _answer(question: str, known: KnownAnswers) -> str:
    if question not in known:
        return "not answered"
    return f"answered {'+'.join(sorted(known[question]))}" if known[question] else "does not apply"


def _open(condition: Condition, known: KnownAnswers) -> list[str]:
    """Questions without an answer that leave `condition` open."""
    match condition:
        case Atom(question, _):
            return [question] if question not in known else []
        case Not(part):
            return _open(part, known)
        case All(parts) | AnyOf(parts):
            waiting = (q for p in parts if evaluate(p, known) is None for q in _open(p, known))
            return list(dict.fromkeys(waiting))
