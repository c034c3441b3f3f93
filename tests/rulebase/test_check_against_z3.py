"""The checker against an independent solver and brute force, on random small rule bases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import chain, combinations
from typing import Any

import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.model.candidate import Candidate
from advisor.model.condition import All, AnyOf, Atom, Condition, Not, atoms, evaluate
from advisor.model.rulebase import (
    Confidence,
    Criterion,
    Evidence,
    Gate,
    Option,
    Question,
    QuestionKind,
    Rule,
    RuleBase,
    Section,
    Source,
    Strength,
)
from advisor.rulebase.check import check_rule_base
from advisor.rulebase.findings import Finding
from advisor.rulebase.satisfy import Satisfier

OPTIONS = ("a", "b", "c")
IDS = ("q0", "q1", "q2", "q3")


def conditions(ids: tuple[str, ...]) -> st.SearchStrategy[Condition]:
    """Conditions over the given questions."""
    leaf = st.builds(
        Atom,
        st.sampled_from(ids),
        st.frozensets(st.sampled_from(OPTIONS), min_size=1, max_size=2),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds(All, st.lists(inner, min_size=1, max_size=3).map(tuple)),
            st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
            st.builds(Not, inner),
        ),
        max_leaves=6,
    )


@st.composite
def questionnaires(draw: st.DrawFn) -> list[Question]:
    """Two to four questions, later ones asked depending on earlier ones."""
    questions: list[Question] = []
    for place, id_ in enumerate(IDS[: draw(st.integers(2, 4))]):
        kind = draw(st.sampled_from([QuestionKind.SINGLE, QuestionKind.MULTI]))
        exclusive = kind is QuestionKind.MULTI and draw(st.booleans())
        earlier = IDS[:place]
        asked = draw(st.booleans()) if earlier else False
        ask_when: Condition = draw(conditions(earlier)) if asked else All(())
        options = tuple(Option(one, one, exclusive=exclusive and one == "c") for one in OPTIONS)
        questions.append(Question(id_, "s", kind, "?", "why", options, ask_when=ask_when))
    return questions


def solver_says(questions: list[Question], goal: Condition) -> bool:
    """Whether z3 finds a complete answer set under which `goal` holds."""
    chosen = {(q.id, o): z3.Bool(f"{q.id}.{o}") for q in questions for o in OPTIONS}

    def formula(condition: Condition) -> Any:
        match condition:
            case Atom(question, options):
                return z3.Or([chosen[question, one] for one in options])
            case All(parts):
                return z3.And([formula(part) for part in parts])
            case AnyOf(parts):
                return z3.Or([formula(part) for part in parts])
            case Not(part):
                return z3.Not(formula(part))

    solver = z3.Solver()
    for question in questions:
        own = [chosen[question.id, one] for one in OPTIONS]
        applies = formula(question.ask_when)
        solver.add(z3.Implies(z3.Not(applies), z3.Not(z3.Or(own))))
        solver.add(z3.Implies(applies, z3.Or(own)))
        if question.kind is QuestionKind.SINGLE:
            solver.add(z3.AtMost(*own, 1))
        elif question.options[-1].exclusive:
            solver.add(z3.Implies(own[-1], z3.Not(z3.Or(own[:-1]))))
    solver.add(formula(goal))
    return bool(solver.check() == z3.sat)


@settings(max_examples=80, deadline=None)
@given(st.data(), questionnaires())
def test_search_and_solver_agree(data: st.DataObject, questions: list[Question]) -> None:
    """An answer set is found exactly when one exists, and it makes the condition hold."""
    goal = data.draw(conditions(tuple(question.id for question in questions)))
    found = Satisfier(questions).find(goal)
    assert (found is not None) == solver_says(questions, goal)
    if found is not None:
        assert evaluate(goal, found) is True


@settings(max_examples=40, deadline=None)
@given(st.data(), questionnaires())
def test_shadowing_agrees_with_the_solver(data: st.DataObject, questions: list[Question]) -> None:
    """One condition implies another exactly when the solver cannot tell them apart."""
    ids = tuple(question.id for question in questions)
    one, other = data.draw(conditions(ids)), data.draw(conditions(ids))
    uncovered = All((one, Not(other)))
    assert (Satisfier(questions).find(uncovered) is None) == (not solver_says(questions, uncovered))


AS_OF = date(2026, 11, 28)
FACT = Evidence(
    "fact",
    "It is so.",
    (Source("A page", "https://example.org/"),),
    date(2026, 10, 1),
    date(2028, 1, 1),
    Confidence.HIGH,
)
STRENGTHS = {Strength.WEAK: 0, Strength.MODERATE: 1, Strength.STRONG: 2}


@st.composite
def rule_bases(draw: st.DrawFn) -> RuleBase:
    """A few rules on two topics and a few gates over a random questionnaire."""
    questions = draw(questionnaires())
    ids = tuple(question.id for question in questions)
    sides = st.sampled_from(list(Candidate))
    rules = tuple(
        Rule(
            id=f"r{place}",
            criterion="c",
            topic=draw(st.sampled_from(["t", "u"])),
            when=draw(conditions(ids)),
            favours=draw(sides),
            strength=draw(st.sampled_from(list(Strength))),
            text=f"Rule {place}.",
            evidence=("fact",),
        )
        for place in range(draw(st.integers(1, 5)))
    )
    gates = tuple(
        Gate(f"g{place}", draw(conditions(ids)), draw(sides), f"Gate {place}.", ("fact",), "Stay.")
        for place in range(draw(st.integers(0, 3)))
    )
    return RuleBase(
        version="1",
        sha256="",
        criteria=(Criterion("c", "C", "?"),),
        sections=(Section("s", "S"),),
        questions=tuple(questions),
        evidence={"fact": FACT},
        rules=rules,
        gates=gates,
    )


def about(findings: list[Finding], check: str) -> set[str]:
    """What the findings of one check are about."""
    return {one.about for one in findings if one.check == check}


@settings(max_examples=40, deadline=None)
@given(rule_bases())
def test_logical_findings_are_those_of_the_solver(base: RuleBase) -> None:
    """Never firing, shadowed, meeting gates, decided by gates: neither more nor fewer."""
    questions = list(base.questions)
    findings = check_rule_base(base, as_of=AS_OF)

    def possible(*parts: Condition) -> bool:
        return solver_says(questions, All(parts))

    entries: list[Rule | Gate] = [*base.rules, *base.gates]
    fires = {entry.id for entry in entries if possible(entry.when)}
    assert about(findings, "never-fires") == {entry.id for entry in entries} - fires
    shadowed = set()
    for rule in base.rules:
        over = [
            other.when
            for other in base.rules
            if other.id != rule.id
            and (other.topic, other.favours) == (rule.topic, rule.favours)
            and (STRENGTHS[other.strength], rule.id) > (STRENGTHS[rule.strength], other.id)
        ]
        if rule.id in fires and not possible(rule.when, *(Not(when) for when in over)):
            shadowed.add(rule.id)
    assert about(findings, "shadowed") == shadowed
    sides = {side: [gate for gate in base.gates if gate.excludes is side] for side in Candidate}
    assert about(findings, "gates-contradict") == {
        f"{one.id}+{two.id}"
        for one in sides[Candidate.PYTORCH]
        for two in sides[Candidate.TENSORFLOW]
        if possible(one.when, two.when)
    }
    one, two = (AnyOf(tuple(gate.when for gate in sides[side])) for side in Candidate)
    undecided = AnyOf((All((one, two)), Not(AnyOf((one, two)))))
    assert about(findings, "decided-by-gates") == {
        rule.id for rule in base.rules if rule.id in fires and not possible(rule.when, undecided)
    }


@settings(max_examples=40, deadline=None)
@given(rule_bases())
def test_every_counterexample_is_one(base: RuleBase) -> None:
    """The answer set of a finding is consistent and makes the rule or both gates hold."""
    entries: list[Rule | Gate] = [*base.rules, *base.gates]
    by_id = {entry.id: entry for entry in entries}
    for one in check_rule_base(base, as_of=AS_OF):
        answers = {question: frozenset(options) for question, options in one.answers.items()}
        if one.check in {"shadowed", "decided-by-gates", "gates-contradict"}:
            for id_ in one.about.split("+"):
                assert evaluate(by_id[id_].when, answers) is True
            for question in base.questions:
                if question.id in answers:
                    applies = evaluate(question.ask_when, answers)
                    assert applies is bool(answers[question.id])


def answer_sets(questions: list[Question]) -> Iterator[dict[str, frozenset[str]]]:
    """Every complete answer set, by brute force."""
    if not questions:
        yield {}
        return
    *earlier, last = questions
    for answers in answer_sets(earlier):
        if evaluate(last.ask_when, answers) is not True:
            yield {**answers, last.id: frozenset()}
            continue
        sizes = range(1, len(OPTIONS) + 1) if last.kind is QuestionKind.MULTI else (1,)
        for chosen in chain.from_iterable(combinations(OPTIONS, size) for size in sizes):
            alone = any(option.exclusive for option in last.options if option.id in chosen)
            if len(chosen) == 1 or not alone:
                yield {**answers, last.id: frozenset(chosen)}


@settings(max_examples=30, deadline=None)
@given(rule_bases())
def test_options_are_told_apart_where_some_answer_set_does(base: RuleBase) -> None:
    """Two options are alike exactly when putting one for the other never changes a condition."""
    questions = list(base.questions)
    every = list(answer_sets(questions))
    whens = [
        *(rule.when for rule in base.rules),
        *(gate.when for gate in base.gates),
        *(question.ask_when for question in questions),
    ]
    read = {atom.question for when in whens for atom in atoms(when)}
    found = about(check_rule_base(base, as_of=AS_OF), "options-not-told-apart")
    alike = {
        (name.split("/")[0], *pair)
        for name in found
        for pair in combinations(name.split("/")[1].split("+"), 2)
    }
    for question in questions:
        exclusive = {option.id for option in question.options if option.exclusive}
        for one, other in combinations(OPTIONS, 2):
            differs = any(
                evaluate(when, answers) is not evaluate(when, swapped)
                for answers in every
                if one in answers[question.id] and other not in answers[question.id]
                if len(answers[question.id]) == 1 or other not in exclusive
                for swapped in [{**answers, question.id: answers[question.id] - {one} | {other}}]
                for when in whens
            )
            if question.id in read:
                assert ((question.id, one, other) in alike) is not differs
