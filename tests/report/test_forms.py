"""Every form is a pure function of the document, and says what the document says."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from advisor.errors import AdvisorError, InputError
from advisor.model.answers import Answers
from advisor.model.decision import VerdictClass
from advisor.model.measurement import RatioVerdict
from advisor.report.as_csv import HEAD, harmless
from advisor.report.document import build_document, dump_document, parse_document
from advisor.report.parts import DecisionDocument
from advisor.report.render import FORMATS, render
from advisor.report.text import map_text
from advisor.report.view import View
from tests.report.factory import (
    AS_OF,
    PYTORCH,
    TENSORFLOW,
    answers,
    comparison,
    decided,
    decision,
    document,
    record,
    rule_base,
    verdict,
)

TEXT_FORMATS = [name for name in FORMATS if name != "pdf"]


@pytest.mark.parametrize("name", TEXT_FORMATS)
@pytest.mark.parametrize("made", [document(), decided(probe=record())], ids=["full", "decided"])
def test_rendering_from_the_file_gives_the_same(name: str, made: DecisionDocument) -> None:
    """A report rendered at once and one rendered later from decision.json are the same bytes."""
    later = parse_document(dump_document(made))
    assert render(made, name) == render(later, name)


def test_unknown_formats_are_refused() -> None:
    """The error names the formats there are."""
    with pytest.raises(InputError, match="markdown"):
        render(document(), "docx")


def test_markdown_holds_no_html_and_no_foreign_markup() -> None:
    """Forges show it as it is meant: plain tables, and foreign text as text."""
    evil = map_text(document(), lambda text: f"{text} <b>|**x**" if " " in text else text)
    text = str(render(evil, "markdown"))
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    kinds = {one.type for token in tokens for one in (token, *(token.children or []))}
    assert "table_open" in kinds
    assert not {kind for kind in kinds if kind.startswith(("html", "image"))}
    assert "\\*\\*x\\*\\*" in text


def test_markdown_says_what_the_document_says() -> None:
    """Verdict, reasons, sources with age, flips, limits and the blank decision are there."""
    text = str(render(document(), "markdown"))
    for part in (
        "# Lean towards PyTorch",
        "81 %",
        "Your team knows PyTorch.",
        "expired 2026-02",
        "https://example.org/skills-count",
        "TensorFlow (the only one that can, 100 %)",
        "1.41 (1.40 to 1.43)",
        "gradients deviate by 3.1e-2",
        "pip install torch",
        "Keep an ONNX export.",
        "Pin the versions.",
        "## Decision taken",
        "## Limits",
        "advisor report verify decision.json",
    ):
        assert part in text, part


def test_claims_stand_beside_measurements() -> None:
    """What a document claims is shown with what was measured on it, and whether they agree."""
    chosen = Answers({**answers().chosen, "latency": frozenset({"tight"})})
    for ratio, said, outcome in (
        (1.42, RatioVerdict.PYTORCH_FASTER, "agrees"),
        (0.6, RatioVerdict.TENSORFLOW_FASTER, "contradicts"),
        (1.0, RatioVerdict.NO_PRACTICAL_DIFFERENCE, "no difference that counts was resolved"),
    ):
        probe = replace(record(), comparisons=(comparison(ratio=ratio, verdict=said),))
        rows = View(decided(chosen=chosen, probe=probe)).claim_rows
        assert [(row[1], row[3]) for row in rows] == [("PyTorch", outcome)]
    assert "could be measured" in View(decided(chosen=chosen)).measured_sentence


def test_ways_to_deployment_are_shown() -> None:
    """What was tried is shown target by target, and every way with its outcome and reason."""
    view = View(document())
    assert view.attempt_matrix == [("Android", "works", "fails"), ("ios", "works", "no way")]
    for form in ("markdown", "html"):
        text = str(render(document(), form))
        assert "The operator Erf is not supported" in text
        assert "ExecuTorch with XNNPACK" in text


def test_a_gated_report_leads_with_the_constraint() -> None:
    """Whoever reads three lines knows what rules the other one out, and how to lift it."""
    gate = replace(decision().gates[0], excludes=PYTORCH, holds=True)
    chosen = verdict(TENSORFLOW, VerdictClass.GATED, 1.0)
    found = replace(decision(chosen), gates=(gate,))
    made = build_document(rule_base(), answers(), found, as_of=AS_OF)
    text = str(render(made, "markdown"))
    head = text.split("## ", maxsplit=1)[0]
    assert "PyTorch cannot do what your answers require. Your pipeline is TFX" in head
    assert "Move the pipeline to a neutral tool." in head


def test_csv_has_a_row_per_comparison_and_candidate() -> None:
    """A spreadsheet gets every comparison, the figures in full and the failures with reasons."""
    rows = list(csv.DictReader(io.StringIO(str(render(document(), "csv")), newline="")))
    assert tuple(rows[0]) == HEAD
    assert len(rows) == 2 * len(record().comparisons)
    ratio = record().comparisons[0].ratio
    assert ratio is not None
    assert float(rows[0]["ratio_tensorflow_over_pytorch"]) == ratio.estimate
    assert {row["status"] for row in rows} == {"measured", "not-comparable"}
    assert str(render(document(record=None), "csv")).splitlines() == [",".join(HEAD)]


def test_spreadsheets_compute_nothing_foreign() -> None:
    """Text that looks like a formula is defused."""
    for text in ("=1+1", "+1", "-1", "@x", "\t=1"):
        assert harmless(text).startswith("'")
    assert harmless("plain") == "plain"


def test_pdf_is_a_pdf_with_the_text() -> None:
    """The PDF holds the report as text and is the same every time."""
    pytest.importorskip("typst", reason="the [pdf] extra is not installed")
    made = render(document(), "pdf")
    assert isinstance(made, bytes)
    assert made.startswith(b"%PDF-")
    assert made == render(document(), "pdf")
    pypdf = pytest.importorskip("pypdf")
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages)
    assert "Lean towards PyTorch" in text
    assert "Decision taken" in text


def test_pdf_takes_foreign_text_as_text() -> None:
    """Typesetter commands in a text are shown, not run."""
    pytest.importorskip("typst", reason="the [pdf] extra is not installed")
    evil = map_text(
        document(), lambda text: f'{text} #read("/etc/passwd") $x$ @y' if " " in text else text
    )
    assert bytes(render(evil, "pdf")).startswith(b"%PDF-")  # type: ignore[arg-type]


def test_missing_pdf_extra_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, the error says how to get it."""
    import sys

    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(AdvisorError, match=r"framework-advisor\[pdf\]"):
        render(document(), "pdf")
