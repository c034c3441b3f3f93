"""What every report says about the method: its limits, its card, and how to check it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advisor.report.view import View

SURVEY = (
    "What the survey arXiv 2508.04035 (August 2025) or common wisdom says on the points that "
    "decide here, beside later sources."
)

LIMITS = (
    "The advice is as good as the answers: it knows nothing about the project that was not asked.",
    (
        "Acceptability is the share of plausible weightings and readings in which a candidate comes "
        "out first. It is not the chance that the project succeeds with it."
    ),
    "Evidence is dated. It counts less once it has expired, and it may have been overtaken before.",
    (
        "Measurements hold for the machine, versions, sizes and settings stated, and for these "
        "workloads; your own model may behave otherwise."
    ),
    "Popularity is one criterion with a capped weight; it is never a reason by itself.",
    "Only PyTorch and TensorFlow are compared. Where neither is needed, that is said.",
)

CARD = (
    ("Scope", "Which of the two to build on, for one project and its stated target."),
    (
        "Not for",
        (
            "Judging people, or choosing among models, vendors or services; JAX and others are "
            "named but not scored."
        ),
    ),
    (
        "Cannot know",
        "Unpublished plans of the makers, code not yet written, and what was not asked.",
    ),
    (
        "Checks for bias",
        (
            "Exchanging the two names in the whole rule base mirrors every verdict; without any "
            "answer the advice is never firmer than leaning. “advisor rules audit” repeats both."
        ),
    ),
)

DECISION_TAKEN = ("Decision", "Taken by", "Date", "Deviation from the advice, and why", "Review on")


def reproduce(view: View) -> list[str]:
    """The commands that check this report, given its JSON form as decision.json."""
    return [
        "advisor report verify decision.json    # computes every figure again",
        "advisor report recheck decision.json   # asks whether it still holds today",
    ]
