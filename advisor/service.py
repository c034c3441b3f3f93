"""The one way from answers to a decision document, taken by every face.

The app, plain mode, the answers file and the browser all call `advise`; none of them decides
anything by itself. That is why they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from advisor.model.answers import Answers
from advisor.model.measurement import Comparison, Likeness, Measurements, RatioInterval

if TYPE_CHECKING:
    from advisor.decision.engine import Engine
    from advisor.measure.record import ProbeRecord
    from advisor.model.rulebase import RuleBase
    from advisor.report.document import DecisionDocument

TARGET_QUESTION = "target_machine"
"""The question whose answer says how the measured machine stands to the target."""


def likeness_of(answers: Answers, record: ProbeRecord | None) -> Likeness:
    """How the machine of `record` stands to the target.

    The answers say how *this* machine stands to the target; the fingerprint of the record says how
    far its machine is this one. The weaker of the two holds. Not answered counts as elsewhere:
    information, not score.
    """
    chosen = answers.chosen.get(TARGET_QUESTION, frozenset())
    stated = next((like for like in Likeness if like.value in chosen), Likeness.ELSEWHERE)
    if record is None or stated is Likeness.ELSEWHERE:
        return stated
    from advisor.measure.carry import likeness_to_this_machine

    order = tuple(Likeness)
    return max(stated, likeness_to_this_machine(record), key=order.index)


def probing_settled(engine: Engine, answers: Answers) -> Callable[[Measurements], bool]:
    """What a running probe asks between generations: can more measuring still turn the verdict?

    It cannot when both ends of all intervals together give the same pick of the same class:
    support grows with the ratio in one direction only, so that everything between lies between.
    """

    def settled(measurements: Measurements) -> bool:
        ends = (_at_end(measurements, "low"), _at_end(measurements, "high"))
        found = [engine.balance(answers, end) for end in ends]
        return len({(one.framework, one.verdict_class) for one in found}) == 1

    return settled


def _at_end(measurements: Measurements, end: Literal["low", "high"]) -> Measurements:
    """The same measurements, as if every ratio were known to be that end of its interval."""

    def moved(one: Comparison) -> Comparison:
        if one.ratio is None:
            return one
        value = one.ratio.low if end == "low" else one.ratio.high
        return replace(one, ratio=RatioInterval(value, value, value, one.ratio.level))

    return replace(measurements, comparisons=tuple(map(moved, measurements.comparisons)))


def advise(
    rule_base: RuleBase,
    answers: Answers,
    record: ProbeRecord | None = None,
    *,
    as_of: date,
    likeness: Likeness | None = None,
) -> DecisionDocument:
    """Decide and put everything a report needs into one document.

    Args:
        rule_base: what the advice rests on.
        answers: what the user said; missing questions count as "don't know".
        record: a probe, if there is one.
        as_of: the day of the advice.
        likeness: how the probed machine stands to the target; by default what the answers say.
    """
    from advisor.decision.engine import decide
    from advisor.report.document import build_document

    alike = likeness or likeness_of(answers, record)
    measurements: Measurements | None = None
    if record is not None:
        from advisor.measure.record import to_measurements

        measurements = to_measurements(record, alike)
    decision = decide(rule_base, answers, measurements, as_of=as_of)
    return build_document(rule_base, answers, decision, record, as_of=as_of, likeness=alike)


def load_inputs(
    *, answers: Path | str | None, probe: Path | None, rules: Sequence[Path]
) -> tuple[RuleBase, Answers, ProbeRecord | None]:
    """Read rule base, answers and probe from files; every fault is an `InputError`."""
    from advisor.rulebase.load import load_rule_base

    rule_base = load_rule_base(overlays=rules)
    chosen = Answers()
    if answers is not None:
        from advisor.interview.answers_file import load_answers

        chosen = load_answers(answers, rule_base)
    record = None
    if probe is not None:
        from advisor.measure.record import load_record

        record = load_record(probe)
    return rule_base, chosen, record
