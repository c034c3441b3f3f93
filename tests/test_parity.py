"""Every face gives the same decision, byte for byte, for the same answers, probe and day."""

from __future__ import annotations

import asyncio
import io
import json
import time
from pathlib import Path

import pytest

from advisor.cli import main
from advisor.desk import Desk
from advisor.measure.record import dump_record
from advisor.report.document import dump_document
from advisor.tui.app import AdvisorApp
from tests.report.factory import record
from tests.tui.driving import until
from tests.web.serving import serving

ROOT = Path(__file__).resolve().parents[1]
ANSWERS = ROOT / "examples" / "answers.yaml"


@pytest.fixture
def probe(tmp_path: Path) -> Path:
    """A recorded probe."""
    path = tmp_path / "probe.json"
    path.write_text(dump_record(record()), encoding="utf-8")
    return path


@pytest.fixture
def expected(probe: Path, tmp_path: Path) -> str:
    """The decision from the answers file."""
    path = tmp_path / "recommend.json"
    assert main(
        ["recommend", "--answers", str(ANSWERS), "--probe", str(probe), "--format", "json",
         "-o", str(path)]
    ) == 0  # fmt: skip
    return path.read_text(encoding="utf-8")


def test_plain_mode_gives_the_same_bytes(
    expected: str, probe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines through a pipe, report written by `e`."""
    path = tmp_path / "plain.json"
    monkeypatch.setenv("ADVISOR_SESSIONS", str(tmp_path / "sessions"))
    monkeypatch.setattr("sys.stdin", io.StringIO(f"e {path}\nq\n"))
    assert main(["--plain", "--answers", str(ANSWERS), "--probe", str(probe)]) == 0
    assert path.read_text(encoding="utf-8") == expected


async def test_the_app_gives_the_same_bytes(expected: str, probe: Path, tmp_path: Path) -> None:
    """What the export screen would write, from a running app."""
    app = AdvisorApp(Desk(folder=tmp_path / "sessions"), answers=ANSWERS, probe=probe)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.desk.has_session, "the session")
        made = app.desk.document(app.desk.session.answers)
    assert dump_document(made) == expected


@pytest.mark.slow
async def test_the_browser_gives_the_same_answers_and_bytes(
    probe: Path, tmp_path: Path, expected: str
) -> None:
    """The served app, spoken to as the page in the browser speaks, keeps the answers in a session;
    the decision from that session is the same."""
    aiohttp = pytest.importorskip("aiohttp")
    pytest.importorskip("textual_serve")
    sessions = tmp_path / "served"
    given = ("--answers", str(ANSWERS), "--probe", str(probe))
    async with (
        serving(sessions, *given) as address,
        aiohttp.ClientSession() as client,
        client.ws_connect(f"ws://{address}/ws?width=100&height=30") as page,
    ):
        reader = asyncio.create_task(_read(page))
        deadline = time.monotonic() + 60
        while not list(sessions.glob("*.jsonl")) and time.monotonic() < deadline:
            await asyncio.sleep(0.2)
        await asyncio.sleep(1.0)
        reader.cancel()
    [kept] = sessions.glob("*.jsonl")
    events = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    assert sum(event.get("kind") == "answer" for event in events) >= 15
    desk = Desk(folder=sessions)
    desk.load()
    desk.go_on(kept)
    desk.load_probe(probe)
    try:
        assert dump_document(desk.document(desk.session.answers)) == expected
    finally:
        desk.close()


async def _read(page: object) -> None:
    async for _ in page:  # type: ignore[attr-defined]
        pass
