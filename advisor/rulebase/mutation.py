"""Mutation testing of the rule base: change one thing, and some scenario must notice.

Two kinds of notice are told apart. An *expectation* is what a person wrote: the verdict, its class,
rules that must fire or stay silent. A *record* is the contribution of each criterion in each
scenario, as it was when somebody last looked at it and said so (`advisor rules test --record`):
it notices that a strength was changed, not that the change is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from advisor.decision.engine import Engine
from advisor.model.condition import Not
from advisor.model.rulebase import Emphasis, Gate, Rule, RuleBase, Strength
from advisor.rulebase.record import NOTICEABLE
from advisor.rulebase.scenarios import Outcome, Scenario, firing_ids, run_scenario

SAMPLES = 1000
"""Draws are common to original and mutant, so that few of them show a change exactly."""
_OTHER_STRENGTH = {
    Strength.WEAK: Strength.STRONG,
    Strength.MODERATE: Strength.WEAK,
    Strength.STRONG: Strength.WEAK,
}
_OTHER_EMPHASIS = {
    Emphasis.LESS: Emphasis.MORE,
    Emphasis.MORE: Emphasis.LESS,
    Emphasis.MUCH_MORE: Emphasis.LESS,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule base with one thing changed."""

    id: str
    """Id of the entry changed."""
    change: str
    rule_base: RuleBase


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants were noticed."""

    total: int
    by_expectation: int
    by_record: int
    """Noticed only by the record."""
    survivors: tuple[str, ...]
    """`id: change` of those nobody noticed."""


def mutants(rule_base: RuleBase) -> Iterator[Mutant]:
    """One mutant per thing that can be wrong: side, strength, condition, gate, emphasis."""
    for rule in rule_base.rules:
        if rule.favours is not None:
            yield _rule(rule_base, rule, "favours the other side", favours=rule.favours.other)
            yield _rule(rule_base, rule, "other strength", strength=_OTHER_STRENGTH[rule.strength])
        yield _rule(rule_base, rule, "condition negated", when=Not(rule.when))
    for gate in rule_base.gates:
        yield _gate(rule_base, gate, "excludes the other", excludes=gate.excludes.other)
        yield _gate(rule_base, gate, "condition negated", when=Not(gate.when))
    for one in rule_base.emphases:
        changed = replace(one, emphasis=_OTHER_EMPHASIS[one.emphasis])
        yield Mutant(
            one.id,
            "other emphasis",
            replace(
                rule_base,
                emphases=tuple(changed if e.id == one.id else e for e in rule_base.emphases),
            ),
        )


def _rule(rule_base: RuleBase, rule: Rule, change: str, **fields: object) -> Mutant:
    changed = replace(rule, **fields)  # type: ignore[arg-type]
    rules = tuple(changed if one.id == rule.id else one for one in rule_base.rules)
    return Mutant(rule.id, change, replace(rule_base, rules=rules))


def _gate(rule_base: RuleBase, gate: Gate, change: str, **fields: object) -> Mutant:
    changed = replace(gate, **fields)  # type: ignore[arg-type]
    gates = tuple(changed if one.id == gate.id else one for one in rule_base.gates)
    return Mutant(gate.id, change, replace(rule_base, gates=gates))


def mutation_score(
    rule_base: RuleBase,
    scenarios: Sequence[Scenario],
    *,
    as_of: date,
    every: int = 1,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> Score:
    """Run the scenarios against every mutant (or every n-th) and count who is noticed.

    Args:
        rule_base: the original; its scenarios should pass.
        scenarios: what has to notice.
        as_of: the day of the decisions.
        every: take one mutant in so many.
        tick: told how many of how many are done.
    """
    base = Engine(rule_base, as_of, samples=SAMPLES)
    before = {one.id: run_scenario(base, one) for one in scenarios}
    where = {one.id: firing_ids(rule_base, one.answers) for one in scenarios}
    chosen = list(mutants(rule_base))[::every]
    expected = recorded = 0
    survivors = []
    for done, mutant in enumerate(chosen):
        tick(done, len(chosen))
        how = _noticed(mutant, scenarios, before, where, as_of)
        expected += how == "expectation"
        recorded += how == "record"
        if how is None:
            survivors.append(f"{mutant.id}: {mutant.change}")
    tick(len(chosen), len(chosen))
    return Score(len(chosen), expected, recorded, tuple(survivors))


def _noticed(
    mutant: Mutant,
    scenarios: Sequence[Scenario],
    before: dict[str, Outcome],
    where: dict[str, frozenset[str]],
    as_of: date,
) -> str | None:
    """`expectation`, `record`, or None. Scenarios in which the entry holds are tried first."""
    engine = Engine(mutant.rule_base, as_of, samples=SAMPLES)
    order = sorted(scenarios, key=lambda one: mutant.id not in where[one.id])
    touched = [one for one in order if mutant.id in where[one.id]] or order[:1]
    if mutant.change == "condition negated":
        touched = order[: len(touched) + 3]
    recorded = False
    for scenario in touched:
        original = before[scenario.id]
        outcome = run_scenario(engine, scenario)
        if set(outcome.failures) - set(original.failures):
            return "expectation"
        recorded = recorded or _differs(original, outcome)
    return "record" if recorded else None


def _differs(original: Outcome, outcome: Outcome) -> bool:
    """Whether the record would show it: the same figures, to the same digits."""
    before, after = original.balance, outcome.balance
    return (before.framework, before.verdict_class) != (
        after.framework,
        after.verdict_class,
    ) or any(
        abs(value - after.contributions[criterion]) > NOTICEABLE
        for criterion, value in before.contributions.items()
    )
