"""Verify, recheck and compare: what a document says is what its inputs give, or it is said."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import date
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.model.answers import Answers
from advisor.model.measurement import Likeness
from advisor.report.diff import attribute, diff, shapley
from advisor.report.document import dump_document, parse_document, to_plain
from advisor.report.parts import DecisionDocument
from advisor.report.recheck import recheck
from advisor.report.verify import verify
from tests.report.factory import (
    AS_OF,
    PYTORCH,
    TENSORFLOW,
    answers,
    comparison,
    decided,
    record,
    rule_base,
)


def _changed(
    document: DecisionDocument, change: Callable[[dict[str, Any]], Any]
) -> DecisionDocument:
    plain = to_plain(document)
    change(plain)
    return parse_document(json.dumps(plain))


def test_an_honest_document_verifies() -> None:
    """What the engine made, read back from its file, is computed again without a difference."""
    for made in (decided(), decided(probe=record()), decided(chosen=Answers())):
        assert verify(parse_document(dump_document(made)), rule_base()) == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda p: p["verdict"].update({"class": "gated"}), "verdict.class"),
        (lambda p: p["verdict"].update(framework="tensorflow"), "verdict.framework"),
        (
            lambda p: p["verdict"].update(acceptability={"pytorch": 0.99, "tensorflow": 0.01}),
            "verdict.acceptability.pytorch",
        ),
        (lambda p: p["criteria"][0].update(contribution=0.5), "criteria.0.contribution"),
        (lambda p: p["reasons"][0].update(text="Because we say so."), "reasons.0.text"),
        (lambda p: p["reasons"].pop(), "reasons"),
        (lambda p: p["evidence"][0].update(claim="Another claim."), "evidence.0.claim"),
        (lambda p: p["answers"].update(skills=["tensorflow"]), "verdict"),
        (lambda p: p["answers"].update(skills=["cobol"]), "answers"),
        (lambda p: p.update(as_of="2024-01-01"), "verdict"),
        (lambda p: p.update(likeness="elsewhere"), "reasons"),
        (lambda p: p["probe"]["comparisons"][0]["ratio"].update(estimate=1.415), "probe"),
        (
            lambda p: p["probe"]["comparisons"][0]["blocks"][3].update(wall_seconds=9.0),
            "probe",
        ),
    ],
)
def test_whatever_is_changed_is_found(change: Callable[[dict[str, Any]], Any], place: str) -> None:
    """Editing the result, the inputs or a raw block shows up as a difference at its place."""
    chosen = Answers({**answers().chosen, "latency": frozenset({"tight"})})
    tampered = _changed(decided(chosen=chosen, probe=record()), change)
    found = verify(tampered, rule_base())
    assert any(one.place.startswith(place) for one in found), found


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_no_figure_of_the_result_can_be_edited(data: st.DataObject) -> None:
    """Any number of the result, moved by a thousandth, is found."""
    plain = _PLAIN
    places = [place for place in _numbers(plain) if place[0] not in ("probe", "method")]
    *path, last = data.draw(st.sampled_from(places))
    changed = json.loads(json.dumps(plain))
    inner = changed
    for key in path:
        inner = inner[key]
    inner[last] = inner[last] + 0.001 if isinstance(inner[last], float) else inner[last] + 1
    try:
        document = parse_document(json.dumps(changed))
    except InputError:
        return
    assert verify(document, rule_base())


_PLAIN = to_plain(decided(probe=record()))


def _numbers(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return [place]
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [found for key, item in inner for found in _numbers(item, (*place, key))]


def test_another_rule_base_is_not_a_difference_but_an_error() -> None:
    """With other rules the figures cannot be computed again, and the error says what to do."""
    with pytest.raises(InputError, match="recheck"):
        verify(decided(), rule_base(sha256="1" * 64))


def test_a_fresh_decision_still_holds() -> None:
    """Nothing has changed, so nothing is asked for."""
    found = recheck(decided(), rule_base(), as_of=AS_OF, installed={})
    assert found.holds
    assert found.lines[0].startswith("Verdict as before: PyTorch")


def test_expired_evidence_asks_for_a_new_decision() -> None:
    """Evidence that carried the verdict and has expired since is named with its day."""
    found = recheck(decided(), rule_base(), as_of=date(2027, 12, 1), installed={})
    assert not found.holds
    assert [one.id for one in found.expired] == ["skills-count"]
    assert any(line.startswith("EXPIRED 2027-12-01") for line in found.lines)


def test_evidence_long_expired_is_no_news() -> None:
    """What had expired when the decision was taken does not ask for another one."""
    old = decided(as_of=date(2028, 1, 1))
    assert recheck(old, rule_base(), as_of=date(2028, 2, 1), installed={}).holds


def test_a_turned_verdict_is_said() -> None:
    """When today's rules name the other framework, the decision no longer holds."""
    base = rule_base()
    swapped = {"knows-pytorch": TENSORFLOW, "knows-tensorflow": PYTORCH}
    rules = tuple(
        dataclasses.replace(one, favours=swapped.get(one.id, one.favours)) for one in base.rules
    )
    found = recheck(decided(), rule_base(rules=rules, sha256="2" * 64), as_of=AS_OF, installed={})
    assert found.turned
    assert not found.holds
    assert found.lines[0].startswith("TURNED: PyTorch")
    assert found.plain()["turned"] is True


