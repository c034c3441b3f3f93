"""How the balance stands: one line below a question, or a panel beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from advisor.text import counted
from advisor.tui.drawing import (
    QUIET,
    balance_line,
    colour_of,
    diverging_bar,
    percent,
)
from advisor.tui.widgets.redraw import is_hidden, redraw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.desk import Advice, Standing
    from advisor.model.decision import Settled
    from advisor.model.rulebase import RuleBase

NOT_YET = "The balance is being struck…"


def move_text(standing: Standing) -> str:
    """What the last change did, in words; empty before the first."""
    if not standing.cause:
        return ""
    points = round(100 * abs(standing.move))
    if points == 0:
        return f"Nothing moved: {standing.cause}"
    to = "PyTorch" if standing.move > 0 else "TensorFlow"
    # The effect comes first: on a narrow line the end is cut off.
    return f"{counted(points, 'point')} towards {to}: {standing.cause}"


def verdict_text(standing: Standing) -> Content:
    """Who leads and how firmly."""
    balance = standing.balance
    words = balance.verdict_class.words
    return Content.assemble(
        (balance.framework.label, f"bold {colour_of(balance.framework)}"), f" – {words}"
    )


def settled_text(settled: Settled) -> str:
    """Whether the rest can still turn it; empty while it can."""
    from advisor.model.decision import SettledHow

    match settled.how:
        case SettledHow.PROVED:
            return "Settled: no remaining answer can change this."
        case SettledHow.ESTIMATED:
            chance = percent(settled.turn_chance)
            return f"As good as settled: chance that the rest turns it {chance} (estimated)."
        case _:
            return ""


class BalanceLine(Static):
    """Two lines for screens without a panel; where they are hidden they are not drawn."""

    def show(self, standing: Standing | None, note: str = "") -> None:
        """Draw the bar, and below it `note` or what the last change did."""
        if is_hidden(self):
            return
        if standing is None:
            redraw(self, Content.styled(NOT_YET, QUIET))
            return
        width = max(20, self.content_size.width or 60)
        share = next(iter(standing.balance.acceptability.values()))
        text = note or move_text(standing)
        below = (
            Content.assemble(verdict_text(standing), (f"   {text}" if text else "", QUIET))
            if width >= 48
            else Content.styled(text, QUIET)
        )
        redraw(self, Content("\n").join([balance_line(share, width), below]))


class BalancePanel(Static):
    """The panel beside a question, from 120 columns; below, it is not drawn."""

    def show(
        self,
        rule_base: RuleBase,
        standing: Standing | None,
        advice: Advice | None,
        left: str,
        clashes: Sequence[str] = (),
    ) -> None:
        """Draw everything."""
        if is_hidden(self):
            return
        if standing is None:
            redraw(self, Content.styled(NOT_YET, QUIET))
            return
        width = max(24, self.content_size.width or 40)
        balance = standing.balance
        share = next(iter(balance.acceptability.values()))
        lines: list[Content] = [
            Content.styled("How the balance stands", "bold"),
            Content(""),
            verdict_text(standing),
            balance_line(share, width),
            Content.styled(
                f"of the plausible readings, ± {100 * balance.monte_carlo_error:.1f} points",
                QUIET,
            ),
            Content(""),
            *_criteria(rule_base, balance.contributions, width),
            Content(""),
        ]
        moved = move_text(standing)
        if moved:
            lines += [Content.styled("Last change", "bold"), Content(moved), Content("")]
        if balance.tie_break:
            lines += [Content.styled(balance.tie_break, QUIET), Content("")]
        if advice is not None and advice.answers == standing.answers:
            settled = settled_text(advice.decision.settled)
            if settled:
                lines += [
                    Content.styled(settled, "bold $success"),
                    Content("Press v for the verdict."),
                    Content(""),
                ]
        lines.append(Content.styled(left, QUIET))
        if not standing.measured:
            lines.append(Content.styled("Nothing measured yet: m measures here.", QUIET))
        for text in clashes:
            lines += [Content(""), Content.assemble(("! ", "bold $warning"), text)]
        redraw(self, Content("\n").join(lines))


def _criteria(rule_base: RuleBase, contributions: dict[str, float], width: int) -> list[Content]:
    """One diverging bar per criterion, its label above it."""
    largest = max((abs(one) for one in contributions.values()), default=0.0)
    half = (width - 1) // 2
    head = Content.assemble(
        ("◂ PyTorch".ljust(half), "$pytorch"), " ", ("TensorFlow ▸".rjust(half), "$tensorflow")
    )
    lines = [head]
    for criterion in rule_base.criteria:
        value = contributions.get(criterion.id, 0.0)
        lines.append(Content(criterion.label))
        lines.append(diverging_bar(value, max(largest, 0.02), half))
    return lines
