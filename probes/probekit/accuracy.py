"""Time to a stated accuracy: a whole training run on the digits, evaluation left out of the time."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np

from probekit import problem
from probekit.problem import Array, UpdateRule
from probekit.refusal import unsupported

BATCH = 64
RULE = UpdateRule(rule="adam", rate=0.001)
MAXIMUM_EPOCHS = 400


def train_until(
    runner: Any, data: dict[str, Array], *, target: float, seconds: float, seed: int
) -> dict[str, Any]:
    """Train the small table network from the common start, batches in a common order.

    Stops at `target` held-out accuracy or after `seconds` of training. Making the model counts
    towards neither; the first step, with its trace or compilation, does.
    """
    needed = ("features", "labels", "test-features", "test-labels")
    if any(f"digits/{name}" not in data for name in needed):
        raise unsupported("time to accuracy needs the digits data")
    features, labels, test_features, test_labels = (data[f"digits/{name}"] for name in needed)
    made = problem.load("tabular-mlp", "small", seed, data)
    made.rule = RULE
    trainer = runner.trainer(made, features.astype(np.float32), labels.astype(np.int32))
    order = made.draw("order")
    spent, epochs, accuracy, first = 0.0, 0, 0.0, 0.0
    curve_seconds: list[float] = []
    curve_accuracy: list[float] = []
    while epochs < MAXIMUM_EPOCHS:
        shuffled = order.permutation(len(labels)).astype(np.int32)
        whole = len(labels) // BATCH
        batches = [shuffled[index * BATCH : (index + 1) * BATCH] for index in range(whole)]
        if epochs == 0:
            begin = perf_counter()
            trainer.epoch(batches[:1])
            first = perf_counter() - begin
            spent += first
            batches = batches[1:]
        begin = perf_counter()
        trainer.epoch(batches)
        spent += perf_counter() - begin
        epochs += 1
        predicted = trainer.predict(test_features.astype(np.float32))
        accuracy = float(np.mean(predicted == test_labels))
        curve_seconds.append(spent)
        curve_accuracy.append(accuracy)
        if accuracy >= target or spent >= seconds:
            break
    return {
        "target": target,
        "reached": accuracy >= target,
        "accuracy": accuracy,
        "seconds": spent,
        "first_call_seconds": first,
        "epochs": epochs,
        "curve_seconds": curve_seconds,
        "curve_accuracy": curve_accuracy,
    }
