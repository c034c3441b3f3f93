"""The two candidates."""

from __future__ import annotations

from enum import StrEnum


class Candidate(StrEnum):
    """A framework that can be recommended."""

    PYTORCH = "pytorch"
    TENSORFLOW = "tensorflow"

    @property
    def other(self) -> Candidate:
        """The candidate it stands against."""
        return Candidate.TENSORFLOW if self is Candidate.PYTORCH else Candidate.PYTORCH

    @property
    def label(self) -> str:
        """The name as its makers write it."""
        return "PyTorch" if self is Candidate.PYTORCH else "TensorFlow"

    @property
    def distributions(self) -> tuple[str, ...]:
        """Names of the Python distributions that bring it, the usual one first."""
        return _DISTRIBUTIONS[self.value]


_DISTRIBUTIONS = {
    "pytorch": ("torch",),
    "tensorflow": (
        "tensorflow",
        "tensorflow-cpu",
        "tensorflow-macos",
        "tensorflow-rocm",
        "tensorflow-intel",
        "intel-tensorflow",
        "tf-nightly",
        "tf-nightly-cpu",
    ),
}

CANDIDATES: tuple[Candidate, Candidate] = (Candidate.PYTORCH, Candidate.TENSORFLOW)
"""Both, in alphabetical order: the order in which they are always shown."""
