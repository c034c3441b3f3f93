"""A rule base of two sections and six questions, with every kind of question and a branch."""

from __future__ import annotations

from datetime import date

from advisor.model.candidate import Candidate
from advisor.model.condition import All, Atom, Not
from advisor.model.rulebase import (
    Confidence,
    Criterion,
    Evidence,
    Notice,
    NoticeKind,
    Option,
    Question,
    QuestionKind,
    Rule,
    RuleBase,
    Section,
    Source,
    Strength,
)


def atom(question: str, *options: str) -> Atom:
    """The answer holds one of these options."""
    return Atom(question, frozenset(options))


def options(*ids: str, exclusive: str = "") -> tuple[Option, ...]:
    """Options labelled by their ids."""
    return tuple(Option(one, one.capitalize(), exclusive=one == exclusive) for one in ids)


def question(
    name: str, section: str, kind: QuestionKind, opts: tuple[Option, ...], **more: object
) -> Question:
    """A question worded by its id."""
    return Question(
        id=name,
        section=section,
        kind=kind,
        text=f"What about {name}?",
        why=f"{name} matters.",
        options=opts,
        **more,  # type: ignore[arg-type]
    )


QUESTIONS = (
    question("skills", "team", QuestionKind.SINGLE, options("none", "pytorch", "tensorflow")),
    question("experience", "team", QuestionKind.SCALE, options("novice", "able", "expert")),
    question(
        "targets",
        "use",
        QuestionKind.MULTI,
        options("nowhere", "server", "phone", exclusive="nowhere"),
        changeable=True,
    ),
    question(
        "server_kind",
        "use",
        QuestionKind.SINGLE,
        options("own", "bought"),
        ask_when=atom("targets", "server"),
    ),
    question(
        "latency",
        "use",
        QuestionKind.SCALE,
        options("relaxed", "tight"),
        ask_when=Not(atom("targets", "nowhere")),
    ),
    question("python", "use", QuestionKind.SINGLE, options("3.10", "newer")),
)

EVIDENCE = Evidence(
    id="phones-like-tensorflow",
    claim="Phones are served by TensorFlow.",
    sources=(Source("A page", "https://example.org/phones"),),
    as_of=date(2026, 1, 1),
    expires=date(2028, 1, 1),
    confidence=Confidence.HIGH,
    survey_says="TensorFlow Lite serves phones.",
    now="LiteRT does.",
)


def rule(
    name: str,
    criterion: str,
    favours: Candidate,
    when: Atom,
    strength: Strength = Strength.STRONG,
) -> Rule:
    """A rule worded by its id."""
    return Rule(
        id=name,
        criterion=criterion,
        topic=name,
        when=when,
        favours=favours,
        strength=strength,
        text=f"The rule {name} speaks for {favours.label}.",
        evidence=(EVIDENCE.id,),
    )


def small_rule_base(questions: tuple[Question, ...] = QUESTIONS, version: str = "1") -> RuleBase:
    """The rule base; other questions make another version of it."""
    return RuleBase(
        version=version,
        sha256=version * 64,
        criteria=(
            Criterion("existing-work", "Skills and code", "What is there."),
            Criterion("deployment", "Deployment", "Where it runs."),
        ),
        sections=(Section("team", "Team"), Section("use", "Use")),
        questions=questions,
        evidence={EVIDENCE.id: EVIDENCE},
        rules=(
            rule("knows-pytorch", "existing-work", Candidate.PYTORCH, atom("skills", "pytorch")),
            rule(
                "knows-tensorflow",
                "existing-work",
                Candidate.TENSORFLOW,
                atom("skills", "tensorflow"),
            ),
            rule("on-a-phone", "deployment", Candidate.TENSORFLOW, atom("targets", "phone")),
            rule(
                "tight-time",
                "deployment",
                Candidate.PYTORCH,
                atom("latency", "tight"),
                Strength.WEAK,
            ),
        ),
        notices=(
            Notice(
                "novice-in-a-hurry",
                NoticeKind.CONTRADICTION,
                All((atom("experience", "novice"), atom("latency", "tight"))),
                "A novice and tight latency pull against each other.",
            ),
        ),
    )
