"""The report as PDF, typeset by typst: an optional extra without system libraries.

The blocks of the report go to a fixed template as data. No text of theirs is ever read as typst
markup, so nothing needs escaping and nothing can run.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from advisor.errors import AdvisorError
from advisor.report.blocks import Block, Code, Heading, Items, Paragraph, Runs, Table
from advisor.report.markup import web_address
from advisor.report.outline import outline
from advisor.report.parts import DecisionDocument
from advisor.report.view import View

TEMPLATE = Path(__file__).resolve().parent / "templates" / "report.typ"


def to_pdf(document: DecisionDocument) -> bytes:
    """The whole report, A4.

    The creation date of the file is the day of the advice, so that the same document gives the
    same bytes with the same typesetter and fonts.

    Raises:
        AdvisorError: the extra is not installed.
    """
    try:
        import typst
    except ImportError as error:
        raise AdvisorError(
            "PDF reports need the typesetter typst, which is not installed.",
            remedy="Install it with `pip install 'framework-advisor[pdf]'`, or print the HTML "
            "report.",
        ) from error
    view = View(document)
    day = document.as_of
    data = {
        "title": view.headline,
        "date": day.isoformat(),
        "blocks": [_plain(block) for block in outline(view)],
    }
    made = typst.compile(
        TEMPLATE.read_bytes(),
        sys_inputs={"report": json.dumps(data, ensure_ascii=False)},
        timestamp=datetime(day.year, day.month, day.day, tzinfo=UTC),
    )
    return bytes(made)


def _plain(block: Block) -> dict[str, Any]:
    match block:
        case Heading(level, text):
            return {"kind": "heading", "level": level, "text": text}
        case Paragraph(runs):
            return {"kind": "paragraph", "runs": _runs(runs)}
        case Table(head, rows, align):
            cells = [[_runs(cell) for cell in row] for row in rows]
            return {"kind": "table", "head": list(head), "rows": cells, "align": align}
        case Items(items, ordered):
            made = [
                {"lines": [_runs(line) for line in item.lines], "code": item.code} for item in items
            ]
            return {"kind": "items", "items": made, "ordered": ordered}
        case Code(text):
            return {"kind": "code", "text": text}


def _runs(runs: Runs) -> list[dict[str, str]]:
    return [
        {
            "text": run.text.replace(" %", "\u00a0%"),
            "style": run.style,
            "target": web_address(run.target) or "",
        }
        for run in runs
    ]
