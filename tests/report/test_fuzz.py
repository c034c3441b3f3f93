"""Damaged documents: refused with an input error, or rendered; never a fault of the program."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.report.document import parse_document, to_plain
from advisor.report.render import render
from tests.report.factory import document

_PLAIN = to_plain(document())
_TEXTS = st.sampled_from(["", "x", "<b>", "\x1b[2J", "2026-01-01", "pytorch", "a|b`c", "\ud800"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=5,
)


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value[:3])
    found = [place] if place else []
    return found + [one for key, item in inner for one in _places(item, (*place, key))]


_PLACES = _places(_PLAIN)
_IN_PROBE = [place for place in _PLACES if place[0] == "probe"]


def _damaged(data: st.DataObject, places: list[tuple[Any, ...]]) -> dict[str, Any]:
    plain = copy.deepcopy(_PLAIN)
    for _ in range(data.draw(st.integers(1, 3))):
        *path, last = data.draw(st.sampled_from(places))
        inner: Any = plain
        try:
            for key in path:
                inner = inner[key]
            inner[last] = data.draw(JSON)
        except (KeyError, IndexError, TypeError):
            continue
    return plain


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_damaged_documents_are_refused_or_rendered(data: st.DataObject) -> None:
    """Anything may stand anywhere: the reader either refuses it in words or shows it."""
    text = json.dumps(_damaged(data, _PLACES))
    try:
        read = parse_document(text)
    except InputError:
        return
    for form in ("json", "markdown", "html", "adr", "csv"):
        assert render(read, form)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_probe_can_be_shown(data: st.DataObject) -> None:
    """A probe of another version, or a broken one, is shown as far as it can be understood."""
    plain = _damaged(data, _IN_PROBE)
    if not isinstance(plain["probe"], dict):
        return
    try:
        read = parse_document(json.dumps(plain))
    except InputError:
        return
    for form in ("markdown", "html", "csv"):
        assert render(read, form)
