"""Make docs/licences.md from the metadata of the installed packages: `make licences`.

Shows what each package says of itself, and where it says so; nothing is guessed. A test fails when
the list of the plain install is not current, or names a licence that would bind our users.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "licences.md"
NOT_STATED = "not stated"
HEAD = """\
# Licences of what is installed

Generated from the metadata of the installed packages by `make licences`; do not edit. framework-advisor itself is under the MIT
licence and bundles none of these: an installer fetches them. Each extra lists what it adds to the plain install. The build of
torch for CUDA also brings NVIDIA's own libraries, under NVIDIA's terms. *Stated in* is the field of the metadata; a classifier
names a family of licences, not the exact text.
"""


@dataclass(frozen=True, slots=True)
class Licence:
    """What an installed package says of its licence."""

    package: str
    """Package URL."""
    words: str
    stated_in: str


def project() -> dict[str, list[str]]:
    """Direct dependencies by extra; those of the plain install under the empty name."""
    found = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"": found["dependencies"], **found["optional-dependencies"]}


def closure(wanted: list[str]) -> list[str]:
    """The names of all packages that `wanted` bring here, or would bring if they were installed."""
    extras = project()
    seen: set[tuple[str, str]] = set()
    waiting = [(Requirement(one), "") for one in wanted]
    while waiting:
        found, extra = waiting.pop()
        name = canonicalize_name(found.name)
        if found.marker is not None and not found.marker.evaluate({"extra": extra}):
            continue
        for one in ("", *sorted(found.extras)):
            if (name, one) in seen:
                continue
            seen.add((name, one))
            if name == "framework-advisor":
                waiting += [(Requirement(text), "") for text in extras[one]]
                continue
            waiting += [(Requirement(text), one) for text in _requires(name)]
    return sorted({name for name, _ in seen} - {"framework-advisor"})


def _requires(name: str) -> list[str]:
    try:
        return metadata.distribution(name).requires or []
    except metadata.PackageNotFoundError:
        return []


def licence_of(name: str) -> Licence:
    """What the installed package `name` says."""
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return Licence(f"pkg:pypi/{name}", NOT_STATED, "not installed here")
    package = f"pkg:pypi/{name}@{Version(found.version).public}"
    expression = found.metadata.get("License-Expression")
    if expression:
        return Licence(package, expression, "License-Expression")
    text = (found.metadata.get("License") or "").strip()
    if 0 < len(text) <= 60 and "\n" not in text:
        return Licence(package, text.removeprefix("OSI Approved :: "), "License")
    families = [
        one.rpartition(" :: ")[2]
        for one in found.metadata.get_all("Classifier") or []
        if one.startswith("License :: ")
    ]
    if families:
        return Licence(package, ", ".join(families), "classifier")
    title = text.partition("\n")[0].strip()
    if "licen" in title.lower():
        return Licence(package, title[:60], "title of the licence text")
    return Licence(package, NOT_STATED, "")


def is_strong_copyleft(words: str) -> bool:
    """Whether a licence would bind a program that uses the package: GPL and AGPL, not LGPL."""
    return re.search(r"\bA?GPL|GNU (Affero )?General Public", words, re.IGNORECASE) is not None


def page() -> str:
    """The whole page."""
    extras = project()
    plain = closure(extras.pop(""))
    parts = [HEAD, table("Plain install", plain)]
    for extra in extras:
        added = set(closure([f"framework-advisor[{extra}]"])) - set(plain)
        parts.append(table(f"Extra `[{extra}]`", sorted(added)))
    return "\n".join(parts)


def table(title: str, names: list[str]) -> str:
    """One section."""
    rows = [licence_of(name) for name in names]
    lines = [f"## {title}", "", "| Package | Licence | Stated in |", "|---|---|---|"]
    lines += [f"| `{row.package}` | {row.words} | {row.stated_in} |" for row in rows]
    unknown = [f"`{row.package}`" for row in rows if row.words == NOT_STATED]
    if unknown:
        lines += ["", f"Unknown: {', '.join(unknown)}."]
    strong = [f"`{row.package}`" for row in rows if is_strong_copyleft(row.words)]
    if strong:
        lines += ["", f"Strong copyleft: {', '.join(strong)}."]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
