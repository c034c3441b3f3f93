"""Make docs/survey-today.md from the rule base: `make docs`.

What the 2025 survey (and the common wisdom of its time) says, beside what later sources say, each
with the month in which it is known to hold. A test fails when the page is not current.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from advisor.model.rulebase import Evidence, RuleBase
from advisor.rulebase.load import load_rule_base

PAGE = Path(__file__).with_name("survey-today.md")
SURVEY = "arXiv:2508.04035"
HEAD = """\
# What the 2025 survey says and what holds today

Generated from the rule base by `make docs`; do not edit. The survey is "A Comparative Survey of PyTorch vs TensorFlow for Deep
Learning: Usability, Performance, and Deployment Trade-offs" (arXiv:2508.04035, August 2025), a single-author preprint that
measures nothing itself. We take it as a map of criteria, not as evidence of speed. Where a row quotes common wisdom instead, it says so.
*Now* is empty where later sources agree.
"""


def page(rule_base: RuleBase) -> str:
    """The whole page."""
    parts = [HEAD]
    shown: set[str] = set()
    for criterion in rule_base.criteria:
        cited = {
            id_
            for rule in rule_base.rules
            if rule.criterion == criterion.id
            for id_ in rule.evidence
        }
        rows = [
            rule_base.evidence[id_]
            for id_ in sorted(cited - shown)
            if rule_base.evidence[id_].survey_says
        ]
        shown |= {row.id for row in rows}
        if rows:
            parts.append(_table(criterion.label, rows))
    rest = [
        one for id_, one in sorted(rule_base.evidence.items())
        if one.survey_says and id_ not in shown
    ]  # fmt: skip
    if rest:
        parts.append(_table("Said in cautions, hedges and next steps", rest))
    return "\n".join(parts)


def _table(title: str, rows: list[Evidence]) -> str:
    lines = [
        f"## {title}",
        "",
        "| The survey says | Now | Known to hold | Source |",
        "|---|---|---|---|",
    ]
    for row in sorted(rows, key=_overturned_first):
        source = row.sources[0]
        link = f"[{_cell(source.title)}]({source.url})" if "://" in source.url else source.url
        lines.append(
            f"| {_cell(row.survey_says)} | {_cell(row.now)} | {row.as_of:%Y-%m} | {link} |"
        )
    return "\n".join(lines) + "\n"


def _overturned_first(row: Evidence) -> tuple[bool, bool, date, str]:
    return (SURVEY.split(":")[1] not in row.survey_says, not row.now, row.as_of, row.id)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


if __name__ == "__main__":
    PAGE.write_text(page(load_rule_base()), encoding="utf-8")
