"""The noise floor of a machine: an A/A run, stored and reused while it is recent.

One file per machine, device and thread count in the user's data folder. A floor that cannot be
read or written is measured again: it is a convenience, never a reason to fail.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from advisor import files
from advisor.measure.fingerprint import Fingerprint
from advisor.measure.record import NoiseRecord
from advisor.measure.statistics import FEWEST_GENERATIONS
from advisor.reading import UnreadableError, read_bounded

KEPT_FOR = timedelta(days=7)
"""Older floors are measured again: neighbours on a host and power settings change."""
LARGEST_FILE = 2**20


def noise_folder() -> Path:
    """Where stored floors lie."""
    from advisor.resources import data_folder

    return data_folder("noise")


@dataclass(frozen=True, slots=True)
class NoiseStore:
    """Stored floors in `folder`."""

    folder: Path

    def _path(self, fingerprint: Fingerprint, device: str, threads: int) -> Path:
        safe = "".join(character for character in device if character.isalnum())
        return self.folder / f"{fingerprint.id}-{safe}-{threads}.json"

    def load(
        self, fingerprint: Fingerprint, device: str, threads: int, now: datetime | None = None
    ) -> NoiseRecord | None:
        """A recent floor of this machine, marked as stored; None when there is none to trust."""
        from pydantic import TypeAdapter, ValidationError

        path = self._path(fingerprint, device, threads)
        try:
            data = read_bounded(path, LARGEST_FILE)
            found = TypeAdapter(NoiseRecord).validate_json(data, strict=True)
            age = (now or datetime.now(UTC)) - datetime.fromisoformat(found.measured_at)
        except (UnreadableError, ValueError, ValidationError, TypeError):
            return None
        ratio = found.ratio
        sound = ratio is not None and 0 < ratio.low <= ratio.estimate <= ratio.high
        if not sound or not timedelta(0) <= age <= KEPT_FOR:
            return None
        return replace(found, stored=True)

    def save(self, fingerprint: Fingerprint, noise: NoiseRecord) -> bool:
        """Keep a floor for later runs; returns whether it was written.

        Floors from fewer than three generations, from a disturbed run, or that do not cover 1 are
        not kept: they say too little, or tell of a machine in a bad moment.
        """
        ratio = noise.ratio
        if noise.doubt or ratio is None or len(noise.generation_ratios) < FEWEST_GENERATIONS:
            return False
        if not ratio.low <= 1.0 <= ratio.high:
            return False
        kept = replace(noise, stored=False, blocks=())
        path = self._path(fingerprint, noise.device, noise.threads)
        text = json.dumps(asdict(kept), indent=1)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            files.replace(text.encode(), path, mode=0o600, lasting=False)
        except OSError:
            return False
        return True
