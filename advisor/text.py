"""Wording and safe text, the same in every face and every file."""

from __future__ import annotations

import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_KEPT = frozenset("\n\t\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}\N{SOFT HYPHEN}")
"""Line breaks and tabs, and what some scripts and emoji need to be written at all."""


def clean(text: str) -> str:
    """`text` without anything that could steer a terminal or turn the reading direction.

    Control characters (terminal escapes among them), direction marks, unpaired surrogates,
    private-use characters and Unicode's own line separators become U+FFFD; line breaks written
    in any of the usual ways become "\\n".
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        character
        if character in _KEPT or unicodedata.category(character) not in _UNSAFE
        else REPLACEMENT
        for character in text
    )


def one_line(text: str) -> str:
    """`clean(text)` with every run of white space as one space."""
    return " ".join(clean(text).split())


def seconds(value: float) -> str:
    """A time in the unit that suits it, three significant digits."""
    for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def counted(number: int, one: str, more: str = "") -> str:
    """A number and what it counts; `more` where the plural is not `one` with an s."""
    return f"{number} {one if number == 1 else more or one + 's'}"


def percent(share: float) -> str:
    """A share as a whole percentage; never 0 or 100 where it is not exactly that."""
    if 0 < share < 0.005:
        return "under 1 %"
    if 0.995 <= share < 1:
        return "over 99 %"
    return f"{100 * share:.0f} %"
