"""`advisor report verify`: is this document what its own inputs give?

Every figure is computed again, offline: the intervals of the probe from its raw blocks, and the
decision from answers, probe and rule base. Nothing of the stored result is trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, Place
from advisor.report.document import to_plain
from advisor.report.parts import DecisionDocument
from advisor.report.replay import carry_answers, decide_again, probe_fault

if TYPE_CHECKING:
    from advisor.model.rulebase import RuleBase

TOLERANCE = 1e-9
"""Relative: sums may be rounded differently by another processor's vector units."""
_ABOUT_THE_PROGRAM = frozenset({"advisor_version", "schema_version"})


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where the document differs from what its inputs give."""

    place: str
    stored: str
    computed: str

    def __str__(self) -> str:
        return f"{self.place}: the document says {self.stored}, computed is {self.computed}"


def verify(document: DecisionDocument, rule_base: RuleBase) -> list[Difference]:
    """All differences, in the order of the document; empty when it holds.

    Raises:
        InputError: it was made with another rule base, so that it cannot be computed here.
    """
    fault = probe_fault(document)
    if fault:
        return [Difference("probe", "figures", f"impossible ({fault})")]
    if document.rule_base.sha256 != rule_base.sha256:
        raise InputError(
            f"It was made with rule base {document.rule_base.version} "
            f"({document.rule_base.sha256[:12]}), and here is {rule_base.version} "
            f"({rule_base.sha256[:12]}), so its figures cannot be computed again.",
            place=Place(field="rule_base.sha256"),
            remedy="Install the version that made it (advisor "
            f"{document.advisor_version}), name its own rules with --rules, or ask with "
            "`advisor report recheck` whether it still holds.",
        )
    lost = carry_answers(document, rule_base).lost
    if lost:
        return [Difference("answers", one, "not in the rule base") for one in lost]
    again = decide_again(document, rule_base, as_of=document.as_of)
    return list(differences(to_plain(document), to_plain(again)))


def differences(stored: Any, computed: Any, place: str = "") -> list[Difference]:
    """Where two documents, as plain JSON types, differ."""
    if isinstance(stored, dict) and isinstance(computed, dict):
        keys = [*stored, *(set(computed) - set(stored))]
        return [
            difference
            for key in keys
            if place or key not in _ABOUT_THE_PROGRAM
            for difference in differences(
                stored.get(key, _MISSING),
                computed.get(key, _MISSING),
                f"{place}.{key}" if place else key,
            )
        ]
    if isinstance(stored, list) and isinstance(computed, list) and len(stored) == len(computed):
        return [
            difference
            for index, (one, other) in enumerate(zip(stored, computed, strict=True))
            for difference in differences(one, other, f"{place}.{index}")
        ]
    if _same(stored, computed):
        return []
    return [Difference(place, _shown(stored), _shown(computed))]


_MISSING = object()


def _same(one: Any, other: Any) -> bool:
    numbers = (int, float)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, numbers) and isinstance(other, numbers):
        return isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(one == other)


def _shown(value: Any) -> str:
    if value is _MISSING:
        return "nothing"
    if isinstance(value, list):
        return f"{len(value)} entries"
    if isinstance(value, dict):
        return f"{len(value)} fields"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
