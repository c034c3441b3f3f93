"""Parsed rule bases in the user's cache folder: reading them again takes a tenth of the time.

The key is the content of every file and of the code that reads them, so that nothing is ever out
of date. A cache that is lost, damaged or not writable costs time and nothing else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from advisor import files
from advisor.model import candidate, condition, rulebase
from advisor.model.rulebase import RuleBase
from advisor.reading import UnreadableError, read_bounded
from advisor.rulebase import codec, conditions, link, nodes
from advisor.rulebase.files import RuleText

WORTH_IT = 100_000
"""Bytes of rule files from which on parsing takes longer than anybody should wait twice."""
MOST_BYTES = 64_000_000
KEPT = 8
"""Rule bases kept; the ones not used for longest go first."""


def cache_key(texts: Iterable[RuleText], *, layers: Sequence[int]) -> str:
    """Stands for these files as this version of the program reads them.

    Args:
        texts: the files of all layers.
        layers: number of files in the rule base and in each overlay.
    """
    digest = sha256(repr(layers).encode())
    for module in (candidate, condition, rulebase, codec, conditions, link, nodes):
        with suppress(OSError, TypeError):
            digest.update(Path(str(module.__file__)).read_bytes())
    for name in ("schema.py", "load.py", "files.py"):
        with suppress(OSError):
            digest.update(Path(__file__).with_name(name).read_bytes())
    for text in texts:
        digest.update(f"\0{text.name}\0{len(text.data)}\0".encode())
        digest.update(text.data)
    return digest.hexdigest()


def worth_caching(texts: Iterable[RuleText]) -> bool:
    """Whether parsing takes long enough."""
    return sum(len(text.data) for text in texts) >= WORTH_IT


def recall(key: str) -> RuleBase | None:
    """The rule base kept under `key`; None when there is none or it is damaged."""
    try:
        path = _file(key)
        checksum, _, payload = read_bounded(path, MOST_BYTES).partition(b"\n")
        if sha256(payload).hexdigest().encode() != checksum:
            return None
        rule_base = codec.decode(json.loads(payload))
        os.utime(path)
    except (UnreadableError, OSError, ValueError, TypeError, KeyError, IndexError, RecursionError):
        return None
    return rule_base


def keep(key: str, rule_base: RuleBase) -> None:
    """Keep `rule_base` for the next time, if the folder can be written."""
    payload = json.dumps(
        codec.encode(rule_base), ensure_ascii=False, separators=(",", ":")
    ).encode()
    with suppress(OSError):
        path = _file(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        data = sha256(payload).hexdigest().encode() + b"\n" + payload
        files.replace(data, path, mode=0o600, lasting=False)
        _prune(path.parent)


def _file(key: str) -> Path:
    from advisor.resources import cache_folder

    return cache_folder("rules") / f"{key}.json"


def _prune(folder: Path) -> None:
    kept = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[KEPT:]:
        path.unlink(missing_ok=True)
