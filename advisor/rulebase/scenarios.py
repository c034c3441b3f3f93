"""Scenarios: answer sets with the advice that would be sound, as tests of the rule base."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from pathlib import Path

from advisor.decision.applicability import effective_answers
from advisor.decision.engine import Balance, Engine
from advisor.errors import Place, RuleBaseError
from advisor.model.answers import Answers
from advisor.model.candidate import Candidate
from advisor.model.condition import Condition, atoms, evaluate
from advisor.model.rulebase import Origin, RuleBase
from advisor.rulebase import nodes
from advisor.rulebase.check_questions import conditional_entries
from advisor.rulebase.conditions import did_you_mean
from advisor.rulebase.faults import explained
from advisor.rulebase.files import entries_of, parse_text, plain, read_folder
from advisor.rulebase.given import read_given

EITHER = "either"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must come out."""

    verdict: str
    """`pytorch`, `tensorflow` or `either`."""
    classes: frozenset[str] = frozenset()
    """Any of these verdict classes; empty: any."""
    fires: tuple[str, ...] = ()
    """Ids of rules, gates and emphases that must hold."""
    silent: tuple[str, ...] = ()
    """Ids of those that must not."""
    notices: tuple[str, ...] = ()
    """Ids of notices that must be said."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A situation with its expectation."""

    id: str
    about: str
    answers: Answers
    expect: Expectation
    source: str = ""
    origin: Origin = field(default_factory=Origin)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A scenario that was run: how it came out and what was not as expected."""

    scenario: Scenario
    balance: Balance
    firing: frozenset[str]
    failures: tuple[str, ...]


def load_scenarios(folder: Path, rule_base: RuleBase, *, prefix: str = "") -> list[Scenario]:
    """Every scenario in the files of `folder`; `prefix` goes before their names.

    Raises:
        RuleBaseError: with file, line and field.
    """
    found: list[Scenario] = []
    for text in read_folder(folder, prefix=prefix):
        name = text.name
        reader = _ScenarioReader(rule_base, name)
        found += [reader.read(node) for node in entries_of(parse_text(text), "scenarios", name)]
    seen: dict[str, Scenario] = {}
    for one in found:
        if one.id in seen:
            raise RuleBaseError(
                f"The id `{one.id}` is taken: {seen[one.id].origin.file}.",
                place=Place(one.origin.file, one.origin.line),
            )
        seen[one.id] = one
    return found


class _ScenarioReader:
    def __init__(self, rule_base: RuleBase, file: str) -> None:
        self._rule_base = rule_base
        self._file = file
        self._ids = [entry.id for entry in conditional_entries(rule_base)]

    def read(self, node: nodes.Mapping) -> Scenario:
        from pydantic import ValidationError

        from advisor.rulebase.schema import ScenarioEntry

        try:
            entry = ScenarioEntry.model_validate(plain(node))
        except ValidationError as error:
            raise explained(error, node, self._file, "scenarios") from error
        expect = entry.expect
        for id_ in (*expect.fires, *expect.silent, *expect.notices):
            if id_ not in self._ids:
                raise RuleBaseError(
                    f"Nothing in the rule base is called `{id_}`.",
                    place=Place(self._file, node.line, f"{entry.id}.expect"),
                    remedy=did_you_mean(id_, self._ids),
                )
        return Scenario(
            id=entry.id,
            about=entry.about,
            source=entry.source,
            answers=read_given(
                node.items.get("answers"), self._rule_base, self._file, f"{entry.id}.answers"
            ),
            expect=Expectation(
                str(expect.verdict),
                frozenset(one.value for one in expect.classes),
                tuple(expect.fires),
                tuple(expect.silent),
                tuple(expect.notices),
            ),
            origin=Origin(self._file, node.line),
        )


def firing_ids(rule_base: RuleBase, answers: Answers) -> frozenset[str]:
    """Ids of every rule, gate, emphasis and notice whose condition holds for certain."""
    known = effective_answers(rule_base, answers)
    return frozenset(
        entry.id for entry in conditional_entries(rule_base) if evaluate(entry.when, known) is True
    )


def run_scenarios(engine: Engine, scenarios: Iterable[Scenario]) -> list[Outcome]:
    """Decide every scenario and compare."""
    return [run_scenario(engine, one) for one in scenarios]


def run_scenario(engine: Engine, scenario: Scenario) -> Outcome:
    """Decide one scenario and say what is not as expected."""
    firing = firing_ids(engine.rule_base, scenario.answers)
    balance = engine.balance(scenario.answers)
    return Outcome(scenario, balance, firing, tuple(_failures(scenario.expect, balance, firing)))


def _failures(expect: Expectation, balance: Balance, firing: frozenset[str]) -> list[str]:
    failures = []
    if expect.verdict not in {EITHER, balance.framework.value}:
        wanted = Candidate(expect.verdict).label
        failures.append(f"expected {wanted}, found {described(balance)}")
    if expect.classes and balance.verdict_class.value not in expect.classes:
        wanted = " or ".join(sorted(expect.classes))
        failures.append(f"expected class {wanted}, found {described(balance)}")
    failures += [f"`{id_}` must fire" for id_ in expect.fires if id_ not in firing]
    failures += [f"`{id_}` must stay silent" for id_ in expect.silent if id_ in firing]
    failures += [f"`{id_}` must be said" for id_ in expect.notices if id_ not in firing]
    return failures


def described(balance: Balance) -> str:
    """Verdict and class in a few words."""
    share = balance.acceptability[balance.framework]
    return f"{balance.framework.label}, {balance.verdict_class} ({share:.0%})"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What no scenario exercises."""

    rules: tuple[str, ...]
    """Rules, gates, emphases and notices that hold in no scenario."""
    options: tuple[str, ...]
    """`question/option` that no scenario answers."""
    rules_total: int
    options_total: int
    pairs_met: int
    """Pairs of options of two questions that one condition reads, and a scenario answers."""
    pairs_total: int


