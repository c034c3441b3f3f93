"""The decision record: MADR 4.0.0 to the letter, numbered by its folder."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from advisor.errors import InputError
from advisor.model.decision import VerdictClass
from advisor.report.as_madr import People, slug, to_madr, write_numbered
from advisor.report.document import build_document
from advisor.report.parts import DecisionDocument
from tests.report.factory import AS_OF, TENSORFLOW, answers, decision, document, rule_base, verdict

HEADINGS = [
    "## Context and Problem Statement",
    "## Decision Drivers",
    "## Considered Options",
    "## Decision Outcome",
    "### Consequences",
    "### Confirmation",
    "## Pros and Cons of the Options",
    "### PyTorch",
    "### TensorFlow",
    "## More Information",
]
"""Those of the template pkg:npm/madr@4.0.0, with the two options in place."""


def _front_matter(text: str) -> dict[str, object]:
    _, front, _ = text.split("---\n", 2)
    found = yaml.safe_load(front)
    assert isinstance(found, dict)
    return found


def _tensorflow() -> DecisionDocument:
    chosen = verdict(TENSORFLOW, VerdictClass.RECOMMEND, 0.95)
    return build_document(rule_base(), answers(), decision(chosen), as_of=AS_OF)


@pytest.mark.parametrize("made", [document(), document(record=None), _tensorflow()])
def test_exact_headings_in_their_order(made: DecisionDocument) -> None:
    """The headings are exactly those of MADR 4.0.0, each once."""
    lines = to_madr(made).splitlines()
    assert [line for line in lines if line.startswith("##")] == HEADINGS
    assert sum(line.startswith("# ") for line in lines) == 1 + lines.count("# ")


def test_front_matter_is_proposed_and_has_the_date() -> None:
    """People decide: the status is never `accepted`, and nobody is named who was not given."""
    front = _front_matter(to_madr(document()))
    assert front == {
        "status": "proposed",
        "date": AS_OF,
        "decision-makers": None,
        "consulted": None,
        "informed": None,
    }


def test_people_are_named_as_given() -> None:
    """Names come through YAML whatever they hold."""
    people = People(('Ann "A" O\'Neil', "Ben: the #1"), ("Zoë",), ())
    front = _front_matter(to_madr(document(), people))
    assert front["decision-makers"] == 'Ann "A" O\'Neil, Ben: the #1'
    assert front["consulted"] == "Zoë"


def test_good_neutral_and_bad_mirror_between_the_options() -> None:
    """What is good about one option is bad about the other."""
    text = to_madr(document())
    pytorch = text.split("### PyTorch")[1].split("### TensorFlow")[0]
    tensorflow = text.split("### TensorFlow")[1].split("## More")[0]
    assert "* Good, because your team knows PyTorch." in pytorch
    assert "* Bad, because your team knows PyTorch." in tensorflow
    assert "* Good, because your model goes to Android" in tensorflow
    assert "* Bad, because your model goes to Android" in pytorch
    assert "* Neutral, because" in pytorch


def test_confirmation_names_commands_and_review() -> None:
    """The record says how to check it and when to review it."""
    part = to_madr(document()).split("### Confirmation")[1].split("## Pros")[0]
    assert "advisor report verify" in part
    assert "advisor report recheck" in part
    assert "2027-12-01" in part


def test_numbers_come_from_the_folder(tmp_path: Path) -> None:
    """The next free number is taken, whatever else lies there; nothing is overwritten."""
    (tmp_path / "0007-earlier.md").write_text("kept")
    (tmp_path / "0012-note.txt").write_text("no record")
    (tmp_path / "20261128-dated.md").write_text("no record")
    data = to_madr(document()).encode()
    first, second = write_numbered(data, tmp_path), write_numbered(data, tmp_path)
    assert first.name == "0008-use-pytorch-as-the-deep-learning-framework.md"
    assert second.name == "0009-use-pytorch-as-the-deep-learning-framework.md"
    assert first.read_bytes() == data
    assert (tmp_path / "0007-earlier.md").read_text() == "kept"


def test_a_full_folder_is_an_input_error(tmp_path: Path) -> None:
    """After 9999 there is no number left, and that is said."""
    (tmp_path / "9999-last.md").write_text("")
    with pytest.raises(InputError):
        write_numbered(b"# x\n", tmp_path)


def test_slugs_are_safe_file_names() -> None:
    """Whatever the title, the name is short and plain."""
    assert slug("../../Ünï/\0c: *?") == "uni-c"
    assert slug("日本") == "decision"
    assert len(slug("x" * 500)) <= 60
