"""What an install brings along: locked by hash, licensed, and listed in a bill of materials."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements-hashed.txt"


def _licences() -> Any:
    spec = spec_from_file_location("make_licences_page", ROOT / "docs" / "make_licences_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


licences = _licences()
PLAIN: list[str] = licences.closure(licences.project()[""])
"""The direct dependencies and theirs, as installed."""


def pinned() -> dict[str, str]:
    """Versions by name, as constraints.txt pins them."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    return {
        canonicalize_name(name): version for name, _, version in (x.partition("==") for x in lines)
    }


def locked() -> dict[str, tuple[Requirement, list[str]]]:
    """Requirement and hashes by name, as the lock file holds them."""
    text = LOCK.read_text(encoding="utf-8").replace("\\\n", " ")
    found: dict[str, tuple[Requirement, list[str]]] = {}
    for line in text.splitlines():
        if line and not line.lstrip().startswith("#"):
            requirement, *hashes = line.split(" --hash=")
            parsed = Requirement(requirement.strip())
            found[canonicalize_name(parsed.name)] = (parsed, [one.strip() for one in hashes])
    return found


def test_every_plain_dependency_is_locked_at_the_version_of_the_constraints() -> None:
    """Neither a direct dependency nor one of theirs is missing or of another version."""
    direct = {canonicalize_name(Requirement(one).name) for one in licences.project()[""]}
    assert direct <= set(PLAIN)
    versions = {name: str(requirement.specifier) for name, (requirement, _) in locked().items()}
    assert {name: versions.get(name) for name in PLAIN} == {
        name: f"=={pinned()[name]}" for name in PLAIN
    }


def test_every_locked_package_has_hashes_and_is_needed_or_says_where() -> None:
    """Nothing is fetched unchecked, and what this machine does not need names its platform."""
    for name, (requirement, hashes) in locked().items():
        assert hashes, name
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", one) for one in hashes), name
        assert name in PLAIN or requirement.marker is not None, name


@pytest.mark.parametrize("name", ["numpy", "pydantic-core", "markupsafe", "pyyaml"])
def test_packages_with_machine_code_are_locked_for_every_platform(name: str) -> None:
    """Three versions of Python on five platforms take at least fifteen files and a source."""
    assert len(locked()[name][1]) > 15


def test_the_lock_names_no_host() -> None:
    """Any mirror can serve it: the hashes decide, not the address."""
    assert "://" not in LOCK.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PLAIN)
def test_no_plain_dependency_binds_our_users(name: str) -> None:
    """Each states a licence, and none a strong copyleft one."""
    found = licences.licence_of(name)
    assert found.words != licences.NOT_STATED
    assert not licences.is_strong_copyleft(found.words)


@pytest.mark.parametrize(
    ("words", "strong"),
    [
        ("GPL-3.0-or-later", True),
        ("AGPL-3.0", True),
        ("GNU General Public License v2 (GPLv2)", True),
        ("GNU Affero General Public License v3", True),
        ("LGPL-2.1", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", False),
        ("MPL-2.0", False),
        ("MIT", False),
    ],
)
def test_strong_copyleft_is_told_from_weak(words: str, strong: bool) -> None:
    """GPL and AGPL bind the whole program, LGPL and MPL only their own files."""
    assert licences.is_strong_copyleft(words) is strong


def test_the_licence_page_is_current() -> None:
    """`make licences` has been run since the dependencies of the plain install changed."""
    assert licences.table("Plain install", PLAIN) in licences.PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The bill of materials of this environment, as `make sbom` makes and checks it."""
    file = tmp_path_factory.mktemp("sbom") / "sbom.cdx.json"
    stamp = f"{sys.prefix}/.installed"
    done = subprocess.run(
        ["make", "sbom", f"VENV={sys.prefix}", "-o", stamp, f"SBOM={file}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


@pytest.mark.slow
def test_the_bill_of_materials_lists_every_plain_dependency(bill: dict[str, Any]) -> None:
    """Each by package URL and version, under framework-advisor itself."""
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "framework-advisor"
    urls = {one["purl"] for one in bill["components"]}
    assert {f"pkg:pypi/{name}@{pinned()[name]}" for name in PLAIN} <= urls
