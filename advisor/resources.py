"""Where the rule base and the probe programs lie: in a checkout, or inside an installed wheel.

No other module knows. The marker files are needed: a folder called `rules` beside an installed
package belongs to somebody else.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _folder(name: str, marker: str) -> Path:
    checkout = _PACKAGE.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / name / marker).is_file():
        return checkout / name
    return _PACKAGE / "_bundled" / name


def rules_folder() -> Path:
    """The folder of the shipped rule base."""
    return _folder("rules", "vocabulary.yaml")


def probes_folder() -> Path:
    """The folder of the stand-alone probe programs."""
    return _folder("probes", "worker.py")
