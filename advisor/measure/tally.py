"""What has been collected for one comparison so far, and the record it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, inf
from statistics import median

from advisor.measure.events import ComparisonId
from advisor.measure.faults import find_storm
from advisor.measure.pairing import count_pairs, generations_of, reject
from advisor.measure.plan import NOT_REACHED
from advisor.measure.protocol import Block, Prepared
from advisor.measure.record import (
    ComparisonRecord,
    FairnessRow,
    ProofRecord,
    RawBlock,
    SideFigures,
)
from advisor.measure.selection import LATENCY
from advisor.measure.statistics import (
    FEWEST_GENERATIONS,
    LEVEL,
    Judgement,
    bootstrap_interval,
    centres,
    interval,
    judge,
)
from advisor.measure.steady import Warmth
from advisor.measure.tails import quantiles
from advisor.model.candidate import CANDIDATES, Candidate
from advisor.model.measurement import ComparisonStatus, RatioInterval, RatioVerdict


def raw_block(block: Block, *, arm: str, generation: int, pair: int, position: int) -> RawBlock:
    """A worker's block as it is kept.

    For single calls the median call stands for the block, so that one hiccup among hundreds of
    calls does not decide a pair.
    """
    wall = block.wall_seconds
    if block.operation == LATENCY and block.per_call:
        wall = median(block.per_call) * block.iterations
    return RawBlock(
        generation=generation,
        pair=pair,
        position=position,
        arm=arm,
        iterations=block.iterations,
        wall_seconds=wall,
        cpu_seconds=block.cpu_seconds,
        minor_faults=block.minor_faults,
        involuntary_switches=block.involuntary_switches,
        steal_share=block.steal_share,
        load=block.load,
        throttled_periods=block.throttled_periods,
        other_cores=block.other_cores,
    )


def _nearness(proof: ProofRecord) -> float:
    """How near to its limit a proof came: 1 at the limit, infinite when it failed."""
    if not proof.passed or proof.largest_deviation is None:
        return inf
    return proof.largest_deviation / proof.tolerance if proof.tolerance else 0.0


@dataclass
class Side:
    """One candidate's share of a tally."""

    prepared: Prepared | None = None
    first_calls: list[float] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    """Single-call times of the latency operation, in seconds."""
    warmth: Warmth | None = None
    warming: float | None = None
    """Seconds of warm-up that are enough in later generations, once that is known."""
    iterations: int = 1


