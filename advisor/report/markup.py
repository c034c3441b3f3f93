"""Writing Markdown from foreign text: nothing in it can become markup, a table or raw HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlsplit

from advisor.text import one_line

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~$&])")
_LEADING = re.compile(r"^(?:([-+#=])|(\d+)([.)]))(?=\s|$|[-+#=])")


def escape(text: str) -> str:
    """Foreign text on one line, to be read as itself."""
    escaped = _SPECIAL.sub(r"\\\1", one_line(text))
    return _LEADING.sub(_escape_leading, escaped)


def _escape_leading(found: re.Match[str]) -> str:
    mark, number, after = found.groups()
    return f"\\{mark}" if mark else f"{number}\\{after}"


def code(text: str) -> str:
    """Foreign text as code on one line, whatever backquotes it holds; fit for a table's cell."""
    line = one_line(text)
    if not line:
        return ""
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line.replace('|', chr(92) + '|')}{pad}{fence}"


def block(text: str, language: str = "") -> list[str]:
    """Foreign text as the lines of a code block."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(longest + 1, 3)
    return [f"{fence}{language}", *text.splitlines(), fence]


def link(title: str, url: str) -> str:
    """A link, where `url` is an ordinary web address; otherwise the address as code."""
    address = web_address(url)
    if address is None:
        return f"{escape(title)} ({code(url)})" if url else escape(title)
    return f"[{escape(title or url)}]({address})"


def web_address(url: str) -> str | None:
    """`url` made safe to stand in a link; None when it is not an http or https address."""
    line = one_line(url)
    try:
        scheme = urlsplit(line).scheme.lower()
        host = urlsplit(line).hostname
    except ValueError:
        return None
    if scheme not in ("http", "https") or not host:
        return None
    return quote(line, safe=":/?#@!$&*+,;=%-._~")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], align: str = "") -> list[str]:
    """Lines of a table; the cells are Markdown already. `align`: l, r or c per column."""
    marks = {"l": ":---", "r": "---:", "c": ":---:"}
    line = [marks[one] for one in align] if align else [marks["l"]] * len(head)
    return [
        _row(head),
        _row(line),
        *(_row(row) for row in rows),
        "",
    ]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell or ' ' for cell in cells)} |"
