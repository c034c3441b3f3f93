"""What lies behind every screen: rule base, session, engine and probe. Knows no screen.

Everything here may take long (reading rules, deciding) and is called from threads by the app;
nothing here imports a heavy module before it is needed, so that the first screen appears at once.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advisor.decision.appraisal import Appraisal
    from advisor.decision.engine import Balance, Engine
    from advisor.decision.next_step import Worth
    from advisor.interview.history import Summary
    from advisor.interview.opening import Opened
    from advisor.interview.session import Session
    from advisor.measure.record import ProbeRecord
    from advisor.model.answers import Answers
    from advisor.model.decision import Decision
    from advisor.model.measurement import Likeness, Measurements
    from advisor.model.rulebase import RuleBase
    from advisor.report.parts import DecisionDocument

Loader = Callable[[Sequence[Path]], "RuleBase"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the balance stands, and how the last change moved it."""

    answers: Answers
    balance: Balance
    move: float = 0.0
    """Change of PyTorch's acceptability since the standing before, -1 to 1."""
    cause: str = ""
    """What changed, in words; empty at first."""
    measured: bool = False
    """Whether measurements are in it."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A full decision and what it was made from."""

    answers: Answers
    decision: Decision
    measured: bool
    explained: bool
    """Flips and turning points were looked for too."""
    worth: Mapping[str, float] = field(default_factory=dict)
    """How decisive each open question is, highest first to be asked."""
    moves: Mapping[str, float] = field(default_factory=dict)
    """How far the answer to each open question moves the acceptability: standard deviation over
    its answers, 0 to 0.5."""
    minor: frozenset[str] = frozenset()
    """Open questions whose answer will hardly turn anything."""


MINOR_SPREAD = 0.02
"""A question is minor when its answer moves the acceptability by less than this (standard
deviation over its answers) and cannot turn the pick by itself."""
MINOR_TURN = 0.005


class OvertakenError(Exception):
    """The answers changed while they were weighed."""


class Weighing:
    """One set of answers on the scales: the decision goes on from where the balance left off.

    Attributes:
        answers: what is weighed.
        balance: the verdict without its explanations.
        measured: whether measurements are in it.
    """

    def __init__(self, engine: Engine, answers: Answers, measurements: Measurements | None) -> None:
        from advisor.decision.verdict import weigh

        self.answers = answers
        self.measured = measurements is not None
        self._engine = engine
        self._appraisal: Appraisal = engine.appraise(answers, measurements)
        self._worths: dict[str, Worth] | None = None
        self.balance: Balance = weigh(self._appraisal)

    def decide(self, *, explain: bool, between: Callable[[], None] = lambda: None) -> Advice:
        """The full decision: some 30 ms, or a second or two with flips and turning points.

        Args:
            explain: look for flips and turning points too.
            between: called between the steps of that search; what it raises ends it.
        """
        from advisor.decision.next_step import question_worths

        if self._worths is None:
            self._worths = question_worths(self._appraisal)
        worths = self._worths
        decision = self._engine.decision(self._appraisal, worths, explain=explain, between=between)
        steps = [one.id for one in decision.next_steps]
        return Advice(
            self.answers,
            decision,
            self.measured,
            explain,
            {one: float(len(steps) - place) for place, one in enumerate(steps)},
            {key: worth.spread**0.5 for key, worth in worths.items()},
            frozenset(
                key
                for key, worth in worths.items()
                if worth.spread < MINOR_SPREAD**2 and worth.turn_chance < MINOR_TURN
            ),
        )


