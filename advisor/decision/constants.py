"""Every number the decision rests on that is not in the rule base, each with its reason.

They are judgements, not measurements: `docs/decision.md` says how they were chosen and what changes
when they move. All of them are symmetric in the two candidates.
"""

from __future__ import annotations

from math import log
from typing import Final

from advisor.model.rulebase import Confidence, Emphasis, Strength

SAMPLES: Final = 10_000
"""Draws of one decision: the Monte-Carlo error of an acceptability is then at most 0.005."""

SEED: Final = "framework-advisor/1"
"""Part of every key that seeds a draw; changing it changes every draw and no law."""

STRENGTH_ANCHORS: Final[dict[Strength, tuple[float, float]]] = {
    Strength.WEAK: (0.06, 0.18),
    Strength.MODERATE: (0.25, 0.45),
    Strength.STRONG: (0.50, 0.80),
}
"""How far a rule carries a criterion's value from 0 (no support) to 1 (cannot be better).

weak: noticeable, would not change a plan by itself; moderate: a reason one would put in writing;
strong: settles the criterion unless something equally strong stands against it. The gaps keep the
words apart, and two moderate topics weigh as one strong one.
"""

CONFIDENCE_WIDTH: Final[dict[Confidence, float]] = {
    Confidence.HIGH: 0.4,
    Confidence.MEDIUM: 0.7,
    Confidence.LOW: 1.0,
}
"""Share of the anchor's interval that stays in doubt."""

LOW_CONFIDENCE_FACTOR: Final[dict[Confidence, float]] = {
    Confidence.HIGH: 1.0,
    Confidence.MEDIUM: 1.0,
    Confidence.LOW: 0.8,
}
"""What is barely believed also counts a little less."""

EXPIRED_FACTOR: Final = 0.5
"""Evidence past its expiry counts half at most, and anything down to nothing."""

EMPHASIS_FACTORS: Final[dict[Emphasis, float]] = {
    Emphasis.LESS: 0.5,
    Emphasis.MORE: 1.6,
    Emphasis.MUCH_MORE: 2.6,
}
"""What an emphasis does to the importance of its criterion; several multiply."""

EMPHASIS_BOUNDS: Final = (0.2, 4.0)
"""However many emphases meet, importance stays within these factors of its start."""

WEIGHT_FREE_SHARE: Final = 0.7
"""Part of the weight that is drawn; the rest follows the shares that the answers imply."""

WEIGHT_CONCENTRATION: Final = 7.0
"""Total of the Dirichlet's parameters, fixed so that splitting a criterion changes nothing.

With the seven criteria of the survey at equal shares the drawn part is uniform on the simplex.
"""

SWING_CONCENTRATION: Final = 60.0
"""The same for stated swings: a weight of 0.2 then has a standard deviation of about 0.05, which is
the scatter found when people state swings twice."""

RESIDUAL_SCALE: Final = 0.03
"""Scale of the logistic residual: the difference of the totals that no rule knows of.

Without it, a single weak rule and nothing against it would come out first in every draw. With it,
a lead of 0.03 of the whole scale has odds of e to 1, one of 0.066 odds of 9 to 1.
"""

PRACTICAL_ZONE: Final = log(1.10)
"""Time ratios within 0.91 to 1.10 are no practical difference (method.md, "Measurement")."""

RATIO_SCALE: Final = 0.45
"""How fast support grows beyond the practical zone: at twice the speed it has reached 74 % of the
rule's strength, at three times 89 %."""

RATIO_PRIOR_SIGMA: Final = log(1.5)
"""Spread of a time ratio not measured yet: two thirds of them within a factor of 1.5. Published
comparisons of the two on equal work mostly lie there."""

ALIKE_SIGMA: Final = log(1.15)
"""Added spread when the measured machine is only like the target."""

DEPLOYMENT_DIFFERS_FACTOR: Final = 0.5
"""A path that ran but whose results deviate keeps half of its strength."""

EXISTING_WORK_CRITERION: Final = "existing-work"
"""The criterion that says what is cheaper to reach from skills and code."""

TIE_EPSILON: Final = 0.025
"""Mean contributions smaller than this do not break a tie: about as much is left behind by open
answers alone, when nothing is known of skills and code."""

TARGET_QUESTION: Final = "target_machine"
TARGET_ELSEWHERE: Final = "elsewhere"
"""With this answer a probe is information, not score, so no probe is worth its time."""

PROBE_SECONDS: Final = 45.0
"""Typical time of one workload in the probe's default budget."""

PROBED_EVERYWHERE: Final = frozenset({"input-pipeline"})
"""Operations that the probe of any workload measures."""

MULTI_EXPECTED: Final = 1.2
"""Mean number of options drawn in an unanswered multi question before "at least one" is enforced;
about 1.5 after."""

GATE_SWING: Final = 1.0
"""In the account of doubt, a gate moves the difference by the whole scale."""

DOUBT_SAMPLES: Final = 1_000
"""Draws used for shares of doubt, turning points and screening: their error is far below what is
shown."""

EFFECT_SAMPLES: Final = 1_000
"""Draws for the effect of single rules, which only orders them."""

QUESTION_SAMPLES: Final = 4_000
"""Draws for the value of a question."""

GAIN_FLOOR: Final = 0.0005
"""Gains below this are within the noise of the draws and count as none."""

NEXT_STEP_SAMPLES: Final = 2_500
"""Draws, each with both signs of its ratios, for the value of a probe."""

SETTLED_NODES: Final = 8
"""Branches tried before a proof that nothing can turn the pick is given up."""

SETTLED_ESTIMATE: Final = 0.002
"""Below this estimated chance of a turn, and without proof, the pick counts as settled by
estimate."""

FLIP_SIZE: Final = 3
"""Largest number of changed answers looked at."""

FLIP_SHOWN: Final = 20
"""At most so many flips of one decision are reported, the smallest and most plausible first."""

FLIP_CHECKS: Final = 24
"""At most so many sets per size are looked at one by one."""

FLIP_MISSES: Final = 6
"""After so many sets in a row that turn nothing, no more of that size are decided in full."""

FLIP_REPLICATES: Final = 4
"""Draws of the open answers with which sets of changes are screened."""

FLIP_REPLICATES_NEAR: Final = 64
"""The same for a second look at the nearest sets."""

FLIP_SECOND_LOOKS: Final = 150
"""Sets per size that get the second look."""

FLIP_MARGIN: Final = 0.1
"""Sets are decided in full up to this distance from a turn (in twice the acceptability)."""

FLIP_MARGIN_GATED: Final = 0.5
"""The same where a gate decides: nothing is known there of how far the estimate is off without it."""

FLIP_TRIPLE_POOL: Final = 36
"""Triples are built from so many changes with the largest effect; pairs from all."""
