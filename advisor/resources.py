"""Where things lie: the rule base and the probe programs, and what is kept for the user.

No other module knows. Rule base and programs are in a checkout or inside an installed wheel. The
marker files are needed: a folder called `rules` beside an installed package belongs to somebody
else.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

NOWHERE = Path(os.devnull) / "framework-advisor"
"""Stands for the user's folders where no home is known: nothing in it can be read or written, and
the system says so."""

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


def data_folder(name: str) -> Path:
    """A folder for what is kept for the user; it may not exist yet."""
    from platformdirs import user_data_path

    return _at_home(user_data_path) / name


def cache_folder(name: str) -> Path:
    """A folder for what can be made anew; it may not exist yet."""
    from platformdirs import user_cache_path

    return _at_home(user_cache_path) / name


def _at_home(folder: Callable[..., Path]) -> Path:
    """Without HOME and without an entry for the user, platformdirs refuses or leaves a `~`."""
    try:
        path = folder("framework-advisor", appauthor=False)
    except RuntimeError:
        return NOWHERE
    return NOWHERE if path.parts[:1] == ("~",) else path
