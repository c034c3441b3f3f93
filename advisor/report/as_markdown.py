"""The report as Markdown that renders on forges: plain tables, no raw HTML."""

from __future__ import annotations

from advisor.report import markup
from advisor.report.blocks import Block, Code, Heading, Item, Items, Paragraph, Run, Runs, Table
from advisor.report.outline import outline
from advisor.report.parts import DecisionDocument
from advisor.report.view import View


def to_markdown(document: DecisionDocument) -> str:
    """The whole report."""
    lines = [line for block in outline(View(document)) for line in lines_of(block)]
    return "\n".join(lines).rstrip() + "\n"


def lines_of(block: Block) -> list[str]:
    """A block as lines of Markdown, the last one empty."""
    match block:
        case Heading(level, text):
            return [f"{'#' * level} {markup.escape(text)}", ""]
        case Paragraph(runs):
            return [inline(runs), ""]
        case Table(head, rows, align):
            return markup.table(
                [markup.escape(cell) for cell in head],
                [[inline(cell) for cell in row] for row in rows],
                align,
            )
        case Items(items, ordered):
            return [
                line
                for number, item in enumerate(items, start=1)
                for line in _item(item, f"{number}. " if ordered else "- ")
            ] + [""]
        case Code(text):
            return [*markup.block(text, "sh"), ""]


def _item(item: Item, mark: str) -> list[str]:
    indent = " " * len(mark)
    lines = [inline(line) for line in item.lines]
    # A backslash at the end of a line breaks it, in an entry as elsewhere.
    text = [f"{line}\\" for line in lines[:-1]] + lines[-1:]
    found = [f"{mark if index == 0 else indent}{line}" for index, line in enumerate(text)]
    if item.code:
        found += ["", *(f"{indent}{line}" for line in markup.block(item.code, "sh")), ""]
    return found


def inline(runs: Runs) -> str:
    """Runs as one line of Markdown."""
    return "".join(_run(run) for run in runs)


def _run(run: Run) -> str:
    match run.style:
        case "code":
            return markup.code(run.text)
        case "cite":
            return f"[E{run.text}](#e{run.text})"
        case "link":
            return markup.link(run.text, run.target)
        case "strong":
            return _around(run.text, "**")
        case "note":
            return _around(run.text, "*")
        case _:
            return _spaced(run.text)


def _spaced(text: str) -> str:
    """Escaped text that keeps one space at either end where it has one."""
    escaped = markup.escape(text)
    before = " " if text[:1].isspace() and escaped else ""
    after = " " if text[-1:].isspace() else ""
    return f"{before}{escaped}{after}"


def _around(text: str, mark: str) -> str:
    """Escaped text between marks; white space stays outside of them."""
    escaped = markup.escape(text)
    before = " " if text[:1].isspace() else ""
    return f"{before}{mark}{escaped}{mark}" if escaped else ""
