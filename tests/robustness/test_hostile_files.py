"""Damaged answers, probe, decision and session files: read, or refused in one safe sentence.

Whatever is read must also be fit for use: it is decided on, rendered, checked or resumed.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from advisor.decision.engine import Engine
from advisor.errors import InputError
from advisor.interview.answers_file import parse_answers
from advisor.interview.answers_file import to_plain as answers_to_plain
from advisor.interview.history import history
from advisor.interview.opening import Opened, resume_session
from advisor.measure.record import dump_record, to_measurements
from advisor.measure.record_file import parse_record
from advisor.model.measurement import Likeness
from advisor.report.diff import diff
from advisor.report.document import parse_document, to_plain
from advisor.report.parts import DecisionDocument
from advisor.report.recheck import recheck
from advisor.report.render import render
from advisor.report.verify import verify
from tests.interview.small import small_rule_base
from tests.report import factory
from tests.robustness.strategies import (
    RUBBISH,
    damaged,
    damaged_bytes,
    damaged_lines,
    fuzz,
    harmless,
    json_texts,
    tolerated,
)

BASE = small_rule_base()
ENGINE = Engine(BASE, factory.AS_OF, samples=50)
ANSWERS = [
    {
        "answers": {
            "skills": "pytorch",
            "experience": "able",
            "targets": ["server", "phone"],
            "server_kind": "own",
            "latency": None,
            "python": "3.10",
        },
        "priorities": {"rank": ["deployment", "existing-work"]},
    },
    {"skills": ["tensorflow"], "targets": "nowhere", "priorities": {"swings": {"deployment": 100}}},
]
PROBE = json.loads(dump_record(factory.record()))
for comparison in PROBE["comparisons"]:  # fewer blocks: the reader treats them all alike
    comparison["blocks"] = comparison["blocks"][:6]
    comparison["ratio"] = None
    comparison["verdict"] = None
    comparison["status"] = "skipped"
WHOLE_PROBE = json.loads(dump_record(factory.record()))
RULES = factory.rule_base()
DECIDED = factory.decided(RULES, probe=factory.record(), samples=200)
PLAIN = to_plain(factory.document())
AGAIN = to_plain(factory.decided(RULES, samples=200))
for document in (PLAIN,):
    document["probe"] = PROBE
SESSION = [
    {
        "format": "framework-advisor/session/1",
        "id": "20261128-100000-abcdef",
        "created": "2026-11-28T10:00:00+00:00",
        "rule_base": BASE.version,
        "sha256": BASE.sha256,
        "continues": "",
    },
    {"kind": "answer", "subject": "skills", "value": ["pytorch"]},
    {"kind": "answer", "subject": "targets", "value": ["server", "phone"]},
    {"kind": "answer", "subject": "latency", "value": []},
    {"kind": "clear", "subject": "latency", "value": None},
    {"kind": "priorities", "subject": "", "value": {"rank": ["deployment"], "swings": {}}},
    {"kind": "priorities", "subject": "", "value": {"rank": [], "swings": {"deployment": 40}}},
    {"kind": "verdict", "subject": "", "value": "Build on PyTorch"},
    {"kind": "report", "subject": "html", "value": "/home/user/report.html"},
]
SESSION_BYTES = b"".join(json.dumps(line).encode() + b"\n" for line in SESSION)


def test_the_sound_ones_are_taken() -> None:
    """What is damaged below is sound to begin with."""
    for one in ANSWERS:
        assert parse_answers(json.dumps(one), BASE, "a.json").chosen
    for probe in (PROBE, WHOLE_PROBE):
        assert parse_record(json.dumps(probe)).frameworks
    for plain in (PLAIN, AGAIN):
        for version in ("1.0.0", "1.99.0"):
            text = json.dumps({**plain, "schema_version": version})
            assert parse_document(text).reasons
    assert not verify(parse_document(json.dumps(AGAIN)), RULES)


def _use_answers(text: str) -> None:
    answers = tolerated(lambda: parse_answers(str(text), BASE, "a.yaml"))
    if answers is not None:
        ENGINE.balance(answers)
        again = parse_answers(json.dumps(answers_to_plain(answers, BASE)), BASE, "b.json")
        assert again == answers


@fuzz
@given(json_texts(ANSWERS))
def test_damaged_answers_in_json(text: str) -> None:
    """What is accepted can be decided on, and written and read again."""
    _use_answers(text)


@fuzz
@given(damaged(ANSWERS).map(lambda data: yaml.safe_dump(data, allow_unicode=True)))
def test_damaged_answers_in_yaml(text: str) -> None:
    """The same in YAML."""
    _use_answers(text)


@fuzz
@given(damaged_bytes([yaml.safe_dump(one).encode() for one in ANSWERS]) | RUBBISH)
def test_broken_bytes_as_answers(data: bytes) -> None:
    """Any text at all."""
    _use_answers(data.decode(errors="replace"))


@fuzz
@given(json_texts([PROBE, WHOLE_PROBE]))
def test_damaged_probes(text: str) -> None:
    """A record that is accepted can be used in a decision, and written and read again."""
    record = tolerated(lambda: parse_record(text))
    if record is not None:
        for likeness in Likeness:
            ENGINE.balance(factory.answers(), to_measurements(record, likeness))
        assert dump_record(parse_record(dump_record(record))) == dump_record(record)


@fuzz
@given(damaged_bytes([json.dumps(PROBE).encode()]) | RUBBISH)
def test_broken_bytes_as_a_probe(data: bytes) -> None:
    """Any text at all."""
    tolerated(lambda: parse_record(data.decode(errors="replace")))


class _Page(HTMLParser):
    """Collects what a browser would run or fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.dangers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "img", "iframe", "object", "embed", "base", "form", "link"}:
            self.dangers.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (name in {"href", "src"} and not _may_lead_to(value or "")):
                self.dangers.append(f"{name}={value}")


