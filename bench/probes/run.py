"""How far the probe can be trusted: `python -m bench.probes.run [PART ...] [--scale S]`.

Parts run one after the other and keep what they have after every step; the page is drawn at the
end, and by `--draw` alone. At full scale all parts take about two and a half hours.
"""

from __future__ import annotations

import argparse

PARTS = ("coverage", "overhead", "aa", "planted-20", "planted-60", "naive", "quick", "agreement")


def run_part(part: str, scale: float, threads: int) -> None:
    """Run one part."""
    if part == "coverage":
        from bench.probes import coverage

        coverage.run(scale)
    elif part == "overhead":
        from bench.probes import overhead

        overhead.run(scale, 1)
    elif part in ("quick", "agreement"):
        from bench.probes import whole

        whole.run(part, scale)
    else:
        from bench.probes import live

        live.start(part, scale, threads)


def _part(name: str) -> str:
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(PARTS)}")
    return name


def main() -> None:
    """Run the parts named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", type=_part, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full number of runs")
    parser.add_argument("--threads", type=int, help="threads of each worker; by default the cores")
    parser.add_argument("--draw", action="store_true", help="only draw the page")
    args = parser.parse_args()
    from advisor.measure.machine import read_machine
    from bench.probes import report

    threads = args.threads or read_machine().usable_cores
    for part in [] if args.draw else args.parts or PARTS:
        print(f"{part} ...", flush=True)
        run_part(part, args.scale, threads)
        report.draw()
    report.draw()


if __name__ == "__main__":
    main()
