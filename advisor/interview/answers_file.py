"""The answers file: what the user said, as YAML or JSON.

`answers:` maps question ids to an option id, a list of option ids, or null for "don't know";
`priorities:` holds `rank:` (criterion ids, most important first) or `swings:` (points from 0 to
100 per criterion). A flat mapping without the key `answers:` is accepted too.
"""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from advisor.errors import InputError, Place
from advisor.model.answers import Answers, Priorities
from advisor.model.rulebase import Question, QuestionKind, RuleBase
from advisor.reading import UnreadableError, read_bounded
from advisor.rulebase import nodes

TOP_LEVEL = ("answers", "priorities")
PRIORITY_KEYS = ("rank", "swings")
MOST_POINTS = 100


def load_answers(path: Path | str, rule_base: RuleBase) -> Answers:
    """Read an answers file; `-` is standard input.

    Raises:
        InputError: the file is missing, unreadable, or says something the questionnaire does not
            know; with file, line, field and the allowed values.
    """
    if str(path) == "-":
        data = sys.stdin.buffer.read(nodes.MOST_BYTES + 1)
        if len(data) > nodes.MOST_BYTES:
            raise InputError("This is too large: at most 1 MB.", place=Place("standard input"))
        return parse_answers(_decoded(data, "standard input"), rule_base, "-")
    try:
        data = read_bounded(path, nodes.MOST_BYTES)
    except UnreadableError as error:
        raise InputError(
            str(error),
            place=Place(str(path)),
            remedy="Name a YAML or JSON file, or - to pipe it in.",
        ) from error
    return parse_answers(_decoded(data, str(path)), rule_base, str(path))


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("This is not UTF-8 text.", place=Place(name)) from error


def parse_answers(text: str, rule_base: RuleBase, name: str) -> Answers:
    """Answers from the text of an answers file; `name` stands in the messages.

    Raises:
        InputError: see `load_answers`.
    """
    root = nodes.parse(text, name)
    reader = _Reader(rule_base, name)
    if isinstance(root, nodes.Scalar) and root.text is None:
        return Answers()
    if not isinstance(root, nodes.Mapping):
        raise reader.fault("An answers file is a mapping of question ids to answers.", root.line)
    if "answers" in root.items:
        for key, line in root.key_lines.items():
            reader.known(key, TOP_LEVEL, line, key, "key")
        given = root.items["answers"]
    else:
        given = nodes.Mapping(
            {key: node for key, node in root.items.items() if key != "priorities"},
            root.key_lines,
            root.line,
        )
    chosen = reader.answers(given)
    return Answers(chosen, reader.priorities(root.items.get("priorities")))