class Desk:
    """State of one run of the app.

    Attributes:
        as_of: the day of the advice.
        record: the probe, once there is one.
    """

    def __init__(
        self,
        *,
        rules: Sequence[Path] = (),
        folder: Path | None = None,
        as_of: date | None = None,
        loader: Loader | None = None,
    ) -> None:
        self.rules = tuple(rules)
        self.as_of = as_of or datetime.now().astimezone().date()
        self.record: ProbeRecord | None = None
        self._folder = folder
        self._loader = loader
        self._rule_base: RuleBase | None = None
        self._engine: Engine | None = None
        self._session: Session | None = None
        self._measured_for: tuple[int, Likeness, Measurements] | None = None

    # -- loading -------------------------------------------------------------------------

    def load(self) -> None:
        """Read the rule base and compile it. Raises RuleBaseError."""
        from advisor.decision.engine import Engine

        if self._loader is not None:
            self._rule_base = self._loader(self.rules)
        else:
            from advisor.rulebase.load import load_rule_base

            self._rule_base = load_rule_base(overlays=self.rules)
        self._engine = Engine(self._rule_base, self.as_of)
        gc.freeze()  # what was read stays: no collection need look at it again

    @property
    def ready(self) -> bool:
        """Whether the rule base is there."""
        return self._engine is not None

    @property
    def rule_base(self) -> RuleBase:
        """The rule base; RuntimeError before it is loaded."""
        if self._rule_base is None:
            raise RuntimeError("the rule base is not loaded yet")
        return self._rule_base

    @property
    def session(self) -> Session:
        """The sitting; RuntimeError before there is one."""
        if self._session is None:
            raise RuntimeError("there is no session yet")
        return self._session

    @property
    def has_session(self) -> bool:
        """Whether a sitting has begun."""
        return self._session is not None

    # -- sessions ------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """Where sessions are kept."""
        if self._folder is None:
            from advisor.interview.session_file import sessions_folder

            self._folder = sessions_folder()
        return self._folder

    def begin(self, answers: Path | None = None) -> Opened:
        """A new sitting, from an answers file or empty. Raises InputError for the file."""
        from advisor.interview.answers_file import load_answers
        from advisor.interview.opening import new_session

        given = load_answers(answers, self.rule_base) if answers else None
        opened = new_session(self.rule_base, self.folder, now=datetime.now(UTC))
        if given is not None:
            opened.session.adopt(given)
        self._take(opened)
        return opened

    def go_on(self, path: Path | None = None) -> Opened:
        """Go on with a kept sitting, the last one by default. Raises InputError, StorageError."""
        from advisor.interview.opening import resume_last, resume_session

        now = datetime.now(UTC)
        if path is None:
            opened = resume_last(self.rule_base, self.folder, now=now)
        else:
            opened = resume_session(self.rule_base, path, now=now)
        self._take(opened)
        self._load_kept_probe()
        return opened

    def _take(self, opened: Opened) -> None:
        self.close()
        self._session = opened.session

    def _load_kept_probe(self) -> None:
        journal = self.session.journal
        if journal is None:
            return
        from advisor.errors import AdvisorError
        from advisor.measure.record import load_record

        with suppress(AdvisorError, OSError):
            if journal.probe_path.is_file():
                self.record = load_record(journal.probe_path)

    def history(self) -> list[Summary]:
        """Kept sittings, the last one first."""
        from advisor.interview.history import history

        return history(self.folder)

    def close(self) -> None:
        """Write what waits and let go of the session file."""
        if self._session is not None and self._session.journal is not None:
            self._session.journal.close()

    # -- the probe -----------------------------------------------------------------------

    def load_probe(self, path: Path) -> None:
        """Use the measurements of a probe file. Raises InputError."""
        from advisor.measure.record import load_record

        self.record = load_record(path)

    def keep_probe(self, record: ProbeRecord) -> Path | None:
        """Use a fresh probe, and keep it beside the session; returns where. Raises StorageError."""
        from advisor.interview.session_file import Event
        from advisor.measure.record import dump_record
        from advisor.report.write import write_report

        self.record = record
        journal = self._session.journal if self._session else None
        if journal is None:
            return None
        path = journal.probe_path
        with suppress(OSError):  # writing then says why it cannot be
            path.parent.mkdir(parents=True, exist_ok=True)
        write_report(dump_record(record), path, "json", force=True)
        journal.append(Event("probe", "", path.name))
        return path

    def measurements(self, answers: Answers) -> Measurements | None:
        """What the decision reads of the probe, given how the answers place this machine."""
        if self.record is None:
            return None
        from advisor.measure.record import to_measurements
        from advisor.service import likeness_of

        likeness = likeness_of(answers, self.record)
        kept = self._measured_for
        if kept is None or kept[0] != id(self.record) or kept[1] is not likeness:
            kept = (id(self.record), likeness, to_measurements(self.record, likeness))
            self._measured_for = kept
        return kept[2]

    def probes_settled(self, measurements: Measurements) -> bool:
        """Whether more measuring can hardly turn the pick any more, with the answers of now."""
        from advisor.service import probing_settled

        return probing_settled(self.engine, self.session.answers)(measurements)

    # -- deciding ------------------------------------------------------------------------

    @property
    def engine(self) -> Engine:
        """The compiled rule base; RuntimeError before it is loaded."""
        if self._engine is None:
            raise RuntimeError("the rule base is not loaded yet")
        return self._engine

    def weigh(self, answers: Answers) -> Weighing:
        """Put answers on the scales (some 15 ms)."""
        return Weighing(self.engine, answers, self.measurements(answers))

    def decide(self, answers: Answers, *, explain: bool) -> Advice:
        """The full decision at once."""
        return self.weigh(answers).decide(explain=explain)

    def document(self, answers: Answers) -> DecisionDocument:
        """The report's document, made in the one way that every face takes."""
        from advisor.service import advise

        return advise(self.rule_base, answers, self.record, as_of=self.as_of)
