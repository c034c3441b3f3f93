"""The probe as a report shows it, read from the document with care.

The document keeps the probe as probe.json holds it, in whatever version it was made. Fields that
are missing or of another type are shown as not known, never as an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from advisor.model.candidate import CANDIDATES, Candidate
from advisor.model.measurement import Likeness
from advisor.report.nodes import Interval, Node, interval_of
from advisor.report.words import (
    LIKENESS_WORDS,
    OPERATION_WORDS,
    STATUS_WORDS,
    VERDICT_WORDS,
    listed,
    megabytes,
    readable,
)
from advisor.text import seconds

UNKNOWN = "not known"


_FASTER = {"pytorch-faster": Candidate.PYTORCH, "tensorflow-faster": Candidate.TENSORFLOW}


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """One workload and operation, side by side."""

    workload: str
    size: str
    operation: str
    mode: str
    threads: int
    device: str
    precision: str
    conditions: str
    status: str
    verdict_id: str
    verdict: str
    """In words: who is faster, or why nothing is said."""
    reason: str
    interval: Interval | None
    seconds: dict[Candidate, float]
    pairs: int
    generations: int
    proof: str
    fairness: tuple[tuple[str, str, str, bool], ...]
    first_call: dict[Candidate, float]

    @property
    def faster(self) -> Candidate | None:
        """Who is faster, where the interval allows to say so."""
        return _FASTER.get(self.verdict_id)

    @property
    def name(self) -> str:
        """Workload, operation and mode in words."""
        mode = "" if self.mode in ("", "default") else f", {MODE_WORDS.get(self.mode, self.mode)}"
        operation = OPERATION_WORDS.get(self.operation, self.operation)
        return f"{readable(self.workload)} ({operation}{mode})"


OUTCOME_WORDS = {
    "works": "works",
    "differs": "converts, output differs",
    "fails": "fails",
    "not-tried": "not tried",
}
"""Outcomes of trying a way to deployment, the best first."""

MODE_WORDS = {
    "default": "as commonly used",
    "best": "compiled",
    "default-allocator": "with the allocator remedy",
}


class ProbeView:
    """The measurements in words and figures."""

    def __init__(self, probe: dict[str, Any], likeness: Likeness) -> None:
        self._probe = Node(probe)
        self.likeness = LIKENESS_WORDS[likeness]

    @cached_property
    def comparisons(self) -> tuple[ComparisonView, ...]:
        """Every comparison, measured or not."""
        return tuple(_comparison(node) for node in self._probe.nodes("comparisons"))

    @cached_property
    def measured(self) -> tuple[ComparisonView, ...]:
        """The comparisons with an interval."""
        return tuple(one for one in self.comparisons if one.interval is not None)

    @cached_property
    def rows(self) -> list[tuple[str, ...]]:
        """Work, conditions, time of each, ratio, finding."""
        return [
            (
                one.name,
                one.conditions,
                *(seconds(one.seconds[side]) if side in one.seconds else "" for side in CANDIDATES),
                str(one.interval or ""),
                one.verdict,
            )
            for one in self.comparisons
            if one.status != "skipped"
        ]

    @cached_property
    def remarks(self) -> list[str]:
        """Why comparisons came out as they did, those with the same reason together."""
        reasons: dict[str, list[str]] = {}
        for one in self.comparisons:
            if one.status != "skipped" and one.reason:
                reasons.setdefault(f"{one.verdict}: {one.reason}", []).append(one.name)
        return [f"{'; '.join(names)}: {reason}" for reason, names in reasons.items()]

    @cached_property
    def proof_rows(self) -> list[tuple[str, str]]:
        """Work, and how it was proved that both sides do the same."""
        return [(one.name, one.proof) for one in self.comparisons if one.proof]

    @cached_property
    def left_out(self) -> str:
        """What was planned and not measured, with the reasons, in a sentence; empty if nothing."""
        reasons: dict[str, list[str]] = {}
        for one in self.comparisons:
            if one.status == "skipped":
                reasons.setdefault(one.reason or "no reason given", []).append(one.name)
        said = [f"{listed(names)} ({reason})" for reason, names in reasons.items()]
        return f"Left out: {'; '.join(said)}." if said else ""

    @cached_property
    def summary(self) -> str:
        """What came out, in a sentence or two."""
        said = []
        for words in VERDICT_WORDS.values():
            names = [one.name for one in self.measured if one.verdict == words]
            if names:
                said.append(f"{words}: {listed(names)}")
        text = "; ".join(said)
        found = [f"{text[:1].upper()}{text[1:]} ({self.likeness})."] if text else []
        if self.tried:
            found.append(self.tried)
        nothing = f"A probe was run, but nothing could be compared; it was {self.likeness}."
        return " ".join(found) or nothing

    @cached_property
    def tried(self) -> str:
        """How many ways to deployment work here, in a sentence; empty when none was tried."""
        outcomes = [node.text("outcome") for node in self._probe.nodes("attempts")]
        tried = [one for one in outcomes if one != "not-tried"]
        if not tried:
            return ""
        return f"{tried.count('works')} of {len(tried)} ways to deployment tried here work."

    @cached_property
    def machine(self) -> list[tuple[str, str]]:
        """The machine, without anything that names it."""
        found = self._probe.node("fingerprint")
        if found is None:
            return []
        rows = [
            ("Operating system", found.text("system")),
            ("Processor", found.text("cpu_model")),
            ("Architecture", found.text("architecture")),
            ("Instruction sets", ", ".join(map(str, found.values("instructions")))),
            ("Cores used", str(found.whole("cores") or UNKNOWN)),
            ("Memory", f"about {found.whole('memory_class_gib')} GiB"),
            ("Accelerators", ", ".join(map(str, found.values("accelerators"))) or "none"),
        ]
        return [(label, value or UNKNOWN) for label, value in rows]

    @cached_property
    def versions(self) -> dict[Candidate, str]:
        """The version of each candidate that was measured."""
        by_value = {one.value: one for one in CANDIDATES}
        return {
            by_value[node.text("candidate")]: node.text("version")
            for node in self._probe.nodes("frameworks")
            if node.text("candidate") in by_value and node.text("version")
        }

    @cached_property
    def frameworks(self) -> list[tuple[str, list[str]]]:
        """Rows of the environment table: a label and a value per candidate."""
        by_name = {node.text("candidate"): node for node in self._probe.nodes("frameworks")}
        nodes = [by_name.get(one.value, Node({})) for one in CANDIDATES]
        rows = [
            ("Version", [node.text("version") or UNKNOWN for node in nodes]),
            ("Python", [node.text("python") or UNKNOWN for node in nodes]),
            ("Import, cold", [_shown(node.number("import_seconds"), seconds) for node in nodes]),
            (
                "Memory after import",
                [_shown(node.number("import_rss_bytes"), megabytes) for node in nodes],
            ),
            (
                "Installed size",
                [_shown(node.number("installed_bytes"), megabytes) for node in nodes],
            ),
            (
                "Matrix multiply, measured peak",
                [_shown(node.number("matmul_gflops"), _gflops) for node in nodes],
            ),
            ("Devices", [", ".join(map(str, node.values("devices"))) or UNKNOWN for node in nodes]),
            ("Not usable because", [node.text("reason") for node in nodes]),
        ]
        return [row for row in rows if any(value not in ("", UNKNOWN) for value in row[1])]

    @cached_property
    def framework_rows(self) -> list[tuple[str, ...]]:
        """The same, each row as one tuple."""
        return [(label, *values) for label, values in self.frameworks]

    @cached_property
    def fairness(self) -> list[tuple[str, list[tuple[str, str, str, str]]]]:
        """Tables of settings, those of comparisons with the same settings as one."""
        tables: dict[tuple[tuple[str, str, str, bool], ...], list[str]] = {}
        for one in self.comparisons:
            if one.fairness:
                tables.setdefault(one.fairness, []).append(one.name)
        return [
            (
                "; ".join(names),
                [(a, b, c, "yes" if alike else "no") for a, b, c, alike in rows],
            )
            for rows, names in tables.items()
        ]

    @cached_property
    def noise(self) -> str:
        """The noise floor of the machine, in a sentence."""
        node = self._probe.node("noise")
        if node is None:
            return "No A/A run was made, so the noise floor of this machine is not known."
        found = interval_of(node.node("ratio"))
        name = node.text("candidate")
        label = next(
            (one.label for one in CANDIDATES if one.value == name), name or "Each framework"
        )
        if found is None:
            return f"An A/A run ({label} against itself) was too short for an interval."
        return (
            f"{label} against itself came out at {found}; "
            "no difference smaller than that is claimed."
        )

    @cached_property
    def findings(self) -> list[tuple[str, str]]:
        """What about the machine bears on the figures, with the remedy."""
        return [
            (node.text("text"), node.text("remedy"))
            for node in self._probe.nodes("findings")
            if node.text("text")
        ]

    @cached_property
    def attempts(self) -> list[tuple[str, str, str, str]]:
        """Ways to deployment, tried here: way, from, outcome, figures and reasons."""
        labels = {one.value: one.label for one in CANDIDATES}
        return [
            (
                node.text("title") or node.text("path"),
                labels.get(node.text("candidate"), node.text("candidate")),
                OUTCOME_WORDS.get(node.text("outcome"), node.text("outcome")),
                _attempt_remark(node),
            )
            for node in self._probe.nodes("attempts")
        ]

    @cached_property
    def attempt_targets(self) -> list[tuple[str, dict[Candidate, str]]]:
        """Each deployment target with the best outcome of either candidate, in words."""
        targets = dict.fromkeys(
            target
            for node in self._probe.nodes("attempts")
            for target in node.values("targets")
            if isinstance(target, str)
        )
        return [
            (target, {one: _best(self.on_target(one, target)) for one in CANDIDATES})
            for target in sorted(targets)
        ]

    def on_workloads(
        self, workloads: tuple[str, ...], operations: tuple[str, ...]
    ) -> list[ComparisonView]:
        """The measured comparisons of these workloads and operations."""
        return [
            one
            for one in self.measured
            if one.workload in workloads and one.operation in operations
        ]

    def on_target(self, candidate: Candidate | None, target: str) -> list[str]:
        """Outcomes of the ways from a candidate (None: either) to a deployment target."""
        return [
            node.text("outcome")
            for node in self._probe.nodes("attempts")
            if target in node.values("targets")
            and (candidate is None or node.text("candidate") == candidate.value)
        ]

    @cached_property
    def accuracy(self) -> list[tuple[str, str, str]]:
        """Learner, time to the stated accuracy, accuracy reached."""
        labels = {one.value: one.label for one in CANDIDATES}
        return [
            (
                labels.get(node.text("learner"), node.text("learner")),
                _shown(node.number("seconds"), seconds, "not reached"),
                f"{100 * (node.number('accuracy') or 0):.1f} %",
            )
            for node in self._probe.nodes("accuracy")
        ]

    @cached_property
    def break_even(self) -> list[tuple[str, str, str]]:
        """Candidate, workload, number of calls after which compiling has paid."""
        labels = {one.value: one.label for one in CANDIDATES}
        return [
            (
                labels.get(node.text("candidate"), node.text("candidate")),
                f"{readable(node.text('workload'))} ({readable(node.text('operation'))})",
                f"{node.whole('calls'):,} calls" if node.number("calls") else "never here",
            )
            for node in self._probe.nodes("break_even")
        ]

    @cached_property
    def run(self) -> list[tuple[str, str]]:
        """How the probe itself went."""
        return [
            ("Outcome", readable(self._probe.text("outcome")) or UNKNOWN),
            ("Budget", _shown(self._probe.number("budget_seconds"), seconds)),
            ("Took", _shown(self._probe.number("elapsed_seconds"), seconds)),
            ("Seed", str(self._probe.whole("seed"))),
        ]


def _shown(value: float | None, form: Any, otherwise: str = UNKNOWN) -> str:
    return otherwise if value is None else str(form(value))


def _gflops(value: float) -> str:
    return f"{value:.3g} GFLOP/s"


def _best(outcomes: list[str]) -> str:
    return next((words for name, words in OUTCOME_WORDS.items() if name in outcomes), "no way")


def _attempt_remark(node: Node) -> str:
    found = [node.text("reason").rstrip(".")]
    for key, form in (
        ("largest_deviation", lambda value: f"largest deviation {value:.2g}"),
        ("artefact_bytes", megabytes),
        ("convert_seconds", lambda value: f"converted in {seconds(value)}"),
        ("load_seconds", lambda value: f"cold load {seconds(value)}"),
    ):
        value = node.number(key)
        found.append("" if value is None else form(value))
    latency = node.node("latency")
    if latency is not None:
        times = [latency.number(f"{key}_seconds") for key in ("median", "low", "high")]
        if None not in times:
            median, low, high = (seconds(time or 0.0) for time in times)
            found.append(f"one item {median} ({low} to {high})")
    return "; ".join(part for part in found if part)


def _comparison(node: Node) -> ComparisonView:
    status = node.text("status")
    interval = interval_of(node.node("ratio")) if status == "measured" else None
    verdict = VERDICT_WORDS.get(node.text("verdict"), "")
    sides = {one: node.node(one.value) or Node({}) for one in CANDIDATES}
    times = {one: side.number("seconds") for one, side in sides.items()}
    first = {
        one: calls[0]
        for one, side in sides.items()
        if (calls := [x for x in side.values("first_call_seconds") if isinstance(x, (int, float))])
    }
    threads = node.whole("threads")
    conditions = [
        node.text("size"),
        f"{threads} thread{'' if threads == 1 else 's'}" if threads else "",
        node.text("device"),
        node.text("precision"),
    ]
    return ComparisonView(
        workload=node.text("workload"),
        size=node.text("size"),
        operation=node.text("operation"),
        mode=node.text("mode"),
        threads=threads,
        device=node.text("device"),
        precision=node.text("precision"),
        conditions=", ".join(part for part in conditions if part),
        status=status,
        verdict_id=node.text("verdict"),
        verdict=verdict or STATUS_WORDS.get(status, status or UNKNOWN),
        reason=node.text("reason"),
        interval=interval,
        seconds={one: value for one, value in times.items() if value is not None and value > 0},
        pairs=node.whole("pairs"),
        generations=len(node.values("generation_ratios")),
        proof=_proof(node.node("proof")),
        fairness=tuple(
            (
                row.text("name"),
                row.text("pytorch"),
                row.text("tensorflow"),
                row.flag("alike") is True,
            )
            for row in node.nodes("fairness")
        ),
        first_call={one: float(value) for one, value in first.items()},
    )


def _proof(node: Node | None) -> str:
    if node is None:
        return ""
    deviation, tolerance = node.number("largest_deviation"), node.number("tolerance")
    figures = ""
    if deviation is not None and tolerance is not None:
        where = f" in {node.text('largest_in')}" if node.text("largest_in") else ""
        figures = f": largest deviation {deviation:.1e}{where}, allowed {tolerance:.1e}"
    return f"{'passed' if node.flag('passed') else 'failed'}{figures}"
