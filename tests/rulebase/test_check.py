"""The check finds each kind of fault, with an answer set where one can show it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from advisor.model.condition import evaluate
from advisor.rulebase.check import check_rule_base
from advisor.rulebase.findings import Finding, Level, as_json, as_sarif, as_text
from advisor.rulebase.load import load_rule_base
from advisor.rulebase.waivers import apply_waivers, load_waivers
from tests.rulebase.folders import EVIDENCE, QUESTIONS, RULES, VOCABULARY, make

AS_OF = date(2026, 11, 28)


def findings(folder: Path) -> list[Finding]:
    """What the check finds in a folder."""
    return check_rule_base(load_rule_base(folder), as_of=AS_OF)


def named(found: list[Finding], check: str) -> list[Finding]:
    """The findings of one check."""
    return [one for one in found if one.check == check]


def rule(id_: str, when: str, *, topic: str = "knowing", strength: str = "weak") -> str:
    """A further rule for PyTorch on speed."""
    return (
        f"rules:\n  - {{id: {id_}, criterion: speed, topic: {topic}, when: {when}, "
        f"favours: pytorch, strength: {strength}, text: So it is., evidence: [fact]}}\n"
    )


def test_a_sound_rule_base_has_no_error(tmp_path: Path) -> None:
    """Nothing is found where nothing is wrong."""
    assert not [one for one in findings(make(tmp_path)) if one.level is Level.ERROR]


def test_a_condition_that_branching_forbids_never_fires(tmp_path: Path) -> None:
    """Two questions that are never asked together are seen through `ask_when`."""
    folder = make(tmp_path, more=rule("never", "{targets: nowhere, phone_kind: ios}"))
    assert [one.about for one in named(findings(folder), "never-fires")] == ["never"]


def test_a_weaker_rule_under_a_stronger_one_is_shadowed(tmp_path: Path) -> None:
    """The finding names the stronger rule and an answer set in which both hold."""
    folder = make(tmp_path, more=rule("narrow", "{skills: pytorch, size: small}"))
    [found] = named(findings(folder), "shadowed")
    assert found.about == "narrow"
    assert "pt" in found.message
    base = load_rule_base(folder)
    answers = {question: frozenset(options) for question, options in found.answers.items()}
    assert evaluate(base.rule_by_id["narrow"].when, answers) is True


def test_two_rules_together_can_shadow_a_third(tmp_path: Path) -> None:
    """Covering by several rules at once is found as well."""
    more = (
        rule("a-small", "{size: small}", topic="t", strength="strong")
        + rule("b-rest", "{size: {at-least: medium}}", topic="t", strength="strong").split("\n", 1)[
            1
        ]
        + rule("c-any", "{skills: pytorch}", topic="t").split("\n", 1)[1]
    )
    assert [one.about for one in named(findings(make(tmp_path, more=more)), "shadowed")] == [
        "c-any"
    ]


def test_a_question_nobody_reads_is_an_error(tmp_path: Path) -> None:
    """Asking what changes nothing is a waste of the user's time."""
    rules = RULES.replace("{phone_kind: ios, size: {at-most: medium}}", "{size: small}").replace(
        "{phone_kind: android}", "{targets: phone}"
    )
    assert [
        one.about for one in named(findings(make(tmp_path, rules=rules)), "unread-question")
    ] == ["phone_kind"]


def test_options_treated_alike_are_named(tmp_path: Path) -> None:
    """`small` and `medium` are told apart by nothing here."""
    found = named(findings(make(tmp_path)), "options-not-told-apart")
    assert {one.about for one in found} >= {"size/small+medium"}


@pytest.mark.parametrize(
    ("other", "level"), [("{size: large}", Level.NOTE), ("{targets: phone}", Level.ERROR)]
)
def test_gates_that_contradict_come_with_an_answer_set(
    tmp_path: Path, other: str, level: Level
) -> None:
    """Gates that can meet are noted; a gate that never stands alone is an error."""
    more = f"""\
        gates:
          - {{id: no-tf, when: {{targets: phone}}, excludes: tensorflow, text: No., evidence: [fact], relax: Stay.}}
          - {{id: no-pt, when: {other}, excludes: pytorch, text: No., evidence: [fact], relax: Stay.}}
        """
    [found] = named(findings(make(tmp_path, more=more)), "gates-contradict")
    assert found.level is level
    assert found.answers["targets"] == ["phone"]


def test_expired_and_unused_evidence_is_found(tmp_path: Path) -> None:
    """A rule all of whose evidence has run out is named."""
    folder = make(
        tmp_path,
        evidence=EVIDENCE.replace("2026-10", "2020-10").replace("2028-01", "2022-01")
        + EVIDENCE.split("evidence:\n")[1].replace("id: fact", "id: idle"),
    )
    found = findings(folder)
    assert {one.about for one in named(found, "evidence-expired")} >= {"pt", "tf"}
    assert [one.about for one in named(found, "evidence-unused")] == ["idle"]


def test_a_criterion_that_only_ever_speaks_for_one_side_is_an_error(tmp_path: Path) -> None:
    """Every criterion must give both candidates their due."""
    rules = RULES.replace("favours: tensorflow", "favours: pytorch")
    assert len(named(findings(make(tmp_path, rules=rules)), "one-sided")) == 2


def test_slanted_words_are_found(tmp_path: Path) -> None:
    """Adjectives of praise have no place in a rule."""
    rules = RULES.replace("text: It fits.", "text: It is an elegant fit.")
    assert [
        one.about for one in named(findings(make(tmp_path, rules=rules)), "slanted-wording")
    ] == ["reach-large"]