@dataclass
class Tally:
    """Everything collected for one comparison."""

    id: ComparisonId
    status: ComparisonStatus | None = None
    """None while it may still be measured."""
    reason: str = ""
    failed: dict[Candidate, str] = field(default_factory=dict)
    """Candidates that cannot do it, with the reason."""
    proof: ProofRecord | None = None
    blocks: list[RawBlock] = field(default_factory=list)
    solo: list[RawBlock] = field(default_factory=list)
    """Blocks of a candidate whose other side failed."""
    sides: dict[Candidate, Side] = field(
        default_factory=lambda: {candidate: Side() for candidate in CANDIDATES}
    )
    announced: bool = False
    """Its end was told to the display."""
    _marked: tuple[int, tuple[tuple[RawBlock, ...], str]] | None = None
    """For so many blocks, which were spoilt: worked out once."""

    @property
    def open(self) -> bool:
        """Whether more may be measured."""
        return self.status is None

    def close(self, status: ComparisonStatus, reason: str) -> None:
        """End it; what was measured stays."""
        if self.status is None:
            self.status, self.reason = status, reason

    def proved(self, proof: ProofRecord) -> None:
        """Equal work was proved in one more generation, or was not: then nothing counts.

        The proof that came nearest to its limit is kept.
        """
        if not proof.passed:
            self.close(ComparisonStatus.NOT_COMPARABLE, proof.reason)
        if self.proof is None or _nearness(proof) > _nearness(self.proof):
            self.proof = proof

    def fail(self, candidate: Candidate, reason: str) -> None:
        """One side cannot go on. Enough earlier generations still count as measured."""
        self.failed.setdefault(candidate, reason)
        if len(self.generations()) >= FEWEST_GENERATIONS:
            self.close(ComparisonStatus.MEASURED, f"stopped early: {reason}")
        else:
            self.close(ComparisonStatus.FAILED, reason)

    def marked(self) -> tuple[tuple[RawBlock, ...], str]:
        """The blocks with the spoilt ones marked, and a sentence when too many were spoilt."""
        if self._marked is None or self._marked[0] != len(self.blocks):
            self._marked = (len(self.blocks), reject(self.blocks, threads=self.id.threads))
        return self._marked[1]

    def generations(self) -> list[list[float]]:
        """Log ratios of the pairs that count, by generation."""
        return generations_of(self.marked()[0])

    def judgement(self, noise: RatioInterval | None, level: float = LEVEL) -> Judgement:
        """The verdict so far: none as long as the machine spoils too many blocks."""
        doubt = self.marked()[1]
        if doubt:
            return Judgement(RatioVerdict.NOT_RESOLVED, doubt)
        return judge(self.generations(), noise, level)

    def side_figures(self, candidate: Candidate, peak: float | None) -> SideFigures:
        """The figures of one side; `peak` is its matrix-multiply peak in 10^9 operations/s."""
        side = self.sides[candidate]
        marked = [*self.marked()[0], *self.solo]
        mine = [one for one in marked if one.arm == candidate.value and not one.rejected]
        seconds = median(one.seconds for one in mine) if mine else None
        cpu = [one.cpu_seconds / one.iterations for one in mine if one.cpu_seconds is not None]
        flops = side.prepared.flops.get(self.id.operation) if side.prepared else None
        speed = flops / seconds / 1e9 if flops and seconds else None
        return SideFigures(
            seconds=seconds,
            cpu_seconds=median(cpu) if cpu else None,
            first_call_seconds=tuple(side.first_calls),
            warm_up_calls=side.warmth.skipped if side.warmth else None,
            steady=side.warmth.steady if side.warmth else None,
            parameters=side.prepared.parameters if side.prepared else None,
            flops_per_call=flops,
            gflops=speed,
            peak_share=speed / peak if speed and peak else None,
            quantiles=quantiles(side.calls),
            calls=len(side.calls),
            storm=find_storm(mine, candidate.value),
        )

    def fairness(self) -> tuple[FairnessRow, ...]:
        """The settings of both sides next to each other, as found while running."""
        prepared = {name: self.sides[name].prepared for name in CANDIDATES}
        columns = {
            name: {
                **({"layout": one.layout, "precision": one.precision} if one else {}),
                **({entry.name: entry.value for entry in one.fairness} if one else {}),
            }
            for name, one in prepared.items()
        }
        left, right = columns[Candidate.PYTORCH], columns[Candidate.TENSORFLOW]
        return tuple(
            FairnessRow(
                name,
                left.get(name, "not told"),
                right.get(name, "not told"),
                left.get(name) == right.get(name),
            )
            for name in dict.fromkeys([*left, *right])
        )

    def record(
        self, noise: RatioInterval | None, peaks: Mapping[Candidate, float], seed: int
    ) -> ComparisonRecord:
        """Everything found, judged with this noise floor."""
        marked, doubt = self.marked()
        generations = generations_of(marked)
        counted, rejected = count_pairs(marked)
        status, reason, verdict = self._outcome(generations, noise)
        if verdict is not None and doubt:
            verdict = RatioVerdict.NOT_RESOLVED
        return ComparisonRecord(
            workload=self.id.workload,
            size=self.id.size,
            operation=self.id.operation,
            mode=self.id.mode,
            threads=self.id.threads,
            device=self.id.device,
            precision=self._precision(),
            status=status,
            reason="; ".join(part for part in (reason, doubt) if part),
            ratio=interval(generations),
            bootstrap=bootstrap_interval(generations, seed=seed),
            verdict=verdict,
            generation_ratios=tuple(exp(value) for value in centres(generations)),
            pairs=counted,
            rejected_pairs=rejected,
            pytorch=self.side_figures(Candidate.PYTORCH, peaks.get(Candidate.PYTORCH)),
            tensorflow=self.side_figures(Candidate.TENSORFLOW, peaks.get(Candidate.TENSORFLOW)),
            proof=self.proof,
            fairness=self.fairness(),
            blocks=(*marked, *self.solo),
        )

    def _precision(self) -> str:
        for side in self.sides.values():
            if side.prepared is not None:
                return side.prepared.precision
        return "float32"

    def _outcome(
        self, generations: list[list[float]], noise: RatioInterval | None
    ) -> tuple[ComparisonStatus, str, RatioVerdict | None]:
        if self.status not in (None, ComparisonStatus.MEASURED) and not (
            self.status is ComparisonStatus.SKIPPED and generations
        ):
            return self.status or ComparisonStatus.FAILED, self.reason, None
        if not generations:
            return ComparisonStatus.SKIPPED, self.reason or NOT_REACHED, None
        judgement = judge(generations, noise)
        reason = "; ".join(part for part in (judgement.reason, self.reason) if part)
        return ComparisonStatus.MEASURED, reason, judgement.verdict
