"""The report as one HTML file: no script, no request, nothing but what lies in the document."""

from __future__ import annotations

import base64
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from advisor.report import charts
from advisor.report.limits import DECISION_TAKEN, LIMITS, SURVEY, reproduce
from advisor.report.markup import web_address
from advisor.report.parts import DecisionDocument
from advisor.report.view import View
from advisor.report.words import sentence
from advisor.text import one_line

TEMPLATES = Path(__file__).resolve().parent / "templates"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_unbroken,
    )
    environment.filters["line"] = one_line
    environment.filters["sentence"] = sentence
    environment.filters["address"] = web_address
    environment.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    return environment


def _unbroken(value: object) -> object:
    """Text in which no line breaks before a percent sign; markup stays as it is."""
    return value.replace(" %", "\u00a0%") if type(value) is str else value


@lru_cache(maxsize=1)
def _css() -> str:
    return (TEMPLATES / "report.css").read_text(encoding="utf-8")


def policy(css: str) -> str:
    """The content-security policy: nothing may load, and only this style sheet applies."""
    digest = base64.b64encode(sha256(css.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def to_html(document: DecisionDocument) -> str:
    """The whole report."""
    view = View(document)
    css = _css()
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            view=view,
            document=view.document,
            css=Markup(css),  # noqa: S704 - our own file, and it holds no markup
            policy=policy(css),
            contents=_contents(view),
            charts=_charts(view),
            sides=((view.pick, view.reasons_for), (view.other, view.reasons_against)),
            probe=view.probe,
            limits=(*view.document.notes, *LIMITS),
            survey=SURVEY,
            taken=DECISION_TAKEN,
            commands=reproduce(view),
        )
    )


def _charts(view: View) -> dict[str, charts.Chart | None]:
    return {
        "acceptability": charts.acceptability(view),
        "criteria": charts.criteria(view),
        "weights": charts.weights(view),
        "tornado": charts.tornado(view),
        "ratios": charts.ratios(view),
    }


def _contents(view: View) -> list[tuple[str, str]]:
    document = view.document
    found = (
        ("team", "The team", bool(view.team_sentence)),
        ("criteria", "Criteria", True),
        ("gates", "Hard constraints", bool(view.gates)),
        ("reasons", "For and against", True),
        ("measured", "Measured", True),
        ("survey", "Claimed and today", bool(view.survey)),
        ("turning", "What would turn it", True),
        ("unknown", "Not known", bool(document.unanswered or document.next_steps)),
        ("next", "Next steps", True),
        ("answers", "Answers", True),
        ("evidence", "Evidence", True),
        ("environment", "Machine", view.probe is not None),
        ("limits", "Limits", True),
        ("taken", "Decision taken", True),
        ("check", "How to check", True),
    )
    return [(name, title) for name, title, there in found if there]
