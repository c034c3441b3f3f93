"""Foreign text: harmless on terminals, and read as itself in Markdown."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from advisor.report import markup
from advisor.report.text import map_text
from advisor.text import clean, one_line
from tests.report.factory import document

TEXTS = st.text(max_size=60) | st.text(alphabet="*_`[]()<>|\\~#+-=1.&;!$: \n\tab", max_size=40)
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@given(TEXTS)
def test_clean_text_steers_no_terminal(text: str) -> None:
    """No control, format or surrogate character is left, but line breaks and joiners."""
    for character in clean(text):
        kept = character in "\n\t\u200c\u200d\u00ad"
        assert kept or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(TEXTS)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    """Cleaning is idempotent."""
    assert clean(clean(text)) == clean(text)


def test_ordinary_text_stays() -> None:
    """Letters of any script, emoji with joiners and dashes are kept."""
    for text in ("naïve – Größe", "日本語", "👩\u200d💻", "a\u00adb", "tab\tline\n"):
        assert clean(text) == text


def _words(tokens: list[Token]) -> str:
    found = ""
    for token in tokens:
        if token.type == "inline":
            found += _words(token.children or [])
        elif token.type in ("text", "code_inline", "text_special"):
            found += token.content
        elif token.type in ("softbreak", "hardbreak"):
            found += "\n"
        else:
            assert token.type in ("paragraph_open", "paragraph_close"), token.type
    return found


@given(TEXTS)
def test_escaped_text_is_read_as_itself(text: str) -> None:
    """A Markdown reader sees one paragraph with exactly that text: no markup, no HTML."""
    assert _words(MARKDOWN.parse(markup.escape(text))) == one_line(text)


@given(TEXTS)
def test_code_is_read_as_itself(text: str) -> None:
    """A Markdown reader sees the same text as code, whatever backquotes it holds."""
    if "|" not in text and "\\" not in text:
        assert _words(MARKDOWN.parse(markup.code(text))) == one_line(text)


@given(TEXTS, TEXTS)
def test_cells_stay_in_their_table(one: str, other: str) -> None:
    """Whatever a cell holds, the table has one heading and one row of two cells."""
    lines = markup.table(("a", "b"), [(markup.escape(one), markup.code(other))])
    tokens = MARKDOWN.parse("\n".join(lines))
    assert [token.type for token in tokens].count("td_open") == 2
    assert tokens[-1].type == "table_close"


@given(TEXTS, st.text(max_size=30))
def test_only_web_addresses_become_links(title: str, address: str) -> None:
    """A link leads to http or https, or there is none."""
    rendered = MARKDOWN.parse(markup.link(title, address))
    for token in rendered:
        for inner in token.children or []:
            if inner.type == "link_open":
                assert str(inner.attrs["href"]).lower().startswith(("http://", "https://"))


def test_dangerous_addresses_are_not_links() -> None:
    """Script, data and file addresses, and package URLs, are shown as text."""
    for address in (
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///x",
        "pkg:pypi/x@1",
        "http:",
    ):
        assert markup.web_address(address) is None
    assert markup.web_address("https://example.org/a(b)") == "https://example.org/a%28b%29"


def test_block_cannot_be_left() -> None:
    """Text with fences of its own stays inside its code block."""
    lines = markup.block("```\nevil\n````", "sh")
    tokens = MARKDOWN.parse("\n".join(lines))
    assert [token.type for token in tokens] == ["fence"]


def test_map_text_reaches_every_string() -> None:
    """Strings in dataclasses, mappings, tuples and lists are all changed, enums are not."""
    changed = map_text(document(), str.upper)
    assert changed.reasons[0].text == "YOUR TEAM KNOWS PYTORCH."
    assert changed.answers["SKILLS"] == ("PYTORCH",)
    assert changed.verdict.framework.value == "pytorch"