@pytest.mark.parametrize(
    ("evidence", "favours", "topic", "check"),
    [
        ("[fact]", "pytorch", "other", "counted-twice"),
        ("[fact]", "tensorflow", "knowing", "cancels-out"),
    ],
)
def test_rules_under_the_same_answers_are_compared(
    tmp_path: Path, evidence: str, favours: str, topic: str, check: str
) -> None:
    """The same fact on two topics counts twice; equal and opposite rules say nothing."""
    more = f"""\
        rules:
          - id: pt-again
            criterion: speed
            topic: {topic}
            when: {{not: {{not: {{skills: pytorch}}}}}}
            favours: {favours}
            strength: moderate
            text: You have used it.
            evidence: {evidence}
        """
    [found] = named(findings(make(tmp_path, more=more)), check)
    assert found.about == "pt-again"
    assert found.answers == {"skills": ["pytorch"]}


def test_the_same_sentence_twice_is_found(tmp_path: Path) -> None:
    """Case and spaces do not hide it."""
    rules = RULES.replace("text: It fits.", "text: you  KNOW it.")
    found = named(findings(make(tmp_path, rules=rules)), "repeated-text")
    assert "reach-large" in {one.about for one in found} | {found[0].message.split("`")[1]}


def test_evidence_from_the_future_is_found(tmp_path: Path) -> None:
    """What cites it is silent until then."""
    found = findings(make(tmp_path, evidence=EVIDENCE.replace("2026-10", "2027-10")))
    assert [one.about for one in named(found, "evidence-from-the-future")] == ["fact"]


GATED = """\
gates:
  - {id: no-tf, when: {targets: phone}, excludes: tensorflow, text: No., evidence: [fact], relax: Stay.}
notices:
  - {id: tf-on-phones, kind: next-step, when: {phone_kind: ios}, text: Convert it., candidate: tensorflow}
  - {id: pt-on-phones, kind: next-step, when: {phone_kind: ios}, text: Export it., candidate: pytorch}
"""


def test_what_gates_have_decided_is_proved_idle(tmp_path: Path) -> None:
    """Rules about phones and notices for the excluded candidate can never matter."""
    found = findings(make(tmp_path, more=GATED))
    assert [one.about for one in named(found, "decided-by-gates")] == ["reach-pt", "reach-tf"]
    assert [one.about for one in named(found, "never-said")] == ["tf-on-phones"]


def test_every_effective_rule_has_a_witness(tmp_path: Path) -> None:
    """Silencing any rule of a small rule base changes the verdict of some answer set; a rule that
    proofs call idle is not looked for."""
    base = load_rule_base(make(tmp_path, more=GATED))
    found = check_rule_base(base, as_of=AS_OF, witnesses=True)
    assert named(found, "no-witness") == []
    assert len(named(found, "decided-by-gates")) == 2


def test_a_rule_without_weight_has_no_witness(tmp_path: Path) -> None:
    """A criterion that hardly counts: nothing is proved, and the finding says so."""
    vocabulary = VOCABULARY.replace(
        "label: Reach,", "label: Reach, importance: 0.0001, cap: 0.0001,"
    )
    folder = make(tmp_path, vocabulary=vocabulary)
    found = check_rule_base(load_rule_base(folder), as_of=AS_OF, witnesses=True)
    idle = named(found, "no-witness")
    assert {one.about for one in idle} <= {"reach-pt", "reach-tf", "reach-large"}
    assert idle
    assert all("not proved" in one.message for one in idle)


def test_a_waiver_needs_a_finding_and_a_future(tmp_path: Path) -> None:
    """Accepted findings are marked; waivers that expired or accept nothing are findings."""
    folder = make(
        tmp_path,
        more="""\
        waivers:
          - {finding: options-not-told-apart, id: size/small+medium, reason: One rule is planned., expires: 2027-06-01}
          - {finding: never-fires, id: ghost, reason: It was here once., expires: 2027-06-01}
          - {finding: options-not-told-apart, id: targets/nowhere+server, reason: Long ago it was., expires: 2025-06-01}
        """,
    )
    marked = apply_waivers(findings(folder), load_waivers(folder), as_of=AS_OF)
    assert [one.about for one in marked if one.waived] == ["size/small+medium"]
    assert {one.about for one in named(marked, "waiver")} == {
        "never-fires/ghost",
        "options-not-told-apart/targets/nowhere+server",
    }


def test_formats_hold_the_same_findings(tmp_path: Path) -> None:
    """Text, JSON and SARIF name every finding with file and line."""
    folder = make(
        tmp_path, questions=QUESTIONS, more=rule("never", "{targets: nowhere, phone_kind: ios}")
    )
    found = findings(folder)
    sarif = json.loads(as_sarif(found))
    assert sarif["version"] == "2.1.0"
    results = sarif["runs"][0]["results"]
    assert len(results) == len(found) == len(json.loads(as_json(found)))
    first = results[0]["locations"][0]["physicalLocation"]
    assert first == {"artifactLocation": {"uri": "more.yaml"}, "region": {"startLine": 2}}
    assert "more.yaml:2: error: never" in as_text(found)


def test_the_shipped_rule_base_passes() -> None:
    """No error, and every warning is waived with a reason."""
    from advisor.resources import rules_folder

    found = apply_waivers(findings(rules_folder()), load_waivers(rules_folder()), as_of=AS_OF)
    open_ = [one for one in found if one.level is not Level.NOTE and not one.waived]
    assert not open_, as_text(open_)