class _Reader:
    """Checks nodes against the questionnaire."""

    def __init__(self, rule_base: RuleBase, name: str) -> None:
        self.rule_base = rule_base
        self.name = name

    def fault(self, message: str, line: int, field: str = "", remedy: str = "") -> InputError:
        return InputError(message, place=Place(self.name, line, field or None), remedy=remedy)

    def known(self, word: str, allowed: Iterable[str], line: int, field: str, what: str) -> None:
        """Refuse `word` unless it is one of `allowed`."""
        names = list(allowed)
        if word in names:
            return
        near = difflib.get_close_matches(word, names, n=1)
        guess = f" Did you mean `{near[0]}`?" if near else ""
        remedy = f"Allowed: {', '.join(names)}."
        if what == "question":
            remedy = "`advisor questions` lists them."
        raise self.fault(f"There is no {what} `{word}`.{guess}", line, field, remedy)

    def answers(self, node: nodes.Node) -> dict[str, frozenset[str]]:
        if isinstance(node, nodes.Scalar) and node.text is None:
            return {}
        if not isinstance(node, nodes.Mapping):
            raise self.fault("This must map question ids to answers.", node.line, "answers")
        questions = self.rule_base.question_by_id
        chosen: dict[str, frozenset[str]] = {}
        for key, value in node.items.items():
            self.known(key, questions, node.key_lines[key], key, "question")
            options = self._options(questions[key], value)
            if options:
                chosen[key] = options
        return {one.id: chosen[one.id] for one in self.rule_base.questions if one.id in chosen}

    def _options(self, question: Question, node: nodes.Node) -> frozenset[str]:
        if isinstance(node, nodes.Mapping):
            message = "An answer is one option, a list of options, or null."
            raise self.fault(message, node.line, question.id)
        parts = node.items if isinstance(node, nodes.Sequence) else (node,)
        chosen: list[str] = []
        for part in parts:
            if not isinstance(part, nodes.Scalar):
                raise self.fault("An option is a plain word.", part.line, question.id)
            if part.text is None:
                if len(parts) > 1:
                    message = "Null (don't know) cannot stand beside other options."
                    raise self.fault(message, part.line, question.id)
                continue
            self.known(part.text, question.option_ids, part.line, question.id, "option")
            if part.text in chosen:
                raise self.fault(f"`{part.text}` stands here twice.", part.line, question.id)
            chosen.append(part.text)
        self._fits(question, chosen, node.line)
        return frozenset(chosen)

    def _fits(self, question: Question, chosen: list[str], line: int) -> None:
        if len(chosen) < 2:
            return
        if question.kind is not QuestionKind.MULTI:
            raise self.fault(
                f"This question takes one option, and {len(chosen)} are given: "
                f"{', '.join(chosen)}.",
                line,
                question.id,
            )
        alone = next((one for one in chosen if question.option(one).exclusive), None)
        if alone is not None:
            raise self.fault(f"`{alone}` cannot be combined with other options.", line, question.id)

    def priorities(self, node: nodes.Node | None) -> Priorities:
        if node is None or (isinstance(node, nodes.Scalar) and node.text is None):
            return Priorities()
        if not isinstance(node, nodes.Mapping):
            message = "This must hold `rank:` or `swings:`."
            raise self.fault(message, node.line, "priorities")
        for key, line in node.key_lines.items():
            self.known(key, PRIORITY_KEYS, line, f"priorities.{key}", "key")
        rank = self._rank(node.items.get("rank"))
        swings = self._swings(node.items.get("swings"))
        if rank and swings:
            message = "Give either a ranking or swings, not both."
            raise self.fault(message, node.line, "priorities")
        return Priorities(rank=rank, swings=swings)

    def _rank(self, node: nodes.Node | None) -> tuple[str, ...]:
        field = "priorities.rank"
        if node is None or (isinstance(node, nodes.Scalar) and node.text is None):
            return ()
        if not isinstance(node, nodes.Sequence):
            raise self.fault("A ranking is a list of criteria.", node.line, field)
        rank: list[str] = []
        for part in node.items:
            if not isinstance(part, nodes.Scalar) or part.text is None:
                raise self.fault("A criterion is a plain word.", part.line, field)
            self.known(part.text, self.rule_base.criterion_by_id, part.line, field, "criterion")
            if part.text in rank:
                raise self.fault(f"`{part.text}` stands here twice.", part.line, field)
            rank.append(part.text)
        return tuple(rank)

    def _swings(self, node: nodes.Node | None) -> dict[str, int]:
        field = "priorities.swings"
        if node is None or (isinstance(node, nodes.Scalar) and node.text is None):
            return {}
        if not isinstance(node, nodes.Mapping):
            raise self.fault("Swings map criteria to points.", node.line, field)
        swings: dict[str, int] = {}
        for key, part in node.items.items():
            line = node.key_lines[key]
            self.known(key, self.rule_base.criterion_by_id, line, field, "criterion")
            text = part.text if isinstance(part, nodes.Scalar) else None
            if text is None or not (text.isascii() and text.isdigit() and len(text) <= 3):
                raise self.fault("Points are a whole number from 0 to 100.", line, f"{field}.{key}")
            if int(text) > MOST_POINTS:
                raise self.fault("Points go from 0 to 100.", line, f"{field}.{key}")
            swings[key] = int(text)
        if swings and not any(swings.values()):
            raise self.fault("At least one swing must be above 0.", node.line, field)
        order = self.rule_base.criteria
        return {one.id: swings[one.id] for one in order if one.id in swings}


def to_plain(answers: Answers, rule_base: RuleBase) -> dict[str, object]:
    """Answers as JSON types, in the order of the questionnaire."""
    given = _plain_answers(answers, rule_base)
    plain: dict[str, object] = {"answers": given}
    priorities = answers.priorities
    if priorities.rank:
        plain["priorities"] = {"rank": list(priorities.rank)}
    elif priorities.swings:
        plain["priorities"] = {"swings": dict(priorities.swings)}
    return plain


def _plain_answers(answers: Answers, rule_base: RuleBase) -> dict[str, str | list[str]]:
    given: dict[str, str | list[str]] = {}
    for question in rule_base.questions:
        chosen = answers.chosen.get(question.id)
        if chosen:
            options = [one for one in question.option_ids if one in chosen]
            given[question.id] = options if question.kind is QuestionKind.MULTI else options[0]
    return given


def dump_answers(answers: Answers, rule_base: RuleBase) -> str:
    """The answers as a YAML answers file; reading it gives the same answers."""
    given = _plain_answers(answers, rule_base)
    lines = ["answers:" if given else "answers: {}"]
    lines += [f"  {key}: {_flow(value)}" for key, value in given.items()]
    priorities = answers.priorities
    if priorities.rank:
        lines += ["priorities:", f"  rank: {_flow(list(priorities.rank))}"]
    elif priorities.swings:
        lines += ["priorities:", f"  swings: {_flow(dict(priorities.swings))}"]
    return "\n".join(lines) + "\n"


def _flow(value: object) -> str:
    """A word, a list or a mapping on one line; ids need no quotes unless YAML would misread them."""
    if isinstance(value, list):
        return f"[{', '.join(_flow(one) for one in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    text = str(value)
    if isinstance(value, int) or (text[:1].isalpha() and text.lower() not in {"null", "yes", "no"}):
        return text
    return json.dumps(text)


