"""A probe record on one screen, for the command line."""

from __future__ import annotations

from advisor.measure.progress import ratio_words, seconds_words, verdict_words
from advisor.measure.record import (
    AccuracyRecord,
    BreakEven,
    ComparisonRecord,
    FrameworkRecord,
    ProbeRecord,
)
from advisor.model.candidate import Candidate
from advisor.model.measurement import ComparisonStatus

_WIDTH = 44


def summary(record: ProbeRecord) -> str:
    """Plain text, with a line for every comparison."""
    lines = [
        (
            f"Measured in {record.elapsed_seconds:.0f} s on {record.fingerprint.cpu_model}, "
            f"{record.fingerprint.cores} cores ({record.outcome.value})."
        ),
        "",
    ]
    lines += [_framework_line(one) for one in record.frameworks]
    lines += [
        "",
        "Time of TensorFlow over time of PyTorch, 95 % interval (above 1: PyTorch faster)",
    ]
    lines += [_comparison_line(one) for one in record.comparisons]
    if record.noise is not None and record.noise.ratio is not None:
        source = "stored" if record.noise.stored else "measured now"
        lines += [
            "",
            (
                f"Noise floor ({source}): frameworks against themselves "
                f"{ratio_words(record.noise.ratio)}"
            ),
        ]
    lines += [_break_even_line(one) for one in record.break_even]
    lines += [_accuracy_line(one) for one in record.accuracy]
    lines += [f"{one.severity}: {one.text} {one.remedy}".rstrip() for one in record.findings]
    return "\n".join(lines) + "\n"


def _framework_line(one: FrameworkRecord) -> str:
    if not one.usable:
        label = f"{one.candidate.label}: "
        return f"{label}not measured. {one.reason.removeprefix(label)}"
    memory = "" if one.import_rss_bytes is None else f", {one.import_rss_bytes / 2**20:.0f} MiB"
    size = "" if one.installed_bytes is None else f", {one.installed_bytes / 1e9:.2f} GB on disk"
    return (
        f"{one.candidate.label} {one.version}: import {seconds_words(one.import_seconds)}"
        f"{memory}{size}"
    )


def _comparison_line(one: ComparisonRecord) -> str:
    mode = "" if one.mode == "default" else f" {one.mode}"
    name = f"{one.workload} {one.operation}{mode}, {one.threads} thr."
    if one.status is not ComparisonStatus.MEASURED:
        return f"  {name:<{_WIDTH}} {one.status.value}: {one.reason}"
    return f"  {name:<{_WIDTH}} {ratio_words(one.ratio):<20} {verdict_words(one.verdict)}"


def _break_even_line(one: BreakEven) -> str:
    what = f"{one.candidate.label}, {one.workload} {one.operation}"
    if one.calls is None:
        return f"{what}: compiling does not make calls faster here"
    return f"{what}: compiling pays off after {one.calls:,} calls"


def _accuracy_line(one: AccuracyRecord) -> str:
    names = {candidate.value: candidate.label for candidate in Candidate}
    name = names.get(one.learner, one.learner)
    if one.seconds is None:
        return f"{name}: {one.target_accuracy:.0%} accuracy on digits not reached {one.reason}".rstrip()
    return (
        f"{name}: {one.target_accuracy:.0%} accuracy on digits after {seconds_words(one.seconds)}"
    )
