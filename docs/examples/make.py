"""Makes the reports shown here from the answers beside them: `make examples`.

With `--check` nothing is written; the exit status is 1 when a report is not current.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from advisor.commands.team import advise_team, load_members
from advisor.report.as_madr import slug, title
from advisor.report.parts import DecisionDocument
from advisor.report.render import render
from advisor.rulebase.load import load_rule_base
from advisor.service import advise, load_inputs

HERE = Path(__file__).resolve().parent
AS_OF = date(2026, 11, 28)
"""The day of the advice: reports of another day would age with every run."""

FORMS = {
    "phone-vision": ("json", "markdown", "html", "adr", "csv"),
    "served-estate": ("markdown", "html", "adr"),
    "first-course": ("markdown", "html"),
    "team": ("json", "markdown", "html"),
}
NAMES = {
    "json": "decision.json",
    "markdown": "report.md",
    "html": "report.html",
    "csv": "measurements.csv",
}


def decide(folder: Path) -> DecisionDocument:
    """The decision from the answers, and the probe if there is one, in `folder`."""
    answers = sorted(folder.glob("*.yaml"))
    probe = folder / "probe.json"
    if len(answers) > 1:
        rule_base = load_rule_base()
        members = load_members([str(path) for path in answers], rule_base)
        return advise_team(rule_base, members, None, as_of=AS_OF)
    rule_base, chosen, record = load_inputs(
        answers=answers[0], probe=probe if probe.exists() else None, rules=[]
    )
    return advise(rule_base, chosen, record, as_of=AS_OF)


def reports(only: Sequence[str] = ()) -> Iterator[tuple[Path, bytes]]:
    """Every report with its place, made anew."""
    for name, forms in FORMS.items():
        if only and name not in only:
            continue
        document = decide(HERE / name)
        for form in forms:
            made = render(document, form)
            data = made.encode() if isinstance(made, str) else made
            file = NAMES.get(form) or f"0001-{slug(title(document))}.md"
            yield HERE / name / file, data


def stale(only: Sequence[str] = ()) -> list[Path]:
    """The reports that are missing or differ from what would be made now."""
    return [path for path, data in reports(only) if not path.is_file() or path.read_bytes() != data]


def main() -> int:
    """Make or check the reports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 when out of date")
    parser.add_argument("only", nargs="*", help="names of examples; all when left out")
    args = parser.parse_args()
    if args.check:
        found = stale(args.only)
        for path in found:
            print(f"{path.relative_to(HERE)} is not current: run `make examples`", file=sys.stderr)
        return 1 if found else 0
    for name in FORMS:
        if not args.only or name in args.only:
            for old in (HERE / name).glob("0001-*.md"):
                old.unlink()
    for path, data in reports(args.only):
        path.write_bytes(data)
        print(path.relative_to(HERE))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
