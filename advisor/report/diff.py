"""`advisor report diff`: what changed between two decisions, and how much each cause moved.

The change of PyTorch's share is divided among the causes so that their order does not matter: the
Shapley value, the mean over all orders of making the changes one after the other. Only the rules
cannot be exchanged back and forth, since a document holds their hash, not themselves: their part
is what the rule base at hand says differently from the two documents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING

from advisor.model.candidate import CANDIDATES, Candidate
from advisor.report.facts import NO_ANSWER
from advisor.report.parts import DecisionDocument
from advisor.report.probe_view import ProbeView
from advisor.report.replay import carry_answers, measurements_of
from advisor.report.view import View
from advisor.report.words import sentence
from advisor.text import percent

if TYPE_CHECKING:
    from advisor.model.answers import Answers
    from advisor.model.rulebase import RuleBase


@dataclass(frozen=True, slots=True)
class Diff:
    """What changed from one decision to another."""

    before: DecisionDocument
    after: DecisionDocument
    shares: dict[str, float]
    """Change of PyTorch's acceptability by cause; they sum to the whole change."""
    changes: dict[str, tuple[str, ...]]
    """What changed, in words: answers, rules, evidence, versions, measurements."""

    @property
    def same(self) -> bool:
        """Whether both say the same and rest on the same."""
        return not any(self.changes.values()) and not any(self.shares.values())

    @property
    def lines(self) -> list[str]:
        """For people."""
        words = [_verdict_words(one) for one in (self.before, self.after)]
        turned = self.before.verdict.framework is not self.after.verdict.framework
        lines = [f"{'TURNED' if turned else 'Verdict'}: {words[0]} → {words[1]}"]
        moved = {name: share for name, share in self.shares.items() if abs(share) >= 5e-5}
        if moved:
            lines += ["", f"Share of {CANDIDATES[0].label}, change by cause (points):"]
            ordered = sorted(moved.items(), key=lambda item: -abs(item[1]))
            lines += [f"  {100 * share:+6.1f}  {name}" for name, share in ordered]
        for title, texts in self.changes.items():
            if texts:
                lines += ["", f"{title.capitalize()}:", *(f"  {text}" for text in texts)]
        return lines if moved or any(self.changes.values()) else [*lines, "", "No difference."]

    def plain(self) -> dict[str, object]:
        """For programs."""
        return {
            "turned": self.before.verdict.framework is not self.after.verdict.framework,
            "before": self.before.verdict.framework.value,
            "after": self.after.verdict.framework.value,
            "shares": self.shares,
            "changes": {name: list(texts) for name, texts in self.changes.items()},
        }


def diff(before: DecisionDocument, after: DecisionDocument, rule_base: RuleBase) -> Diff:
    """What changed, with its causes by the rule base at hand."""
    return Diff(
        before=before,
        after=after,
        shares=attribute(before, after, rule_base),
        changes={
            "answers": _answers(before, after),
            "rules": _rules(before, after),
            "evidence": _evidence(before, after),
            "versions": _versions(before, after),
            "measurements": _measurements(before, after),
        },
    )


def attribute(
    before: DecisionDocument, after: DecisionDocument, rule_base: RuleBase
) -> dict[str, float]:
    """Change of PyTorch's acceptability by cause; the values sum to the whole change."""
    pair = (before, after)
    carried = [carry_answers(one, rule_base).answers for one in pair]
    measured = [measurements_of(one) for one in pair]
    share = lru_cache(maxsize=None)(_Share(rule_base, pair, carried, measured))
    causes = [
        name
        for name, differs in (
            ("answers", before.answers != after.answers),
            ("priorities", before.priorities != after.priorities),
            ("age of evidence", before.as_of != after.as_of),
            ("measurements", measured[0] != measured[1]),
        )
        if differs
    ]
    found = shapley(causes, lambda changed: share(frozenset(changed)))
    start = before.verdict.acceptability[Candidate.PYTORCH]
    end = after.verdict.acceptability[Candidate.PYTORCH]
    rest = (end - start) - sum(found.values())
    return {**found, "rules": rest if abs(rest) > 1e-9 else 0.0}


class _Share:
    """PyTorch's acceptability when some causes are as in the second document."""

    def __init__(
        self,
        rule_base: RuleBase,
        pair: tuple[DecisionDocument, DecisionDocument],
        carried: Sequence[Answers],
        measured: Sequence[object],
    ) -> None:
        self._rule_base, self._pair = rule_base, pair
        self._carried, self._measured = carried, measured

    def __call__(self, changed: frozenset[str]) -> float:
        from advisor.decision.engine import decide
        from advisor.model.answers import Answers

        def which(cause: str) -> int:
            return 1 if cause in changed else 0

        answers = Answers(
            self._carried[which("answers")].chosen, self._carried[which("priorities")].priorities
        )
        decision = decide(
            self._rule_base,
            answers,
            self._measured[which("measurements")],  # type: ignore[arg-type]
            as_of=self._pair[which("age of evidence")].as_of,
            samples=self._pair[0].method.samples,
            explain=False,
        )
        return decision.verdict.acceptability[Candidate.PYTORCH]


