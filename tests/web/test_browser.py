"""The served app in a real browser: what is typed there is what is kept, and decides alike."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from advisor.cli import main
from advisor.desk import Desk
from advisor.interview.answers_file import dump_answers
from advisor.interview.session_file import read_session
from advisor.model.answers import Answers
from advisor.model.rulebase import Question, QuestionKind
from advisor.report.document import dump_document
from tests.web.chromium import PROGRAM, Page, browsing
from tests.web.serving import serving

pytest.importorskip("textual_serve")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="needs Chromium to look at the page"),
]
ASKED = 4


@pytest.fixture(scope="module")
def desk() -> Desk:
    """The rules as they are shipped."""
    found = Desk()
    found.load()
    return found


async def answer(page: Page, question: Question, place: int) -> frozenset[str]:
    """Pick the option of that number with its key, as a user does; the button ends a choice of many."""
    await page.press(str(place + 1))
    chosen = question.options[place]
    if question.kind is QuestionKind.MULTI:
        await page.until(f"[x] {place + 1} {chosen.label}")
        await page.click("  Next")
    return frozenset({chosen.id})


async def test_answers_typed_in_the_browser_are_kept_and_decide_alike(
    desk: Desk, tmp_path: Path
) -> None:
    """Real keys on the page; the session file holds exactly these answers, and the decision from it
    is, byte for byte, that of an answers file with the same answers."""
    sessions = tmp_path / "sessions"
    by_text = {one.text: one for one in desk.rule_base.questions}
    said: dict[str, frozenset[str]] = {}
    async with (
        serving(sessions) as address,
        browsing(tmp_path / "profile", size=(900, 600)) as page,
    ):
        await page.open(f"http://{address}/")
        await page.until("Rule base")
        before = await page.picture()
        await page.press("Enter")
        text = await page.until(*by_text)
        assert await page.picture() != before, "it is drawn, not only received"
        for turn in range(ASKED):
            question = by_text[text]
            said[question.id] = await answer(page, question, turn % 2)
            text = await page.until(*by_text, gone=text)
        await page.click("Verdict")
        await page.until("of the plausible weightings")
        shown = " ".join(await page.lines())
        await page.press("q")
        await page.until_ended()
        assert page.hosts == {"127.0.0.1"}, "nothing was fetched from elsewhere"
        assert page.problems == []
    [kept] = sessions.glob("*.jsonl")
    events = [one for one in read_session(kept)[1] if one.kind == "answer"]
    assert {one.subject: frozenset(one.value) for one in events} == said  # type: ignore[call-overload]
    assert len(said) == ASKED
    file, report = tmp_path / "answers.yaml", tmp_path / "decision.json"
    file.write_text(dump_answers(Answers(said), desk.rule_base), encoding="utf-8")
    assert main(["recommend", "--answers", str(file), "--format", "json", "-o", str(report)]) == 0
    desk.go_on(kept)
    try:
        made = dump_document(desk.document(desk.session.answers))
    finally:
        desk.close()
    assert made == report.read_text(encoding="utf-8")
    pick = json.loads(made)["verdict"]["framework"]
    label = {"pytorch": "PyTorch", "tensorflow": "TensorFlow"}[pick]
    assert f"{label} – " in shown
