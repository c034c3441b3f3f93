"""First paint against a bare Textual program, key to repaint, idle memory and idle processor time.

Run by `make bench-app`; writes bench/RESULTS-app.md. Aims: first paint at most 1.5 times bare
Textual's; key to repaint 50 ms or less for 95 of 100 keys on the heaviest screen.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import textual

from bench.app.terminal import CALM, ROOT, Terminal

BARE = """
from textual.app import App
from textual.widgets import Footer, Header, Static

class Bare(App):
    def compose(self):
        yield Header()
        yield Static("hello there")
        yield Footer()

Bare().run()
"""
BARE_LIST = """
from textual.app import App
from textual.widgets import Footer, Header, OptionList

class Bare(App):
    def compose(self):
        yield Header()
        yield OptionList(*(f"{place} " + "with a text of two lines " * 8 for place in range(500)))
        yield Footer()

Bare().run()
"""
"""A list of the length of the rule base: what a key costs on this machine with nothing of ours."""
APP = "import sys; from advisor.cli import main; sys.exit(main([]))"
SEARCH = 3.0
"""Seconds of quiet after which the search for flips is over too."""
QUICK = 0.05
IDLE = 10.0
"""Seconds after the last key before memory and processor are looked at."""
RESULTS = ROOT / "bench" / "RESULTS-app.md"
DOWN, UP, RIGHT, LEFT = b"\x1b[B", b"\x1b[A", b"\x1b[C", b"\x1b[D"
LETTERS = (b"t", b"e", b"n", b"s", b"o", b"r")
LIST = rb"[\[(][x ][\])] \w"
"""What stands before every option: that the list was drawn is not mistaken for the panel beside it."""
TABS = rb"\[(Why|Criteria|Turns|What if|Facts|Next)\]"


@dataclass
class Screen:
    """A screen to press keys on: how it is reached, and keys that change what is drawn."""

    name: str
    keys: tuple[bytes, ...]
    shows: bytes
    pressed: tuple[bytes, ...]
    mark: bytes = b""
    """What must be drawn for a key to count as answered; empty: anything."""
    calm: float = CALM
    """Seconds of quiet before the next key; short ones come while the background works."""
    rounds: int = 0
    """Keys after which the screen is reached anew, with work for the background; 0: never."""
    repaints: list[float] = field(default_factory=list)
    settled: list[float] = field(default_factory=list)
    processor: float = 0.0
    """Processor time of the program for all keys, work in the background included."""

    @property
    def settles(self) -> bool:
        """Whether each key was given the time for everything to be drawn."""
        return self.calm >= CALM


BARE_CURSOR = Screen("bare Textual list, cursor", (), b"", (DOWN, DOWN, UP))
SCREENS = (
    Screen("question, cursor", (b"\r",), b"Pick", (DOWN, UP), LIST),
    Screen("question, next and back", (), b"Pick", (RIGHT, LEFT), LIST),
    Screen("question, picking (weighs anew each time)", (), b"Pick", (b" ", DOWN, b" ", UP), LIST),
    Screen(
        "the same, keys following at once", (), b"Pick", (b" ", DOWN, b" ", UP), LIST, calm=0.02
    ),
    Screen("rules and evidence, cursor", (b"b",), b"searches", (DOWN, DOWN, UP)),
    Screen("rules and evidence, search", (b"/",), b"searches", (*LETTERS, *[b"\x7f"] * 6)),
    Screen(
        "verdict, tabs",
        (b"\x1b", b"v"),
        b"[Why]",
        tuple(b"%d" % place for place in (2, 1, 3, 4, 5, 6)),
        TABS,
    ),
    Screen(
        "the same, while it looks for what turns it",
        (b"a", DOWN, b" ", b"v"),
        b"[Why]",
        (b"2", b"1", b"3", b"4"),
        TABS,
        calm=0.02,
        rounds=4,
    ),
)


@dataclass
class Starts:
    """Starts of one program, in seconds until its first content."""

    code: str
    text: bytes
    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def first_paint(runs: int, environment: dict[str, str]) -> tuple[Starts, Starts]:
    """Starts of bare Textual and ours, in turns so that both meet the same noise."""
    bare, ours = Starts(BARE, b"hello there"), Starts(APP, b"PyTorch or Tensor")
    for turn in range(runs + 1):
        for one in (bare, ours):
            terminal = Terminal(one.code, environment=environment)
            try:
                seconds = terminal.wait_for(one.text)
                if turn:  # the first of each fills the caches
                    one.wall.append(seconds)
                    one.processor.append(terminal.processor())
            finally:
                terminal.close()
    return bare, ours


def press_keys(terminal: Terminal, screen: Screen, presses: int) -> None:
    """Press so many keys on a screen and note what they took."""
    terminal.settle(QUICK if screen.rounds else SEARCH, patience=2 * SEARCH)
    began = terminal.processor()
    for place in range(presses):
        if screen.rounds and place and place % screen.rounds == 0:
            reach(terminal, screen)
            terminal.settle(QUICK)
        key = screen.pressed[place % len(screen.pressed)]
        press = terminal.press(key, screen.mark, calm=screen.calm)
        screen.repaints.append(press.repaint)
        screen.settled.append(press.settled)
    screen.processor += terminal.processor() - began


def bare_keys(presses: int, environment: dict[str, str]) -> None:
    """Keys in a bare list; called before and after ours, so that both meet the same noise."""
    terminal = Terminal(BARE_LIST, environment=environment)
    try:
        terminal.wait_for(b"with a text")
        press_keys(terminal, BARE_CURSOR, presses)
    finally:
        terminal.close()


def keys_and_memory(presses: int, environment: dict[str, str]) -> tuple[float, float]:
    """Press keys on every screen; returns idle memory in MiB and idle processor share."""
    terminal = Terminal(APP, environment=environment)
    try:
        terminal.wait_for(b"Rule base")
        for screen in SCREENS:
            reach(terminal, screen)
            press_keys(terminal, screen, presses)
            terminal.settle(SEARCH, patience=2 * SEARCH)
        terminal.press(b"a")
        time.sleep(IDLE)
        terminal.settle(QUICK)
        process = psutil.Process(terminal.process.pid)
        memory = process.memory_info().rss / 2**20
        process.cpu_percent(None)
        time.sleep(5.0)
        return memory, process.cpu_percent(None) / 100.0
    finally:
        terminal.close()


def reach(terminal: Terminal, screen: Screen) -> None:
    """Go to a screen."""
    for key in screen.keys:
        terminal.press(key, calm=QUICK)
    terminal.wait_for(screen.shows)


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def report(
    bare: Starts, ours: Starts, memory: float, idle: float, load: tuple[float, float]
) -> str:
    """The page of results."""

    def row(name: str, one: Starts) -> str:
        wall, processor = statistics.median(one.wall), statistics.median(one.processor)
        best = min(one.wall)
        return f"| {name} | {_ms(processor)} | {_ms(wall)} | {_ms(best)} | {len(one.wall)} |"

    ratios = [
        statistics.median(ours.processor) / statistics.median(bare.processor),
        statistics.median(ours.wall) / statistics.median(bare.wall),
        min(ours.wall) / min(bare.wall),
    ]
    machine = (
        f"Python {platform.python_version()}, Textual {textual.__version__}, "
        f"{psutil.cpu_count()} cores, load average {load[0]:.1f} at the start and {load[1]:.1f} "
        "at the end. On a busy machine every time on the wall clock is longer than its own; "
        "processor time is not."
    )
    intro = (
        "Made by `make bench-app`. A pseudo-terminal of 120 by 40. First content: until the text "
        "arrives there. Repaint: until what the key itself changes arrives there: the list with "
        "the pick, the cursor, the tab. Settled: until the last byte that follows from the key, "
        "the balance weighed anew included. Processor time counts all of it, per key. The bare list "
        "tells how quick the machine is just then: where other guests of a host take the caches of "
        "a virtual machine between two keys, it takes several times as long, and so does all else."
    )
    lines = ["# The app: start, response, idle", "", intro, "", machine, ""]
    lines.append(
        "| First content | Processor time | Wall clock, median | Wall clock, best | Runs |"
    )
    lines.append("| :--- | ---: | ---: | ---: | ---: |")
    lines += [row("bare Textual program", bare), row("`advisor`", ours)]
    shown = " | ".join(f"{one:.2f}" for one in ratios)
    lines += [f"| ratio (aim: at most 1.5) | {shown} | |", ""]
    lines.append(
        "| Key | Processor time | Repaint, median | 95th percentile (aim: 50 ms) "
        "| Settled, median | 95th percentile | Keys |"
    )
    lines.append("| :--- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for one in (BARE_CURSOR, *SCREENS):
        settled = (
            f"{_ms(statistics.median(one.settled))} | {_ms(p95(one.settled))}"
            if one.settles
            else "– | –"
        )
        lines.append(
            f"| {one.name} | {_ms(one.processor / len(one.repaints))} | {_ms(statistics.median(one.repaints))} "
            f"| {_ms(p95(one.repaints))} | {settled} | {len(one.repaints)} |"
        )
    idle_words = f"Idle on a question for {IDLE:.0f} s: {memory:.0f} MiB resident, {100 * idle:.1f} % of one core."
    return "\n".join([*lines, "", idle_words, ""])


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="starts of each program (15)")
    parser.add_argument("--presses", type=int, default=100, help="keys on each screen (100)")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS)
    args = parser.parse_args()
    before = psutil.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        environment = {"ADVISOR_SESSIONS": folder, "PYTHONDONTWRITEBYTECODE": ""}
        bare, ours = first_paint(args.runs, environment)
        bare_keys(args.presses // 2, environment)
        memory, idle = keys_and_memory(args.presses, environment)
        bare_keys(args.presses // 2, environment)
    page = report(bare, ours, memory, idle, (before, psutil.getloadavg()[0]))
    args.output.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
