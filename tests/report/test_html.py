"""The HTML report: one file, no script, no request, nothing foreign as markup."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.etree import ElementTree

import pytest

from advisor.report import charts
from advisor.report.as_html import TEMPLATES, to_html
from advisor.report.parts import DecisionDocument
from advisor.report.text import map_text
from advisor.report.view import View
from tests.report.factory import document

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31m&amp;'{{7*7}}"


class _Page(HTMLParser):
    """Elements, their attributes, and visible text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _evil() -> DecisionDocument:
    """A document in which every text of people and rule files attacks."""
    plain = document()
    return map_text(
        plain,
        lambda text: f"{text} {EVIL}" if " " in text else text,
    )


def test_fits_and_is_one_file() -> None:
    """The report of a full decision is far below 300 kB and names nothing outside of itself."""
    text = to_html(document())
    assert len(text.encode()) < 300_000
    for _, attributes in _Page(text).elements:
        for name in ("src", "srcset", "data", "poster", "action", "background"):
            assert name not in attributes
        assert not any(name.startswith("on") for name in attributes)
        assert "style" not in attributes


@pytest.mark.parametrize("made", [document(), _evil()], ids=["plain", "evil"])
def test_only_known_elements(made: DecisionDocument) -> None:
    """No script, frame, form or image; what attacks is shown as text."""
    page = _Page(to_html(made))
    tags = Counter(tag for tag, _ in page.elements)
    for tag in ("script", "iframe", "img", "form", "object", "embed", "base", "input", "video"):
        assert tags[tag] == 0
    assert [values["rel"] for tag, values in page.elements if tag == "link"] == ["icon"]


def test_foreign_text_is_escaped_everywhere() -> None:
    """The same elements stand on the page whether texts attack or not."""
    calm, evil = (_Page(to_html(made)) for made in (document(), _evil()))
    count = Counter(tag for tag, _ in evil.elements)
    expected = Counter(tag for tag, _ in calm.elements)
    # longer labels take a second line in charts
    assert {tag: n for tag, n in count.items() if tag != "text"} == {
        tag: n for tag, n in expected.items() if tag != "text"
    }
    shown = "".join(evil.words)
    assert "<script>alert(1)</script>" in shown
    assert "{{7*7}}" in shown
    assert "\x1b" not in shown


