"""The machine a run is made on, as looked at before it."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.measure.fingerprint import Fingerprint, take_fingerprint
from advisor.measure.installation import Installation
from advisor.measure.machine import Machine
from advisor.measure.record import Finding
from advisor.model.candidate import Candidate


@dataclass(frozen=True, slots=True)
class Site:
    """The machine a run is made on, as looked at before it."""

    machine: Machine
    installations: tuple[Installation, ...]
    findings: tuple[Finding, ...] = ()

    def fingerprint(self) -> Fingerprint:
        """The machine's fingerprint with the installed versions."""
        versions = {one.candidate: one.version or None for one in self.installations}
        return take_fingerprint(
            self.machine,
            pytorch=versions.get(Candidate.PYTORCH),
            tensorflow=versions.get(Candidate.TENSORFLOW),
        )
