"""Files of 100 MB, alias bombs and whatever else multiplies: refused, and never in much memory.

Each reader runs in a process of its own that may take one GiB more than it has once everything is
imported; beyond that the system gives it nothing, and the test sees a MemoryError.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOM = 1 << 30
READERS = {
    "answers": "load_answers(path, base)",
    "explained answers": "load_given(path, base)",
    "rules": "load_rule_base(path.parent)",
    "own rules": "load_rule_base(None, [path.parent])",
    "scenarios": "load_scenarios(path.parent, base)",
    "waivers": "load_waivers(path.parent)",
    "probe": "load_record(path)",
    "decision": "load_document(path)",
    "session": "read_session(path)",
}
PROGRAM = """
import json, resource, sys
from pathlib import Path
from advisor.errors import AdvisorError
from advisor.interview.answers_file import load_answers
from advisor.interview.session_file import read_session
from advisor.measure.record_file import load_record
from advisor.report.loading import load_document
from advisor.rulebase.given import load_given
from advisor.rulebase.load import load_rule_base
from advisor.rulebase.scenarios import load_scenarios
from advisor.rulebase.waivers import load_waivers
import numpy, pydantic, yaml
import advisor.rulebase.schema, advisor.measure.record, advisor.report.parts
from tests.interview.small import small_rule_base

base = small_rule_base()
reader = eval("lambda path: " + sys.argv[1])
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + int(sys.argv[2]),) * 2)
for name in sys.argv[3:]:
    try:
        reader(Path(name))
        said = "READ"
    except AdvisorError as error:
        said = str(error)
    except Exception as error:
        said = "FAULT " + type(error).__name__
    print(json.dumps([name, said]), flush=True)
"""
MB = 1_000_000


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 * MB)


def _of(text: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_text(text, encoding="utf-8")

    return write


def _levels(count: int) -> str:
    """A small text that aliases make a large one: ten to the power of `count`."""
    lines = ['a0: &a0 ["x","x","x","x","x","x","x","x","x","x"]']
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, count)]
    return "\n".join(lines)


def _document(inner: str, schema: str) -> str:
    return f'{{"schema": "{schema}", "schema_version": "1.99.0", {inner}}}'


DECISION, PROBE = "framework-advisor/decision/1", "framework-advisor/probe/1"
SMALL = {  # whatever the reader: below the largest file of all of them
    "aliases": _of(_levels(9)),
    "merged aliases": _of("a: &a {x: 1}\nb: &b {<<: *a, y: *a}\nc: {<<: *b, z: [*a, *b]}\n"),
    "lists": _of("[" * 900_000),
    "closed lists": _of("[" * 400_000 + "]" * 400_000),
    "mappings": _of("{a: " * 200_000),
    "dashes": _of("- " * 450_000),
    "question marks": _of("? " * 450_000),
    "empty lists": _of("[" + "[]," * 300_000 + "[]]"),
    "keys": _of("{" + ", ".join(f'"k{n}": 0' for n in range(60_000)) + "}"),
    "one key again and again": _of("{" + '"a": 0, ' * 90_000 + '"a": 0}'),
    "one word": _of("a" * 999_000),
    "one quoted word": _of('"' + "\\n" * 450_000 + '"'),
    "accents": _of("\u0301" * 300_000),
    "comments": _of("#\n" * 450_000),
    "anchors": _of("\n".join(f"- &a{n} x" for n in range(50_000))),
    "tags": _of("!a " * 300_000),
    "documents": _of("--- a\n" * 150_000),
}
LARGE: dict[str, Callable[[str], str]] = {
    "values": lambda schema: _document(f'"reasons": [{"[]," * (10 * MB)}[]]', schema),
    "objects": lambda schema: _document(f'"reasons": [{"{}," * 120_000}{{}}]', schema),
    "numbers": lambda schema: _document(f'"reasons": [{"1," * 240_000}1]', schema),
    "unknown fields": lambda schema: _document(
        ", ".join(f'"k{n}": 0' for n in range(240_000)), schema
    ),
    "a text": lambda schema: _document(f'"notes": ["{"x" * (30 * MB)}"]', schema),
    "escapes": lambda schema: _document(f'"notes": ["{chr(92)}u0301{"é" * (12 * MB)}"]', schema),
}


def _answers_of(reader: str, files: list[Path], folder: Path) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, READERS[reader], str(ROOM), *map(str, files)],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
        cwd=Path(__file__).resolve().parents[2],
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {str(Path(name).parent.name): said for name, said in lines}


@pytest.mark.skipif(sys.platform != "linux", reason="counts address space in /proc")
@pytest.mark.parametrize("reader", READERS)
def test_what_multiplies_is_refused_in_little_memory(tmp_path: Path, reader: str) -> None:
    """A refusal in one sentence of bounded length, or, for a harmless text, an ordinary answer."""
    files = []
    makers: dict[str, Callable[[Path], None]] = {"100 MB": _huge, **SMALL}
    if reader in {"probe", "decision"}:
        schema = PROBE if reader == "probe" else DECISION
        makers |= {name: _of(make(schema)) for name, make in LARGE.items()}
    for name, make in makers.items():
        folder = tmp_path / name
        folder.mkdir()
        path = folder / "file.yaml"
        make(path)
        files.append(path)
    said = _answers_of(reader, files, tmp_path)
    assert list(said) == list(makers)
    wrong = {name: words[:200] for name, words in said.items() if words.startswith("FAULT")}
    assert not wrong
    read = {name for name, words in said.items() if words == "READ"}
    assert read <= {"comments"} | (
        {"keys", "accents"} if reader in {"scenarios", "waivers"} else set()
    )
    assert max(map(len, said.values())) < 3000
