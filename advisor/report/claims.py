"""What a document claims, beside what was measured on it."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.model.candidate import Candidate
from advisor.report.parts import ReasonPart
from advisor.report.probe_view import ProbeView
from advisor.report.words import listed, readable, sentence

UNRESOLVED = "no difference that counts was resolved"


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim that was put to the test."""

    measured: str
    """What was measured, in words and figures."""
    outcome: str
    """Whether it agrees with the claim."""

    @property
    def resolved(self) -> bool:
        """Whether the measurement speaks for either side."""
        return self.outcome != UNRESOLVED


def put_to_test(reason: ReasonPart, probe: ProbeView | None) -> Claim | None:
    """What was measured on the claim of a reason; None when nothing was."""
    link = reason.measured_by
    if link is None or probe is None:
        return None
    if link.deployment_target is not None:
        outcomes = probe.on_target(reason.claimed, link.deployment_target)
        agrees = "agrees" if "works" in outcomes else "contradicts"
        return Claim(", ".join(map(readable, outcomes)), agrees) if outcomes else None
    found = probe.on_workloads(link.workloads, link.operations)
    said = "; ".join(f"{one.name} {one.interval}" for one in found)
    faster = {one.faster for one in found if one.faster is not None}
    return Claim(said, _agreement(reason.claimed, faster)) if found else None


def _agreement(claimed: Candidate | None, faster: set[Candidate]) -> str:
    if not faster:
        return UNRESOLVED
    if claimed is None:
        return f"{listed([one.label for one in sorted(faster)])} faster"
    if faster == {claimed}:
        return "agrees"
    return "agrees in part" if claimed in faster else "contradicts"


def text_of(reason: ReasonPart, claim: Claim | None) -> str:
    """What a reason says once its claim was measured: the text alone may say the opposite."""
    text = sentence(reason.text)
    if not reason.measured or claim is None:
        return text
    if reason.claimed is not None and reason.claimed is not reason.favours:
        return f"Measured for the target, against what documents claim (“{reason.text}”): " + (
            sentence(claim.measured)
        )
    return f"{text} Measured for the target: {sentence(claim.measured)}"


def is_empty(reason: ReasonPart, claim: Claim | None) -> bool:
    """Whether a reason rests on a measurement alone, and that one speaks for nobody."""
    return reason.measured and claim is not None and not claim.resolved
