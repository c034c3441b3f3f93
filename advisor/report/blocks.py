"""What a report is made of, whatever its form: headings, paragraphs, tables, lists and code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from advisor.report.words import sentence


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one style."""

    text: str
    style: str = "plain"
    """`plain`, `strong`, `note`, `code`, `cite` (`text` is the number of the evidence) or `link`."""
    target: str = ""
    """Of a link: its address."""


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the title of the report."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    runs: Runs


@dataclass(frozen=True, slots=True)
class Table:
    """A table; an empty head is left blank."""

    head: tuple[str, ...]
    rows: tuple[tuple[Runs, ...], ...]
    align: str
    """`l` or `r` per column."""


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a list: its lines, and a command to type."""

    lines: tuple[Runs, ...]
    code: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Item, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """Commands to type."""

    text: str


Block = Heading | Paragraph | Table | Items | Code


def plain(text: str) -> Runs:
    """Text without emphasis."""
    return (Run(text),)


def strong(text: str) -> Run:
    """Text with emphasis."""
    return Run(text, "strong")


def code(text: str) -> Run:
    """An id, a hash or a command inside a sentence."""
    return Run(text, "code")


def paragraph(*parts: str | Run) -> Paragraph:
    """A paragraph of texts and runs."""
    return Paragraph(runs(*parts))


def runs(*parts: str | Run) -> Runs:
    """Texts and runs as runs, the empty ones left out."""
    made = (Run(part) if isinstance(part, str) else part for part in parts)
    return tuple(run for run in made if run.text)


def table(
    head: Sequence[str], rows: Iterable[Sequence[str | Run | Runs]], align: str = ""
) -> Table:
    """A table from cells of any kind."""
    return Table(
        head=tuple(head),
        rows=tuple(tuple(_cell(cell) for cell in row) for row in rows),
        align=align or "l" * len(head),
    )


def _cell(cell: str | Run | Runs) -> Runs:
    return cell if isinstance(cell, tuple) else runs(cell)


def items(texts: Iterable[str | Runs], *, ordered: bool = False) -> Items:
    """A list of one line each."""
    return Items(
        tuple(Item((plain(sentence(one)) if isinstance(one, str) else one,)) for one in texts),
        ordered,
    )
