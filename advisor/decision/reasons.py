"""Why: criteria, rules by effect, gates, notices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from advisor.decision.appraisal import Appraisal
from advisor.decision.compiled import Truths
from advisor.decision.draws import Floats
from advisor.decision.effects import rule_effects
from advisor.decision.values import average
from advisor.decision.verdict import Balance
from advisor.model.candidate import Candidate
from advisor.model.condition import questions_of
from advisor.model.decision import CriterionResult, GateResult, NoticeResult, Reason


def criterion_results(
    appraisal: Appraisal, balance: Balance, turning: dict[str, float | None]
) -> tuple[CriterionResult, ...]:
    """How the candidates stand on each criterion, in the order of the vocabulary."""
    results = []
    for place, criterion in enumerate(appraisal.compiled.rule_base.criteria):
        weight = appraisal.weights.drawn[place]
        low, high = _interval(weight)
        for_pytorch, for_tensorflow = appraisal.scores.survival[place]
        results.append(
            CriterionResult(
                id=criterion.id,
                label=criterion.label,
                weight_low=low,
                weight=float(weight.mean()),
                weight_high=high,
                value={
                    Candidate.PYTORCH: 1.0 - average(for_pytorch),
                    Candidate.TENSORFLOW: 1.0 - average(for_tensorflow),
                },
                contribution=balance.contributions[criterion.id],
                turning_weight=turning.get(criterion.id),
            )
        )
    return tuple(results)


def reasons(appraisal: Appraisal) -> tuple[Reason, ...]:
    """Rules that hold or may hold, the ones with most effect first; ties by id.

    A rule's effect is what the mean difference of the totals loses when the rule alone falls
    silent: the next strongest on its topic then speaks, and what others add is unchanged.
    """
    found = []
    for place, effect in rule_effects(appraisal).items():
        rule = appraisal.compiled.rules[place]
        reading = appraisal.readings.rules[place]
        if reading.ratio is not None and not reading.measured:
            continue  # speaks only once it is measured
        favours = rule.rule.favours
        if reading.ratio is not None:
            favours = Candidate.PYTORCH if effect >= 0 else Candidate.TENSORFLOW
        if favours is None:
            continue
        truth = appraisal.holds[place]
        found.append(
            Reason(
                rule=rule.rule.id,
                criterion=rule.rule.criterion,
                favours=favours,
                text=rule.rule.text,
                evidence=rule.rule.evidence,
                strength=rule.rule.strength.value,
                effect=abs(effect),
                holds=_known(truth),
                measured=reading.measured,
                expired=rule.interval is not None and rule.interval.expired,
                questions=rule.questions,
            )
        )
    return tuple(sorted(found, key=lambda reason: (-reason.effect, reason.rule)))


def _interval(values: Floats) -> tuple[float, float]:
    """The middle 95 % of the draws."""
    last = len(values) - 1
    low, high = round(0.025 * last), round(0.975 * last)
    ordered = np.partition(values, (low, high))
    return float(ordered[low]), float(ordered[high])


def _known(truth: Truths) -> bool | None:
    return truth if isinstance(truth, bool) else None


def gate_results(appraisal: Appraisal) -> tuple[GateResult, ...]:
    """Gates that hold, then those that may hold."""
    found = [
        GateResult(
            id=item.gate.id,
            excludes=item.gate.excludes,
            holds=_known(truth),
            text=item.gate.text,
            evidence=item.gate.evidence,
            relax=item.gate.relax,
            questions=tuple(sorted(questions_of(item.gate.when))),
        )
        for item, truth in zip(appraisal.compiled.gates, appraisal.gates, strict=True)
        if truth is not False
    ]
    return tuple(sorted(found, key=lambda gate: (gate.holds is None, gate.id)))


def notice_results(appraisal: Appraisal, framework: Candidate) -> tuple[NoticeResult, ...]:
    """Notices whose condition is known to hold and that suit the candidate named."""
    return tuple(
        NoticeResult(
            id=item.notice.id,
            kind=item.notice.kind.value,
            text=item.notice.text,
            evidence=item.notice.evidence,
            command=item.notice.command,
        )
        for item in appraisal.compiled.notices
        if item.notice.candidate in (None, framework) and item.when.truth(appraisal.state) is True
    )


def expired_evidence(appraisal: Appraisal, notices: Sequence[NoticeResult]) -> tuple[str, ...]:
    """Ids of expired evidence that a rule, gate or notice shown here cites, sorted."""
    compiled = appraisal.compiled
    cited: set[str] = set()
    for rule, truth in zip(compiled.rules, appraisal.holds, strict=True):
        if truth is not False:
            cited.update(rule.rule.evidence)
    for gate, truth in zip(compiled.gates, appraisal.gates, strict=True):
        if truth is not False:
            cited.update(gate.gate.evidence)
    for notice in notices:
        cited.update(notice.evidence)
    evidence = compiled.rule_base.evidence
    return tuple(
        key
        for key in sorted(cited)
        if key in evidence
        and evidence[key].as_of <= compiled.as_of
        and evidence[key].expires <= compiled.as_of
    )
