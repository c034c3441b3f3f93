"""Several people's answers: merged without averaging, with the disputes that matter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from advisor.commands.team import advise_team, load_members
from advisor.decision.engine import Engine
from advisor.errors import InputError
from advisor.model.answers import Answers, Priorities
from advisor.report import team as room
from advisor.report.document import dump_document, parse_document
from advisor.report.render import render
from advisor.report.team import PRIORITIES, Member, merge, team_part
from advisor.report.verify import verify
from tests.report.factory import AS_OF, PYTORCH, TENSORFLOW, rule_base


def _member(name: str, rank: tuple[str, ...] = (), **chosen: str) -> Member:
    found = {key: frozenset(value.split()) for key, value in chosen.items()}
    return Member(name, Answers(found, Priorities(rank)))


ANNA = _member("anna", skills="pytorch", targets="android", pipeline="none", domain="vision")
BEN = _member("ben", skills="tensorflow", targets="android", domain="language")
CARA = _member("cara", skills="pytorch", targets="android")


def test_agreed_answers_count_and_disputed_ones_stay_open() -> None:
    """An answer that nobody contradicts counts; one that somebody contradicts does not."""
    merged = merge(rule_base(), [ANNA, BEN, CARA])
    assert merged.agreed.chosen == {
        "targets": frozenset({"android"}),
        "pipeline": frozenset({"none"}),
    }
    assert list(merged.disputed) == ["skills", "domain"]
    assert merged.disputed["domain"] == {
        "anna": frozenset({"vision"}),
        "ben": frozenset({"language"}),
    }


def test_order_of_people_changes_nothing_but_the_order() -> None:
    """Who is named first has no say in what is agreed on and disputed."""
    one, other = merge(rule_base(), [ANNA, BEN]), merge(rule_base(), [BEN, ANNA])
    assert one.agreed == other.agreed
    assert {key: dict(held) for key, held in one.disputed.items()} == {
        key: dict(held) for key, held in other.disputed.items()
    }


def test_only_disputes_that_can_turn_the_verdict_matter() -> None:
    """The skills turn it; the field of work does not, since no rule reads it."""
    document = advise_team(rule_base(), [ANNA, BEN, CARA], None, as_of=AS_OF)
    assert document.team is not None
    matters = {one.question: one.matters for one in document.team.disputes}
    assert matters == {"skills": True, "domain": False}
    skills = document.team.disputes[0]
    assert skills.held == {"anna": ("pytorch",), "ben": ("tensorflow",), "cara": ("pytorch",)}
    assert skills.outcomes == {"anna": PYTORCH, "ben": TENSORFLOW, "cara": PYTORCH}
    assert document.team.exhaustive
    verdicts = {one.name: one.framework for one in document.team.members}
    assert verdicts == {"anna": PYTORCH, "ben": TENSORFLOW, "cara": PYTORCH}


def test_report_names_who_holds_what() -> None:
    """The dispute that matters stands there with names; the other one is only counted."""
    document = advise_team(rule_base(), [ANNA, BEN], None, as_of=AS_OF)
    for form in ("markdown", "html"):
        text = str(render(document, form))
        assert "Where the team disagrees" in text
        assert "anna: PyTorch; ben: TensorFlow" in text
        assert "anna: Vision" not in text
        assert "2 points are disputed. 1 of them can turn the advice" in text


def test_a_merged_decision_can_be_verified() -> None:
    """The part about the team is computed again too, from what the document holds."""
    members = [
        replace(ANNA, answers=Answers(ANNA.answers.chosen, Priorities(("deployment",)))),
        replace(BEN, answers=Answers(BEN.answers.chosen, Priorities((), {"performance": 100}))),
    ]
    document = parse_document(dump_document(advise_team(rule_base(), members, None, as_of=AS_OF)))
    assert verify(document, rule_base()) == []
    assert document.team is not None
    wrong = replace(document.team.members[0], acceptability=0.5)
    team = replace(document.team, members=(wrong, *document.team.members[1:]))
    found = verify(replace(document, team=team), rule_base())
    assert [one.place for one in found] == ["team.members.0.acceptability"]


def test_disputed_priorities_are_a_point_of_their_own() -> None:
    """Different rankings are not mixed: none is used, and both are shown."""
    one = _member("one", ("deployment", "performance"), skills="pytorch", targets="android")
    other = _member("other", ("existing-work",), skills="pytorch", targets="android")
    merged = merge(rule_base(), [one, other])
    assert merged.agreed.priorities == Priorities()
    assert set(merged.disputed) == {PRIORITIES}
    same = merge(rule_base(), [one, replace(one, name="twin")])
    assert same.agreed.priorities == Priorities(("deployment", "performance"))


def test_many_disputes_are_tried_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """With too many combinations each is tried by itself, which is said, and finds the same."""
    engine = Engine(rule_base(), AS_OF, samples=1_000)
    merged = merge(rule_base(), [ANNA, BEN])
    names = ["anna", "ben"]
    full = team_part(engine, merged, names)
    monkeypatch.setattr(room, "MOST_COMBINATIONS", 1)
    quick = team_part(engine, merged, names)
    assert full.exhaustive
    assert not quick.exhaustive
    assert [one.matters for one in quick.disputes] == [one.matters for one in full.disputes]


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    """Who said what must be clear."""
    paths = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "answers.yaml"
        path.write_text("answers: {}\n")
        paths.append(str(path))
    with pytest.raises(InputError, match="answers"):
        load_members(paths, rule_base())
