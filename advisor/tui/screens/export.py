"""The report: a format, a preview, what it says about the machine, and a file to write."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from advisor.errors import AdvisorError
from advisor.interview.session_file import Event
from advisor.reading import from_home
from advisor.text import one_line
from advisor.tui.actions import bindings
from advisor.tui.drawing import QUIET
from advisor.tui.messages import Failed
from advisor.tui.screens.stage import Stage

if TYPE_CHECKING:
    from advisor.report.parts import DecisionDocument

FORMATS = ("markdown", "html", "json", "adr", "csv", "pdf", "answers")
"""The formats of the report, and the answers file that gives the same advice again."""
SUFFIXES = {
    "markdown": "report.md",
    "html": "report.html",
    "json": "decision.json",
    "adr": "adr.md",
    "csv": "decision.csv",
    "pdf": "report.pdf",
    "answers": "answers.yaml",
}
MOST_PREVIEW = 20_000


class ExportScreen(Stage):
    """Previews and writes."""

    name_of_stage = "export"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("export")]

    def __init__(self) -> None:
        super().__init__()
        self.form = "markdown"
        self.document: DecisionDocument | None = None
        self.content: str | bytes | None = None
        self._overwrite = ""

    def body(self) -> ComposeResult:
        """Formats; file and buttons; what identifies; preview."""
        with Vertical(id="export"):
            yield Static(id="formats")
            with Horizontal(id="export-file"):
                yield Static("File ", id="file-label")
                yield Input(SUFFIXES[self.form], id="file", compact=True)
                yield Button("Write", id="write", compact=True, variant="primary")
            yield Static(id="identifying")
            with VerticalScroll(id="preview-body"):
                yield Static(id="preview", markup=False)

    def draw(self) -> None:
        """Make the report in the background."""
        self.query_one("#preview-body").focus()
        self._draw_formats()
        self.document = None
        self.query_one("#preview", Static).update("Making the report…")
        self.run_worker(self._make(), exclusive=True, exit_on_error=False)

    async def _make(self) -> None:
        try:
            if self.document is None:
                answers = self.desk.session.answers
                self.document = await asyncio.to_thread(self.desk.document, answers)
            self.content = await asyncio.to_thread(self._rendered, self.document)
        except AdvisorError as error:
            self.content = None
            self.query_one("#preview", Static).update(str(error))
            return
        self._draw_preview(self.content)

    def _rendered(self, document: DecisionDocument) -> str | bytes:
        if self.form == "answers":
            from advisor.interview.answers_file import dump_answers

            return dump_answers(self.desk.session.answers, self.desk.rule_base)
        from advisor.report.render import render

        return render(document, self.form)

    def _draw_formats(self) -> None:
        parts = [
            Content.from_markup("[b]\\[$name][/b]", name=name)
            if name == self.form
            else Content.from_markup(f"[@click=screen.choose('{name}')] $name [/]", name=name)
            for name in FORMATS
        ]
        self.query_one("#formats", Static).update(Content("").join(parts))

    def _draw_preview(self, content: str | bytes) -> None:
        preview = self.query_one("#preview", Static)
        if isinstance(content, bytes):
            preview.update(
                f"{len(content):,} bytes; a preview of this format is not possible here."
            )
        else:
            shown = "\n".join(one_line_kept(line) for line in content[:MOST_PREVIEW].splitlines())
            more = "" if len(content) <= MOST_PREVIEW else "\n[…]"
            preview.update(shown + more)
        self._draw_identifying()

    def _draw_identifying(self) -> None:
        from advisor.report.document import to_plain
        from advisor.report.privacy import identifying_fields

        if self.document is None:
            return
        found = identifying_fields(to_plain(self.document))
        text = "; ".join(f"{one.label}: {one_line(one.value)}" for one in found)
        self.query_one("#identifying", Static).update(
            Content.assemble(
                ("What it says about you and this machine: ", "bold"),
                (text, ""),
                (". Names and paths are taken out.", QUIET),
            )
        )

    # -- doing ---------------------------------------------------------------------------

    def action_format(self) -> None:
        """The next format."""
        self.action_choose(FORMATS[(FORMATS.index(self.form) + 1) % len(FORMATS)])

    def action_choose(self, form: str) -> None:
        """A format."""
        field = self.query_one("#file", Input)
        if field.value == SUFFIXES[self.form]:
            field.value = SUFFIXES[form]
        self.form = form
        self._draw_formats()
        self.run_worker(self._make(), exclusive=True, exit_on_error=False)

    def action_write(self) -> None:
        """Write the file; an existing one is only replaced when asked twice."""
        from advisor.report.write import write_report

        if self.content is None:
            self.notify("The report is still being made.")
            return
        name = self.query_one("#file", Input).value.strip()
        if not name:
            self.post_message(Failed("No file", "Name a file to write to."))
            return
        path = from_home(name)
        force = self._overwrite == name
        if path.is_file() and not force:
            self._overwrite = name
            self.notify(f"{path} exists. Once more overwrites it.", severity="warning")
            return
        self._overwrite = ""
        try:
            written = write_report(self.content, path, self.form, force=force)
        except AdvisorError as error:
            self.post_message(Failed("Not written", str(error)))
            return
        place = (written or path).resolve()
        self.app.farewell.append(f"Report: {place}")
        self.notify(str(place), title="Written")
        journal = self.desk.session.journal
        if journal is not None:
            journal.append(Event("report", self.form, str(place)))

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        """Enter in the field writes."""
        event.stop()
        self.action_write()

    @on(Button.Pressed)
    def press(self, event: Button.Pressed) -> None:
        """Write."""
        event.stop()
        self.action_write()

    def command_line(self) -> str:
        """What does the same without the app."""
        name = self.query_one("#file", Input).value or SUFFIXES[self.form]
        if self.form == "answers":
            return "advisor questions > answers.yaml"
        probe = " --probe probe.json" if self.desk.record is not None else ""
        return f"advisor recommend --answers answers.yaml{probe} --format {self.form} -o {name}"


def one_line_kept(line: str) -> str:
    """A line without control characters, its indent kept."""
    return "".join(one if one.isprintable() else " " for one in line)
