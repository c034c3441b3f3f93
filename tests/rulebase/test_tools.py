"""Scenarios, mutation, freshness, audit, summary and own rules."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml

from advisor.cli import main
from advisor.errors import RuleBaseError, StorageError
from advisor.resources import rules_folder
from advisor.rulebase.audit import audit, mirrored
from advisor.rulebase.check import check_rule_base
from advisor.rulebase.findings import Level
from advisor.rulebase.freshness import freshness
from advisor.rulebase.load import load_rule_base
from advisor.rulebase.mutation import mutants, mutation_score
from advisor.rulebase.new import write_skeleton
from advisor.rulebase.record import differences, read_record, write_record
from advisor.rulebase.scenarios import coverage, engine_for, load_scenarios, run_scenarios
from advisor.rulebase.schema import schema_text
from advisor.rulebase.summary import Leaves, Summary, as_text
from tests.rulebase.folders import make

AS_OF = date(2026, 11, 28)
SCENARIOS = """\
scenarios:
  - id: knows-pytorch
    about: Somebody who knows it
    answers: {skills: pytorch, size: {at-most: small}, targets: nowhere}
    expect: {verdict: pytorch, classes: [recommend, lean], fires: [pt], silent: [tf]}
  - id: android
    about: An app
    answers: {skills: tensorflow, targets: phone, phone_kind: android}
    expect: {verdict: tensorflow, fires: [tf, reach-tf], silent: [reach-pt]}
