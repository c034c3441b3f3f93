"""The page drawn from whatever results there are."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import Any

from advisor.model.measurement import RatioVerdict
from bench.probes.live import WINNERS, typical_spread, words
from bench.probes.page import RESULTS, heading, load, table, write

FOUND = 0.9
"""A slowdown counts as found from nine of ten runs on."""
_WINNER_NAMES = {one.value for one in WINNERS}
_VERDICT_NAMES = {*_WINNER_NAMES, RatioVerdict.NO_PRACTICAL_DIFFERENCE.value}


def _share(count: int, whole: int) -> str:
    return f"{count} of {whole}"


def _interval(ratio: list[float] | None) -> str:
    return f"{ratio[1]:.2f} [{ratio[0]:.2f}, {ratio[2]:.2f}]" if ratio else "none"


def _verdicts(runs: list[dict[str, Any]]) -> str:
    return _counted([one["verdict"] or "none" for one in runs])


def _counted(names: list[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(Counter(names).items()))


def aa(data: dict[str, Any]) -> str:
    """A/A runs."""
    rows: list[list[object]] = []
    for name in ("pytorch", "tensorflow"):
        if name not in data:
            continue
        runs = data[name]["runs"]
        false = sum(one["verdict"] in _WINNER_NAMES for one in runs)
        rows.append(
            [
                name,
                f"{data[name]['budget']:g} s",
                len(runs),
                sum(len(one["generations"]) for one in runs),
                _share(false, len(runs)),
                words(typical_spread(runs)),
                _verdicts(runs),
            ]
        )
    head = ["framework", "budget", "runs", "process pairs", "false winners", "spread", "verdicts"]
    text = f"Workload {data['workload']}, {data['threads']} threads. Wanted: at most 1 in 20.\n\n"
    return heading("A framework against itself (A/A)", data) + "\n" + text + table(head, rows)


def planted(data: dict[str, Any]) -> str:
    """Planted slowdowns."""
    rows: list[list[object]] = []
    named, seen = [], []
    for name, runs in sorted(data["runs"].items(), key=lambda one: float(one[0].rstrip("%"))):
        found = sum(one["verdict"] == "pytorch-faster" for one in runs)
        above = sum(bool(one["ratio"]) and one["ratio"][0] > 1.0 for one in runs)
        estimates = [one["ratio"][1] for one in runs if one["ratio"]]
        middle = f"{median(estimates):.2f}" if estimates else "none"
        named += [name] * (found >= FOUND * len(runs))
        seen += [name] * (above >= FOUND * len(runs))
        rows.append(
            [name, len(runs), _share(found, len(runs)), _share(above, len(runs)), middle,
             _verdicts(runs)]
        )  # fmt: skip
    head = ["slowdown", "runs", "winner named", "interval above 1", "median ratio", "verdicts"]
    text = (
        f"Workload {data['workload']}, {data['threads']} threads, {data['budget']:g} s for each run; "
        "real extra calls in one arm of an A/A pair. 5 and 10 % lie inside or on the edge of the zone "
        "of no practical difference, so no winner should be named there; whether the interval leaves "
        f"1 is shown beside it. Smallest slowdown found in nine of ten runs: {_first(named)} as a "
        f"named winner, {_first(seen)} as an interval that leaves 1.\n\n"
    )
    title = f"Planted slowdowns, {data['budget']:g} seconds"
    return heading(title, data) + "\n" + text + table(head, rows)


def _first(names: list[str]) -> str:
    return names[0] if names else "none"


def naive(data: dict[str, Any]) -> str:
    """The naive loop."""
    ratios = sorted(data["ratios"])
    text = (
        f"One process after the other, mean of 30 calls each, same workload: {len(ratios)} pairs, "
        f"ratios from {ratios[0]:.2f} to {ratios[-1]:.2f}, spread {words(data['spread'])}, "
        f"{_share(data['false_findings'], len(ratios))} false findings (more than 10 % apart)."
    )
    return heading("A naive loop on the same work", data) + "\n" + text


def coverage(data: dict[str, Any]) -> str:
    """Simulated coverage and power."""
    worst = min(one["coverage"] for one in data["coverage"])
    best = max(one["coverage"] for one in data["coverage"])
    boots = [one["bootstrap"] for one in data["coverage"]]
    kinds: list[list[object]] = []
    for kind in dict.fromkeys(one["noise"] for one in data["coverage"]):
        mine = [one for one in data["coverage"] if one["noise"] == kind]
        kinds.append(
            [
                kind,
                len(mine),
                (
                    f"{min(one['coverage'] for one in mine):.1%} to "
                    f"{max(one['coverage'] for one in mine):.1%}"
                ),
                (
                    f"{min(one['bootstrap'] for one in mine):.1%} to "
                    f"{max(one['bootstrap'] for one in mine):.1%}"
                ),
            ]
        )
    power: list[list[object]] = [
        [
            f"{one['process_sd']:.0%}",
            f"{one['slowdown']:.0%}",
            f"{one['winner_named']:.1%}",
            f"{one['wrong_winner']:.1%}",
            f"{one['tie_named']:.1%}",
            f"{one['coverage']:.1%}",
            f"{one['generations']:.1f}",
        ]
        for one in data["power"]
    ]
    text = (
        f"{data['rounds']} simulated probes per scenario (3, 5 and 8 generations; 6 and 20 pairs; "
        f"process spread 0, 3 and 5 %). The interval used covers the truth in {worst:.1%} to "
        f"{best:.1%} (nominal 95 %); the plain percentile bootstrap over processes, then blocks, in "
        f"{min(boots):.1%} to {max(boots):.1%}.\n\n"
    )
    head = ["noise", "scenarios", "interval used", "percentile bootstrap"]
    then = "\n\nRuns as they are made, stopped early from the third of at most five generations on:\n\n"
    head_two = [
        "process spread", "slowdown", "winner named", "wrong winner", "tie named", "coverage",
        "generations",
    ]  # fmt: skip
    return (
        heading("Interval coverage on simulated data", data)
        + "\n"
        + text
        + table(head, kinds)
        + then
        + table(head_two, power)
    )


def overhead(data: dict[str, Any]) -> str:
    """Our loop against torch.utils.benchmark."""
    rows: list[list[object]] = [
        [
            name,
            f"{one['ours'] * 1e6:.2f} µs",
            f"{one['theirs'] * 1e6:.2f} µs",
            f"{one['ratio'][1]:.3f} [{one['ratio'][0]:.3f}, {one['ratio'][2]:.3f}]",
        ]
        for name, one in data.items()
        if isinstance(one, dict) and "ratio" in one
    ]
    head = ["operation", "our loop", "torch.utils.benchmark", "ratio (wanted 0.98 to 1.02)"]
    text = f"torch {data['torch']}, {data['threads']} threads, {data['rounds']} blocks of 0.1 s in turns.\n\n"
    return heading("Overhead of the timing loop", data) + "\n" + text + table(head, rows)


def quick(data: dict[str, Any]) -> str:
    """Wall time of quick probes."""
    rows: list[list[object]] = [
        [
            number + 1,
            f"{one['wall']:.1f} s",
            len({found["name"].split()[0] for found in one["comparisons"] if found["ratio"]}),
            "stored" if one["noise_stored"] else "measured",
            "; ".join(
                f"{found['name']}: {found['verdict']} {_interval(found['ratio'])}"
                for found in one["comparisons"]
            ),
        ]
        for number, one in enumerate(data["runs"])
    ]
    head = ["run", "wall time", "workloads measured", "noise floor", "found"]
    return (
        heading("The quick probe, start of the command to its end", data) + "\n" + table(head, rows)
    )


def agreement(data: dict[str, Any]) -> str:
    """Verdicts of repeated default probes."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for one in data["runs"]:
        for found in one["comparisons"]:
            by_name.setdefault(found["name"], []).append(found)
    rows: list[list[object]] = []
    for name, runs in by_name.items():
        given = {one["verdict"] for one in runs} & _VERDICT_NAMES
        rows.append(
            [
                name,
                _verdicts(runs),
                "yes" if len({one["verdict"] for one in runs}) == 1 else "no",
                "yes" if len(given) > 1 else "no",
                ", ".join(f"{one['ratio'][1]:.2f}" for one in runs if one["ratio"]),
            ]
        )
    walls = [one["wall"] for one in data["runs"]]
    text = (
        f"{len(walls)} runs, {min(walls):.0f} to {max(walls):.0f} s each. `not-resolved` is no "
        "verdict: the run says that it cannot tell. Verdicts contradict each other when two runs "
        "give different ones.\n\n"
    )
    head = ["comparison", "verdicts", "all alike", "contradictory", "ratios"]
    parts = [heading("Repeated default probes", data), text + table(head, rows)]
    situations = data["runs"][0].get("advice", {})
    if situations:
        parts.append("\nThe advice with each of these probes, taken as from the target machine:\n")
        lines: list[list[object]] = [
            [name, _counted([one["advice"][name] for one in data["runs"]])] for name in situations
        ]
        parts.append(table(["answers", "advice"], lines))
    return "\n".join(parts)


PARTS = {
    "aa": aa,
    "planted-20": planted,
    "planted-60": planted,
    "naive": naive,
    "coverage": coverage,
    "overhead": overhead,
    "quick": quick,
    "agreement": agreement,
}


def draw() -> None:
    """Write the probe part of bench/RESULTS.md."""
    note = RESULTS / "note.md"
    sections = [note.read_text(encoding="utf-8").strip()] if note.exists() else []
    for name, section in PARTS.items():
        data = load(name)
        if data is not None:
            sections.append(section(data))
    write(sections)
