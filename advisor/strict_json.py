"""Reading our own JSON files with suspicion: one may come from anywhere.

Size, nesting and the number of values are bounded, a key stands once, NaN and Infinity are no
numbers, and control and direction-changing characters in text are made visible. Every fault is an
`InputError` that names the file, and the line or field where that is known.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeGuard

from advisor.errors import InputError, Place
from advisor.reading import UnreadableError, read_bounded
from advisor.text import clean

if TYPE_CHECKING:
    from pydantic import ValidationError

DEEPEST = 40
"""Levels of nesting; our files use fewer than twelve."""


MOST_VALUES = 250_000
"""What is wrong with a tiny value costs hundreds of times its bytes to say: 900,000 of them ended the
process in one GiB. A probe record of 2 MiB has some 80,000 values."""


MOST_FAULTS = 10_000
"""Pydantic describes all at once, a KiB each."""


@dataclass(frozen=True, slots=True)
class StrictJson:
    """The way in for one kind of file."""

    kind: str
    """What such a file is, as in "so it is no decision"."""
    largest: int
    """Bytes."""
    remedy: str
    """How to get a sound one."""
    longest_text: int | None = None
    """Characters; what goes beyond is cut."""

    def read(self, path: Path) -> str:
        """The text of a file. Raises InputError when it cannot be one of this kind."""
        try:
            return read_bounded(path, self.largest).decode("utf-8")
        except UnreadableError as error:
            self.refuse(path, str(error))
        except UnicodeDecodeError:
            self.refuse(path, "It is not UTF-8 text.")

    def parse(self, text: str, name: str) -> Any:
        """What `text` holds, its strings made harmless; `name` is for messages."""
        if sum(map(text.count, ",[{")) > MOST_VALUES:
            self.refuse(name, f"It holds too many values, so it is no {self.kind}.")
        try:
            data = json.loads(text, object_pairs_hook=_no_repeats, parse_constant=_no_constant)
            return self._cleaned(data, DEEPEST)
        except json.JSONDecodeError as error:
            self.refuse(name, f"It is not JSON: {error.msg}.", line=error.lineno)
        except RecursionError:
            self.refuse(name, "It is nested too deeply.")
        except ValueError as error:
            self.refuse(name, f"{str(error)[:200]}.")

    def refuse(
        self, file: Path | str, message: str, *, line: int | None = None, field: str | None = None
    ) -> NoReturn:
        """Raise InputError."""
        raise InputError(message, place=Place(str(file), line, field), remedy=self.remedy)

    def refuse_first(self, name: str, error: ValidationError) -> NoReturn:
        """Refuse by the first fault pydantic found; far too many are only counted."""
        count = error.error_count()
        if count > MOST_FAULTS:
            self.refuse(name, f"It has {count} faults, so it is no {self.kind}.")
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        self.refuse(name, f"{first['msg'].rstrip('.')}.", field=where[:200] or None)

    def _cleaned(self, data: Any, levels: int) -> Any:
        if isinstance(data, str):
            return clean(data[: self.longest_text])
        if not isinstance(data, dict | list):
            return data
        if not levels:
            raise RecursionError
        if isinstance(data, list):
            return [self._cleaned(value, levels - 1) for value in data]
        return {
            clean(key[: self.longest_text]): self._cleaned(value, levels - 1)
            for key, value in data.items()
        }


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"The key {twice[:60]!r} stands there twice")
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number that JSON knows")


def is_finite(value: object) -> TypeGuard[float]:
    """Whether it is a number that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond every float
        return False
