"""`advisor report recheck`: does an old decision still hold, with today's rules and dates?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from typing import TYPE_CHECKING

from advisor.model.candidate import CANDIDATES, Candidate
from advisor.report.parts import DecisionDocument, EvidencePart
from advisor.report.probe_view import ProbeView
from advisor.report.replay import carry_answers, decide_again
from advisor.report.view import View
from advisor.report.words import sentence
from advisor.text import percent

if TYPE_CHECKING:
    from advisor.model.rulebase import RuleBase


@dataclass(frozen=True, slots=True)
class Recheck:
    """What became of a decision."""

    before: DecisionDocument
    now: DecisionDocument
    turned: bool
    """Another framework is named."""
    expired: tuple[EvidencePart, ...]
    """Evidence it rests on that has expired since."""
    withdrawn: tuple[str, ...]
    """Ids of evidence it rests on that the rule base no longer holds."""
    moved: tuple[str, ...]
    """Framework versions that differ from those measured, in words."""
    lost: tuple[str, ...]
    """Answers that the rule base no longer understands, in words."""

    @property
    def holds(self) -> bool:
        """Whether nothing asks for a new decision."""
        return not (self.turned or self.expired or self.withdrawn)

    @property
    def lines(self) -> list[str]:
        """The findings for people, the decisive ones first."""
        return [*_verdict_lines(self), *_evidence_lines(self), *_other_lines(self)]

    def plain(self) -> dict[str, object]:
        """The findings for programs."""
        return {
            "holds": self.holds,
            "turned": self.turned,
            "before": _verdict(self.before),
            "now": _verdict(self.now),
            "expired_evidence": [one.id for one in self.expired],
            "withdrawn_evidence": list(self.withdrawn),
            "versions_moved": list(self.moved),
            "answers_lost": list(self.lost),
            "rule_base": {
                "before": self.before.rule_base.version,
                "now": self.now.rule_base.version,
                "changed": self.before.rule_base.sha256 != self.now.rule_base.sha256,
            },
            "as_of": {
                "before": self.before.as_of.isoformat(),
                "now": self.now.as_of.isoformat(),
            },
        }


def recheck(
    document: DecisionDocument,
    rule_base: RuleBase,
    *,
    as_of: date,
    installed: Mapping[Candidate, str] | None = None,
) -> Recheck:
    """Decide again with `rule_base` on the day `as_of` and compare.

    Args:
        document: the old decision.
        rule_base: today's.
        as_of: today.
        installed: versions of the frameworks installed now; by default those of this Python.
    """
    now = decide_again(document, rule_base, as_of=as_of)
    rests_on = _rests_on(document)
    known = document.evidence_by_id()
    expired = tuple(
        known[name]
        for name in sorted(rests_on)
        if name in known
        and (current := rule_base.evidence.get(name)) is not None
        and current.expires <= as_of
        and known[name].expires > document.as_of
    )
    return Recheck(
        before=document,
        now=now,
        turned=now.verdict.framework is not document.verdict.framework,
        expired=expired,
        withdrawn=tuple(name for name in sorted(rests_on) if name not in rule_base.evidence),
        moved=_moved(document, installed_versions() if installed is None else installed),
        lost=carry_answers(document, rule_base).lost,
    )


def _rests_on(document: DecisionDocument) -> set[str]:
    """Evidence of the reasons and gates that hold and speak for the verdict."""
    pick = document.verdict.framework
    names = {
        name
        for one in document.reasons
        if one.holds and one.favours is pick
        for name in one.evidence
    }
    names.update(name for one in document.gates if one.holds for name in one.evidence)
    return names


def installed_versions() -> dict[Candidate, str]:
    """Versions of the frameworks beside this program, read without importing them."""
    found: dict[Candidate, str] = {}
    for candidate in CANDIDATES:
        for name in candidate.distributions:
            try:
                found[candidate] = metadata.version(name)
            except metadata.PackageNotFoundError:
                continue
            break
    return found


def _moved(document: DecisionDocument, installed: Mapping[Candidate, str]) -> tuple[str, ...]:
    if document.probe is None:
        return ()
    measured = ProbeView(document.probe, document.likeness).versions
    return tuple(
        f"{one.label} was measured as {measured[one]} and is {installed[one]} now"
        for one in CANDIDATES
        if one in measured
        and one in installed
        and _public(measured[one]) != _public(installed[one])
    )


def _public(version: str) -> str:
    """A version without its build: 2.13.0+cpu and 2.13.0 are the same release."""
    return version.split("+", 1)[0]


def _verdict(document: DecisionDocument) -> dict[str, object]:
    verdict = document.verdict
    return {
        "framework": verdict.framework.value,
        "class": verdict.verdict_class.value,
        "acceptability": verdict.acceptability[verdict.framework],
    }


def _verdict_lines(found: Recheck) -> list[str]:
    old, new = found.before.verdict, found.now.verdict
    words = [
        f"{one.framework.label} ({one.verdict_class.words},"
        f" {percent(one.acceptability[one.framework])})"
        for one in (old, new)
    ]
    if found.turned:
        return [f"TURNED: {words[0]} on {found.before.as_of}, {words[1]} on {found.now.as_of}."]
    if old.verdict_class is not new.verdict_class:
        return [f"Same framework, other firmness: {words[0]} before, {words[1]} now."]
    return [f"Verdict as before: {words[1]}."]


def _evidence_lines(found: Recheck) -> list[str]:
    lines = [f"EXPIRED {one.expires}: {sentence(one.claim)} ({one.id})" for one in found.expired]
    return lines + [f"WITHDRAWN: evidence {name}." for name in found.withdrawn]


def _other_lines(found: Recheck) -> list[str]:
    old, new = found.before.rule_base, found.now.rule_base
    lines = []
    if old.sha256 != new.sha256:
        lines.append(
            f"Rule base {old.version} ({old.sha256[:12]}) is {new.version} ({new.sha256[:12]}) now."
        )
    lines += [f"{sentence(text)} Measure again." for text in found.moved]
    lines += [f"No longer understood: {text}." for text in found.lost]
    due = View(found.now).review_on
    if due:
        lines.append(f"The next evidence expires on {due}.")
    return lines
