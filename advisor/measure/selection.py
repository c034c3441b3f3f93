"""Which workloads and operations answer the questions at hand.

A probe of the wrong work is worth nothing, and time is short: the answers pick a few workloads,
the most telling first. With no answers the picture is broad: images, text and tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Answered = Mapping[str, frozenset[str]]

TABULAR, CNN, RECURRENT = "tabular-mlp", "residual-cnn", "recurrent"
TRANSFORMER, DECODER, RECOMMENDER = "transformer", "decoder", "recommender"

WORKLOADS: Mapping[str, str] = {
    TABULAR: "a dense network on the digits data, as for plain tables",
    CNN: "a small residual convolution network on images",
    RECURRENT: "a recurrent network on sequences",
    TRANSFORMER: "a transformer encoder on token sequences",
    DECODER: "one step of an autoregressive decoder with its key-value cache",
    RECOMMENDER: "a recommender: large embeddings and a small dense network",
}
"""Every workload with what it stands for."""

TRAINING, INFERENCE, LATENCY, PIPELINE = "training", "inference", "latency", "input-pipeline"
OPERATIONS: Mapping[str, str] = {
    TRAINING: "one optimiser step on a batch",
    INFERENCE: "the forward pass of a batch",
    LATENCY: "the forward pass of a single item, call by call",
    PIPELINE: "reading, shuffling and batching arrays: DataLoader against tf.data",
}
SIZES = ("small", "medium", "large")

# Answers of the question `domain`, in the order of its options.
_BY_DOMAIN: Mapping[str, tuple[str, ...]] = {
    "vision": (CNN,),
    "nlp": (TRANSFORMER,),
    "llm": (DECODER, TRANSFORMER),
    "generative": (CNN, TRANSFORMER),
    "speech": (RECURRENT, TRANSFORMER),
    "recommender": (RECOMMENDER,),
    "reinforcement": (TABULAR, CNN),
    "graph": (RECOMMENDER, TABULAR),
    "time-series": (RECURRENT, TABULAR),
    "tabular": (TABULAR,),
    "scientific": (TABULAR, RECURRENT),
    "probabilistic": (TABULAR,),
    "medical": (CNN,),
    "robotics": (CNN, TABULAR),
}
_BROAD = (CNN, TRANSFORMER, TABULAR)

_ONE_AT_A_TIME = frozenset(
    {"server", "serverless", "desktop", "cpp", "jvm", "node", "browser", "android", "ios",
     "microcontroller", "embedded-linux"}
)  # fmt: skip
"""Targets where single items arrive, so that their latency counts."""
_READY = frozenset({"ready-tensorflow", "ready-pytorch", "ready-onnx"})


@dataclass(frozen=True, slots=True)
class Selected:
    """One workload worth measuring."""

    workload: str
    operations: tuple[str, ...]
    """The most telling first."""
    because: str
    """In words, for the plan on screen."""


def _operations(answers: Answered) -> tuple[str, ...]:
    trained = answers.get("training_hardware", frozenset()) != frozenset({"no-training"})
    trained = trained and answers.get("model_source", frozenset()).isdisjoint(_READY)
    targets = answers.get("targets")
    single = targets is not None and not targets.isdisjoint(_ONE_AT_A_TIME)
    tight = not answers.get("latency", frozenset()).isdisjoint({"interactive", "critical"})
    if not trained:
        return (LATENCY, INFERENCE) if single or tight else (INFERENCE, LATENCY)
    if targets == frozenset({"no-deployment"}):
        return (TRAINING, INFERENCE, PIPELINE, LATENCY)
    if tight:
        return (TRAINING, LATENCY, INFERENCE, PIPELINE)
    return (TRAINING, INFERENCE, LATENCY, PIPELINE)


def select(answers: Answered) -> list[Selected]:
    """Workloads for these answers, the most telling first; every workload at most once.

    `answers` holds option ids by question id; a missing question is not answered.
    """
    operations = _operations(answers)
    domains = answers.get("domain", frozenset())
    chosen: dict[str, str] = {}
    # first the main workload of every field, then the side ones
    for place in range(2):
        for domain, workloads in _BY_DOMAIN.items():
            if domain in domains and place < len(workloads):
                chosen.setdefault(workloads[place], f"you named the field {domain}")
    for workload in _BROAD:
        chosen.setdefault(workload, "it belongs to the broad picture")
    result = [Selected(workload, operations, why) for workload, why in chosen.items()]
    if "llm" in domains and not answers.get("llm_work", frozenset()).isdisjoint(
        {"serve", "on-device"}
    ):
        served = tuple(one for one in operations if one not in (TRAINING, PIPELINE))
        result = [
            Selected(one.workload, served, one.because) if one.workload == DECODER else one
            for one in result
        ]
    return result
