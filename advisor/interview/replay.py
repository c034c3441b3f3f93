"""Taking up an earlier sitting: what its changes come to, and what no longer fits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from advisor.errors import InputError
from advisor.interview.choices import check_choice
from advisor.interview.session_file import Event
from advisor.model.answers import Priorities
from advisor.model.rulebase import RuleBase
from advisor.text import one_line

MOST_POINTS = 100
LONGEST_SAID = 200
"""Characters of what a file names and nobody knows."""


@dataclass(slots=True)
class TakenUp:
    """What a sitting said, as far as a rule base knows it."""

    said: dict[str, frozenset[str]] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    priorities: Priorities = field(default_factory=Priorities)
    dropped: tuple[str, ...] = ()
    """What the rule base no longer knows, in words."""


def take_up(rule_base: RuleBase, events: Iterable[Event]) -> TakenUp:
    """The state after these changes."""
    found = TakenUp()
    dropped: dict[str, str] = {}
    for event in events:
        dropped.pop(event.subject, None)
        trouble = _apply(found, rule_base, event)
        if trouble:
            dropped[event.subject] = trouble
    found.dropped = tuple(dropped.values())
    return found


def _apply(found: TakenUp, rule_base: RuleBase, event: Event) -> str:
    """Apply one change; returns what did not fit, in words."""
    match event.kind:
        case "answer":
            return _apply_answer(found, rule_base, event)
        case "clear":
            found.said.pop(event.subject, None)
            found.unsure.discard(event.subject)
        case "priorities":
            return _apply_priorities(found, rule_base, event)
    return ""


def _apply_answer(found: TakenUp, rule_base: RuleBase, event: Event) -> str:
    question = rule_base.question_by_id.get(event.subject)
    options = event.value if isinstance(event.value, list) else []
    if question is None:
        said = f" (you said {_listed(options)})" if options else ""
        return f"The question `{_listed([event.subject])}` is no longer asked{said}."
    kept = frozenset(one for one in options if one in question.option_ids)
    gone = [str(one) for one in options if one not in question.option_ids]
    try:
        check_choice(question, kept)
    except InputError:
        kept, gone = frozenset(), [str(one) for one in options]
    if kept:
        found.said[question.id] = kept
        found.unsure.discard(question.id)
    else:
        found.said.pop(question.id, None)
        if not options:
            found.unsure.add(question.id)
    return f"“{question.text}” no longer offers {_listed(gone)}." if gone else ""


def _apply_priorities(found: TakenUp, rule_base: RuleBase, event: Event) -> str:
    value = event.value if isinstance(event.value, dict) else {}
    known = rule_base.criterion_by_id
    rank, swings = value.get("rank"), value.get("swings")
    rank = rank if isinstance(rank, list) else []
    swings = swings if isinstance(swings, dict) else {}
    named = dict.fromkeys(one for one in rank if isinstance(one, str))
    found.priorities = Priorities(
        rank=tuple(one for one in named if one in known),
        swings={one: points for one, points in swings.items() if one in known and _fits(points)},
    )
    gone = [one for one in (*named, *swings) if one not in known]
    return f"Your priorities named {_listed(gone)}, which no longer exist." if gone else ""


def _fits(points: object) -> bool:
    return type(points) is int and 0 <= points <= MOST_POINTS


def _listed(words: Iterable[object]) -> str:
    """Words of a file that may hold any, as part of a sentence."""
    return one_line(", ".join(map(str, words))[:LONGEST_SAID])
