"""Data sets and their plain baselines, from scikit-learn, in a process of their own."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np

from probekit.problem import Array
from probekit.refusal import unsupported

SPLIT_SEED = 7
TEST_SHARE = 0.25


def digits() -> dict[str, Array]:
    """The digits (1,797 pictures of 8 x 8), scaled to 0..1, split by class into two parts."""
    try:
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split
    except ImportError as error:
        raise unsupported(f"scikit-learn cannot be imported: {error}") from error
    features, labels = load_digits(return_X_y=True)
    train, test, train_labels, test_labels = train_test_split(
        (features / 16.0).astype(np.float32),
        labels.astype(np.int32),
        test_size=TEST_SHARE,
        random_state=SPLIT_SEED,
        stratify=labels,
    )
    return {
        "digits/features": np.ascontiguousarray(train),
        "digits/labels": train_labels,
        "digits/test-features": np.ascontiguousarray(test),
        "digits/test-labels": test_labels,
    }


def baselines() -> list[dict[str, Any]]:
    """Held-out accuracy and training time of two plain learners on the same split."""
    data = digits()
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    learners = [
        ("logistic regression", LogisticRegression(max_iter=300)),
        ("gradient boosting", HistGradientBoostingClassifier(max_iter=60, random_state=0)),
    ]
    found = []
    for name, learner in learners:
        begin = perf_counter()
        learner.fit(data["digits/features"], data["digits/labels"])
        took = perf_counter() - begin
        accuracy = learner.score(data["digits/test-features"], data["digits/test-labels"])
        found.append({"learner": name, "seconds": took, "accuracy": float(accuracy)})
    return found
