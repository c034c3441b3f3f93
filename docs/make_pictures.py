"""Make the pictures of the README from the real app: `make pictures` writes docs/pictures/*.svg.

The app runs headless on the shipped rule base with the answers of examples/answers.yaml, so the
pictures cannot show anything that the app does not.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from textual.pilot import Pilot

from advisor.desk import Desk
from advisor.tui.app import AdvisorApp
from advisor.tui.themes import CONTRAST, DARK, LIGHT

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
ANSWERS = ROOT / "examples" / "answers.yaml"
PROBE = ROOT / "examples" / "probe.json"
AS_OF = date(2026, 11, 28)


@dataclass(frozen=True)
class Picture:
    """One picture: size, theme, and the keys that lead to it."""

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...]
    theme: str = DARK
    answers: bool = True


TOUR = (
    Picture("question", (120, 34), ("a",)),
    Picture("verdict", (120, 36), ("v",)),
    Picture("what-if", (120, 36), ("v", "4", "enter", "4")),
    Picture("review-light", (100, 34), ("r",), LIGHT),
    Picture("measure", (100, 34), ("m",)),
    Picture("evidence", (100, 34), ("v", "enter")),
    Picture("small", (40, 12), ("a",), CONTRAST),
    Picture("start", (80, 24), ("0",), answers=False),
)


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait for something to have happened."""
    for _ in range(3_000):
        await pilot.pause()
        if condition():
            return
        await asyncio.sleep(0.02)
    raise RuntimeError("the app did not get there")


async def take(picture: Picture, folder: Path) -> str:
    """The SVG of one picture."""
    app = AdvisorApp(
        Desk(folder=folder, as_of=AS_OF),
        answers=ANSWERS if picture.answers else None,
        probe=PROBE if PROBE.is_file() else None,
    )

    def quiet() -> bool:
        return not any(
            one.group in {"advice", "trial", "load"} and not one.is_finished for one in app.workers
        )

    async with app.run_test(size=picture.size) as pilot:
        app.theme = picture.theme
        await until(pilot, lambda: app.desk.ready and quiet())
        if picture.answers and picture.keys == ("a",):
            app.desk.session.jump("targets")
        for key in picture.keys:
            await pilot.press(key)
            await until(pilot, quiet)
        await pilot.pause(0.3)
        await until(pilot, quiet)
        svg = app.export_screenshot(title="advisor")
        app.desk.close()
    if app.fault is not None:
        raise app.fault
    return without_fonts(svg, picture.name)


def without_fonts(svg: str, name: str) -> str:
    """No fonts from the network, the same names in every run, and spaces kept."""
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")
    svg = re.sub(r"terminal-\d+", f"picture-{name}", svg)
    return svg.replace("<svg ", '<svg xml:space="preserve" ', 1)


def main() -> None:
    """Take every picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for picture in TOUR:
        with tempfile.TemporaryDirectory() as folder:
            svg = asyncio.run(take(picture, Path(folder)))
        (PICTURES / f"{picture.name}.svg").write_text(svg, encoding="utf-8")
        print(f"docs/pictures/{picture.name}.svg")


if __name__ == "__main__":
    main()
