"""Partial results of the probe benches, and their part of bench/RESULTS.md.

Every part writes its own JSON file as soon as it knows something, so that a long run that is cut
off has lost nothing; the page is drawn from whatever files there are.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
PAGE = HERE.parent / "RESULTS.md"
BEGIN, END = "<!-- probes: begin -->", "<!-- probes: end -->"


def machine() -> dict[str, Any]:
    """This machine and how busy it is."""
    from advisor.measure.machine import read_machine

    found = read_machine()
    return {
        "cpu": found.cpu_model,
        "cores": found.physical_cores,
        "memory_gib": round(found.memory_bytes / 2**30, 1),
        "system": found.system,
        "load": round(os.getloadavg()[0], 2),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def save(part: str, command: str, results: dict[str, Any]) -> None:
    """Keep the results of a part; called again while it goes on."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{part}.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    data = {
        "part": part,
        "command": command,
        "machine": machine(),
        "load_at_start": results.pop("load_at_start", before.get("load_at_start")),
        **results,
    }
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load(part: str) -> dict[str, Any] | None:
    """The last results of a part."""
    path = RESULTS / f"{part}.json"
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def table(head: list[str], rows: list[list[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def heading(title: str, data: dict[str, Any]) -> str:
    """A part's title with command, machine and date."""
    found = data["machine"]
    busy = data.get("load_at_start")
    load_words = (
        f"load {busy} at the start, {found['load']} at the end"
        if busy
        else (f"load {found['load']} at the end")
    )
    return (
        f"### {title}\n\n`{data['command']}`, {found['date']}; {found['cpu']}, "
        f"{found['cores']} cores, {found['memory_gib']} GiB, {found['system']}; {load_words}.\n"
    )


def write(sections: list[str]) -> None:
    """Put the sections into bench/RESULTS.md, leaving the rest of the page alone."""
    body = "\n\n".join([BEGIN, "## How far the probe can be trusted", *sections, END])
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else "# Results\n"
    if BEGIN in page and END in page:
        start, stop = page.index(BEGIN), page.index(END) + len(END)
        page = page[:start] + body + page[stop:]
    else:
        page = page.rstrip() + "\n\n" + body + "\n"
    PAGE.write_text(page, encoding="utf-8")
