"""The engine: from a rule base and answers to a decision, with nothing else looked at.

No files, no clock, no state that shows: the same input gives the same decision, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from advisor.decision.appraisal import Appraisal, appraise
from advisor.decision.compiled import compile_rule_base
from advisor.decision.constants import DOUBT_SAMPLES, SAMPLES
from advisor.decision.doubt import answers_only, doubt_shares
from advisor.decision.draws import Draws
from advisor.decision.flips import find_flips
from advisor.decision.next_step import Worth, next_steps, question_worths
from advisor.decision.reasons import (
    criterion_results,
    expired_evidence,
    gate_results,
    notice_results,
    reasons,
)
from advisor.decision.remarks import assumptions, experiment, notes
from advisor.decision.settled import settled
from advisor.decision.turning import measurement_turns, turning_weights
from advisor.decision.verdict import Balance, weigh
from advisor.model.answers import Answers
from advisor.model.decision import Decision, Flip, NextStep, Verdict
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
        self._few_draws = Draws(min(samples, DOUBT_SAMPLES))

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
        return self.decision(appraisal, question_worths(appraisal), explain=explain)

    def decision(
        self,
        appraisal: Appraisal,
        worths: Mapping[str, Worth],
        *,
        explain: bool = True,
        between: Callable[[], None] = lambda: None,
    ) -> Decision:
        """The decision that an appraisal of this engine leads to.

        Args:
            appraisal: what `appraise` found.
            worths: what `question_worths` makes of it.
            explain: also look for flips and turning points.
            between: called between two steps of the search for flips; what it raises ends it.
        """
        balance = weigh(appraisal)
        by_answers = answers_only(appraisal)
        steps = next_steps(appraisal, worths)
        notices = notice_results(appraisal, balance.framework)
        turning: dict[str, float | None] = turning_weights(appraisal) if explain else {}
        return Decision(
            verdict=Verdict(
                framework=balance.framework,
                verdict_class=balance.verdict_class,
                acceptability=balance.acceptability,
                monte_carlo_error=balance.monte_carlo_error,
                doubt=doubt_shares(appraisal, by_answers),
                both_gated=balance.both_gated,
                tie_break=balance.tie_break,
                experiment=experiment(appraisal, balance, steps),
            ),
            criteria=criterion_results(appraisal, balance, turning),
            reasons=reasons(appraisal),
            gates=gate_results(appraisal),
            flips=self.flips(appraisal, balance, between) if explain else (),
            measurement_turns=measurement_turns(appraisal) if explain else (),
            unanswered=assumptions(appraisal, worths),
            notices=notices,
            next_steps=steps,
            settled=settled(appraisal, by_answers, worths, balance.framework, self._few_draws),
            expired_evidence=expired_evidence(appraisal, notices),
            notes=notes(appraisal, balance),
        )

    def flips(
        self,
        appraisal: Appraisal,
        balance: Balance,
        between: Callable[[], None] = lambda: None,
    ) -> tuple[Flip, ...]:
        """Smallest sets of changed answers that turn the verdict, each decided again."""
        measured = appraisal.measurements

        def decide_again(changed: Answers) -> Balance:
            between()
            return self.balance(changed, measured)

        def glance(changed: Answers) -> Balance:
            between()
            return weigh(appraise(self._compiled, self._few_draws, changed, measured))

        return find_flips(appraisal, balance, decide_again, glance)

    def next_steps(
        self, answers: Answers, measurements: Measurements | None = None
    ) -> tuple[NextStep, ...]:
        """Questions and probes, best first: all that an interview needs to go on."""
        appraisal = self.appraise(answers, measurements)
        return next_steps(appraisal, question_worths(appraisal))


_ENGINES: list[Engine] = []
"""The last few engines, so that asking again does not compile and draw again."""


def engine_for(rule_base: RuleBase, as_of: date, *, samples: int = SAMPLES) -> Engine:
    """An engine for this rule base and day; one of the last few, where it is the same."""
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
    return engine_for(rule_base, as_of, samples=samples).decide(
        answers, measurements, explain=explain
    )
