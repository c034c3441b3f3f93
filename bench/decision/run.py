"""Time of a decision and its growth: `python -m bench.decision.run`, writes RESULTS-decision.md.

One process on one core: processor time of the process, the best of several runs, because on a
shared machine the rest is other people's work. Nothing is asserted; the targets are printed beside.
"""

from __future__ import annotations

import os
import platform
import sys
import time
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from advisor.decision.constants import SAMPLES
from advisor.decision.engine import Engine
from advisor.model.answers import Answers
from advisor.model.rulebase import RuleBase
from bench.decision.synthetic import rule_base_of

AS_OF = date(2026, 11, 28)
RESULTS = Path(__file__).resolve().parent.parent / "RESULTS-decision.md"
SIZES = (250, 500, 1_000, 2_500, 5_000, 10_000)


def best_of(work: Callable[[], object], runs: int = 25) -> float:
    """Least processor time of `runs` runs, in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1e3 * min(times)


def shipped() -> tuple[RuleBase, dict[str, Answers]]:
    """The shipped rule base with answer sets from empty to full."""
    from advisor.interview.answers_file import load_answers
    from advisor.resources import rules_folder
    from advisor.rulebase.load import load_rule_base
    from advisor.rulebase.scenarios import load_scenarios

    rule_base = load_rule_base()
    example = Path(__file__).resolve().parent.parent.parent / "examples" / "answers.yaml"
    sets = {
        "nothing answered": Answers(),
        "examples/answers.yaml": load_answers(example, rule_base),
    }
    scenarios = load_scenarios(rules_folder(), rule_base)
    fullest = max(scenarios, key=lambda s: (len(s.answers.chosen), s.id))
    sets[f"scenario {fullest.id}"] = fullest.answers
    return rule_base, sets


def shipped_lines() -> list[str]:
    """Times with the shipped rule base."""
    rule_base, sets = shipped()
    lines = [
        f"Shipped rule base: {len(rule_base.rules)} rules, {len(rule_base.questions)} questions,",
        f"{len(rule_base.gates)} gates, {len(rule_base.emphases)} emphases; {SAMPLES} draws.",
        "",
        "| answers | given | decision, at most 50 ms | and flips | next step, at most 100 ms | balance |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    engine = Engine(rule_base, AS_OF)
    for name, answers in sets.items():
        engine.decide(answers)
        plain = best_of(lambda a=answers: engine.decide(a, explain=False))  # type: ignore[misc]
        full = best_of(lambda a=answers: engine.decide(a), runs=3)  # type: ignore[misc]
        steps = best_of(lambda a=answers: engine.next_steps(a))  # type: ignore[misc]
        balance = best_of(lambda a=answers: engine.balance(a))  # type: ignore[misc]
        lines.append(
            f"| {name} | {len(answers.chosen)} | {plain:.0f} ms | {full:.0f} ms "
            f"| {steps:.0f} ms | {balance:.0f} ms |"
        )
    first = best_of(lambda: Engine(rule_base, AS_OF).decide(Answers(), explain=False), runs=3)
    lines += [
        "",
        "A decision holds verdict, doubt by source, criteria, every reason with its effect, gates,",
        "next steps, settled, assumptions and notes. Flips and turning points decide again many",
        "times and are timed apart; the balance is what a live panel shows.",
        "",
        f"First decision of a process, compiling and drawing included: {first:.0f} ms.",
    ]
    return lines


def growth_lines() -> list[str]:
    """Times with made-up rule bases up to 10,000 rules."""
    lines = [
        "## Growth with the number of rules",
        "",
        "Made-up rules on 40 questions, half of the questions answered, two rules to a topic.",
        "",
        "| rules | decision | per rule |",
        "|---:|---:|---:|",
    ]
    times = []
    for size in SIZES:
        rule_base = rule_base_of(size)
        chosen = {q.id: frozenset(q.option_ids[:1]) for q in rule_base.questions[::2]}
        engine = Engine(rule_base, AS_OF)
        engine.decide(Answers(chosen), explain=False)
        spent = best_of(lambda e=engine, c=chosen: e.decide(Answers(c), explain=False), runs=3)  # type: ignore[misc]
        times.append(spent)
        lines.append(f"| {size} | {spent:.0f} ms | {1e3 * spent / size:.0f} µs |")
    slope = np.polyfit(np.log(SIZES[2:]), np.log(times[2:]), 1)[0]
    lines += [
        "",
        f"Exponent of the growth from {SIZES[2]} rules on: {slope:.2f} (1 is linear).",
    ]
    return lines


def oracle_lines() -> list[str]:
    """The same matrix in pymcdm and scikit-criteria."""
    from pymcdm.methods import WPM, WSM
    from skcriteria import mkdm
    from skcriteria.agg.simple import WeightedProductModel, WeightedSumModel

    rng = np.random.default_rng(5)
    matrix, weights = rng.random((2, 7)) + 0.05, rng.dirichlet(np.ones(7))
    ones = np.ones(7)

    def as_is(column: np.ndarray[tuple[int], np.dtype[np.float64]], cost: bool = False) -> object:
        return column

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = mkdm(matrix, [max] * 7, weights=weights)
        sums = {
            "ours": matrix @ weights,
            "pymcdm WSM": WSM(normalization_function=as_is)(
                matrix, weights, ones, validation=False
            ),
            "scikit-criteria WeightedSumModel": WeightedSumModel().evaluate(table).e_.score,
        }
        products = {
            "ours": np.exp(np.log(matrix) @ weights),
            "pymcdm WPM": WPM(normalization_function=as_is)(
                matrix, weights, ones, validation=False
            ),
            "scikit-criteria WeightedProductModel": 10
            ** WeightedProductModel().evaluate(table).e_.score,
        }
    lines = [
        "## The same matrix elsewhere",
        "",
        "One draw: two candidates, seven criteria.",
        "",
        "| method | PyTorch | TensorFlow | difference |",
        "|---|---:|---:|---:|",
    ]
    for kind, found in (("weighted sum", sums), ("weighted product", products)):
        for name, (one, two) in found.items():
            lines.append(f"| {kind}, {name} | {one:.6f} | {two:.6f} | {one - two:+.6f} |")
    return lines


def machine() -> str:
    """What it ran on."""
    return (
        f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores, one used; load when started "
        f"{os.getloadavg()[0]:.1f}."
    )


def main() -> int:
    """Measure and write the results."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    head = machine()
    lines = [
        "# The decision engine, measured",
        "",
        "Made by `make bench-decision`. Processor time of one process, best of several runs.",
        "",
        head,
        "",
        *shipped_lines(),
        "",
        *growth_lines(),
        "",
        *oracle_lines(),
    ]
    text = "\n".join(lines) + "\n"
    RESULTS.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
