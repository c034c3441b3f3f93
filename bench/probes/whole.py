"""Whole probes as users run them: does quick end within a minute, do repeated defaults agree?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from advisor.decision.engine import Engine
from advisor.interview.answers_file import load_answers
from advisor.measure.record import ProbeRecord, load_record, to_measurements
from advisor.model.answers import Answers
from advisor.model.measurement import Likeness
from advisor.rulebase.load import load_rule_base
from bench.probes.page import save

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


def probe(options: list[str], home: Path) -> tuple[ProbeRecord, float]:
    """Run `advisor probe` in a process of its own; the record and its wall time in seconds."""
    output = home / "probe.json"
    environment = {**os.environ, "XDG_DATA_HOME": str(home)}
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "advisor", "probe", *options, "-o", str(output)],
        check=True,
        capture_output=True,
        env=environment,
    )
    return load_record(output), time.monotonic() - began


def advice(record: ProbeRecord) -> dict[str, str]:
    """What is advised with this record, as if it came from the machine that matters: with nothing
    answered, and with the answers of each published example."""
    rule_base = load_rule_base()
    situations = {"nothing answered": Answers()}
    for path in sorted(EXAMPLES.glob("*/answers.yaml")):
        situations[path.parent.name] = load_answers(path, rule_base)
    measured = to_measurements(record, Likeness.HERE)
    engine = Engine(rule_base, as_of=datetime.now(UTC).date())
    found = {name: engine.balance(answers, measured) for name, answers in situations.items()}
    return {
        name: f"{one.verdict_class.value}: {one.framework.label}" for name, one in found.items()
    }


def outcome(record: ProbeRecord, wall: float) -> dict[str, Any]:
    """What is kept of a run."""
    return {
        "wall": round(wall, 1),
        "outcome": record.outcome.value,
        "noise_stored": bool(record.noise and record.noise.stored),
        "advice": advice(record),
        "comparisons": [
            {
                "name": f"{one.workload} {one.operation} {one.mode} {one.threads}",
                "verdict": one.verdict.value if one.verdict else one.status.value,
                "ratio": [one.ratio.low, one.ratio.estimate, one.ratio.high] if one.ratio else None,
                "generations": [round(value, 4) for value in one.generation_ratios],
                "reason": one.reason,
            }
            for one in record.comparisons
        ],
    }


def run(part: str, scale: float) -> None:
    """Write the part `quick` or `agreement`."""
    options, most = (["--quick"], 5) if part == "quick" else ([], 10)
    start = round(os.getloadavg()[0], 2)
    runs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as home:
        for seed in range(max(1, round(most * scale))):
            record, wall = probe([*options, "--seed", str(seed)], Path(home))
            runs.append(outcome(record, wall))
            save(
                part,
                f"python -m bench.probes.run {part} --scale {scale:g}",
                {"load_at_start": start, "runs": runs},
            )
            print(json.dumps(runs[-1]), file=sys.stderr)
