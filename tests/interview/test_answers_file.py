"""The answers file: what it may hold, and what is said when it holds something else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from advisor.errors import InputError
from advisor.interview.answers_file import (
    answers_schema,
    blank_answers_file,
    dump_answers,
    load_answers,
    parse_answers,
    to_plain,
)
from advisor.model.answers import Answers, Priorities
from advisor.model.rulebase import QuestionKind
from tests.interview.small import small_rule_base

BASE = small_rule_base()


def parse(text: str) -> Answers:
    """Answers from text."""
    return parse_answers(text, BASE, "a.yaml")


def fault(text: str) -> InputError:
    """The error that text gives."""
    with pytest.raises(InputError) as caught:
        parse(text)
    return caught.value


@st.composite
def any_answers(draw: st.DrawFn) -> Answers:
    """Any valid answers to the small questionnaire."""
    chosen: dict[str, frozenset[str]] = {}
    for question in BASE.questions:
        if not draw(st.booleans()):
            continue
        free = [one.id for one in question.options if not one.exclusive]
        if question.kind is QuestionKind.MULTI:
            picked = draw(st.sets(st.sampled_from(free), min_size=1))
            alone = [one.id for one in question.options if one.exclusive]
            chosen[question.id] = frozenset(draw(st.sampled_from([picked, set(alone)])))
        else:
            chosen[question.id] = frozenset({draw(st.sampled_from(question.option_ids))})
    ids = [one.id for one in BASE.criteria]
    priorities = draw(
        st.one_of(
            st.just(Priorities()),
            st.permutations(ids).map(lambda rank: Priorities(rank=tuple(rank))),
            st.just(Priorities(swings={ids[0]: 100, ids[1]: 0})),
        )
    )
    return Answers(chosen, priorities)


@given(any_answers())
def test_what_is_dumped_is_read_back(answers: Answers) -> None:
    """Dump and parse are inverse, in YAML and in JSON."""
    assert parse(dump_answers(answers, BASE)) == answers
    assert parse(json.dumps(to_plain(answers, BASE), indent="\t")) == answers


@given(st.text(max_size=60))
def test_any_text_is_answers_or_a_clear_error(text: str) -> None:
    """Nothing but `InputError` ever comes out, whatever the file holds."""
    outcome: object
    try:
        outcome = parse(text)
    except InputError as error:
        outcome = str(error)
    assert isinstance(outcome, Answers) or str(outcome).startswith("a.yaml")


def test_flat_mapping_lists_and_null_are_accepted() -> None:
    """Without `answers:`; a list of one for a single question; null and [] for don't know."""
    found = parse("skills: [pytorch]\ntargets: [phone, server]\nexperience: null\nlatency: []\n")
    assert found.chosen == {
        "skills": frozenset({"pytorch"}),
        "targets": frozenset({"phone", "server"}),
    }


def test_options_that_look_like_numbers_keep_their_text() -> None:
    """`3.10` is the option 3.10, not the number 3.1."""
    assert parse("python: 3.10").chosen == {"python": frozenset({"3.10"})}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("answers:\n  skills: pytorch\n  experience: guru\n", 3, ["experience", "novice, able"]),
        ("answers:\n  skils: pytorch\n", 2, ["skils", "Did you mean `skills`?"]),
        ("answers:\n  skills: [none, pytorch]\n", 2, ["one option", "skills"]),
        ("answers:\n  targets: [nowhere, phone]\n", 2, ["nowhere", "cannot be combined"]),
        ("answers:\n  targets: [phone, phone]\n", 2, ["twice"]),
        ("answers:\n  skills: none\n  skills: pytorch\n", 3, ["`skills` stands here twice"]),
        ("answers: {skills: {a: b}}", 1, ["one option, a list of options, or null"]),
        ("answers: [skills]", 1, ["map question ids"]),
        ("- skills", 1, ["mapping"]),
        ("answers: {}\nextra: 1\n", 2, ["extra", "answers, priorities"]),
        ("a: &x {b: 1}\n", 1, ["a"]),
        ("answers: {skills: !!python/object:os.system none}", 1, ["Tags"]),
        ("answers: {skills: &a none, experience: *a}", 1, ["Anchors"]),
        ("answers: {}\npriorities: {rank: [speed]}", 2, ["speed", "deployment"]),
        ("answers: {}\npriorities: {rank: [deployment, deployment]}", 2, ["twice"]),
        ("answers: {}\npriorities: {swings: {deployment: 101}}", 2, ["0 to 100"]),
        ("answers: {}\npriorities: {swings: {deployment: 1e2}}", 2, ["whole number"]),
        ("answers: {}\npriorities: {swings: {deployment: 0}}", 2, ["above 0"]),
        (
            "answers: {}\npriorities:\n  rank: [deployment]\n  swings: {deployment: 3}",
            3,
            ["not both"],
        ),
        ("answers: {skills: [", 1, ["neither YAML nor JSON"]),
    ],
)
def test_faults_name_line_field_and_remedy(text: str, line: int, words: list[str]) -> None:
    """Each fault of a file says where it is and what would be right."""
    message = str(fault(text))
    assert f"a.yaml:{line}" in message
    assert all(word in message for word in words), message


def test_deep_and_large_files_are_refused() -> None:
    """Hostile files get a message, not a crash."""
    assert "deep" in str(fault("[" * 5000 + "]" * 5000))
    assert "large" in str(fault("# " + "x" * 1_000_001))


def test_missing_and_binary_files_are_named(tmp_path: Path) -> None:
    """The place is the file."""
    with pytest.raises(InputError, match=r"nowhere\.yaml"):
        load_answers(tmp_path / "nowhere.yaml", BASE)
    binary = tmp_path / "b.yaml"
    binary.write_bytes(b"\xff\xfe\x00skills")
    with pytest.raises(InputError, match="UTF-8"):
        load_answers(binary, BASE)


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_blank_file_is_valid_and_says_nothing(form: str) -> None:
    """What is printed can be handed back unchanged."""
    assert parse(blank_answers_file(BASE, form)) == Answers()


@pytest.mark.parametrize("form", ["yaml", "markdown"])
def test_blank_file_lists_every_option_and_condition(form: str) -> None:
    """The questionnaire is complete on paper."""
    text = blank_answers_file(BASE, form)
    for question in BASE.questions:
        assert question.text in text
        assert all(option.id in text for option in question.options)
    assert "“What about targets?” is Server" in text


@given(any_answers())
def test_schema_accepts_what_we_write(answers: Answers) -> None:
    """The published schema and the reader agree on valid answers."""
    schema = answers_schema(BASE)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(to_plain(answers, BASE))
    assert not Draft202012Validator(schema).is_valid({"answers": {"skills": "guru"}})
