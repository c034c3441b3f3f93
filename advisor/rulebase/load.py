"""From a folder of rule files to a `RuleBase`; every fault names file, line and field.

Files are told apart by their keys, never by folder or name, and everything is sorted by id, so
that moving a rule to another file changes nothing but the hash. Nothing in a file can run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from advisor.errors import InputError, Place, RuleBaseError
from advisor.model.candidate import Candidate
from advisor.model.condition import questions_of
from advisor.model.rulebase import (
    Criterion,
    Emphasiser,
    Evidence,
    Gate,
    MeasurementLink,
    Notice,
    Option,
    Origin,
    Question,
    Rule,
    RuleBase,
    Section,
    Source,
)
from advisor.resources import rules_folder
from advisor.rulebase import nodes
from advisor.rulebase.conditions import ConditionReader, did_you_mean

if TYPE_CHECKING:
    from pydantic import ValidationError

_T = TypeVar("_T")
OTHER_KEYS = frozenset({"scenarios", "waivers"})
"""Files with these keys belong to other readers."""
MOST_FILES = 1000
KINDS = ("criteria", "sections", "questions", "evidence", "rules", "gates", "emphases", "notices")


@dataclass(frozen=True, slots=True)
class Entry:
    """One validated item of a rule file with the place it came from."""

    value: Any
    node: nodes.Mapping
    origin: Origin
    section: str | None = None


@dataclass(slots=True)
class Collected:
    """Everything the files of the rule base and its overlays hold, by kind and id."""

    entries: dict[str, dict[str, Entry]] = field(
        default_factory=lambda: {kind: {} for kind in KINDS}
    )
    version: str = ""
    digest: Any = field(default_factory=hashlib.sha256)


def load_rule_base(folder: Path | None = None, overlays: Sequence[Path | str] = ()) -> RuleBase:
    """Read and link a rule base.

    Args:
        folder: where its files lie; the shipped rule base by default.
        overlays: folders of a team's own files. An entry with an id that exists replaces it;
            `disable: [ids]` takes entries out.

    Raises:
        RuleBaseError: a file is not readable, not valid, or refers to what does not exist.
    """
    collected = Collected()
    _collect(collected, folder or rules_folder(), prefix="", overlay=False)
    for overlay in overlays:
        place = Path(overlay)
        _collect(collected, place, prefix=f"{place.name}/", overlay=True)
    return _link(collected, tuple(Path(overlay).name for overlay in overlays))


def rule_files(folder: Path) -> list[Path]:
    """The YAML files of a rule base in a stable order; hidden files and links out are left out."""
    root = folder.resolve()
    found = [
        path
        for path in folder.rglob("*.yaml")
        if path.is_file()
        and path.resolve().is_relative_to(root)
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def read_nodes(path: Path, name: str) -> nodes.Mapping:
    """The top-level mapping of one file.

    Raises:
        RuleBaseError: the file cannot be read or is not such a mapping.
    """
    try:
        if path.stat().st_size > nodes.MOST_BYTES:
            raise RuleBaseError("This file is too large: at most 1 MB.", place=Place(name))
        text = path.read_text(encoding="utf-8")
        root = nodes.parse(text, name)
    except OSError as error:
        raise RuleBaseError(f"Cannot be read: {error.strerror}.", place=Place(name)) from error
    except UnicodeDecodeError as error:
        raise RuleBaseError("This is not UTF-8 text.", place=Place(name)) from error
    except InputError as error:
        raise RuleBaseError(error.message, place=error.place, remedy=error.remedy) from error
    if not isinstance(root, nodes.Mapping):
        raise RuleBaseError("A rule file is a mapping.", place=Place(name, root.line))
    return root


def _collect(collected: Collected, folder: Path, *, prefix: str, overlay: bool) -> None:
    if not folder.is_dir():
        raise RuleBaseError("There is no such folder of rules.", place=Place(str(folder)))
    files = rule_files(folder)
    if not files:
        raise RuleBaseError("This folder holds no rule file (*.yaml).", place=Place(str(folder)))
    if len(files) > MOST_FILES:
        raise RuleBaseError(
            f"This folder holds more than {MOST_FILES} files.", place=Place(str(folder))
        )
    disabled: list[tuple[str, Place]] = []
    for path in files:
        name = f"{prefix}{path.relative_to(folder).as_posix()}"
        root = read_nodes(path, name)
        collected.digest.update(f"{name}\0{path.stat().st_size}\0".encode())
        collected.digest.update(path.read_bytes())
        if not OTHER_KEYS & set(root.items):
            disabled += _collect_file(collected, root, name, overlay=overlay)
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


def plain(node: nodes.Node) -> Any:
    """The node as dicts, lists and text."""
    match node:
        case nodes.Scalar(text):
            return text
        case nodes.Sequence(items):
            return [plain(item) for item in items]
        case nodes.Mapping(items):
            return {key: plain(value) for key, value in items.items()}


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


def _link(collected: Collected, overlays: tuple[str, ...]) -> RuleBase:
    entries = collected.entries
    sections = {id_: Section(e.value.id, e.value.label) for id_, e in entries["sections"].items()}
    criteria = {id_: _criterion(e) for id_, e in entries["criteria"].items()}
    evidence = {id_: _evidence(e) for id_, e in sorted(entries["evidence"].items())}
    questions = _questions(entries["questions"], sections)
    linker = _Linker(criteria, evidence, questions)
    return RuleBase(
        version=collected.version,
        sha256=collected.digest.hexdigest(),
        criteria=tuple(criteria.values()),
        sections=tuple(sections.values()),
        questions=tuple(questions.values()),
        evidence=evidence,
        rules=linker.all(entries["rules"], linker.rule),
        gates=linker.all(entries["gates"], linker.gate),
        emphases=linker.all(entries["emphases"], linker.emphasis),
        notices=linker.all(entries["notices"], linker.notice),
        overlays=overlays,
    )


def _criterion(entry: Entry) -> Criterion:
    value = entry.value
    return Criterion(
        value.id, value.label, value.description, value.importance, value.cap, entry.origin
    )


def _evidence(entry: Entry) -> Evidence:
    value = entry.value
    return Evidence(
        id=value.id,
        claim=value.claim,
        sources=tuple(Source(source.title, source.url) for source in value.sources),
        as_of=value.as_of,
        expires=value.expires,
        confidence=value.confidence,
        versions=value.versions,
        survey_says=value.survey_says,
        now=value.now,
        measurable=value.measurable,
        origin=entry.origin,
    )


def _questions(
    entries: Mapping[str, Entry], sections: Mapping[str, Section]
) -> dict[str, Question]:
    """Questions in the order of the sections, then of their files."""
    bare = {id_: _bare_question(entry, sections) for id_, entry in entries.items()}
    linked = {}
    for id_, question in bare.items():
        entry = entries[id_]
        reader = ConditionReader(bare, entry.origin.file)
        condition = reader.read(entry.node.items.get("ask_when"), f"{id_}.ask_when")
        linked[id_] = _with_condition(question, condition)
    _refuse_circles(linked)
    order = {section: place for place, section in enumerate(sections)}
    return dict(sorted(linked.items(), key=lambda item: order[item[1].section]))


def _bare_question(entry: Entry, sections: Mapping[str, Section]) -> Question:
    value = entry.value
    section = value.section or entry.section
    if section is None or section not in sections:
        raise RuleBaseError(
            f"There is no section `{section}`." if section else "Its section is not named.",
            place=Place(entry.origin.file, entry.origin.line, f"{value.id}.section"),
            remedy=did_you_mean(section or "", sections),
        )
    return Question(
        id=value.id,
        section=section,
        kind=value.kind,
        text=value.text,
        why=value.why,
        options=tuple(
            Option(option.id, option.label, option.help, option.exclusive, option.odds)
            for option in value.options
        ),
        help=value.help,
        changeable=value.changeable,
        seconds=value.seconds,
        origin=entry.origin,
    )


def _with_condition(question: Question, condition: Any) -> Question:
    from dataclasses import replace

    return replace(question, ask_when=condition)


def _refuse_circles(questions: Mapping[str, Question]) -> None:
    """A question may depend on others, but not, in the end, on itself."""
    done: set[str] = set()

    def visit(id_: str, trail: tuple[str, ...]) -> None:
        if id_ in trail:
            question = questions[id_]
            raise RuleBaseError(
                f"Questions wait for each other: {' -> '.join((*trail, id_))}.",
                place=Place(question.origin.file, question.origin.line, f"{id_}.ask_when"),
            )
        if id_ not in done:
            for parent in sorted(questions_of(questions[id_].ask_when)):
                visit(parent, (*trail, id_))
            done.add(id_)

    for id_ in questions:
        visit(id_, ())


class _Linker:
    """Turns checked entries into model objects, resolving what they refer to."""

    def __init__(
        self,
        criteria: Mapping[str, Criterion],
        evidence: Mapping[str, Evidence],
        questions: Mapping[str, Question],
    ) -> None:
        self._criteria = criteria
        self._evidence = evidence
        self._questions = questions

    def all(self, entries: Mapping[str, Entry], build: Callable[[Entry], _T]) -> tuple[_T, ...]:
        return tuple(build(entry) for _, entry in sorted(entries.items()))

    def rule(self, entry: Entry) -> Rule:
        value = entry.value
        link = value.measured_by
        return Rule(
            id=value.id,
            criterion=self._known(entry, "criterion", value.criterion, self._criteria),
            topic=value.topic,
            when=self._when(entry),
            favours=None if value.favours == "measured" else Candidate(value.favours),
            strength=value.strength,
            text=value.text,
            evidence=self._cited(entry),
            measured_by=link
            and MeasurementLink(
                frozenset(link.workloads), frozenset(link.operations), link.deployment_target
            ),
            origin=entry.origin,
        )

    def gate(self, entry: Entry) -> Gate:
        value = entry.value
        return Gate(
            id=value.id,
            when=self._when(entry),
            excludes=value.excludes,
            text=value.text,
            evidence=self._cited(entry),
            relax=value.relax,
            origin=entry.origin,
        )

    def emphasis(self, entry: Entry) -> Emphasiser:
        value = entry.value
        return Emphasiser(
            id=value.id,
            criterion=self._known(entry, "criterion", value.criterion, self._criteria),
            when=self._when(entry),
            emphasis=value.emphasis,
            text=value.text,
            origin=entry.origin,
        )

    def notice(self, entry: Entry) -> Notice:
        value = entry.value
        return Notice(
            id=value.id,
            kind=value.kind,
            when=self._when(entry),
            text=value.text,
            evidence=self._cited(entry),
            candidate=value.candidate,
            command=value.command,
            origin=entry.origin,
        )

    def _when(self, entry: Entry) -> Any:
        reader = ConditionReader(self._questions, entry.origin.file)
        return reader.read(entry.node.items.get("when"), f"{entry.value.id}.when")

    def _cited(self, entry: Entry) -> tuple[str, ...]:
        return tuple(
            self._known(entry, "evidence", cited, self._evidence) for cited in entry.value.evidence
        )

    def _known(self, entry: Entry, field_: str, word: str, known: Iterable[str]) -> str:
        names = list(known)
        if word in names:
            return word
        raise RuleBaseError(
            f"There is no {field_} `{word}`.",
            place=Place(
                entry.origin.file,
                entry.node.key_lines.get(field_, entry.origin.line),
                f"{entry.value.id}.{field_}",
            ),
            remedy=did_you_mean(word, names),
        )


def entries_of(root: nodes.Mapping, key: str) -> Iterator[nodes.Mapping]:
    """The mappings listed under `key`."""
    sequence = root.items.get(key)
    if isinstance(sequence, nodes.Sequence):
        for item in sequence.items:
            if isinstance(item, nodes.Mapping):
                yield item
