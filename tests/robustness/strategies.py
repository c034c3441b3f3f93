"""Hostile inputs for Hypothesis: sound documents with a few faults, and plain rubbish.

A sound document with one fault goes far deeper into a reader than noise does, so most strategies
here begin with one. `ADVISOR_FUZZ=N` asks for N inputs of each kind (`make fuzz`: 10,000).
"""

from __future__ import annotations

import copy
import json
import os
import unicodedata
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from advisor.errors import AdvisorError

T = TypeVar("T")
Place = tuple[Any, ...]

INPUTS = int(os.environ.get("ADVISOR_FUZZ", "") or 30)
fuzz = settings(
    max_examples=INPUTS,
    deadline=None,
    derandomize="ADVISOR_FUZZ" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)
"""In CI always the same inputs; `make fuzz` draws new ones each time."""

TEXTS = st.sampled_from(
    [
        *("", " ", "x", "null", "~", "true", "3.10", "1e999", "12:30", "2026-13-45", "9999-12-31"),
        *("pytorch", "tensorflow", "skills", "targets", "fact", "measured", "any", "not", "<<"),
        *("\x1b[2J\x1b]0;owned\x07", "\x9b31m", "\x00", "\x7f", "\b\b\b", "a\rb", "a\nb\n\n# c"),
        *("\u202eright to left", "\u2066\u2069", "\u200f", "\ufeff", "\u2028", "\ud800", "\udfff"),
        *("<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "&lt;", "<!--", "]]>"),
        *("[x](javascript:alert(1))", "![x](http://example.org/x.png)", "`", "```\nsh", "| a | b |"),
        *("javascript:alert(1)", "data:text/html,x", "https://example.org/'\"<>", "http://[", "pkg:"),
        *("=1+1", "@SUM(A1)", "../../etc/passwd", "/dev/zero", "-rf", "--", "$(id)", "${HOME}", "%s"),
        *("{0}", "{x.__class__}", "{{ 7*7 }}", "!!python/object:os.system", "&a", "*a", "- ", ": "),
        *("a" * 5000, "é" * 3000, "\u0301" * 500, "한" * 1000, "🧨" * 500, "9" * 400),
    ]
)  # fmt: skip
NUMBERS = st.sampled_from(
    [0, -1, 1, 2, 101, 2**31, 2**63, -(2**63) - 1, 10**30, 10**400, 0.0, -0.0, 0.5, 1.0, 1e-320,
     1e-300, 1e300, 1.7976931348623157e308, -1e308, float("nan"), float("inf"), -float("inf")]
)  # fmt: skip
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS | st.text(max_size=8)
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
"""What may be put in the place of anything."""
RUBBISH = st.binary(max_size=200) | st.text(max_size=200).map(
    lambda text: text.encode(errors="surrogatepass")
)


def places(value: Any, most: int = 4) -> list[Place]:
    """Where something stands in a document; of a long list only the first few entries."""
    found: list[Place] = []
    waiting: list[tuple[Place, Any]] = [((), value)]
    while waiting:
        place, one = waiting.pop()
        inner: list[tuple[Any, Any]] = []
        if isinstance(one, dict):
            inner = list(one.items())
        elif isinstance(one, list):
            inner = list(enumerate(one[:most]))
        found += [(*place, key) for key, _ in inner]
        waiting += [((*place, key), item) for key, item in inner]
    return sorted(found, key=repr)


def at(document: Any, place: Place) -> Any:
    """What stands there; KeyError, IndexError or TypeError when a fault has taken it away."""
    for key in place:
        document = document[key]
    return document


def _drop(draw: st.DrawFn, inner: Any, key: Any, _: Any, __: Any) -> None:
    del inner[key]


def _replace(draw: st.DrawFn, inner: Any, key: Any, _: Any, __: Any) -> None:
    inner[key] = draw(VALUES)


def _rename(draw: st.DrawFn, inner: Any, key: Any, _: Any, __: Any) -> None:
    if isinstance(inner, dict):
        inner[draw(TEXTS)] = inner.pop(key)


def _retype(draw: st.DrawFn, inner: Any, key: Any, _: Any, __: Any) -> None:
    one = inner[key]
    ways: list[Any] = [[one], {"x": one}, str(one)[:100], None, bool(one), [one] * 3]
    if isinstance(one, list):
        ways += [{str(index): item for index, item in enumerate(one)}, one * 3, one[::-1]]
    if isinstance(one, dict):
        ways += [list(one.values()), list(one)]
    inner[key] = draw(st.sampled_from(ways))


def _transplant(draw: st.DrawFn, inner: Any, key: Any, document: Any, known: list[Place]) -> None:
    inner[key] = copy.deepcopy(at(document, draw(st.sampled_from(known))))


def _bury(draw: st.DrawFn, inner: Any, key: Any, _: Any, __: Any) -> None:
    one = inner[key]
    for _level in range(draw(st.sampled_from([1, 10, 23, 39, 60, 200]))):
        one = [one] if draw(st.booleans()) else {"a": one}
    inner[key] = one


