"""A small rule base, a decision with every part filled, and a probe: made by hand for reports."""

from __future__ import annotations

import random
from datetime import date

from advisor.decision.engine import decide
from advisor.measure.fingerprint import Fingerprint
from advisor.measure.pairing import generations_of
from advisor.measure.record import (
    SCHEMA,
    AccuracyRecord,
    AttemptOutcome,
    AttemptRecord,
    BreakEven,
    ComparisonRecord,
    FairnessRow,
    Finding,
    FrameworkRecord,
    NoiseRecord,
    ProbeRecord,
    ProofRecord,
    RawBlock,
    RunOutcome,
    SideFigures,
    to_measurements,
)
from advisor.measure.statistics import interval
from advisor.model.answers import Answers, Priorities
from advisor.model.candidate import Candidate
from advisor.model.condition import All, Atom
from advisor.model.decision import (
    Assumption,
    Change,
    CriterionResult,
    Decision,
    Flip,
    GateResult,
    MeasurementTurn,
    NextStep,
    NoticeResult,
    Reason,
    Settled,
    SettledHow,
    StepKind,
    Verdict,
    VerdictClass,
)
from advisor.model.measurement import ComparisonStatus, Likeness, RatioVerdict
from advisor.model.rulebase import (
    Confidence,
    Criterion,
    Evidence,
    Gate,
    MeasurementLink,
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
from advisor.report.document import build_document
from advisor.report.parts import DecisionDocument

AS_OF = date(2026, 11, 28)
PYTORCH, TENSORFLOW = Candidate.PYTORCH, Candidate.TENSORFLOW


def _evidence(name: str, claim: str, **more: object) -> Evidence:
    given = {
        "sources": (Source(f"Source of {name}", f"https://example.org/{name}"),),
        "as_of": date(2026, 6, 1),
        "expires": date(2027, 12, 1),
        "confidence": Confidence.HIGH,
        **more,
    }
    return Evidence(id=name, claim=claim, **given)  # type: ignore[arg-type]


def rule_base(**replaced: object) -> RuleBase:
    """Three criteria, five questions, five rules, a gate and four notices."""
    given: dict[str, object] = {
        "version": "2026.11",
        "sha256": "0" * 64,
        "criteria": (
            Criterion("existing-work", "Skills and existing code", "What the team owns."),
            Criterion("performance", "Performance and hardware", "Speed on the target."),
            Criterion("deployment", "Deployment", "Reaching the places it must run."),
        ),
        "sections": (Section("team", "Team"), Section("deployment", "Deployment")),
        "questions": _questions(),
        "evidence": {one.id: one for one in _records()},
        "rules": _rules(),
        "gates": (
            Gate(
                "needs-tfx",
                Atom("pipeline", frozenset({"tfx"})),
                PYTORCH,
                "Your pipeline is TFX, which takes TensorFlow models only.",
                ("tfx-tensorflow-only",),
                "Move the pipeline to a neutral tool.",
            ),
        ),
        "notices": _notices(),
    }
    return RuleBase(**{**given, **replaced})  # type: ignore[arg-type]


def _questions() -> tuple[Question, ...]:
    def options(*names: str) -> tuple[Option, ...]:
        return tuple(Option(name.lower().replace(" ", "-"), name) for name in names)

    single, multi = QuestionKind.SINGLE, QuestionKind.MULTI
    return (
        Question(
            "skills",
            "team",
            single,
            "Which framework does the team know best?",
            "Skills are a head start.",
            options("PyTorch", "TensorFlow", "Both"),
        ),
        Question(
            "domain", "team", multi, "Which fields?", "Libraries.", options("Vision", "Language")
        ),
        Question(
            "targets",
            "deployment",
            multi,
            "Where must the model run?",
            "Each target has its own routes.",
            options("Server", "Android", "Browser"),
            changeable=True,
        ),
        Question(
            "pipeline",
            "deployment",
            single,
            "Which pipeline is in place?",
            "Some take one framework only.",
            options("None", "TFX", "Neutral"),
            changeable=True,
        ),
        Question(
            "latency",
            "deployment",
            QuestionKind.SCALE,
            "How tight is the time?",
            "Overheads.",
            options("Relaxed", "Tight"),
        ),
    )


def _records() -> tuple[Evidence, ...]:
    return (
        _evidence("skills-count", "Teams ship sooner with what they know."),
        _evidence(
            "android-converter",
            "The converter from Keras to LiteRT is the older one.",
            as_of=date(2024, 2, 1),
            expires=date(2026, 2, 1),
            confidence=Confidence.MEDIUM,
            versions="litert 2.1",
        ),
        _evidence(
            "eager-overhead",
            "Eager PyTorch has little overhead per operation.",
            survey_says="TensorFlow is faster in production.",
            now="Which one is faster depends on the network.",
            measurable="Run the probe for the residual CNN.",
        ),
        _evidence(
            "tfx-tensorflow-only",
            "TFX takes SavedModels.",
            sources=(Source("TFX", "pkg:pypi/tfx@1.16.0"),),
        ),
        _evidence("onnx-hedge", "Both can be exported to ONNX."),
    )


def _rules() -> tuple[Rule, ...]:
    def rule(
        name: str, criterion: str, favours: Candidate, text: str, evidence: str, **more: object
    ) -> Rule:
        given = {"when": All(()), "strength": Strength.MODERATE, "topic": name, **more}
        return Rule(
            id=name,
            criterion=criterion,
            favours=favours,
            text=text,
            evidence=(evidence,),
            **given,  # type: ignore[arg-type]
        )

    return (
        rule(
            "knows-pytorch",
            "existing-work",
            PYTORCH,
            "Your team knows PyTorch.",
            "skills-count",
            when=Atom("skills", frozenset({"pytorch"})),
            strength=Strength.STRONG,
        ),
        rule(
            "knows-tensorflow",
            "existing-work",
            TENSORFLOW,
            "Your team knows TensorFlow.",
            "skills-count",
            when=Atom("skills", frozenset({"tensorflow"})),
            strength=Strength.STRONG,
        ),
        rule(
            "android-litert",
            "deployment",
            TENSORFLOW,
            "Your model goes to Android, where the way from Keras is the older one.",
            "android-converter",
            when=Atom("targets", frozenset({"android"})),
        ),
        rule(
            "small-steps",
            "performance",
            PYTORCH,
            "Single predictions must be quick, and eager calls cost little.",
            "eager-overhead",
            when=Atom("latency", frozenset({"tight"})),
            measured_by=MeasurementLink(frozenset({"residual-cnn"}), frozenset({"training"})),
        ),
    )


def _notices() -> tuple[Notice, ...]:
    always = All(())
    return (
        Notice("hedge-onnx", NoticeKind.HEDGE, always, "Keep an ONNX export.", ("onnx-hedge",)),
        Notice(
            "install",
            NoticeKind.NEXT_STEP,
            always,
            "Install it.",
            command="pip install torch",
        ),
        Notice("caution", NoticeKind.CAUTION, always, "Pin the versions.", ("onnx-hedge",)),
    )


def answers() -> Answers:
    """PyTorch skills, to Android, no pipeline; two questions open."""
    return Answers(
        {
            "skills": frozenset({"pytorch"}),
            "targets": frozenset({"android", "server"}),
            "pipeline": frozenset({"none"}),
        },
        Priorities(rank=("deployment", "existing-work")),
    )


def verdict(
    framework: Candidate = PYTORCH,
    verdict_class: VerdictClass = VerdictClass.LEAN,
    share: float = 0.81,
) -> Verdict:
    """A verdict with its doubt."""
    return Verdict(
        framework=framework,
        verdict_class=verdict_class,
        acceptability={framework: share, framework.other: 1 - share},
        monte_carlo_error=0.004,
        doubt={"weights": 0.5, "evidence": 0.2, "measurements": 0.1, "unanswered": 0.2},
    )


def decision(chosen: Verdict | None = None) -> Decision:
    """A decision with every part filled."""
    return Decision(
        verdict=chosen or verdict(),
        criteria=(
            CriterionResult(
                "existing-work",
                "Skills and existing code",
                0.2,
                0.42,
                0.7,
                {PYTORCH: 0.7, TENSORFLOW: 0.0},
                0.294,
                0.11,
            ),
            CriterionResult(
                "performance",
                "Performance and hardware",
                0.05,
                0.2,
                0.4,
                {PYTORCH: 0.31, TENSORFLOW: 0.3},
                0.002,
            ),
            CriterionResult(
                "deployment",
                "Deployment",
                0.15,
                0.38,
                0.6,
                {PYTORCH: 0.0, TENSORFLOW: 0.5},
                -0.19,
                0.66,
            ),
        ),
        reasons=(
            Reason(
                "knows-pytorch",
                "existing-work",
                PYTORCH,
                "Your team knows PyTorch.",
                ("skills-count",),
                "strong",
                0.29,
                True,
                questions=("skills",),
            ),
            Reason(
                "android-litert",
                "deployment",
                TENSORFLOW,
                "Your model goes to Android, where the way from Keras is the older one.",
                ("android-converter",),
                "moderate",
                0.19,
                True,
                expired=True,
                questions=("targets",),
            ),
            Reason(
                "small-steps",
                "performance",
                PYTORCH,
                "Single predictions must be quick, and eager calls cost little.",
                ("eager-overhead",),
                "moderate",
                0.04,
                None,
                measured=True,
                questions=("latency",),
            ),
        ),
        gates=(
            GateResult(
                "needs-tfx",
                PYTORCH,
                None,
                "Your pipeline is TFX, which takes TensorFlow models only.",
                ("tfx-tensorflow-only",),
                "Move the pipeline to a neutral tool.",
                ("pipeline",),
            ),
        ),
        flips=(
            Flip(
                (Change("skills", ("pytorch",), ("tensorflow",), False),),
                TENSORFLOW,
                VerdictClass.RECOMMEND,
                0.93,
            ),
            Flip(
                (Change("pipeline", ("none",), ("tfx",), True),),
                TENSORFLOW,
                VerdictClass.GATED,
                1.0,
            ),
        ),
        measurement_turns=(MeasurementTurn("residual-cnn", "training", 0.41, 1.42),),
        unanswered=(
            Assumption("domain", "Every field was given an even chance.", True, 0.0),
            Assumption("latency", "Both answers were tried.", True, 0.12),
        ),
        notices=(
            NoticeResult("hedge-onnx", "hedge", "Keep an ONNX export.", ("onnx-hedge",)),
            NoticeResult("install", "next-step", "Install it.", command="pip install torch"),
            NoticeResult("caution", "caution", "Pin the versions.", ("onnx-hedge",)),
        ),
        next_steps=(
            NextStep(StepKind.QUESTION, "latency", 0.03, 8.0, 0.12),
            NextStep(StepKind.PROBE, "residual-cnn", 0.02, 45.0, 0.06),
        ),
        settled=Settled(SettledHow.OPEN, ("domain", "latency"), 0.12),
        expired_evidence=("android-converter",),
        notes=("Two questions were not answered.",),
    )


def _blocks(ratio: float, seed: int, arms: tuple[str, str]) -> tuple[RawBlock, ...]:
    source = random.Random(seed)
    found = []
    for generation in range(4):
        drift = source.gauss(0, 0.01)
        for pair in range(8):
            for position, arm in enumerate(arms):
                mean = 0.02 * (ratio if position else 1.0) * (1 + drift + source.gauss(0, 0.02))
                found.append(
                    RawBlock(generation, pair, position, arm, iterations=10, wall_seconds=10 * mean)
                )
    return tuple(found)


def comparison(
    workload: str = "residual-cnn",
    operation: str = "training",
    *,
    ratio: float = 1.42,
    verdict: RatioVerdict = RatioVerdict.PYTORCH_FASTER,
    seed: int = 7,
) -> ComparisonRecord:
    """A comparison whose interval follows from its raw blocks."""
    blocks = _blocks(ratio, seed, ("pytorch", "tensorflow"))
    return ComparisonRecord(
        workload=workload,
        size="small",
        operation=operation,
        mode="default",
        threads=2,
        device="cpu",
        precision="float32",
        status=ComparisonStatus.MEASURED,
        ratio=interval(generations_of(blocks)),
        verdict=verdict,
        generation_ratios=(1.41, 1.42, 1.42, 1.43),
        pairs=32,
        pytorch=SideFigures(seconds=0.02, first_call_seconds=(0.3,), parameters=11_000),
        tensorflow=SideFigures(seconds=0.0284, first_call_seconds=(1.9,), parameters=11_000),
        proof=ProofRecord(True, 1e-4, 2.1e-6, "gradients", 5),
        fairness=(
            FairnessRow("threads", "2", "2", True),
            FairnessRow("layout", "NCHW", "NHWC", False),
        ),
        blocks=blocks,
    )


def record() -> ProbeRecord:
    """A probe with a measured, a failed and a not comparable comparison."""
    refused = ComparisonRecord(
        workload="transformer",
        size="small",
        operation="training",
        mode="default",
        threads=2,
        device="cpu",
        precision="float32",
        status=ComparisonStatus.NOT_COMPARABLE,
        reason="gradients deviate by 3.1e-2",
        proof=ProofRecord(False, 1e-4, 3.1e-2, "gradients", 5),
    )
    noise = _blocks(1.0, 3, ("first", "second"))
    return ProbeRecord(
        schema=SCHEMA,
        advisor_version="0.1.0",
        created="2026-11-28T10:00:00+00:00",
        outcome=RunOutcome.FINISHED,
        budget_seconds=60.0,
        elapsed_seconds=57.2,
        seed=1,
        fingerprint=Fingerprint(
            "Linux", "x86_64", "AMD EPYC", ("avx2",), 2, 8, (), "2.13.0", "2.21.0"
        ),
        frameworks=(
            FrameworkRecord(PYTORCH, True, "", "2.13.0", "3.11.7", 1.9, 310_000_000, 900_000_000),
            FrameworkRecord(
                TENSORFLOW, True, "", "2.21.0", "3.11.7", 4.2, 420_000_000, 1_300_000_000
            ),
        ),
        comparisons=(
            comparison(),
            comparison(
                "tabular-mlp",
                "inference",
                ratio=1.02,
                verdict=RatioVerdict.NO_PRACTICAL_DIFFERENCE,
                seed=11,
            ),
            refused,
        ),
        noise=NoiseRecord(
            PYTORCH,
            "residual-cnn",
            "small",
            "training",
            "default",
            2,
            "cpu",
            interval(generations_of(noise)),
            (1.0, 1.0, 1.01, 0.99),
            32,
            "2026-11-28T09:00:00+00:00",
            blocks=noise,
        ),
        break_even=(BreakEven(PYTORCH, "residual-cnn", "small", "training", 4100, 20.0, 0.005),),
        accuracy=(AccuracyRecord("logistic regression", 0.95, 0.2, 0.961),),
        attempts=(
            AttemptRecord(
                "pytorch-executorch",
                "ExecuTorch with XNNPACK",
                PYTORCH,
                ("android", "ios"),
                AttemptOutcome.WORKS,
                artefact_bytes=45_000,
                largest_deviation=1e-6,
                convert_seconds=3.2,
            ),
            AttemptRecord(
                "tensorflow-litert",
                "LiteRT",
                TENSORFLOW,
                ("android",),
                AttemptOutcome.FAILS,
                "The operator Erf is not supported.",
            ),
        ),
        findings=(Finding("load", "The machine was busy.", "Close other programs."),),
    )


def document(**more: object) -> DecisionDocument:
    """The document of all that."""
    given: dict[str, object] = {
        "record": record(),
        "as_of": AS_OF,
        "likeness": Likeness.HERE,
        **more,
    }
    return build_document(rule_base(), answers(), decision(), **given)  # type: ignore[arg-type]


def decided(
    base: RuleBase | None = None,
    chosen: Answers | None = None,
    *,
    as_of: date = AS_OF,
    probe: ProbeRecord | None = None,
    likeness: Likeness = Likeness.HERE,
    samples: int = 2_000,
) -> DecisionDocument:
    """A document as the engine decides it, with the small rule base."""
    used, given = base or rule_base(), chosen or answers()
    measured = None if probe is None else to_measurements(probe, likeness)
    found = decide(used, given, measured, as_of=as_of, samples=samples)
    return build_document(
        used, given, found, probe, as_of=as_of, likeness=likeness, samples=samples
    )
