"""The rule base on one page: a small decision tree fitted to what the engine advises.

A summary, not the engine: its fidelity (how often it names the same candidate in situations it was
not fitted to) is always printed beside it. It branches on conditions of the rules, which say in
one line what would take several single answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from advisor.decision.applicability import dependency_order
from advisor.decision.engine import Engine
from advisor.errors import AdvisorError
from advisor.model.answers import Answers
from advisor.model.candidate import Candidate
from advisor.model.condition import Condition, evaluate, questions_of
from advisor.model.decision import LEAN_FROM, VerdictClass
from advisor.model.rulebase import Gate, Rule, RuleBase
from advisor.rulebase.sampling import completed
from advisor.rulebase.show import in_words

if TYPE_CHECKING:
    import numpy as np

ENGINE_SAMPLES = 200
"""The pick needs far fewer draws than a printed acceptability."""
HELD_OUT = 3
"""Every third situation is kept from the fit."""
LONGEST = 90
"""Conditions with more characters are shown by the sentence of their rule."""
LEAF_SHARE = 0.005
"""A leaf holds at least this share of the answer sets: fewer are chance."""
LEAST_WEIGHT = 0.02
"""Of an answer set on which the engine is undecided: a wrong name matters little there."""
WORTH_IT = 0.05
"""A gain in fidelity below this over always naming the commoner candidate is said to be none."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The tree in words, how faithful it is, and what decides most."""

    tree: str
    fidelity: float
    """Share of held-out answer sets on which tree and engine name the same candidate."""
    fidelity_when_sure: float
    """The same among those that are not too close for the engine itself."""
    baseline: float
    """The same as `fidelity` for always naming the candidate named most often."""
    held_out: int
    decisive: tuple[tuple[str, float], ...]
    """Questions with their share of the impurity removed, largest first."""


def summarise(
    rule_base: RuleBase,
    situations: Sequence[Answers] = (),
    *,
    as_of: date,
    sets: int = 3000,
    leaves: int = 16,
    seed: int = 0,
) -> Summary:
    """Fit the tree on sampled complete answer sets.

    Args:
        rule_base: what to summarise.
        situations: answers that occur in practice; each set completes one of them. Without any,
            whole sets are drawn by the odds of the options.
        as_of: the day of the decisions.
        sets: answer sets to sample; those of every third situation are held out.
        leaves: at most so many leaves, so that it fits one page.
        seed: of the sampling.

    Raises:
        AdvisorError: scikit-learn is not installed.
    """
    try:
        from sklearn.tree import DecisionTreeClassifier
    except ImportError as error:
        raise AdvisorError(
            "The summary needs scikit-learn.",
            remedy="Install it with: pip install 'framework-advisor[summary]'",
        ) from error
    import numpy as np

    engine = Engine(rule_base, as_of, samples=ENGINE_SAMPLES)
    rng = np.random.default_rng(seed)
    # Without situations every set is one of its own.
    starts = [one.chosen for one in situations] or [Answers().chosen] * sets
    order = rng.permutation(len(starts))
    places = [int(order[number % len(starts)]) for number in range(sets)]
    ordered = dependency_order(rule_base.questions)
    chosen = [completed(ordered, starts[place], rng) for place in places]
    balances = [engine.balance(Answers(answers)) for answers in chosen]
    picks = np.array([one.framework is Candidate.PYTORCH for one in balances])
    sure = np.array([one.verdict_class is not VerdictClass.TOO_CLOSE for one in balances])
    distance = np.array([abs(one.acceptability[Candidate.PYTORCH] - 0.5) for one in balances])
    branches = _branches(rule_base)
    table = _table(chosen, branches)
    kept = np.array(places) % HELD_OUT == 0
    tree = DecisionTreeClassifier(
        max_leaf_nodes=leaves, min_samples_leaf=LEAF_SHARE, random_state=seed
    )
    tree.fit(table[~kept], picks[~kept], sample_weight=distance[~kept] + LEAST_WEIGHT)
    same = tree.predict(table[kept]) == picks[kept]
    share = float(picks[kept].mean())
    ends = tree.apply(table[~kept])
    return Summary(
        tree=_in_words(tree.tree_, branches, Leaves(ends, picks[~kept])),
        fidelity=float(same.mean()),
        fidelity_when_sure=float(same[sure[kept]].mean()) if sure[kept].any() else 0.0,
        baseline=max(share, 1 - share),
        held_out=int(kept.sum()),
        decisive=_decisive(branches, tree.feature_importances_),
    )