def test_policy_admits_only_this_style_sheet() -> None:
    """The content-security policy forbids everything but the style sheet with its very hash."""
    text = to_html(document())
    policy = next(
        values["content"]
        for tag, values in _Page(text).elements
        if tag == "meta" and values.get("http-equiv") == "Content-Security-Policy"
    )
    css = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert css is not None
    digest = base64.b64encode(sha256(css.group(1).encode()).digest()).decode()
    assert policy.startswith("default-src 'none';")
    assert f"'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert "url(" not in css.group(1)
    assert "@import" not in css.group(1)


def test_anchors_lead_somewhere() -> None:
    """Every link inside the page has its target, and no id is used twice."""
    page = _Page(to_html(document()))
    ids = [values["id"] for _, values in page.elements if "id" in values]
    assert len(ids) == len(set(ids))
    for tag, values in page.elements:
        if tag == "a" and values["href"].startswith("#"):
            assert values["href"][1:] in ids


def test_each_chart_has_title_description_and_twin() -> None:
    """A chart says what it shows, and a table on the page holds the same figures."""
    text = to_html(document())
    view = View(document())
    made = [
        charts.acceptability(view),
        charts.criteria(view),
        charts.weights(view),
        charts.tornado(view),
        charts.ratios(view),
    ]
    shown = " ".join("".join(_Page(text).words).split())
    for chart in made:
        assert chart is not None
        drawn = ElementTree.fromstring(str(chart.picture))  # noqa: S314 - our own drawing
        names = [element.tag.rsplit("}", 1)[-1] for element in drawn]
        assert names[:2] == ["title", "desc"]
        named = (drawn.get("aria-labelledby") or "").split()
        assert named == [drawn[0].get("id"), drawn[1].get("id")]
        assert drawn.get("role") == "img"
        assert str(chart.picture) in text
        for row in chart.rows:
            for cell in row:
                assert " ".join(cell.split()) in shown


def test_charts_show_the_figures() -> None:
    """Bars are as long as the figures say, and on the side they speak for."""
    picture = ElementTree.fromstring(str(charts.criteria(View(document())).picture))  # noqa: S314
    bars = {
        element.get("class"): element
        for element in picture
        if (element.get("class") or "").startswith("bar-") and float(element.get("width", "0")) > 9
    }
    width = {name: float(bar.get("width", "0")) for name, bar in bars.items()}
    assert width["bar-tensorflow"] / max(width.values()) == pytest.approx(0.190 / 0.294, abs=0.01)
    left, right = (float(bars[f"bar-{side}"].get("x", "0")) for side in ("pytorch", "tensorflow"))
    assert left < right
    assert str(bars["bar-tensorflow"].get("fill")).startswith("url(#")
    assert bars["bar-pytorch"].get("fill") is None


def test_without_probe_and_without_answers() -> None:
    """A report without measurements says so, and has no chart of them."""
    text = to_html(document(record=None))
    assert "rests on answers and documents alone" in text
    assert "Measured time ratios" not in text


@contextmanager
def _served(pages: dict[str, bytes]) -> Iterator[tuple[str, list[str]]]:
    """Pages on a local port, and the paths asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = pages.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _open(address: str, profile: Path) -> tuple[str, str]:
    """The page as headless Chromium holds it, and what its console said."""
    assert CHROMIUM is not None
    done = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            f"--user-data-dir={profile}",
            "--enable-logging=stderr",
            "--virtual-time-budget=3000",
            "--dump-dom",
            address,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout, "\n".join(said)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_browser_asks_for_nothing_and_complains_of_nothing(tmp_path: Path) -> None:
    """Headless Chromium opens the report with one request and an empty console.

    A page that does fetch and does break its policy is opened too, to see that both are noticed.
    """
    bad = (
        b"<!DOCTYPE html><meta http-equiv='Content-Security-Policy' content=\"script-src 'none'\">"
        b"<img src='/beacon.png'><script>1</script>"
    )
    pages = {"/report": to_html(_evil()).encode(), "/bad": bad}
    with _served(pages) as (address, asked):
        held, said = _open(f"{address}/report", tmp_path / "one")
        assert asked == ["/report"]
        assert said == ""
        assert "Lean towards PyTorch" in held
        _, said = _open(f"{address}/bad", tmp_path / "two")
        assert "/beacon.png" in asked
        assert said != ""


def test_real_sizes_fit() -> None:
    """Even with many times the usual reasons and evidence the file stays below 300 kB."""
    base = document()
    many = base.reasons * 40
    wide = DecisionDocument(
        **{
            **{name: getattr(base, name) for name in DecisionDocument.__slots__},
            "reasons": many,
        }
    )
    assert len(to_html(wide).encode()) < 300_000


def _luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_has_contrast_in_light_dark_and_print() -> None:
    """Every colour of text stands out from its ground by 4.5 to 1, of bars by 3 to 1 (WCAG AA)."""
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    themes = [
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    ]
    assert len(themes) == 3
    for theme in themes:
        for ground in ("ground", "raised"):
            for name, least in (
                ("ink", 4.5),
                ("faint", 4.5),
                ("link", 4.5),
                ("warn", 4.5),
                ("pytorch", 4.5),
                ("tensorflow", 3.0),
            ):
                light, dark = sorted(
                    (_luminance(theme[name]), _luminance(theme[ground])), reverse=True
                )
                assert (light + 0.05) / (dark + 0.05) >= least, (name, ground)
