"""Update rules in words, the same on both sides, for the fairness table."""

from __future__ import annotations

from probekit.problem import UpdateRule


def rule_words(rule: UpdateRule) -> str:
    """The update rule for people."""
    if rule.rule == "sgd":
        return f"SGD, rate {rule.rate:g}, momentum {rule.momentum:g}"
    return (
        f"Adam, rate {rule.rate:g}, betas {rule.beta_1:g} and {rule.beta_2:g}, "
        f"epsilon {rule.epsilon:g} beside sqrt(v)"
    )
