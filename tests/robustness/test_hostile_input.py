"""Known kinds of hostile files, each given to every reader: refused in one safe sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from advisor.errors import AdvisorError
from advisor.interview.answers_file import load_answers
from advisor.interview.session_file import read_session
from advisor.measure.record import load_record
from advisor.report.loading import load_document
from advisor.rulebase.load import load_rule_base
from tests.interview.small import small_rule_base

BASE = small_rule_base()
HOSTILE = {
    "an alias bomb": b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n",
    "deep nesting": b"[" * 100_000,
    "deep mappings": b'{"a":' * 50_000,
    "null bytes": b"\0\0\0\0",
    "latin-1": "answers: {skills: \u00e9}".encode("latin-1"),
    "utf-16": "answers: {}".encode("utf-16"),
    "nan": b'{"answers": {"skills": NaN}}',
    "a huge number": b'{"answers": {"skills": ' + b"9" * 5000 + b"}}",
    "repeated keys": b'{"answers": {}, "answers": {}}',
    "a python tag": b"answers: !!python/object/apply:os.system ['true']\n",
    "nothing": b"",
    "a list": b"[1, 2]",
    "right-to-left": "answers: {\u202eskills: pytorch}".encode(),
    "escapes": b'answers: {"\\u001b[2Jskills": x}',
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", ["answers", "probe", "decision", "session", "rules"])
def test_a_hostile_file_is_refused_in_one_sentence(tmp_path: Path, kind: str, name: str) -> None:
    """Whatever the file and wherever it is used, the answer is an error for people."""
    file = tmp_path / "file.yaml"
    file.write_bytes(HOSTILE[name])
    readers: dict[str, Callable[[], object]] = {
        "answers": lambda: load_answers(file, BASE),
        "probe": lambda: load_record(file),
        "decision": lambda: load_document(file),
        "session": lambda: read_session(file),
        "rules": lambda: load_rule_base(tmp_path),
    }
    harmless = {("answers", "nothing"), ("answers", "nan")}
    if (kind, name) in harmless:
        return
    with pytest.raises(AdvisorError) as caught:
        readers[kind]()
    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)