def blank_answers_file(rule_base: RuleBase, format: str) -> str:  # noqa: A002
    """The whole questionnaire as a fillable answers file: `yaml`, `json` or `markdown`.

    YAML carries help and allowed values as comments; JSON cannot, and holds nulls only; Markdown
    is for reading and for filling in by hand.
    """
    match format:
        case "yaml":
            return _blank_yaml(rule_base)
        case "json":
            answers = {question.id: None for question in rule_base.questions}
            return json.dumps({"answers": answers}, indent=2) + "\n"
        case "markdown":
            return _blank_markdown(rule_base)
        case _:
            raise InputError(
                f"There is no questionnaire format {format!r}.",
                place=Place(field="--format"),
                remedy="Choose from yaml, json, markdown.",
            )


_KIND_WORDS = {
    QuestionKind.SINGLE: "one of",
    QuestionKind.SCALE: "one of, from least to most",
    QuestionKind.MULTI: "any of, as a list",
}


def _blank_yaml(rule_base: RuleBase) -> str:
    from advisor.interview.wording import condition_text
    from advisor.text import one_line

    lines = [
        "# Answers for `advisor recommend --answers FILE`.",
        '# Leave a question at null when you do not know: it then counts as "don\'t know",',
        "# which widens the doubt and takes no side.",
        "answers:",
    ]
    for section in rule_base.sections:
        lines += ["", f"  # == {section.label} =="]
        for question in rule_base.questions:
            if question.section != section.id:
                continue
            lines += ["", f"  # {one_line(question.text)}", f"  # Why: {one_line(question.why)}"]
            if question.help:
                lines.append(f"  # {one_line(question.help)}")
            when = condition_text(question.ask_when, rule_base)
            if when:
                lines.append(f"  # Only counts when {one_line(when)}.")
            lines.append(f"  # {_KIND_WORDS[question.kind].capitalize()}:")
            width = max(len(one.id) for one in question.options)
            for option in question.options:
                help_text = f" ({one_line(option.help)})" if option.help else ""
                alone = " [cannot be combined]" if option.exclusive else ""
                lines.append(
                    f"  #   {option.id:<{width}}  {one_line(option.label)}{help_text}{alone}"
                )
            lines.append(f"  {question.id}: null")
    ids = ", ".join(one.id for one in rule_base.criteria)
    lines += [
        "",
        "# What matters to you; leave it out to let the answers say. Either a ranking, most",
        f"# important first, or swings from 0 to 100. Criteria: {ids}.",
        "# priorities:",
        f"#   rank: [{', '.join(one.id for one in rule_base.criteria[:2])}]",
        "priorities: null",
    ]
    return "\n".join(lines) + "\n"


def _blank_markdown(rule_base: RuleBase) -> str:
    from advisor.interview.wording import condition_text
    from advisor.text import one_line

    lines = ["# Questionnaire", ""]
    lines.append('"Don\'t know" is always an answer: leave every box of a question empty.')
    for section in rule_base.sections:
        lines += ["", f"## {section.label}"]
        for question in rule_base.questions:
            if question.section != section.id:
                continue
            lines += ["", f"### {one_line(question.text)} (`{question.id}`)", ""]
            lines.append(f"{one_line(question.why)} Answer with {_KIND_WORDS[question.kind]}:")
            when = condition_text(question.ask_when, rule_base)
            if when:
                lines.append(f"Only when {one_line(when)}.")
            lines.append("")
            for option in question.options:
                help_text = f": {one_line(option.help)}" if option.help else ""
                lines.append(f"- [ ] {one_line(option.label)} (`{option.id}`){help_text}")
    return "\n".join(lines) + "\n"


def answers_schema(rule_base: RuleBase) -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of an answers file for this rule base."""
    criteria = [one.id for one in rule_base.criteria]
    questions: dict[str, object] = {}
    for question in rule_base.questions:
        one: dict[str, object] = {"enum": list(question.option_ids)}
        several: dict[str, object] = {"type": "array", "items": one, "uniqueItems": True}
        if question.kind is not QuestionKind.MULTI:
            several["maxItems"] = 1
        questions[question.id] = {
            "description": f"{question.text} {question.why}",
            "anyOf": [one, several, {"type": "null"}],
        }
    points = {"type": "integer", "minimum": 0, "maximum": MOST_POINTS}
    priorities = {
        "type": ["object", "null"],
        "description": "A ranking or swings, not both.",
        "properties": {
            "rank": {"type": "array", "items": {"enum": criteria}, "uniqueItems": True},
            "swings": {
                "type": "object",
                "properties": dict.fromkeys(criteria, points),
                "additionalProperties": False,
            },
        },
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Answers of framework-advisor",
        "type": "object",
        "properties": {
            "answers": {
                "type": ["object", "null"],
                "properties": questions,
                "additionalProperties": False,
            },
            "priorities": priorities,
        },
        "required": ["answers"],
        "additionalProperties": False,
    }