def test_withdrawn_evidence_and_lost_answers_are_said() -> None:
    """What the rule base no longer holds is named, whether evidence, question or option."""
    base = rule_base()
    evidence = {key: one for key, one in base.evidence.items() if key != "skills-count"}
    rules = tuple(one for one in base.rules if "skills-count" not in one.evidence)
    questions = tuple(one for one in base.questions if one.id != "skills")
    newer = rule_base(evidence=evidence, rules=rules, questions=questions, sha256="3" * 64)
    found = recheck(decided(), newer, as_of=AS_OF, installed={})
    assert found.withdrawn == ("skills-count",)
    assert found.lost == ("the question 'skills'",)
    assert not found.holds


def test_moved_versions_are_said_but_decide_nothing() -> None:
    """Another release than the one measured asks to measure again; another build does not."""
    made = decided(probe=record())
    installed = {PYTORCH: "2.13.0+cpu", TENSORFLOW: "2.22.0"}
    found = recheck(made, rule_base(), as_of=AS_OF, installed=installed)
    assert found.moved == ("TensorFlow was measured as 2.21.0 and is 2.22.0 now",)
    assert found.holds


def test_the_same_decision_has_no_difference() -> None:
    """Comparing a decision with itself says so."""
    found = diff(decided(), decided(), rule_base())
    assert found.same
    assert found.lines[-1] == "No difference."


def test_changes_are_put_down_to_their_causes() -> None:
    """Answers, dates and measurements each get their part, and the parts sum to the whole."""
    chosen = Answers({"skills": frozenset({"pytorch"}), "latency": frozenset({"tight"})})
    other = Answers({"skills": frozenset({"both"}), "latency": frozenset({"tight"})})
    before = decided(chosen=chosen, probe=record())
    slow = dataclasses.replace(record(), comparisons=(comparison(ratio=0.5, seed=9),))
    after = decided(chosen=other, probe=slow, as_of=date(2028, 6, 1))
    shares = attribute(before, after, rule_base())
    whole = after.verdict.acceptability[PYTORCH] - before.verdict.acceptability[PYTORCH]
    assert sum(shares.values()) == pytest.approx(whole, abs=1e-9)
    assert shares["answers"] < 0
    assert shares["measurements"] < 0
    assert shares["rules"] == 0
    assert set(shares) == {"answers", "age of evidence", "measurements", "rules"}
    lines = diff(before, after, rule_base()).lines
    assert any("PyTorch → Both" in line for line in lines)


def test_other_rules_get_what_is_left() -> None:
    """What answers and dates do not explain is put down to the rules."""
    base = rule_base()
    weaker = rule_base(rules=base.rules[2:], sha256="4" * 64)
    before, after = decided(base), decided(weaker)
    shares = attribute(before, after, weaker)
    whole = after.verdict.acceptability[PYTORCH] - before.verdict.acceptability[PYTORCH]
    assert shares == {"rules": pytest.approx(whole)}
    assert any("Rule base" in line for line in diff(before, after, weaker).lines)


def test_other_measurements_are_listed() -> None:
    """A comparison that is new, or came out otherwise, is named with both figures."""
    before = decided()
    after = decided(probe=record(), likeness=Likeness.ALIKE)
    texts = diff(before, after, rule_base()).changes["measurements"]
    assert any("residual CNN (training step): not measured → 1.41" in text for text in texts)


@given(st.dictionaries(st.sampled_from("abcd"), st.floats(-1, 1), min_size=1))
def test_parts_of_an_additive_change_are_its_summands(effects: dict[str, float]) -> None:
    """When causes do not interact, each gets exactly its own effect."""
    causes = list(effects)
    found = shapley(causes, lambda chosen: sum(effects[one] for one in chosen))
    assert found == pytest.approx(effects, abs=1e-9)


@given(st.lists(st.floats(-1, 1), min_size=8, max_size=8))
def test_parts_are_the_mean_over_all_orders(values: list[float]) -> None:
    """The parts are those of the definition, whatever order the causes are given in."""
    names = ("a", "b", "c")

    def value(chosen: tuple[str, ...]) -> float:
        return values[sum(1 << names.index(one) for one in chosen)]

    expected = dict.fromkeys(names, 0.0)
    for order in permutations(names):
        for place, name in enumerate(order):
            gain = value(order[: place + 1]) - value(order[:place])
            expected[name] += gain / 6
    for order in permutations(names):
        assert shapley(order, value) == pytest.approx(expected, abs=1e-9)
