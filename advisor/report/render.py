"""One door to every form of a report."""

from __future__ import annotations

from advisor.errors import InputError, Place
from advisor.report.parts import DecisionDocument

FORMATS = ("json", "markdown", "html", "adr", "csv", "pdf")


def render(document: DecisionDocument, format: str) -> str | bytes:  # noqa: A002
    """The document in one of `FORMATS`: text, or bytes for `pdf`.

    A pure function: the same document gives the same result, on every machine and day (the PDF
    too, with the same version of its typesetter).

    Raises:
        InputError: there is no such format.
        AdvisorError: the PDF extra is not installed.
    """
    match format:
        case "json":
            from advisor.report.document import dump_document

            return dump_document(document)
        case "markdown":
            from advisor.report.as_markdown import to_markdown

            return to_markdown(document)
        case "html":
            from advisor.report.as_html import to_html

            return to_html(document)
        case "adr":
            from advisor.report.as_madr import to_madr

            return to_madr(document)
        case "csv":
            from advisor.report.as_csv import to_csv

            return to_csv(document)
        case "pdf":
            from advisor.report.as_pdf import to_pdf

            return to_pdf(document)
        case _:
            raise InputError(
                f"There is no report format {format!r}.",
                place=Place(field="--format"),
                remedy=f"Choose from {', '.join(FORMATS)}.",
            )