"""


def test_scenarios_pass_where_the_rules_are_right(tmp_path: Path) -> None:
    """Verdict, class and rules come out as written."""
    folder = make(tmp_path, more=SCENARIOS)
    base = load_rule_base(folder)
    outcomes = run_scenarios(engine_for(base, AS_OF), load_scenarios(folder, base))
    assert [outcome.failures for outcome in outcomes] == [(), ()]


def test_a_scenario_that_is_not_met_says_what_came_out(tmp_path: Path) -> None:
    """The complaint names expectation and finding."""
    folder = make(tmp_path, more=SCENARIOS.replace("verdict: tensorflow", "verdict: pytorch"))
    base = load_rule_base(folder)
    outcomes = run_scenarios(engine_for(base, AS_OF), load_scenarios(folder, base))
    assert "expected PyTorch, found TensorFlow" in outcomes[1].failures[0]


def test_a_scenario_about_an_unknown_rule_is_refused(tmp_path: Path) -> None:
    """Ids in expectations must exist."""
    folder = make(tmp_path, more=SCENARIOS.replace("fires: [pt]", "fires: [pp]"))
    with pytest.raises(RuleBaseError, match="`pp`"):
        load_scenarios(folder, load_rule_base(folder))


def test_coverage_names_what_no_scenario_touches(tmp_path: Path) -> None:
    """Rules that hold nowhere and options nobody chose are listed."""
    folder = make(tmp_path, more=SCENARIOS)
    base = load_rule_base(folder)
    found = coverage(base, run_scenarios(engine_for(base, AS_OF), load_scenarios(folder, base)))
    assert found.rules == ("reach-large", "reach-pt")
    assert "phone_kind/ios" in found.options


def test_a_mutant_of_an_exercised_rule_is_noticed(tmp_path: Path) -> None:
    """Whoever changes a side, a strength or a condition that a scenario reads is found out."""
    folder = make(tmp_path, more=SCENARIOS)
    base = load_rule_base(folder)
    score = mutation_score(base, load_scenarios(folder, base), as_of=AS_OF)
    assert score.total == len(list(mutants(base)))
    assert not [one for one in score.survivors if one.startswith(("pt:", "tf:", "reach-tf:"))]
    assert [one for one in score.survivors if one.startswith("reach-large:")]


def test_the_record_notices_a_changed_strength(tmp_path: Path) -> None:
    """What scenarios came to is kept, and a change is put into words."""
    folder = make(tmp_path / "a", more=SCENARIOS)
    base = load_rule_base(folder)
    outcomes = run_scenarios(engine_for(base, AS_OF), load_scenarios(folder, base))
    write_record(outcomes, folder, as_of=AS_OF)
    assert not any(differences(one, read_record(folder)) for one in outcomes)
    changed = make(
        tmp_path / "b",
        more=SCENARIOS,
        rules=(folder / "rules.yaml").read_text().replace("moderate", "weak"),
    )
    other = load_rule_base(changed)
    again = run_scenarios(engine_for(other, AS_OF), load_scenarios(changed, other))
    assert any("contributed" in line for line in differences(again[0], read_record(folder)))


def test_freshness_counts_what_runs_out(tmp_path: Path) -> None:
    """Expired and soon expiring evidence is listed by criterion."""
    base = load_rule_base(make(tmp_path))
    [speed, _] = freshness(base, as_of=date(2027, 9, 1))
    assert speed.expiring == ("fact",)
    [speed, _] = freshness(base, as_of=date(2029, 1, 1))
    assert speed.expired == ("fact",)


def test_mirroring_twice_gives_the_rule_base_back() -> None:
    """The exchange of the candidates is its own inverse."""
    base = load_rule_base()
    assert mirrored(mirrored(base)) == base


@pytest.mark.slow
def test_the_shipped_rule_base_passes_its_audit() -> None:
    """Mirror, all-unknown, claims for both sides, option order."""
    base = load_rule_base()
    found = audit(base, load_scenarios(rules_folder(), base), as_of=AS_OF)
    assert [one.name for one in found if not one.passed] == []


@pytest.mark.slow
def test_the_shipped_scenarios_pass(capsys: pytest.CaptureFixture[str]) -> None:
    """`advisor rules test` exercises the shipped rule base and finds it as recorded."""
    status = main(["rules", "test", "--as-of", "2026-11-28"])
    assert status == 0, capsys.readouterr().out


@pytest.mark.slow
def test_most_mutants_of_the_shipped_rule_base_are_noticed() -> None:
    """A sample of the mutants; `advisor rules test --mutation` runs them all."""
    base = load_rule_base()
    score = mutation_score(base, load_scenarios(rules_folder(), base), as_of=AS_OF, every=9)
    assert (score.by_expectation + score.by_record) / score.total > 0.9, score.survivors


@pytest.mark.slow
def test_the_summary_prints_its_fidelity(capsys: pytest.CaptureFixture[str]) -> None:
    """The tree is never shown without how often it is right."""
    assert main(["rules", "summary", "--sets", "300", "--leaves", "6"]) == 0
    shown = capsys.readouterr().out
    assert "Fidelity" in shown
    assert "-> PyTorch" in shown


@pytest.mark.parametrize(
    ("fidelity", "warned"), [(0.84, True), (0.95, False)], ids=["no better", "better"]
)
def test_a_summary_that_says_little_says_so(fidelity: float, warned: bool) -> None:
    """Hardly better than always naming the commoner candidate is said plainly."""
    found = Summary("-> PyTorch\n", fidelity, 0.9, baseline=0.82, held_out=100, decisive=())
    assert ("hardly better" in as_text(found, load_rule_base())) is warned


def test_a_leaf_names_a_candidate_only_where_it_leads_clearly() -> None:
    """Six of ten is too close to call, nine of ten is not."""
    ends = np.array([1] * 10 + [2] * 10)
    picks = np.array([True] * 6 + [False] * 4 + [False] * 9 + [True])
    leaves = Leaves(ends, picks)
    assert leaves.line(1) == "-> too close to call (PyTorch in 60% of 10)"
    assert leaves.line(2) == "-> TensorFlow (90% of 10)"


def test_a_new_skeleton_loads_and_passes_the_check(tmp_path: Path) -> None:
    """What `advisor rules new` writes is valid, together with the shipped rules."""
    folder = tmp_path / "Acme ML"
    write_skeleton(folder, as_of=AS_OF, schema=schema_text())
    base = load_rule_base(overlays=[folder])
    assert "acme-ml-platform-runs-tf-serving" in base.rule_by_id
    [scenario] = load_scenarios(folder, base)
    assert run_scenarios(engine_for(base, AS_OF), [scenario])[0].failures == ()
    own = [
        one
        for one in check_rule_base(base, as_of=AS_OF)
        if one.origin.file.startswith("Acme ML/") and one.level is Level.ERROR
    ]
    assert own == []
    with pytest.raises(StorageError):
        write_skeleton(folder, as_of=AS_OF, schema=schema_text())


def test_the_command_writes_own_rules_that_pass_every_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From `new` to `check` and `test`: the team's own folder, its own scenarios and coverage."""
    folder = tmp_path / "acme"
    assert main(["rules", "new", str(folder)]) == 0
    assert main(["rules", "test", "--rules", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "1 passed, 0 failed" in shown
    assert "not by any scenario: acme-platform-open\n" in shown
    (folder / "more.yaml").write_text("disable: [text-libraries]\n", encoding="utf-8")
    main(["rules", "check", "--rules", str(folder)])
    assert "text-libraries: Taken out; shipped in domains/" in capsys.readouterr().out


def test_explaining_says_what_was_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each line of a condition comes with its truth and the answer it read."""
    answers = tmp_path / "answers.yaml"
    answers.write_text("answers: {experience: intermediate}\n", encoding="utf-8")
    words = ["rules", "explain", "--answers", str(answers)]
    assert main([*words, "experts-control"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("experts-control: fails\n")
    assert "fails: experience is expert (answered intermediate)" in shown
    assert "model_source is custom (not answered)" in shown
    assert main(words) == 0
    assert "waits for" in capsys.readouterr().out
    answers.write_text("answers: {experience: [novice, expert]}\n", encoding="utf-8")
    assert main(words) == 2
    assert "takes one option" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("answers: {skills: [pytorch, tensorflow]}", "takes one option"),
        ("answers: {targets: [nowhere, phone]}", "cannot be combined"),
        ("answers: {skill: pytorch}", "`skills`"),
        ("answers: {skills: pytorch}, sources: x", "no such field"),
        ("answers: [skills]", "dictionary"),
    ],
)
def test_mistakes_in_scenarios_are_named(tmp_path: Path, line: str, says: str) -> None:
    """With file and line, like those in rules."""
    more = f"scenarios:\n  - {{id: one, about: One, {line}, expect: {{verdict: either}}}}\n"
    folder = make(tmp_path, more=more)
    with pytest.raises(RuleBaseError, match=says) as caught:
        load_scenarios(folder, load_rule_base(folder))
    assert str(caught.value).startswith("more.yaml:2: ")


def test_the_published_schema_is_fresh_and_fits_the_shipped_files() -> None:
    """`rules/schema` is what the models say; with the ids of the rule base it fits every file."""
    published = rules_folder() / "schema" / "rule-file.schema.json"
    assert published.read_text(encoding="utf-8") == schema_text()
    validator = jsonschema.Draft202012Validator(json.loads(schema_text(load_rule_base())))
    for path in rules_folder().rglob("*.yaml"):
        content = json.loads(json.dumps(yaml.safe_load(path.read_text("utf-8")), default=str))
        assert [error.message for error in validator.iter_errors(content)] == []


def test_the_schema_refuses_what_the_loader_refuses() -> None:
    """Unknown questions, options, criteria and fields."""
    validator = jsonschema.Draft202012Validator(json.loads(schema_text(load_rule_base())))
    rule = {
        "id": "one",
        "criterion": "deployment",
        "topic": "t",
        "when": {"targets": ["android"], "experience": {"at-least": "expert"}},
        "favours": "pytorch",
        "strength": "weak",
        "text": "So.",
        "evidence": "survey-javascript",
    }
    assert validator.is_valid({"rules": [rule]})
    for change in (
        {"when": {"target": "android"}},
        {"when": {"targets": "moon"}},
        {"when": {"targets": {"at-least": "android"}}},
        {"when": {"any": [{"targets": "moon"}]}},
        {"criterion": "charm"},
        {"evidence": ["hearsay"]},
        {"weight": 3},
        {"favours": "jax"},
    ):
        assert not validator.is_valid({"rules": [rule | change]}), change


def test_rules_are_linked_to_workloads_that_exist() -> None:
    """A rule that waits for a workload nobody measures would wait for ever."""
    from advisor.measure.catalogue import workloads

    linked = {
        workload
        for rule in load_rule_base().rules
        if rule.measured_by
        for workload in rule.measured_by.workloads
    }
    assert linked <= set(workloads())


@pytest.mark.parametrize("words", [["list"], ["show", "skills"], ["freshness"]])
def test_commands_that_only_show_succeed(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """They print and return 0."""
    assert main(["rules", *words]) == 0
    assert capsys.readouterr().out


def test_showing_what_does_not_exist_suggests_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    """A slip of the finger gets the nearest id and status 2."""
    assert main(["rules", "show", "skils"]) == 2
    assert "`skills`" in capsys.readouterr().err
