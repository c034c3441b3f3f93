"""The rule base on one page: a small decision tree fitted to what the engine advises.

A summary, not the engine: its fidelity (how often it names the same candidate on answer sets it
was not fitted to) is always printed beside it. The same sample says which questions decide most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from advisor.decision.engine import Engine
from advisor.errors import AdvisorError
from advisor.model.answers import Answers
from advisor.model.candidate import Candidate
from advisor.model.rulebase import RuleBase
from advisor.rulebase.sampling import sample_answer_sets

ENGINE_SAMPLES = 200
"""The pick needs far fewer draws than a printed acceptability."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The tree in words, how faithful it is, and what decides most."""

    tree: str
    fidelity: float
    """Share of held-out answer sets on which tree and engine name the same candidate."""
    baseline: float
    """The same for always naming the candidate named most often."""
    held_out: int
    decisive: tuple[tuple[str, float], ...]
    """Questions with their share of the impurity removed, largest first."""


def summarise(
    rule_base: RuleBase, *, as_of: date, sets: int = 3000, leaves: int = 12, seed: int = 0
) -> Summary:
    """Fit the tree on sampled complete answer sets.

    Args:
        rule_base: what to summarise.
        as_of: the day of the decisions.
        sets: answer sets to sample; a third is held out.
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
    chosen = list(sample_answer_sets(rule_base, sets, np.random.default_rng(seed)))
    features = [(question.id, option) for question in rule_base.questions
                for option in question.option_ids]  # fmt: skip
    table = np.array([[option in answers[question] for question, option in features]
                      for answers in chosen])  # fmt: skip
    picks = np.array(
        [engine.balance(Answers(answers)).framework is Candidate.PYTORCH for answers in chosen]
    )
    cut = len(chosen) * 2 // 3
    tree = DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=seed)
    tree.fit(table[:cut], picks[:cut])
    share = float(picks[cut:].mean())
    return Summary(
        tree=_in_words(tree.tree_, features, rule_base),
        fidelity=float((tree.predict(table[cut:]) == picks[cut:]).mean()),
        baseline=max(share, 1 - share),
        held_out=len(chosen) - cut,
        decisive=_decisive(features, tree.feature_importances_),
    )


def _decisive(
    features: Sequence[tuple[str, str]], importances: Sequence[float]
) -> tuple[tuple[str, float], ...]:
    shares: dict[str, float] = {}
    for (question, _), importance in zip(features, importances, strict=True):
        shares[question] = shares.get(question, 0.0) + float(importance)
    ranked = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    return tuple((question, share) for question, share in ranked if share > 0)


def _in_words(tree: Any, features: Sequence[tuple[str, str]], rule_base: RuleBase) -> str:
    lines: list[str] = []

    def walk(node: int, depth: int) -> None:
        indent = "  " * depth
        if tree.children_left[node] == tree.children_right[node]:
            share = float(tree.value[node][0][1] / tree.value[node][0].sum())
            pick = Candidate.PYTORCH if share >= 0.5 else Candidate.TENSORFLOW
            sure = max(share, 1 - share)
            lines.append(f"{indent}-> {pick.label} ({sure:.0%} of {tree.n_node_samples[node]})")
            return
        question, option = features[tree.feature[node]]
        label = rule_base.question_by_id[question].option(option).label
        lines.append(f"{indent}{question} is “{label}”:")
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
            f"{summary.held_out} answer sets it was not fitted to "
            f"(always naming the commoner one: {summary.baseline:.1%})."
        ),
        "Questions that decide most in this summary:",
    ]
    lines += [
        f"  {share:>5.1%}  {question}: {rule_base.question_by_id[question].text}"
        for question, share in summary.decisive
    ]
    return "\n".join(lines) + "\n"
