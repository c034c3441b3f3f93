"""Loading a rule base: what it gives, and what is said about a file that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import RuleBaseError
from advisor.model.condition import All, Atom
from advisor.model.rulebase import QuestionKind
from advisor.rulebase.load import load_rule_base
from tests.rulebase.folders import RULES, make


def fault(folder: Path) -> RuleBaseError:
    """The error that loading gives."""
    with pytest.raises(RuleBaseError) as caught:
        load_rule_base(folder)
    return caught.value


def test_everything_in_the_files_arrives(tmp_path: Path) -> None:
    """Criteria, questions, rules and evidence are linked, with their places."""
    base = load_rule_base(make(tmp_path))
    assert [criterion.id for criterion in base.criteria] == ["speed", "reach"]
    assert base.question_by_id["targets"].kind is QuestionKind.MULTI
    rule = base.rule_by_id["reach-pt"]
    assert rule.when == All(
        (Atom("phone_kind", frozenset({"ios"})), Atom("size", frozenset({"small", "medium"})))
    )
    assert rule.origin.file == "rules.yaml"
    assert (tmp_path / "rules.yaml").read_text().splitlines()[rule.origin.line - 1] == (
        "  - id: reach-pt"
    )


def test_moving_a_rule_to_another_file_changes_only_its_place(tmp_path: Path) -> None:
    """Files are told apart by their keys, never by name or folder."""
    one = load_rule_base(make(tmp_path / "one"))
    head, tail = RULES[: RULES.index("  - id: reach-pt")], RULES[RULES.index("  - id: reach-pt") :]
    other = load_rule_base(make(tmp_path / "other", rules=head, more="rules:\n" + tail))
    assert [rule.id for rule in one.rules] == [rule.id for rule in other.rules]
    assert [rule.when for rule in one.rules] == [rule.when for rule in other.rules]
    assert one.sha256 == other.sha256


@pytest.mark.parametrize(
    ("before", "after", "line", "says"),
    [
        ("evidence: [fact]", "evidence: []", 9, "at least 1"),
        ("evidence: [fact]", "evidence: [fart]", 9, "`fact`"),
        ("criterion: speed", "criterion: sped", 3, "`speed`"),
        ("favours: pytorch", "favours: jax", 6, "pytorch"),
        ("strength: moderate", "strength: huge", 7, "strong"),
        ("skills: pytorch", "skills: torch", 5, "no option `torch`"),
        ("skills: pytorch", "skill: pytorch", 5, "`skills`"),
        ("text: You know it.", "txt: You know it.", 2, "missing"),
        ("{skills: pytorch}", "{skills: {at-least: pytorch}}", 5, "scale"),
        ("{skills: pytorch}", "&x {skills: pytorch}", 5, "Anchors"),
        ("{skills: pytorch}", '{skills: "py\\etorch"}', 5, "cannot be seen"),
        ("text: You know it.", 'text: "You \\u202Eknow it."', 8, "cannot be seen"),
        ("{skills: pytorch}", "{skills: pytorch, skills: tensorflow}", 5, "twice"),
        ("{skills: pytorch}", "!!python/object:os.system {skills: pytorch}", 5, "Tags"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(
    tmp_path: Path, before: str, after: str, line: int, says: str
) -> None:
    """Every mistake is one sentence with file and line, and where it can, with the remedy."""
    folder = make(tmp_path, rules=RULES.replace(before, after, 1))
    error = fault(folder)
    assert error.place.file == "rules.yaml"
    assert error.place.line == line
    assert says in str(error)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &a [x]\nb: *a\n", "aliases"),
        ("rules: " + "[" * 200 + "]" * 200, "deep"),
        ("rules: " + "[" * 400_000, "deep"),
        ("a: " * 100_000, "YAML"),
        ("a: [" + "&a [*a], " * 1000 + "]", "aliases"),
        ("{" * 300_000, "deep"),
        ("- a\n- b\n", "mapping"),
        ("rules: [\n", "YAML"),
        ("\x00", "YAML"),
        ("unknown: 1\n", "no such field"),
        ("x" * 1_000_001, "large"),
    ],
)
def test_hostile_files_are_refused_in_words(tmp_path: Path, text: str, says: str) -> None:
    """Alias bombs, depth, size, wrong shapes: a sentence, never a traceback."""
    folder = make(tmp_path)
    (folder / "hostile.yaml").write_text(text, encoding="utf-8")
    assert says in str(fault(folder))


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    """A file in another encoding is named."""
    folder = make(tmp_path)
    (folder / "latin.yaml").write_bytes("rules: é".encode("latin-1"))
    assert "UTF-8" in str(fault(folder))


def test_questions_must_not_wait_for_each_other(tmp_path: Path) -> None:
    """A circle of `ask_when` is named."""
    more = """\
        section: team
        questions:
          - {id: one, kind: single, text: "?", why: "-", ask_when: {two: a}, options: [{id: a, label: A}, {id: b, label: B}]}
          - {id: two, kind: single, text: "?", why: "-", ask_when: {one: a}, options: [{id: a, label: A}, {id: b, label: B}]}
        """
    assert "wait for each other" in str(fault(make(tmp_path, more=more)))


def test_likelier_names_options_of_its_question(tmp_path: Path) -> None:
    """What makes an option likelier is read; an option that does not exist is refused."""
    more = """\
        section: team
        questions:
          - {id: one, kind: single, text: "?", why: "-", options: [{id: a, label: A}, {id: b, label: B}]}
          - {id: two, kind: single, text: "?", why: "-", options: [{id: a, label: A}, {id: b, label: B}],
             likelier: [{when: {one: a}, options: OPTION, times: 4}]}
        """
    for written in ("b", "[b]"):
        folder = make(tmp_path / written, more=more.replace("OPTION", written))
        [entry] = load_rule_base(folder).question_by_id["two"].likelier
        assert entry.when == Atom("one", frozenset({"a"}))
        assert (entry.options, entry.times) == (frozenset({"b"}), 4)
    error = fault(make(tmp_path / "wrong", more=more.replace("OPTION", "c")))
    assert "`c`" in str(error)


def test_scenarios_beside_rules_do_not_hide_them(tmp_path: Path) -> None:
    """A file may hold rules and scenarios; both are read, whatever its name ends in."""
    folder = make(tmp_path, rules="rules: []\n")
    (folder / "own.yml").write_text(RULES + "scenarios: []\n", encoding="utf-8")
    assert "pt" in load_rule_base(folder).rule_by_id


def test_an_id_stands_once(tmp_path: Path) -> None:
    """A repeated id is refused, with the other place."""
    error = fault(make(tmp_path, more="rules:\n" + RULES.split("rules:\n")[1]))
    assert "taken" in error.message


def test_overlay_adds_replaces_and_disables(tmp_path: Path) -> None:
    """A team's folder lies over the shipped one with the same checks."""
    base = make(tmp_path / "base")
    over = tmp_path / "acme"
    over.mkdir()
    (over / "own.yaml").write_text(
        RULES.split("  - id: tf")[0].replace("moderate", "weak") + "disable: [reach-large]\n",
        encoding="utf-8",
    )
    loaded = load_rule_base(base, [over])
    assert loaded.rule_by_id["pt"].strength == "weak"
    assert loaded.rule_by_id["pt"].origin.file == "acme/own.yaml"
    assert "reach-large" not in loaded.rule_by_id
    assert loaded.overlays == ("acme",)
    assert loaded.sha256 != load_rule_base(base).sha256


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    """A symbolic link to a file elsewhere is left out."""
    folder = make(tmp_path / "base")
    outside = tmp_path / "outside.yaml"
    outside.write_text("nonsense: true\n", encoding="utf-8")
    (folder / "link.yaml").symlink_to(outside)
    load_rule_base(folder)


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=300))
def test_any_text_loads_or_is_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """No text makes the loader fail in another way than a `RuleBaseError`."""
    folder = make(tmp_path_factory.mktemp("any"))
    (folder / "any.yaml").write_text(text, encoding="utf-8", errors="replace")
    refused_in: str | None = "any.yaml"
    try:
        load_rule_base(folder)
    except RuleBaseError as error:
        refused_in = error.place.file
    assert refused_in == "any.yaml"


def test_the_shipped_rule_base_covers_every_survey_criterion() -> None:
    """All criteria have rules; the questionnaire has the size that was promised."""
    base = load_rule_base()
    assert 30 <= len(base.questions) <= 42
    assert len(base.rules) >= 150
    assert {rule.criterion for rule in base.rules} == {one.id for one in base.criteria}
