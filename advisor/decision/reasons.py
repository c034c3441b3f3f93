"""Why: criteria, rules by effect, gates, notices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from advisor.decision.appraisal import Appraisal
from advisor.decision.compiled import Truths
from advisor.decision.constants import EFFECT_SAMPLES
from advisor.decision.slices import head_pair, head_value
from advisor.decision.values import Pair, Value, average, strongest_of
from advisor.decision.verdict import Balance
from advisor.model.candidate import Candidate
from advisor.model.condition import questions_of
from advisor.model.decision import CriterionResult, GateResult, NoticeResult, Reason

_ALMOST_NOTHING = 1e-6


def criterion_results(
    appraisal: Appraisal, balance: Balance, turning: dict[str, float | None]
) -> tuple[CriterionResult, ...]:
    """How the candidates stand on each criterion, in the order of the vocabulary."""
    results = []
    for place, criterion in enumerate(appraisal.compiled.rule_base.criteria):
        weight = appraisal.weights.drawn[place]
        low, high = np.quantile(weight, (0.025, 0.975))
        for_pytorch, for_tensorflow = appraisal.scores.survival[place]
        results.append(
            CriterionResult(
                id=criterion.id,
                label=criterion.label,
                weight_low=float(low),
                weight=float(weight.mean()),
                weight_high=float(high),
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
    compiled, effects = appraisal.compiled, _Effects(appraisal)
    for place, rule in enumerate(compiled.rules):
        if appraisal.scores.supports[place] is None:
            continue
        reading = appraisal.readings.rules[place]
        if reading.ratio is not None and not reading.measured:
            continue  # speaks only once it is measured
        effect = effects.of(place)
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


class _Effects:
    """Effects of single rules; what rules of one criterion share is worked out once."""

    def __init__(self, appraisal: Appraisal) -> None:
        self._appraisal = appraisal
        self._size = min(EFFECT_SAMPLES, appraisal.draws.size)
        self._carried: dict[tuple[int, int], Value] = {}

    def of(self, place: int) -> float:
        """Mean difference of the totals with the rule less the same without it."""
        compiled, scores, size = self._appraisal.compiled, self._appraisal.scores, self._size
        rule = compiled.rules[place]
        members = compiled.topics[rule.topic][1]
        others: Pair = (0.0, 0.0)
        if len(members) > 1:
            others = strongest_of(
                [head_pair(scores.supports[other], size) for other in members if other != place]
            )
        own = scores.supports[place] or (0.0, 0.0)
        effect = 0.0
        for side, sign in ((0, 1.0), (1, -1.0)):
            if isinstance(own[side], float) and own[side] == 0.0:
                continue
            strongest = head_value(scores.topics[rule.topic][side], size)
            apart = (strongest - others[side]) / np.maximum(1.0 - strongest, _ALMOST_NOTHING)
            effect += sign * average(self._carry(rule.criterion, side) * apart)
        return effect

    def _carry(self, criterion: int, side: int) -> Value:
        """Weight of the criterion times 1 less the value of the candidate on it."""
        key = (criterion, side)
        if key not in self._carried:
            alive = head_value(self._appraisal.scores.survival[criterion][side], self._size)
            self._carried[key] = self._appraisal.weights.drawn[criterion, : self._size] * alive
        return self._carried[key]


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