class Text(str):
    """A text that is shown by the faults it was given: whole documents are too long to look at."""

    __slots__ = ("faults",)
    faults: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<{len(self)} characters with the faults {self.faults}>"


_FAULTS = (_drop, _replace, _replace, _rename, _retype, _transplant, _bury)


def damaged(documents: list[Any], most: int = 3) -> st.SearchStrategy[Any]:
    """A sound document with one to `most` faults."""
    return _damaged(_prepared(documents), most).map(lambda found: found[0])


def _prepared(documents: list[Any]) -> list[tuple[str, list[Place]]]:
    """Each document as text, since that is copied fastest, and where something stands in it."""
    return [(json.dumps(one), places(one)) for one in documents]


@st.composite
def _damaged(
    draw: st.DrawFn, documents: list[tuple[str, list[Place]]], most: int
) -> tuple[Any, list[str]]:
    source, known = documents[draw(st.integers(0, len(documents) - 1))]
    document = json.loads(source)
    faults = []
    for _ in range(draw(st.integers(1, most))):
        *path, key = draw(st.sampled_from(known))
        fault = draw(st.sampled_from(_FAULTS))
        try:
            fault(draw, at(document, tuple(path)), key, document, known)
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # an earlier fault has taken the place away
        try:
            now = f" = {at(document, (*path, key))!r}"[:300]
        except (KeyError, IndexError, TypeError):
            now = ""
        faults.append(f"{fault.__name__} {'.'.join(map(str, [*path, key]))}{now}")
    return document, faults


def json_texts(documents: list[Any], most: int = 3) -> st.SearchStrategy[str]:
    """The JSON text of a damaged document; now and then with a repeated key, or cut short."""
    return _json_texts(_prepared(documents), most)


@st.composite
def _json_texts(draw: st.DrawFn, documents: list[tuple[str, list[Place]]], most: int) -> str:
    document, faults = draw(_damaged(documents, most))
    text = json.dumps(document, ensure_ascii=draw(st.booleans()))
    kind = draw(st.integers(0, 9))
    if kind == 0 and '": ' in text:
        quote = text.index('"')
        key = text[quote : text.index('": ', quote) + 3]
        text = text[:quote] + key + "null, " + text[quote:]
    elif kind == 1:
        text = text[: draw(st.integers(0, len(text)))]
    found = Text(text)
    found.faults = (*faults, *(["a key twice"] if kind == 0 else ["cut"] if kind == 1 else []))
    return found


@st.composite
def damaged_bytes(draw: st.DrawFn, sound: list[bytes]) -> bytes:
    """The bytes of a sound file cut, doubled, overwritten or with rubbish in between."""
    data = draw(st.sampled_from(sound))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        way = draw(st.integers(0, 4))
        if way == 0:
            data = data[:start]
        elif way == 1:
            data = data[:start] + data[end:]
        elif way == 2:
            data = data[:end] + data[start:]
        elif way == 3:
            data = data[:start] + draw(RUBBISH) + data[end:]
        else:
            data = data[:start] + draw(TEXTS).encode(errors="surrogatepass") + data[end:]
    return data


@st.composite
def damaged_lines(draw: st.DrawFn, lines: list[Any]) -> bytes:
    """A file of JSON lines: damaged, exchanged, repeated, left out, cut at any byte."""
    kept = [json.dumps(line) for line in lines]
    for _ in range(draw(st.integers(0, 3))):
        one = draw(st.integers(0, len(kept) - 1))
        other = draw(st.integers(0, len(kept) - 1))
        way = draw(st.integers(0, 4))
        if way == 0:
            kept[one], kept[other] = kept[other], kept[one]
        elif way == 1:
            kept.insert(other, kept[one])
        elif way == 2 and len(kept) > 1:
            del kept[one]
        elif way == 3:
            kept[one] = draw(json_texts([lines[min(one, len(lines) - 1)]]))
        else:
            kept.insert(one, draw(VALUES.map(json.dumps) | st.text(max_size=20)))
    data = "\n".join(kept).encode(errors="surrogatepass") + b"\n"
    return data[: draw(st.integers(0, len(data)))] if draw(st.integers(0, 3)) == 0 else data


def harmless(text: str) -> bool:
    """Whether nothing in it steers a terminal or turns the reading direction."""
    return all(
        one in "\n\t\u200c\u200d\xad" or unicodedata.category(one) not in _STEERS for one in text
    )


_STEERS = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def tolerated(read: Callable[[], T]) -> T | None:
    """What `read` gives; None when it refused in one safe sentence. Nothing else may happen."""
    try:
        return read()
    except AdvisorError as error:
        said = str(error)
    assert said.strip()
    assert harmless(said)
    assert "\n" not in said
    assert len(said) < 3000
    return None