def shapley(causes: Sequence[str], value: Callable[[tuple[str, ...]], float]) -> dict[str, float]:
    """The Shapley value of each cause (Shapley 1953): its mean effect over all orders.

    The values sum to `value` of all causes less `value` of none.
    """
    count = len(causes)
    found = {}
    for cause in causes:
        others = [one for one in causes if one != cause]
        total = 0.0
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for chosen in combinations(others, size):
                total += weight * (value((*chosen, cause)) - value(chosen))
        found[cause] = total
    return found


def _verdict_words(document: DecisionDocument) -> str:
    verdict = document.verdict
    return (
        f"{verdict.framework.label} ({verdict.verdict_class.words},"
        f" {percent(verdict.acceptability[verdict.framework])}, {document.as_of})"
    )


def _answers(before: DecisionDocument, after: DecisionDocument) -> tuple[str, ...]:
    views = View(before), View(after)
    found = []
    for name in dict.fromkeys((*before.answers, *after.answers)):
        old, new = before.answers.get(name), after.answers.get(name)
        if old == new:
            continue
        asked = views[1].question_text(name)
        if asked == name:
            asked = views[0].question_text(name)
        said = [
            view.options_text(name, options) if options else NO_ANSWER
            for view, options in zip(views, (old, new), strict=True)
        ]
        found.append(f"{asked} {said[0]} → {said[1]}")
    if before.priorities != after.priorities:
        said = [view.priorities or "none stated" for view in views]
        found.append(f"Priorities: {said[0]} → {said[1]}")
    return tuple(found)


def _rules(before: DecisionDocument, after: DecisionDocument) -> tuple[str, ...]:
    if before.rule_base.sha256 == after.rule_base.sha256:
        return ()
    found = [
        (
            f"Rule base {before.rule_base.version} ({before.rule_base.sha256[:12]}) → "
            f"{after.rule_base.version} ({after.rule_base.sha256[:12]})"
        )
    ]
    old = {one.rule: one for one in before.reasons}
    new = {one.rule: one for one in after.reasons}
    found += [
        f"{name}: {old[name].strength.value} → {new[name].strength.value}"
        for name in old
        if name in new and old[name].strength is not new[name].strength
    ]
    found += [
        f"{name}: {sentence(old[name].text)} → {sentence(new[name].text)}"
        for name in old
        if name in new and old[name].text != new[name].text
    ]
    return tuple(found)


def _evidence(before: DecisionDocument, after: DecisionDocument) -> tuple[str, ...]:
    old, new = before.evidence_by_id(), after.evidence_by_id()
    both = sorted(old.keys() & new.keys())
    found = [
        f"expired since: {sentence(new[name].claim)}"
        for name in both
        if new[name].expires <= after.as_of and old[name].expires > before.as_of
    ]
    found += [f"changed: {sentence(new[name].claim)}" for name in both if old[name] != new[name]]
    return tuple(found)


def _versions(before: DecisionDocument, after: DecisionDocument) -> tuple[str, ...]:
    found = []
    if before.advisor_version != after.advisor_version:
        found.append(f"framework-advisor {before.advisor_version} → {after.advisor_version}")
    old, new = (
        ProbeView(one.probe, one.likeness).versions if one.probe else {} for one in (before, after)
    )
    found += [
        f"{one.label} {old[one]} → {new[one]}"
        for one in CANDIDATES
        if one in old and one in new and old[one] != new[one]
    ]
    return tuple(found)


def _measurements(before: DecisionDocument, after: DecisionDocument) -> tuple[str, ...]:
    sides = []
    for one in (before, after):
        probe = ProbeView(one.probe, one.likeness) if one.probe else None
        sides.append(
            {
                (each.workload, each.size, each.operation, each.mode, each.threads): each
                for each in (probe.comparisons if probe else ())
            }
        )
    old, new = sides
    found = []
    if before.likeness is not after.likeness and (before.probe or after.probe):
        found.append(f"Likeness to the target: {before.likeness.value} → {after.likeness.value}")
    for key in dict.fromkeys((*old, *new)):
        said = [
            "not measured" if key not in side else str(side[key].interval or side[key].verdict)
            for side in (old, new)
        ]
        if said[0] != said[1]:
            name = (new.get(key) or old[key]).name
            found.append(f"{name}: {said[0]} → {said[1]}")
    return tuple(found)
