"""The engine: from a rule base and answers to a decision, with nothing else looked at.

No files, no clock, no state that shows: the same input gives the same decision, bit for bit.
"""

from __future__ import annotations

from datetime import date

from advisor.decision.appraisal import Appraisal, appraise
from advisor.decision.compiled import compile_rule_base
from advisor.decision.constants import SAMPLES
from advisor.decision.draws import Draws
from advisor.decision.reasons import (
    criterion_results,
    expired_evidence,
    gate_results,
    notice_results,
    reasons,
)
from advisor.decision.verdict import Balance, weigh
from advisor.model.answers import Answers
from advisor.model.decision import Decision, Settled, SettledHow, Verdict
from advisor.model.measurement import Measurements
from advisor.model.rulebase import RuleBase

__all__ = ["Balance", "Engine", "decide"]


class Engine:
    """A rule base compiled for one day; decides as often as asked.

    Attributes:
        rule_base: what the decisions rest on.
        as_of: the day of the decisions.
        samples: draws per decision.
    """

    def __init__(self, rule_base: RuleBase, as_of: date, *, samples: int = SAMPLES) -> None:
        self.rule_base = rule_base
        self.as_of = as_of
        self.samples = samples
        self._compiled = compile_rule_base(rule_base, as_of)
        self._draws = Draws(samples)

    def appraise(self, answers: Answers, measurements: Measurements | None = None) -> Appraisal:
        """Values, weights and leads in every draw, for those who explain."""
        return appraise(self._compiled, self._draws, answers, measurements)

    def balance(self, answers: Answers, measurements: Measurements | None = None) -> Balance:
        """The verdict without its explanations."""
        return weigh(self.appraise(answers, measurements))

    def decide(
        self, answers: Answers, measurements: Measurements | None = None, *, explain: bool = True
    ) -> Decision:
        """The decision; without `explain`, flips and turning points are left out."""
        appraisal = self.appraise(answers, measurements)
        balance = weigh(appraisal)
        notices = notice_results(appraisal, balance.framework)
        return Decision(
            verdict=Verdict(
                framework=balance.framework,
                verdict_class=balance.verdict_class,
                acceptability=balance.acceptability,
                monte_carlo_error=balance.monte_carlo_error,
                doubt={},
                both_gated=balance.both_gated,
                tie_break=balance.tie_break,
            ),
            criteria=criterion_results(appraisal, balance, {}),
            reasons=reasons(appraisal),
            gates=gate_results(appraisal),
            flips=(),
            measurement_turns=(),
            unanswered=(),
            notices=notices,
            next_steps=(),
            settled=Settled(SettledHow.OPEN, (), 0.0),
            expired_evidence=expired_evidence(appraisal, notices),
            notes=appraisal.readings.notes,
        )


_ENGINES: list[Engine] = []
"""The last few engines, so that asking again does not compile and draw again."""


def _engine(rule_base: RuleBase, as_of: date, samples: int) -> Engine:
    for engine in _ENGINES:
        if engine.rule_base is rule_base and (engine.as_of, engine.samples) == (as_of, samples):
            return engine
    engine = Engine(rule_base, as_of, samples=samples)
    _ENGINES[:] = [engine, *_ENGINES[:1]]
    return engine


def decide(
    rule_base: RuleBase,
    answers: Answers,
    measurements: Measurements | None = None,
    *,
    as_of: date,
    samples: int = SAMPLES,
    explain: bool = True,
) -> Decision:
    """Decide for `answers` on the day `as_of`.

    Args:
        rule_base: criteria, questions, evidence and rules, already checked.
        answers: what the user said; a missing question is drawn over its options.
        measurements: what a probe found, if there is one.
        as_of: evidence later than this day did not exist yet, evidence expired by it counts less.
        samples: draws; the Monte-Carlo error falls with their square root.
        explain: also look for flips and turning points.
    """
    return _engine(rule_base, as_of, samples).decide(answers, measurements, explain=explain)