def _dangers(page: str) -> list[str]:
    found = _Page()
    found.feed(page)
    return found.dangers


def _may_lead_to(address: str) -> bool:
    return address.startswith(("#", "https://", "http://", "data:image/"))


OWN_DANGERS = _dangers(str(render(factory.document(), "html")))
"""Those of the page itself: an empty icon, so that a browser asks for none."""


def _show(document: DecisionDocument) -> None:
    """Every form, without anything that runs or steers."""
    for form in ("json", "markdown", "html", "adr", "csv"):
        made = render(document, form)
        assert isinstance(made, str)
        assert harmless(made.replace("\r\n", "\n"))
        if form in {"markdown", "adr"}:
            assert "](javascript:" not in made
            assert "<script" not in made.replace("\\<", "")
        if form == "html":
            assert _dangers(made) == OWN_DANGERS


@fuzz
@given(json_texts([PLAIN]))
def test_damaged_decisions_are_shown_harmlessly(text: str) -> None:
    """A document that is accepted can be shown in every form, and nothing in it runs."""
    document = tolerated(lambda: parse_document(text))
    if document is not None:
        _show(document)


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("priorities", "rank", ["deployment", "deployment"]),
        ("priorities", "swings", {"deployment": 10**400}),
        ("priorities", "swings", {"deployment": -1}),
        ("method", "samples", 10**12),
        ("method", "samples", 0),
    ],
)
def test_a_decision_that_cannot_be_taken_again_is_refused(
    part: str, key: str, value: object
) -> None:
    """A criterion ranked twice, impossible points, more draws than memory holds."""
    plain = json.loads(json.dumps(AGAIN))
    plain[part][key] = value
    with pytest.raises(InputError):
        parse_document(json.dumps(plain))


@fuzz
@given(json_texts([AGAIN]))
def test_damaged_decisions_are_rechecked(text: str) -> None:
    """A document that is accepted can be verified, rechecked and compared."""
    document = tolerated(lambda: parse_document(text))
    if document is not None:
        for said in (
            tolerated(lambda: list(map(str, verify(document, RULES)))),
            tolerated(lambda: recheck(document, RULES, as_of=factory.AS_OF, installed={}).lines),
            tolerated(lambda: diff(DECIDED, document, RULES).lines),
        ):
            assert harmless("\n".join(said or []))


@fuzz
@given(json_texts([{**PLAIN, "schema_version": "1.99.0"}, {**AGAIN, "schema_version": "1.99.0"}]))
def test_damaged_decisions_of_a_newer_version(text: str) -> None:
    """Unknown fields are left out wherever they stand; the rest is read or refused."""
    tolerated(lambda: parse_document(text))


@fuzz
@given(damaged_bytes([json.dumps(AGAIN).encode()]) | RUBBISH)
def test_broken_bytes_as_a_decision(data: bytes) -> None:
    """Any text at all."""
    tolerated(lambda: parse_document(data.decode(errors="replace")))


def _close(opened: Opened) -> None:
    assert opened.session.journal is not None
    opened.session.journal.close()


@fuzz
@given(damaged_lines(SESSION) | damaged_bytes([SESSION_BYTES]) | RUBBISH)
def test_damaged_sessions(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """What can be resumed can be decided on, and what it says is fit to be shown."""
    folder = tmp_path_factory.getbasetemp() / "sessions"
    folder.mkdir(exist_ok=True)
    path = folder / "one.session.jsonl"
    path.write_bytes(data)
    for kept in history(folder):
        assert harmless(f"{kept.verdict}{kept.header}{kept.reports}")
    opened = tolerated(lambda: resume_session(BASE, path, now=datetime.now(UTC)))
    if opened is not None:
        assert all(map(harmless, opened.notes))
        assert harmless(opened.verdict)
        ENGINE.balance(opened.session.answers)
        opened.session.answer("skills", ["tensorflow"])
        _close(opened)
        assert resume_session(BASE, path, now=datetime.now(UTC)).session.chosen("skills")


@fuzz
@given(st.integers(0, len(SESSION_BYTES)))
def test_a_session_cut_at_any_byte(tmp_path_factory: pytest.TempPathFactory, end: int) -> None:
    """Every whole line before the cut is there again."""
    path = tmp_path_factory.getbasetemp() / "cut.session.jsonl"
    path.write_bytes(SESSION_BYTES[:end])
    opened = tolerated(lambda: resume_session(BASE, path, now=datetime.now(UTC)))
    whole = SESSION_BYTES[:end].count(b"\n")
    assert (opened is not None) == (whole > 0)
    if opened is not None:
        assert bool(opened.session.chosen("skills")) == (whole > 1)
        _close(opened)
