"""The progress of a probe run as one line on standard error; plain lines without a terminal."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass, field
from shutil import get_terminal_size
from typing import TextIO

from advisor.measure.events import (
    BlockDone,
    ComparisonDone,
    Event,
    Finished,
    Planned,
    Progress,
    Warned,
)
from advisor.model.candidate import Candidate
from advisor.model.measurement import ComparisonStatus, RatioInterval, RatioVerdict
from advisor.text import seconds

_VERDICTS = {
    RatioVerdict.PYTORCH_FASTER: "PyTorch is faster",
    RatioVerdict.TENSORFLOW_FASTER: "TensorFlow is faster",
    RatioVerdict.NO_PRACTICAL_DIFFERENCE: "no practical difference",
    RatioVerdict.NOT_RESOLVED: "not resolved",
}
_STATUSES = {
    ComparisonStatus.NOT_COMPARABLE: "not comparable",
    ComparisonStatus.FAILED: "failed",
    ComparisonStatus.SKIPPED: "left out",
}
_BAR = 12


def verdict_words(verdict: RatioVerdict | None) -> str:
    """A verdict for people."""
    return _VERDICTS[verdict] if verdict is not None else "no verdict"


def ratio_words(ratio: RatioInterval | None) -> str:
    """A ratio with its interval, two figures each."""
    if ratio is None:
        return "no interval"
    return f"{ratio.estimate:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]"


def seconds_words(value: float | None) -> str:
    """A time, or a dash where there is none."""
    return "-" if value is None else seconds(value)


@dataclass
class ProgressLine:
    """Hears events and writes to `stream`."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    _share: float = 0.0
    _remaining: float = 0.0
    _doing: str = ""
    _width: int = 0

    @property
    def _live(self) -> bool:
        return self.stream.isatty()

    def __call__(self, event: Event) -> None:
        """Take one event in."""
        match event:
            case Planned():
                floor = "stored" if event.noise_stored else "measured along the way"
                self._line(
                    f"{len(event.comparisons)} comparisons, at most "
                    f"{event.expected_seconds:.0f} s; noise floor {floor}"
                )
            case Progress():
                self._share, self._remaining = event.share, event.remaining_seconds
                changed = event.doing != self._doing
                self._doing = event.doing
                if self._live:
                    self._draw(event.doing)
                elif changed and event.doing.startswith("generation"):
                    self._line(f"{event.doing} ({event.elapsed_seconds:.0f} s)")
            case BlockDone() if self._live and not event.noise:
                self._draw(f"{event.comparison.label}: {ratio_words(event.so_far)}")
            case Warned():
                finding = event.finding
                self._line(f"{finding.severity}: {finding.text} {finding.remedy}".rstrip())
            case ComparisonDone():
                self._line(comparison_line(event))
            case Finished():
                self._clear()
            case _:
                pass

    def _draw(self, text: str) -> None:
        columns = get_terminal_size((80, 24)).columns
        filled = round(_BAR * self._share)
        bar = "#" * filled + "-" * (_BAR - filled)
        line = f"[{bar}] {self._remaining:3.0f} s left  {text}"[: max(10, columns - 1)]
        self._write("\r" + line.ljust(self._width))
        self._width = len(line)

    def _clear(self) -> None:
        if self._live and self._width:
            self._write("\r" + " " * self._width + "\r")
            self._width = 0

    def _line(self, text: str) -> None:
        self._clear()
        self._write(text + "\n")

    def _write(self, text: str) -> None:
        # A full disk behind it, or a closed terminal, is no reason to lose a measurement.
        with suppress(OSError):
            self.stream.write(text)
            self.stream.flush()


def comparison_line(event: ComparisonDone) -> str:
    """What became of one comparison."""
    record = event.record
    if record.status is not ComparisonStatus.MEASURED:
        return f"{event.comparison.label}: {_STATUSES[record.status]} ({record.reason})"
    times = ", ".join(
        f"{candidate.label} {seconds_words(record.side(candidate).seconds)}"
        for candidate in Candidate
    )
    return (
        f"{event.comparison.label}: {verdict_words(record.verdict)}; TensorFlow/PyTorch "
        f"{ratio_words(record.ratio)}; {times}"
    )
