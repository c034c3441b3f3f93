"""The bias audit: would the two candidates be treated the same if they changed places?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from math import hypot

from advisor.decision.engine import Engine
from advisor.model.answers import Answers
from advisor.model.candidate import CANDIDATES, Candidate
from advisor.model.decision import VerdictClass
from advisor.model.rulebase import QuestionKind, RuleBase
from advisor.rulebase.scenarios import Scenario, described

MOST_UNEVEN = 3.0
"""More claims for one side than this many times those for the other is worth a look, not a fault:
the world may be uneven. An empty side is a fault."""
SAMPLES = 2000
SIGMAS = 4.5
"""So wide that one false alarm in some thousand scenarios is to be expected."""


@dataclass(frozen=True, slots=True)
class Audit:
    """One thing looked at."""

    name: str
    passed: bool
    details: tuple[str, ...]


def mirrored(rule_base: RuleBase) -> RuleBase:
    """The rule base with the two candidates exchanged wherever they are named as such."""

    def swap(candidate: Candidate | None) -> Candidate | None:
        return candidate.other if candidate else None

    return replace(
        rule_base,
        rules=tuple(replace(rule, favours=swap(rule.favours)) for rule in rule_base.rules),
        gates=tuple(replace(gate, excludes=gate.excludes.other) for gate in rule_base.gates),
        notices=tuple(replace(one, candidate=swap(one.candidate)) for one in rule_base.notices),
    )


def audit(rule_base: RuleBase, scenarios: list[Scenario], *, as_of: date) -> list[Audit]:
    """Every test of the audit, in order."""
    return [
        _mirror(rule_base, scenarios, as_of),
        _all_unknown(rule_base, as_of),
        _claims(rule_base),
        _option_order(rule_base, scenarios, as_of),
    ]


def _mirror(rule_base: RuleBase, scenarios: list[Scenario], as_of: date) -> Audit:
    """Exchange the candidates in every rule: acceptabilities must change places exactly."""
    here = Engine(rule_base, as_of, samples=SAMPLES)
    there = Engine(mirrored(rule_base), as_of, samples=SAMPLES)
    broken = []
    for one in scenarios:
        before = here.balance(one.answers).acceptability
        after = there.balance(one.answers).acceptability
        if any(before[side] != after[side.other] for side in CANDIDATES):
            broken.append(f"{one.id}: {before} becomes {after}")
    details = broken or [f"{len(scenarios)} scenarios mirror exactly"]
    return Audit("Exchanging the names mirrors the verdict", not broken, tuple(details))


def _all_unknown(rule_base: RuleBase, as_of: date) -> Audit:
    """Somebody who answers nothing must not be told firmly what to do."""
    balance = Engine(rule_base, as_of).balance(Answers())
    passed = balance.verdict_class in {VerdictClass.LEAN, VerdictClass.TOO_CLOSE}
    return Audit("Nothing answered gives at most a lean", passed, (described(balance),))


def _claims(rule_base: RuleBase) -> Audit:
    """Claims per side and criterion."""
    details, passed = [], True
    for criterion in rule_base.criteria:
        sides = Counter(rule.favours for rule in rule_base.rules if rule.criterion == criterion.id)
        counts = [sides[side] for side in CANDIDATES]
        passed = passed and min(counts) > 0
        shown = ", ".join(
            f"{side.label} {count}" for side, count in zip(CANDIDATES, counts, strict=True)
        )
        uneven = min(counts) and max(counts) / min(counts) > MOST_UNEVEN
        details.append(f"{criterion.label}: {shown}{' (uneven)' if uneven else ''}")
    total = Counter(rule.favours for rule in rule_base.rules)
    details.append(f"All: {', '.join(f'{side.label} {total[side]}' for side in CANDIDATES)}")
    gates = Counter(gate.excludes for gate in rule_base.gates)
    details.append(f"Gates exclude {', '.join(f'{one.label} {gates[one]}' for one in CANDIDATES)}")
    return Audit("Every criterion has claims for both", passed, tuple(details))


def _option_order(rule_base: RuleBase, scenarios: list[Scenario], as_of: date) -> Audit:
    """Show the options of every question the other way round: no verdict may depend on it."""
    reversed_ = replace(
        rule_base,
        questions=tuple(
            question
            if question.kind is QuestionKind.SCALE
            else replace(question, options=question.options[::-1])
            for question in rule_base.questions
        ),
    )
    here = Engine(rule_base, as_of, samples=SAMPLES)
    there = Engine(reversed_, as_of, samples=SAMPLES)
    worst, moved = 0.0, []
    for one in scenarios:
        before, after = here.balance(one.answers), there.balance(one.answers)
        gap = abs(before.acceptability[CANDIDATES[0]] - after.acceptability[CANDIDATES[0]])
        error = hypot(before.monte_carlo_error, after.monte_carlo_error)
        worst = max(worst, gap)
        if gap > SIGMAS * error + 1e-12:
            moved.append(f"{one.id}: {described(before)} becomes {described(after)}")
    return Audit(
        "The order of options moves nothing beyond chance",
        not moved,
        tuple(moved) or (f"largest difference in acceptability {worst:.3f}",),
    )


def as_text(found: list[Audit]) -> str:
    """One block per test."""
    lines = []
    for one in found:
        lines.append(f"{'pass' if one.passed else 'FAIL'}  {one.name}")
        lines += [f"      {detail}" for detail in one.details]
    return "\n".join(lines) + "\n"
