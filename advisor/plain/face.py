"""Plain mode: ask, read a line, say what follows. No cursor movement, no colour, no animation.

It drives the same session and the same desk as the app, so that both give the same decision. Every
answer is in the journal before the next question is printed; the end of the input stops politely.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from advisor.desk import Advice, Desk
from advisor.errors import EXIT_DONE, AdvisorError, InputError
from advisor.interview.session import Status
from advisor.model.answers import Priorities
from advisor.model.decision import SettledHow
from advisor.model.rulebase import QuestionKind
from advisor.plain import lines
from advisor.plain.probing import measure
from advisor.reading import from_home
from advisor.text import one_line

if TYPE_CHECKING:
    from advisor.interview.opening import Opened
    from advisor.model.rulebase import Question

PROMPT = "> "
FORMATS = {
    ".json": "json",
    ".md": "markdown",
    ".html": "html",
    ".csv": "csv",
    ".pdf": "pdf",
}


def run_plain(
    *,
    resume: bool = False,
    rules: Sequence[str] = (),
    answers: str | None = None,
    probe: str | None = None,
) -> int:
    """Ask until the user stops or the input ends; returns the exit status.

    Raises:
        AdvisorError: a file named on the command line is wrong.
    """
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="replace")
    desk = Desk(rules=[Path(one) for one in rules])
    desk.load()
    if probe is not None:
        desk.load_probe(Path(probe))
    opened = desk.go_on() if resume else desk.begin(Path(answers) if answers else None)
    try:
        return PlainFace(desk, sys.stdin, sys.stdout).run(opened)
    finally:
        desk.close()


class _Stop(Exception):  # noqa: N818 - not an error: the user has finished
    """The user has finished, or the input has ended."""


class PlainFace:
    """One sitting in plain lines."""

    def __init__(self, desk: Desk, source: TextIO, sink: TextIO) -> None:
        self._desk = desk
        self._session = desk.session
        self._source = source
        self._sink = sink
        self._contradictions: frozenset[str] = frozenset()
        self._settled_said = False
        self._trouble_said = False
        self._commands: dict[str, Callable[[str], None]] = {
            "?": self._help,
            "b": self._back,
            "c": lambda _: self._say(lines.COMMANDS),
            "d": self._unsure,
            "e": self._export,
            "j": self._jump,
            "o": self._priorities,
            "p": self._probe,
            "q": self._quit,
            "r": lambda _: self._say_all(lines.review_lines(self._session)),
            "v": self._verdict,
            "w": self._why,
        }

    def run(self, opened: Opened) -> int:
        """Ask until stopped."""
        self._say("Framework Advisor, plain mode.")
        self._say(lines.COMMANDS)
        self._say_all(one_line(note) for note in opened.notes)
        try:
            self._consider()
            if self._session.current is None:
                self._session.advance()
            while True:
                self._ask()
        except _Stop as stop:
            self._say(str(stop))
            return EXIT_DONE

    # -- input and output ----------------------------------------------------------------

    def _say(self, text: str) -> None:
        print(text, file=self._sink, flush=True)

    def _say_all(self, texts: Iterable[str]) -> None:
        for text in texts:
            self._say(text)

    def _read(self) -> str:
        print(PROMPT, end="", file=self._sink, flush=True)
        try:
            line = self._source.readline()
        except KeyboardInterrupt:
            line = ""
        if not self._source.isatty():
            self._say("")
        if not line:
            raise _Stop(self._kept("The input has ended."))
        return line.strip()

    def _kept(self, because: str) -> str:
        journal = self._session.journal
        if journal is None or not (journal.written or journal.trouble):
            return because
        if journal.trouble is not None:
            return f"{because} Your answers could not be kept."
        return f"{because} Your answers are kept; go on with: advisor --plain --resume"

    # -- asking --------------------------------------------------------------------------

    def _ask(self) -> None:
        question = self._session.current
        if question is None:
            self._say("")
            self._say(
                "Every question that matters is answered. "
                "v for the verdict, r to review, e PATH for a report, q to stop."
            )
        else:
            self._say_all(lines.question_lines(self._session, question))
        self._take(self._read(), question)

    def _take(self, typed: str, question: Question | None) -> None:
        word, _, rest = typed.partition(" ")
        command = self._commands.get(word.lower())
        try:
            # A letter is always the command: the language R has a number too.
            an_option = question is not None and len(word) > 1 and word in question.option_ids
            if command is not None and not an_option:
                command(rest.strip())
            elif question is None:
                self._say(f"There is no command {one_line(word)!r}; c lists them.")
            elif not typed:
                self._session.advance()
            else:
                self._session.answer(question.id, self._options(question, typed))
                self._consider()
                self._session.advance()
        except AdvisorError as error:
            self._say(str(error))
        self._report_trouble()

    def _report_trouble(self) -> None:
        """Say once when answers cannot be kept, and when they can be again."""
        trouble = self._session.journal.trouble if self._session.journal else None
        if trouble is not None and not self._trouble_said:
            self._say(str(trouble))
        elif trouble is None and self._trouble_said:
            self._say("Everything is saved again.")
        self._trouble_said = trouble is not None

    def _options(self, question: Question, typed: str) -> frozenset[str]:
        words = [word.strip() for word in typed.split(",")] if "," in typed else typed.split()
        if question.kind is not QuestionKind.MULTI:
            words = [typed]
        return frozenset(self._option(question, word) for word in words if word)

    def _option(self, question: Question, word: str) -> str:
        options = question.options
        if word.isascii() and word.isdigit() and 1 <= int(word[:4]) <= len(options):
            return options[int(word[:4]) - 1].id
        for option in options:
            if word.lower() in {option.id, option.label.lower()}:
                return option.id
        raise InputError(
            f"{one_line(word)!r} is no option here.",
            remedy=f"Type a number from 1 to {len(options)}, d for don't know, or c for commands.",
        )

    def _consider(self) -> None:
        """Decide again; name contradictions that are new, and say once when it is settled."""
        advice = self._advice(explain=False)
        self._session.rank(advice.worth, advice.minor)
        found = {
            notice.id: notice.text
            for notice in advice.decision.notices
            if notice.kind == "contradiction"
        }
        for id_, text in found.items():
            if id_ not in self._contradictions:
                self._say(f"These answers pull against each other: {one_line(text)}")
        self._contradictions = frozenset(found)
        settled = advice.decision.settled
        if settled.how is not SettledHow.OPEN and settled.remaining and not self._settled_said:
            self._settled_said = True
            self._say(lines.settled_line(advice.decision) + " v for the verdict, or go on.")

    def _advice(self, *, explain: bool) -> Advice:
        return self._desk.decide(self._session.answers, explain=explain)

    # -- commands ------------------------------------------------------------------------

    def _help(self, _: str) -> None:
        question = self._session.current
        self._say_all(lines.help_lines(question) if question else [lines.COMMANDS])

    def _why(self, _: str) -> None:
        question = self._session.current
        if question is not None:
            self._say_all(lines.why_lines(question, self._session.rule_base))

    def _back(self, _: str) -> None:
        if not self._session.can_go_back:
            self._say("This is the first question of this sitting.")
        self._session.back()

    def _unsure(self, _: str) -> None:
        question = self._session.current
        if question is not None:
            self._session.unsure(question.id)
            self._consider()
            self._session.advance()

    def _jump(self, rest: str) -> None:
        entries = self._session.review()
        if rest.isascii() and rest.isdigit() and 1 <= int(rest[:6]) <= len(entries):
            self._session.jump(entries[int(rest[:6]) - 1].question.id)
        elif rest in self._session.rule_base.question_by_id:
            self._session.jump(rest)
        else:
            self._say(f"Name a number from 1 to {len(entries)}, as in the review (r).")

    def _priorities(self, rest: str) -> None:
        criteria = self._session.rule_base.criteria
        if not rest:
            for number, criterion in enumerate(criteria, start=1):
                self._say(f"  {number}. {one_line(criterion.label)}")
            ranked = self._session.priorities.rank
            self._say(f"Ranked now: {', '.join(ranked) or 'left to the answers'}.")
            self._say(
                "o 3,1 ranks the third first, then the first; o none leaves it to the answers."
            )
            return
        ids = tuple(criterion.id for criterion in criteria)
        rank: tuple[str, ...] = ()
        if rest != "none":
            for word in rest.replace(",", " ").split():
                known = word.isascii() and word.isdigit() and 1 <= int(word[:3]) <= len(ids)
                if not known or ids[int(word[:3]) - 1] in rank:
                    raise InputError(f"Name each number from 1 to {len(ids)} at most once.")
                rank += (ids[int(word[:3]) - 1],)
        self._session.prioritise(Priorities(rank=rank))
        self._consider()
        self._say(f"Ranked: {', '.join(rank) or 'left to the answers'}.")

    def _probe(self, rest: str) -> None:
        level = rest or "quick"
        record, told_to_end = measure(
            level, self._session.answers.chosen, self._say, self._desk.probes_settled
        )
        path = self._desk.keep_probe(record)
        if told_to_end:
            raise _Stop(self._kept("Stopped."))
        if path is not None:
            self._say("The measurements are kept with this session.")
        self._consider()

    def _verdict(self, _: str) -> None:
        advice = self._advice(explain=True)
        self._say_all(lines.verdict_lines(advice.decision, self._session.rule_base))
        open_ = sum(entry.status is Status.OPEN for entry in self._session.review())
        self._say(f"{open_} questions are open. e PATH writes the whole report.")

    def _export(self, rest: str) -> None:
        from advisor.report.render import render
        from advisor.report.write import write_report

        path = from_home(rest)
        form = FORMATS.get(path.suffix.lower())
        if not rest or form is None:
            raise InputError(f"Name a file that ends in {', '.join(FORMATS)}.")
        document = self._desk.document(self._session.answers)
        write_report(render(document, form), path, form)
        self._say(f"Written: {one_line(str(path))}")

    def _quit(self, _: str) -> None:
        raise _Stop(self._kept("Stopped."))
