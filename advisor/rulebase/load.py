"""From a folder of rule files to a `RuleBase`; every fault names file, line and field.

Files are told apart by their keys, never by folder or name, and everything is sorted by id, so
that moving a rule to another file changes nothing. Nothing in a file can run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from advisor.errors import Place, RuleBaseError
from advisor.model.rulebase import Origin, RuleBase
from advisor.resources import rules_folder
from advisor.rulebase import cache, nodes
from advisor.rulebase.codec import fingerprint
from advisor.rulebase.conditions import did_you_mean
from advisor.rulebase.faults import explained
from advisor.rulebase.files import RuleText, parse_text, plain, read_folder
from advisor.rulebase.link import Entry, link
from advisor.text import one_line

OTHER_KEYS = frozenset({"scenarios", "waivers"})
"""What stands under these keys belongs to other readers."""
KINDS = ("criteria", "sections", "questions", "evidence", "rules", "gates", "emphases", "notices")
CONDITIONAL = ("rules", "gates", "emphases", "notices")


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
    names = tuple(one_line(Path(one).name) for one in overlays)
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
        raise explained(error, root, name) from error
    if file.version and not overlay:
        collected.version = file.version
    for kind in KINDS:
        sequence = root.items.get(kind)
        if not isinstance(sequence, nodes.Sequence):
            continue
        for value, node in zip(getattr(file, kind), sequence.items, strict=True):
            assert isinstance(node, nodes.Mapping)  # noqa: S101 - the schema has seen it
            entry = Entry(value, node, Origin(name, node.line), file.section)
            taken_by, known = _taken(collected, kind, value.id)
            replaces = taken_by == kind and overlay and known and known.origin.file != name
            if known is not None and not replaces:
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


def _taken(collected: Collected, kind: str, id_: str) -> tuple[str, Entry | None]:
    """Where the id stands already. Whatever has a condition shares one set of ids."""
    for other in CONDITIONAL if kind in CONDITIONAL else (kind,):
        if known := collected.entries[other].get(id_):
            return other, known
    return kind, None


def _disable(collected: Collected, one: str, place: Place) -> None:
    for kind in CONDITIONAL:
        if collected.entries[kind].pop(one, None) is not None:
            return
    known = [name for kind in KINDS for name in collected.entries[kind]]
    raise RuleBaseError(
        f"There is no rule, gate, emphasis or notice `{one}`.",
        place=place,
        remedy=did_you_mean(one, known),
    )