def coverage(
    rule_base: RuleBase, outcomes: Sequence[Outcome], *, within: Sequence[str] = ()
) -> Coverage:
    """Which rules and options the scenarios leave out.

    Args:
        rule_base: what is to be covered.
        outcomes: the scenarios that were run.
        within: look only at what comes from files whose names begin like this; empty: at all.
    """

    def counts(origin: Origin) -> bool:
        return not within or origin.file.startswith(tuple(within))

    entries = [entry for entry in conditional_entries(rule_base) if counts(entry.origin)]
    questions = [question for question in rule_base.questions if counts(question.origin)]
    fired = frozenset[str]().union(*(outcome.firing for outcome in outcomes))
    answered = [outcome.scenario.answers.chosen for outcome in outcomes]
    met = {
        (question, option)
        for chosen in answered
        for question, options in chosen.items()
        for option in options
    }
    every = [(question.id, option) for question in questions for option in question.option_ids]
    pairs = _pairs_read_together(entry.when for entry in entries)
    together = {
        pair
        for pair in pairs
        if any(all(option in chosen.get(q, ()) for q, option in pair) for chosen in answered)
    }
    ids = sorted(entry.id for entry in entries)
    return Coverage(
        rules=tuple(id_ for id_ in ids if id_ not in fired),
        options=tuple(f"{q}/{option}" for q, option in every if (q, option) not in met),
        rules_total=len(ids),
        options_total=len(every),
        pairs_met=len(together),
        pairs_total=len(pairs),
    )


def _pairs_read_together(whens: Iterable[Condition]) -> set[frozenset[tuple[str, str]]]:
    """Pairs of options of different questions that one condition names."""
    return {
        frozenset({(one.question, this), (other.question, that)})
        for when in whens
        for one, other in combinations(atoms(when), 2)
        if one.question != other.question
        for this in one.options
        for that in other.options
    }


def engine_for(rule_base: RuleBase, as_of: date, *, samples: int = 10_000) -> Engine:
    """An engine for running scenarios."""
    return Engine(rule_base, as_of, samples=samples)
