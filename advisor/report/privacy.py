"""What could tell who made a report, and on which machine.

User names, host names and paths are taken out of the probe's texts when a document is built.
What describes the machine without naming it stays, since figures mean nothing without it; the
preview lists each such field before anything is exported.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from advisor.text import counted

PATH = "<path>"
USER = "<user>"
HOST = "<host>"

_PATHS = re.compile(
    r"""
    (?<![\w./:<-])                            # not inside a word, an address or another path
    (?: (?:~|/(?:home|Users|root|tmp|var|private|opt|srv|mnt|media|data|work|usr|nix|etc|Volumes))
        (?:/[^\s:"'<>|,;()\[\]]*)
      | [A-Za-z]:\\[^\s:"'<>|,;()\[\]]*
      | \\\\[\w.-]+\\[^\s:"'<>|,;()\[\]]*
    )
    """,
    re.VERBOSE,
)
_SEVERAL_WORDS = re.compile(r"[\s/\\@]")
_COMMON = frozenset({"root", "user", "admin", "runner", "ubuntu", "nobody", "localhost", "linux"})
"""Names that tell nobody, and that are words of their own."""


@lru_cache(maxsize=1)
def _names_here() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The names of this user and this host, where they could tell somebody."""
    import getpass
    import socket

    found: list[tuple[str, str]] = []
    with suppress(KeyError, OSError):
        found.append((getpass.getuser(), USER))
    with suppress(OSError):
        found.append((socket.gethostname().split(".")[0], HOST))
    return tuple(
        (re.compile(rf"(?<!\w){re.escape(name)}(?!\w)"), instead)
        for name, instead in found
        if len(name) > 3 and name.lower() not in _COMMON
    )


def scrub(text: str) -> str:
    """`text` without paths, and without the names of this user and this host.

    Single words are left alone: they are ids and versions, and somebody may be called `default`.
    """
    if not _SEVERAL_WORDS.search(text):
        return text
    if "/" in text or "\\" in text:
        text = _PATHS.sub(PATH, text)
    for pattern, instead in _names_here():
        text = pattern.sub(instead, text)
    return text


@dataclass(frozen=True, slots=True)
class IdentifyingField:
    """One field of a document that says something about the machine, its user or the team."""

    place: str
    """Where it stands in decision.json, for instance `probe.fingerprint.cpu_model`."""
    label: str
    value: str
    removable: bool
    """Whether a report can do without it: figures need to say which machine they hold for."""


_LABELS = {
    "system": "Operating system",
    "architecture": "Processor architecture",
    "cpu_model": "Processor",
    "instructions": "Instruction sets",
    "cores": "Cores",
    "memory_class_gib": "Memory (GiB, rounded)",
    "accelerators": "Accelerators",
    "pytorch": "PyTorch version",
    "tensorflow": "TensorFlow version",
}


def identifying_fields(plain: dict[str, Any]) -> tuple[IdentifyingField, ...]:
    """Every such field of a document given as plain JSON types, for a preview before export."""
    found = [
        IdentifyingField(
            "answers", "Answers", counted(len(plain.get("answers", {})), "answer"), False
        )
    ]
    overlays = plain.get("rule_base", {}).get("overlays", ())
    if overlays:
        found.append(
            IdentifyingField("rule_base.overlays", "Own rules", ", ".join(overlays), False)
        )
    probe = plain.get("probe")
    if isinstance(probe, dict):
        found += _of_probe(probe)
    return tuple(found)


def _of_probe(probe: dict[str, Any]) -> list[IdentifyingField]:
    found = [
        IdentifyingField(f"probe.fingerprint.{name}", _LABELS.get(name, name), shown, False)
        for name, value in probe.get("fingerprint", {}).items()
        if (shown := ", ".join(value) if isinstance(value, (list, tuple)) else str(value or ""))
    ]
    if probe.get("created"):
        found.append(
            IdentifyingField("probe.created", "Time of the probe", str(probe["created"]), False)
        )
    found += [
        IdentifyingField(place, "Text with a path or a name", text, True)
        for place, text in _texts(probe, "probe")
        if scrub(text) != text
    ]
    return found


def _texts(value: Any, place: str) -> list[tuple[str, str]]:
    if isinstance(value, str):
        return [(place, value)]
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in _texts(item, f"{place}.{key}")]
    if isinstance(value, (list, tuple)):
        return [
            text for index, item in enumerate(value) for text in _texts(item, f"{place}.{index}")
        ]
    return []
