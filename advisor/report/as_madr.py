"""The decision as a record in MADR 4.0.0 (pkg:npm/madr@4.0.0), status `proposed`.

The headings are exactly those of its template. People decide, so the record never says
`accepted`; who decided is theirs to fill in, or to give on the command line.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from advisor.errors import InputError, Place
from advisor.model.candidate import CANDIDATES, Candidate
from advisor.model.rulebase import NoticeKind
from advisor.report.facts import ReasonView
from advisor.report.limits import DECISION_TAKEN
from advisor.report.markup import block, escape, link, table
from advisor.report.parts import DecisionDocument
from advisor.report.view import View
from advisor.report.words import sentence
from advisor.text import one_line, percent

_ENOUGH = 5
"""Reasons per list: a record is read by people who want the gist."""


@dataclass(frozen=True, slots=True)
class People:
    """Who decides, who is asked and who is told; empty where it is not known yet."""

    decision_makers: tuple[str, ...] = ()
    consulted: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()


def to_madr(document: DecisionDocument, people: People | None = None) -> str:
    """The whole record."""
    view = View(document)
    lines = [
        *_front_matter(document, people or People()),
        f"# {title(document)}",
        "",
        *_context(view),
        *_drivers(view),
        *_options(view),
        *_outcome(view),
        *_pros_and_cons(view),
        *_more(view, people or People()),
    ]
    return "\n".join(lines).rstrip() + "\n"


def title(document: DecisionDocument) -> str:
    """The title of the record."""
    return f"Use {document.verdict.framework.label} as the deep-learning framework"


def _front_matter(document: DecisionDocument, people: People) -> list[str]:
    def listed(names: tuple[str, ...]) -> str:
        # JSON text in double quotes is YAML text in double quotes.
        return json.dumps(", ".join(map(one_line, names)), ensure_ascii=False) if names else ""

    lines = [
        "---",
        'status: "proposed"',
        f"date: {document.as_of}",
        f"decision-makers: {listed(people.decision_makers)}",
        f"consulted: {listed(people.consulted)}",
        f"informed: {listed(people.informed)}",
        "---",
        "",
    ]
    return [line.rstrip() for line in lines]


def _context(view: View) -> list[str]:
    lines = [
        "## Context and Problem Statement",
        "",
        "Shall we build on PyTorch or on TensorFlow? What was known when this was asked:",
        "",
    ]
    answers = [
        f"* {escape(question)} {escape(answer)}"
        for _, pairs in view.answers
        for question, answer in pairs
    ]
    return [*lines, *(answers or ["* Nothing: no question was answered."]), ""]


def _drivers(view: View) -> list[str]:
    lines = ["## Decision Drivers", ""]
    lines += [
        f"* {escape(one.label)}: {escape(sentence(one.description))}"
        f" Weight {percent(one.weight.mean)}"
        f" ({percent(one.weight.low)} to {percent(one.weight.high)})."
        for one in view.criteria
    ]
    lines += [
        f"* Hard constraint: {escape(sentence(one.part.text))}"
        for one in view.gates
        if one.part.holds
    ]
    if view.priorities:
        lines.append(f"* {escape(view.priorities)}")
    return [*lines, ""]


def _options(view: View) -> list[str]:
    return ["## Considered Options", "", *(f"* {one.label}" for one in CANDIDATES), ""]


def _outcome(view: View) -> list[str]:
    because = " ".join(view.lead)
    lines = [
        "## Decision Outcome",
        "",
        f'Chosen option: "{view.pick.label}", because {escape(within(because))}',
        "",
        "### Consequences",
        "",
    ]
    lines += [f"* Good, because {_because(one)}" for one in view.reasons_for[:_ENOUGH]]
    lines += [f"* Bad, because {_because(one)}" for one in view.reasons_against[:_ENOUGH]]
    lines += [
        f"* Bad, because of a known trap: {escape(sentence(one.part.text))}"
        for one in view.notices(NoticeKind.CAUTION)[:_ENOUGH]
    ]
    return [*lines, "", *_confirmation(view)]


def _confirmation(view: View) -> list[str]:
    due = (
        f" and on {view.review_on}, when the first of its evidence expires"
        if view.review_on
        else ""
    )
    lines = [
        "### Confirmation",
        "",
        (
            "With the JSON form of this decision, the first command computes every figure again; the"
            " second asks whether the decision still holds, and exits with status 4 when it does not:"
        ),
        "",
        *block("advisor report verify decision.json\nadvisor report recheck decision.json", "sh"),
        "",
        f"Review it when that happens{due}.",
    ]
    turns = [
        f"* {escape('; and '.join(one.changes))}: then {escape(one.result)}" for one in view.flips
    ]
    if turns:
        lines += ["", "It would turn if this changed:", "", *turns[:_ENOUGH]]
    return [*lines, ""]


def _pros_and_cons(view: View) -> list[str]:
    lines = ["## Pros and Cons of the Options", ""]
    for candidate in CANDIDATES:
        lines += [f"### {candidate.label}", "", *_arguments(view, candidate), ""]
    return lines


def _arguments(view: View, candidate: Candidate) -> list[str]:
    mine, others = (
        (view.reasons_for, view.reasons_against)
        if candidate is view.pick
        else (view.reasons_against, view.reasons_for)
    )
    gates = [one for one in view.gates if one.part.excludes is candidate]
    lines = [f"* Good, because {_because(one)}" for one in mine]
    lines += [
        f"* Neutral, because it is not known whether this holds: {escape(sentence(text))}"
        for text in (
            *(one.part.text for one in gates if one.part.holds is None),
            *(
                one.part.text
                for one in view.open_reasons[:_ENOUGH]
                if one.part.favours is candidate
            ),
        )
    ]
    lines += [
        f"* Bad, because {escape(within(sentence(one.part.text)))}"
        for one in gates
        if one.part.holds
    ]
    lines += [f"* Bad, because {_because(one)}" for one in others]
    return lines or ["* Neutral, because nothing in the answers speaks for or against it."]


def _because(reason: ReasonView) -> str:
    cited = ", ".join(f"E{one.number}" for one in reason.evidence)
    old = ", expired" if reason.part.expired else ""
    return escape(within(reason.text)) + (f" ({cited}{old})" if cited else "")


_WORDS = (
    "A All An Any As At Both Each Every Few For From How If In It Its Many Most Much Neither No Nobody "
    "Nothing On One Only Part People Several Since Some That The There These They This Those Two "
    "Until What When Where While Who With Without You Your Audits Beginners Below Bindings Boards "
    "Calling Cold Compiled Counts Current Differentially Documented Even Experts Explanations "
    "Federated Hand-written Images Learners Milliseconds Model Models Moving New Newcomers Older Open "
    "Over Popularity Predictions Privacy Published Released Research Servers Single Splitting Teams "
    "Thread Training Users Watching Well-known Written"
)
_STARTERS = frozenset(_WORDS.split())
"""Words that are written small inside a sentence; every other one may be a name."""


def within(text: str) -> str:
    """A sentence as it stands after `because`."""
    first = text.split(" ", 1)[0].rstrip(",;:'")
    return text[:1].lower() + text[1:] if first in _STARTERS else text


def _more(view: View, people: People) -> list[str]:
    document = view.document
    expired = len(view.expired)
    agreed = ", ".join(map(one_line, people.decision_makers))
    probe = "yes" if view.probe and view.probe.measured else "no"
    lines = [
        "## More Information",
        "",
        (
            f"Proposed by framework-advisor {escape(document.advisor_version)} from rule base"
            f" {escape(document.rule_base.version)} (sha256 `{document.rule_base.sha256[:12]}`)."
        ),
        "",
        f"* Options compared: {len(CANDIDATES)}",
        f"* Criteria: {len(document.criteria)}",
        f"* Evidence: {len(view.evidence)} dated claims, {expired} of them expired",
        f"* Measured on a machine: {probe}",
        f"* Not known: {len(document.unanswered)} questions",
        f"* Agreement: {escape(agreed) if agreed else 'to be reached'}",
        "",
        "Decision taken, to be filled in by people:",
        "",
        *table(("", ""), [(label, "") for label in DECISION_TAKEN]),
    ]
    if view.evidence:
        lines += ["Evidence:", ""]
    for one in view.evidence:
        sources = ", ".join(link(source.title, source.url) for source in one.part.sources)
        lines.append(f"* E{one.number}: {escape(sentence(one.part.claim))} ({one.dated}) {sources}")
    return lines


_NUMBERED = re.compile(r"(\d{4})-.*\.md", re.IGNORECASE)


def slug(text: str) -> str:
    """A title as part of a file name: lower-case letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "decision"


def write_numbered(data: bytes, folder: Path) -> Path:
    """Write a record into `folder` as NNNN-title.md under the next free number.

    Raises InputError when no number is left, StorageError when the disk refuses.
    """
    from advisor.report.write import refuse, write_new

    heading = next(
        (line[2:] for line in data.decode().splitlines() if line.startswith("# ")), "decision"
    )
    try:
        numbers = [
            int(found.group(1))
            for one in folder.iterdir()
            if (found := _NUMBERED.fullmatch(one.name))
        ]
    except OSError as error:
        refuse(folder, error)
    number = max(numbers, default=0) + 1
    while number <= 9999:
        path = folder / f"{number:04d}-{slug(heading)}.md"
        try:
            return write_new(data, path)
        except InputError:
            # Somebody else has just taken that number.
            number += 1
    raise InputError("Every number up to 9999 is taken.", place=Place(str(folder)))
