"""The options of `advisor probe`, `advisor doctor` and `advisor recommend --run-probe`."""

from __future__ import annotations

import argparse
from pathlib import Path

from advisor.measure.budget import LONGEST_SECONDS, SHORTEST_SECONDS
from advisor.measure.selection import SIZES, WORKLOADS

DEVICES = ("auto", "cpu", "cuda", "rocm", "mps", "xpu")


Container = argparse.ArgumentParser | argparse._ArgumentGroup


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from None
    if not SHORTEST_SECONDS <= value <= LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(
            f"must lie between {SHORTEST_SECONDS:g} and {LONGEST_SECONDS:g} seconds"
        )
    return value


def _seed(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 999999999")


def _count(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
    if not 1 <= value <= 4096:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of threads")
    return value


def add_budget_arguments(container: Container) -> None:
    """How long to measure, and with which interpreters."""
    container.add_argument(
        "--budget", metavar="SECONDS", type=_seconds, help="time to spend, kept within 10 percent"
    )
    container.add_argument(
        "--quick", action="store_true", help="two workloads, within a minute on two cores"
    )
    container.add_argument(
        "--thorough",
        action="store_true",
        help="more workloads, each framework at its best too, one thread too (ten minutes)",
    )
    for name, label in (("pytorch", "PyTorch"), ("tensorflow", "TensorFlow")):
        container.add_argument(
            f"--python-{name}",
            metavar="PATH",
            type=Path,
            help=f"interpreter that has {label}, if it is not this one",
        )


def add_probe_arguments(parser: argparse.ArgumentParser) -> None:
    """Every option of `advisor probe`."""
    add_budget_arguments(parser)
    parser.add_argument(
        "--workload",
        metavar="NAME",
        nargs="+",
        action="extend",
        default=[],
        choices=list(WORKLOADS),
        help="measure these instead of what the answers suggest; see --list",
    )
    parser.add_argument(
        "--list", action="store_true", help="list the workloads and operations, and stop"
    )
    parser.add_argument(
        "--answers", metavar="FILE", help="choose workloads by this answers file (YAML or JSON)"
    )
    parser.add_argument("--size", choices=SIZES, help="size of the work; by default what fits here")
    parser.add_argument("--device", choices=DEVICES, default="auto", help="where to run it")
    parser.add_argument(
        "--threads", metavar="N", type=_count, help="threads; by default the cores allowed"
    )
    parser.add_argument(
        "--fresh-noise",
        action="store_true",
        help="measure this machine's noise floor again, even if a recent one is stored",
    )
    parser.add_argument(
        "--seed", metavar="N", type=_seed, default=0, help="seed of the order of blocks"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        type=Path,
        help="write probe.json here; - for standard output",
    )


def add_doctor_arguments(parser: argparse.ArgumentParser) -> None:
    """Every option of `advisor doctor`."""
    parser.add_argument(
        "--no-start",
        action="store_true",
        help="only look, do not start the frameworks to try their devices",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    for name in ("pytorch", "tensorflow"):
        parser.add_argument(f"--python-{name}", metavar="PATH", type=Path)
