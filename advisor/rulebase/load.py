"""From a folder of rule files to a `RuleBase`; every fault names file, line and field.

Files are told apart by their keys, never by folder or name, and everything is sorted by id, so
that moving a rule to another file changes nothing. Nothing in a file can run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.errors import Place, RuleBaseError
from advisor.model.rulebase import Origin, RuleBase
from advisor.resources import rules_folder
from advisor.rulebase import cache, nodes
from advisor.rulebase.codec import fingerprint
from advisor.rulebase.conditions import did_you_mean
from advisor.rulebase.files import RuleText, parse_text, plain, read_folder
from advisor.rulebase.link import Entry, link

if TYPE_CHECKING:
    from pydantic import ValidationError

OTHER_KEYS = frozenset({"scenarios", "waivers"})
"""What stands under these keys belongs to other readers."""
KINDS = ("criteria", "sections", "questions", "evidence", "rules", "gates", "emphases", "notices")


@dataclass(slots=True)
class Collected:
    """Everything the files of the rule base and its overlays hold, by kind and id."""

    entries: dict[str, dict[str, Entry]] = field(
        default_factory=lambda: {kind: {} for kind in KINDS}
    )
    version: str = ""


def load_rule_base(folder: Path | None = None, overlays: Sequence[Path | str] = ()) -> RuleBase:
    """Read and link a rule base.

    Args:
        folder: where its files lie; the shipped rule base by default.
        overlays: folders of a team's own files. An entry with an id that exists replaces it;
            `disable: [ids]` takes entries out.

    Raises:
        RuleBaseError: a file is not readable, not valid, or refers to what does not exist.
    """
    layers = [read_folder(folder or rules_folder())]
    layers += [read_folder(Path(one), prefix=f"{Path(one).name}/") for one in overlays]
    names = tuple(Path(one).name for one in overlays)
    texts = [text for layer in layers for text in layer]
    if not cache.worth_caching(texts):
        return _parse(layers, names)
    key = cache.cache_key(texts, layers=[len(layer) for layer in layers])
    known = cache.recall(key)
    if known is None:
        known = _parse(layers, names)
        cache.keep(key, known)
    return known


def _parse(layers: Sequence[Sequence[RuleText]], overlays: tuple[str, ...]) -> RuleBase:
    collected = Collected()
    for place, layer in enumerate(layers):
        _collect(collected, layer, overlay=place > 0)
    rule_base = link(collected.entries, version=collected.version, overlays=overlays)
    return replace(rule_base, sha256=fingerprint(rule_base))


def _collect(collected: Collected, layer: Sequence[RuleText], *, overlay: bool) -> None:
    disabled: list[tuple[str, Place]] = []
    for text in layer:
        root = parse_text(text)
        own = {key: value for key, value in root.items.items() if key not in OTHER_KEYS}
        if own:
            root = nodes.Mapping(own, root.key_lines, root.line)
            disabled += _collect_file(collected, root, text.name, overlay=overlay)
    for one, place in disabled:
        _disable(collected, one, place)


def _collect_file(
    collected: Collected, root: nodes.Mapping, name: str, *, overlay: bool
) -> list[tuple[str, Place]]:
    from pydantic import ValidationError

    from advisor.rulebase.schema import RuleFile

    try:
        file = RuleFile.model_validate(plain(root))
    except ValidationError as error:
        raise _explained(error, root, name) from error
    if file.version and not overlay:
        collected.version = file.version
    for kind in KINDS:
        sequence = root.items.get(kind)
        if not isinstance(sequence, nodes.Sequence):
            continue
        for value, node in zip(getattr(file, kind), sequence.items, strict=True):
            assert isinstance(node, nodes.Mapping)  # noqa: S101 - the schema has seen it
            entry = Entry(value, node, Origin(name, node.line), file.section)
            known = collected.entries[kind].get(value.id)
            if known is not None and not (overlay and known.origin.file != name):
                raise RuleBaseError(
                    f"The id `{value.id}` is taken: {known.origin.file}:{known.origin.line}.",
                    place=Place(name, node.line, f"{kind}.{value.id}"),
                )
            collected.entries[kind][value.id] = entry
    if file.disable and not overlay:
        raise RuleBaseError(
            "`disable` is for a team's own rules, laid over the shipped ones.",
            place=Place(name, root.key_lines["disable"], "disable"),
        )
    return [(one, Place(name, root.key_lines["disable"], "disable")) for one in file.disable]


def _disable(collected: Collected, one: str, place: Place) -> None:
    for kind in ("rules", "gates", "emphases", "notices"):
        if collected.entries[kind].pop(one, None) is not None:
            return
    known = [name for kind in KINDS for name in collected.entries[kind]]
    raise RuleBaseError(
        f"There is no rule, gate, emphasis or notice `{one}`.",
        place=place,
        remedy=did_you_mean(one, known),
    )


def _explained(error: ValidationError, root: nodes.Mapping, name: str) -> RuleBaseError:
    """The first complaint of pydantic with the line it is about, in words."""
    first = error.errors()[0]
    node: nodes.Node = root
    line, shown = root.line, ""
    for step in first["loc"]:
        if isinstance(node, nodes.Mapping) and step in node.items:
            line = node.key_lines[str(step)]
            node = node.items[str(step)]
            shown = f"{shown}.{step}" if shown else str(step)
        elif isinstance(node, nodes.Sequence) and isinstance(step, int):
            node = node.items[step]
            line = node.line
            shown = f"{shown}[{step}]"
        elif isinstance(step, str) and first["type"] in {"missing", "extra_forbidden"}:
            shown = f"{shown}.{step}" if shown else step
    words = {
        "missing": "This field is missing.",
        "extra_forbidden": "There is no such field here.",
    }
    message = words.get(first["type"]) or f"{first['msg'].removeprefix('Value error, ')}."
    return RuleBaseError(message, place=Place(name, line, shown))
