"""The worked example of docs/decision.md, recomputed."""

from __future__ import annotations

from pathlib import Path

from advisor.decision import constants
from advisor.decision.constants import EMPHASIS_FACTORS
from advisor.decision.engine import Engine
from advisor.decision.strength import rule_interval
from advisor.model.answers import Answers
from advisor.model.decision import Decision
from advisor.model.rulebase import (
    Confidence,
    Criterion,
    Emphasis,
    Emphasiser,
    MeasurementLink,
    RuleBase,
)
from tests.decision.bases import (
    AS_OF,
    PYTORCH,
    TENSORFLOW,
    answers,
    atom,
    base,
    measured,
    question,
    rule,
)
from tests.properties.strategies import ALL_EVIDENCE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "decision.md"

EXAMPLE: RuleBase = base(
    rule("knows-keras", TENSORFLOW, when=atom("skills", "tensorflow"), criterion="existing-work"),
    rule(
        "android-direct",
        TENSORFLOW,
        when=atom("target", "android"),
        criterion="deployment",
        topic="android",
        evidence=("fresh-medium",),
    ),
    rule(
        "android-tutorials",
        TENSORFLOW,
        "weak",
        when=atom("target", "android"),
        criterion="deployment",
        topic="android",
    ),
    rule("new-papers", PYTORCH, "strong", when=atom("code", "papers"), criterion="ecosystem"),
    rule(
        "faster-here",
        PYTORCH,
        "moderate",
        criterion="performance",
        evidence=("expired-high",),
        measured_by=MeasurementLink(frozenset({"residual-cnn"}), frozenset({"training"})),
    ),
    questions=(
        question("skills", "pytorch", "tensorflow"),
        question("target", "android", "server", changeable=True),
        question("code", "papers", "own"),
    ),
    criteria=tuple(
        Criterion(name, name, "To show.")
        for name in ("existing-work", "performance", "deployment", "ecosystem")
    ),
    emphases=(
        Emphasiser(
            "phone", "deployment", atom("target", "android"), Emphasis.MORE, "It goes to a phone."
        ),
    ),
)
GIVEN = answers(skills="tensorflow", target="android", code="papers")


def rule_lines() -> list[str]:
    """A row per rule: its interval and its middle."""
    rows = []
    for item in EXAMPLE.rules:
        found = rule_interval(item, ALL_EVIDENCE, AS_OF)
        assert found is not None
        side = item.favours.label if item.favours else "-"
        rows.append(
            f"| `{item.id}` | {item.criterion} | {side} | {item.strength.value} "
            f"| {found.low:.3f} to {found.high:.3f} | {found.mean:.3f} |"
        )
    return rows


def criterion_lines(decision: Decision) -> list[str]:
    """A row per criterion: weight, values, contribution."""
    return [
        f"| {found.id} | {found.weight:.3f} ({found.weight_low:.3f} to {found.weight_high:.3f}) "
        f"| {found.value[PYTORCH]:.3f} | {found.value[TENSORFLOW]:.3f} | {found.contribution:+.4f} |"
        for found in decision.criteria
    ]


def verdict_line(name: str, decision: Decision) -> str:
    """A row per decision: the verdict."""
    verdict = decision.verdict
    share = verdict.acceptability[PYTORCH]
    doubt = ", ".join(f"{key} {100 * value:.0f} %" for key, value in verdict.doubt.items())
    return (
        f"| {name} | {verdict.framework.label}, {verdict.verdict_class.value} | {share:.3f} "
        f"| {verdict.monte_carlo_error:.4f} | {doubt} |"
    )


def constant_lines() -> list[str]:
    """A row per constant that the page explains."""
    anchors = [
        f"| strength `{word.value}` | {low} to {high} |"
        for word, (low, high) in constants.STRENGTH_ANCHORS.items()
    ]
    widths = [
        f"| part left in doubt, `{belief.value}` confidence | {width} |"
        for belief, width in constants.CONFIDENCE_WIDTH.items()
    ]
    factors = [
        f"| emphasis `{word.value}` | {factor} |" for word, factor in EMPHASIS_FACTORS.items()
    ]
    return [
        *anchors,
        *widths,
        *factors,
        f"| factor for `low` confidence | {constants.LOW_CONFIDENCE_FACTOR[Confidence.LOW]} |",
        f"| factor for expired evidence | {constants.EXPIRED_FACTOR} |",
        f"| free share of the weights f | {constants.WEIGHT_FREE_SHARE} |",
        f"| concentration A | {constants.WEIGHT_CONCENTRATION:g} |",
        f"| residual scale t | {constants.RESIDUAL_SCALE} |",
        f"| scale of support by ratios | {constants.RATIO_SCALE} |",
    ]


def page_lines() -> list[str]:
    """Every row that the page shows."""
    engine = Engine(EXAMPLE, AS_OF)
    given = engine.decide(GIVEN)
    open_target = engine.decide(answers(skills="tensorflow", code="papers"))
    probed = engine.decide(GIVEN, measured(1.6, spread=1.1))
    flips = [
        f"| {' and '.join(f'{c.question}: {c.before[0]} to {c.after[0]}' for c in flip.changes)} "
        f"| {flip.framework.label}, {flip.verdict_class.value} | {flip.acceptability:.3f} |"
        for flip in given.flips
    ]
    return [
        *constant_lines(),
        *rule_lines(),
        *criterion_lines(given),
        verdict_line("as answered", given),
        verdict_line("target left open", open_target),
        verdict_line("PyTorch measured 1.6 times as fast", probed),
        *flips,
    ]


def test_the_page_shows_what_the_engine_says() -> None:
    """Each row of the worked example stands in docs/decision.md, digit for digit."""
    text = PAGE.read_text(encoding="utf-8")
    missing = [line for line in page_lines() if line not in text]
    assert missing == []


def test_the_arithmetic_by_hand() -> None:
    """The steps that the page works out by hand agree with the engine in the mean."""
    decision = Engine(EXAMPLE, AS_OF).decide(GIVEN, explain=False)
    shares = {found.id: found.weight for found in decision.criteria}
    more = EMPHASIS_FACTORS[Emphasis.MORE]
    assert abs(shares["deployment"] - more / (3 + more)) < 0.02
    values = {found.id: found.value for found in decision.criteria}
    middle = rule_interval(EXAMPLE.rules[1], ALL_EVIDENCE, AS_OF)
    assert middle is not None
    assert abs(values["deployment"][TENSORFLOW] - middle.mean) < 0.005
    assert Engine(EXAMPLE, AS_OF).balance(Answers()).both_gated is False


if __name__ == "__main__":  # the rows, for whoever changes a constant
    for row in page_lines():
        print(row)
