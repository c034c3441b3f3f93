"""Privacy: no names, no paths, and a preview of what is left."""

from __future__ import annotations

import getpass
import socket
from dataclasses import replace

import pytest

from advisor.measure.record import Finding
from advisor.report import privacy
from advisor.report.document import build_document, dump_document, to_plain
from advisor.report.parts import DecisionDocument
from advisor.report.privacy import identifying_fields, scrub
from tests.report.factory import AS_OF, answers, decision, record, rule_base


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> object:
    """This machine is called `bluebird` and its user `mjones`."""
    monkeypatch.setattr(getpass, "getuser", lambda: "mjones")
    monkeypatch.setattr(socket, "gethostname", lambda: "bluebird.example.org")
    privacy._names_here.cache_clear()
    yield
    privacy._names_here.cache_clear()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("log in /home/mjones/x/y.log now", "log in <path> now"),
        ("see ~/secret.txt", "see <path>"),
        ('File "/Users/mjones/a.py", line 3', 'File "<path>", line 3'),
        (r"at C:\Users\mjones\a.py: no", "at <path>: no"),
        (r"share \\server\docs\x here", "share <path> here"),
        ("by mjones on bluebird, twice", "by <user> on <host>, twice"),
        ("1.5 GB/s and 3/4 of train/test", "1.5 GB/s and 3/4 of train/test"),
        ("https://example.org/home/page stays", "https://example.org/home/page stays"),
        ("mjones", "mjones"),
        ("default", "default"),
    ],
)
def test_names_and_paths_are_taken_out(text: str, expected: str) -> None:
    """Paths and names go; ratios, addresses and single words stay."""
    assert scrub(text) == expected


def test_scrubbing_twice_changes_nothing() -> None:
    """A document that is built from a scrubbed probe has the same texts."""
    text = scrub("mjones wrote /home/mjones/x and ~/y")
    assert scrub(text) == text


def _document(*, keep_private: bool = False) -> DecisionDocument:
    finding = Finding("log", "The log of mjones lies in /home/mjones/log.txt on bluebird.")
    probe = replace(record(), findings=(finding,))
    return build_document(
        rule_base(), answers(), decision(), probe, as_of=AS_OF, keep_private=keep_private
    )


def test_documents_hold_no_names_unless_asked_for() -> None:
    """By default nothing of it is in the document; with `keep_private` it is as it was."""
    text = dump_document(_document())
    for name in ("mjones", "bluebird", "/home/"):
        assert name not in text
    assert "/home/mjones/log.txt on bluebird" in dump_document(_document(keep_private=True))


def test_preview_shows_every_identifying_field() -> None:
    """The preview names what describes the machine, and whatever a name or path is left in."""
    fields = {one.place: one for one in identifying_fields(to_plain(_document(keep_private=True)))}
    assert fields["probe.fingerprint.cpu_model"].value == "AMD EPYC"
    assert fields["probe.created"].value.startswith("2026-11-28")
    assert fields["probe.findings.0.text"].removable
    clean = identifying_fields(to_plain(_document()))
    assert not any(one.removable for one in clean)


def test_preview_without_probe_names_the_answers_only() -> None:
    """A decision without a probe says nothing about a machine."""
    made = build_document(rule_base(), answers(), decision(), as_of=AS_OF)
    assert [one.place for one in identifying_fields(to_plain(made))] == ["answers"]