def _branches(rule_base: RuleBase) -> list[Rule | Gate]:
    """Rules and gates to branch on: the first of those that share a condition."""
    found: dict[Condition, Rule | Gate] = {}
    entries: Sequence[Rule | Gate] = (*rule_base.gates, *rule_base.rules)
    for entry in sorted(entries, key=lambda one: one.id):
        if questions_of(entry.when):
            found.setdefault(entry.when, entry)
    return list(found.values())


def _table(
    chosen: Sequence[Mapping[str, frozenset[str]]], branches: Sequence[Rule | Gate]
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    import numpy as np

    return np.array(
        [[evaluate(one.when, answers) is True for one in branches] for answers in chosen]
    )


@dataclass(frozen=True, slots=True)
class Leaves:
    """Where the fitted answer sets ended, and what the engine named for them."""

    ends: np.ndarray[Any, np.dtype[np.intp]]
    picks: np.ndarray[Any, np.dtype[np.bool_]]

    def line(self, leaf: int) -> str:
        """Verdict of a leaf, with the share of its answer sets that agree."""
        mine = self.picks[self.ends == leaf]
        share = float(mine.mean())
        pick = Candidate.PYTORCH if share >= 0.5 else Candidate.TENSORFLOW
        agreed = max(share, 1 - share)
        if agreed < LEAN_FROM:
            return f"-> too close to call ({pick.label} in {agreed:.0%} of {len(mine)})"
        return f"-> {pick.label} ({agreed:.0%} of {len(mine)})"


def _decisive(
    branches: Sequence[Rule | Gate], importances: Sequence[float]
) -> tuple[tuple[str, float], ...]:
    """The importance of a condition is shared evenly among the questions it reads."""
    shares: dict[str, float] = {}
    for entry, importance in zip(branches, importances, strict=True):
        questions = questions_of(entry.when)
        for question in questions:
            shares[question] = shares.get(question, 0.0) + float(importance) / len(questions)
    ranked = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    return tuple((question, share) for question, share in ranked if share > 0)


def _in_words(tree: Any, branches: Sequence[Rule | Gate], leaves: Leaves) -> str:
    lines: list[str] = []

    def walk(node: int, depth: int) -> None:
        indent = "  " * depth
        if tree.children_left[node] == tree.children_right[node]:
            lines.append(f"{indent}{leaves.line(node)}")
            return
        entry = branches[tree.feature[node]]
        words = in_words(entry.when)
        if len(words) > LONGEST:
            words = f"{entry.text} ({entry.id})"
        lines.append(f"{indent}{words}:")
        walk(tree.children_right[node], depth + 1)
        lines.append(f"{indent}otherwise:")
        walk(tree.children_left[node], depth + 1)

    walk(0, 0)
    return "\n".join(lines) + "\n"


def as_text(summary: Summary, rule_base: RuleBase) -> str:
    """The page."""
    lines = [
        summary.tree.rstrip("\n"),
        "",
        (
            f"Fidelity: names the same candidate as the engine on {summary.fidelity:.1%} of "
            f"{summary.held_out} answer sets from situations it was not fitted to "
            f"(always naming the commoner one: {summary.baseline:.1%}), and on "
            f"{summary.fidelity_when_sure:.1%} of those that are not too close for the engine."
        ),
    ]
    if summary.fidelity - summary.baseline < WORTH_IT:
        lines.append(
            "That is hardly better than naming the commoner one: ask the engine, not this page."
        )
    lines.append("Questions that decide most in this summary:")
    lines += [
        f"  {share:>5.1%}  {question}: {rule_base.question_by_id[question].text}"
        for question, share in summary.decisive
    ]
    return "\n".join(lines) + "\n"
