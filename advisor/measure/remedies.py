"""What to do about a framework that does not start."""

from __future__ import annotations

from advisor.measure.installation import MODULES
from advisor.measure.protocol import FailureKind, WorkerFailure
from advisor.model.candidate import Candidate

_BY_WORDS = (
    (("SIGILL",), "Install a build for older processors, or measure on a newer machine."),
    (
        ("GLIBC_", "GLIBCXX_", "CXXABI_"),
        "Its build needs newer system libraries: install an older release, or a newer container.",
    ),
    (
        ("memory", "failed to map segment"),
        "Close other programs, or give the container more memory.",
    ),
    (
        ("Resource temporarily unavailable", "new thread"),
        "No more processes may be started here: close programs, or raise the limit (ulimit -u).",
    ),
    (
        ("cannot open shared object", "DLL load failed", "undefined symbol", "Library not loaded"),
        "One of its libraries is missing or does not fit: install it anew in a fresh environment.",
    ),
)


def remedy_for(failure: WorkerFailure, candidate: Candidate) -> str:
    """One sentence on how to mend a start that failed."""
    for words, remedy in _BY_WORDS:
        if any(word in failure.reason for word in words):
            return remedy
    module = MODULES[candidate]
    if f"No module named '{module}'" in failure.reason:
        return (
            "pip install 'framework-advisor[probes]' brings both; another environment is named "
            f"with --python-{candidate.value}."
        )
    by_hand = f"See what `python -c 'import {module}'` says there"
    if failure.kind is FailureKind.HUNG:
        return f"{by_hand}; where it is only slow, --thorough waits longer."
    return f"{by_hand}; if it fails too, install it anew in a fresh environment."
