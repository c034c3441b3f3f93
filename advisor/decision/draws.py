"""Random draws that depend on a name and on nothing else.

Every question, rule, criterion and ratio draws from its own stream, seeded by its id. So the order
of the rule base is irrelevant, a question nobody reads disturbs nothing, and two decisions differ
only where their inputs do (common random numbers): that is what makes flips comparable.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from advisor.decision.constants import MULTI_EXPECTED, SEED
from advisor.model.rulebase import Question, QuestionKind

Floats = NDArray[np.floating[Any]]
Codes = NDArray[np.int32]
_T = TypeVar("_T", bound=np.generic)

CACHED_ARRAYS = 1_024
"""Streams kept; beyond that the oldest are drawn again when needed."""

POOLED_STREAMS = 256
"""Streams that the strengths of all rules share, so that ten thousand rules need no more memory
than three hundred."""


def generator(*key: str) -> np.random.Generator:
    """A generator seeded by `key` alone."""
    digest = sha256("\x1f".join((SEED, *key)).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


class Draws:
    """Draws of `size` values per name, kept for the next decision.

    Attributes:
        size: number of values in each stream.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._views: dict[tuple[str, ...], Floats] = {}
        self._kept: OrderedDict[tuple[str, ...], NDArray[np.generic]] = OrderedDict()

    def uniform(self, *key: str) -> Floats:
        """Uniform on [0, 1), shape (size,)."""
        return self._keep(("uniform", *key), lambda rng: rng.random(self.size))

    def between(self, low: float, high: float, *key: str, size: int | None = None) -> Floats:
        """Uniform on [low, high), the first `size` draws; grows with both bounds in every draw.

        In single precision and from the pool: strengths are the bulk of the arithmetic.
        """
        view = self._views.get(key)
        if view is None:
            view = self._views[key] = self._pooled(*key)
        return low + (high - low) * (view if size is None else view[:size])

    def _pooled(self, *key: str) -> Floats:
        """A stretch of a pooled stream; which, and from where, depends on the key alone.

        Two stretches of one stream are independent draw by draw unless they start at the same
        place, and of 250 keys not one pair does, by far most of the time.
        """
        number = int.from_bytes(sha256("\x1f".join(key).encode()).digest()[:8], "big")
        stream, start = number % POOLED_STREAMS, number // POOLED_STREAMS % self.size
        pool = self._keep(
            ("pool", str(stream)),
            lambda _: _single(generator("pool", str(stream)).random(2 * self.size)),
        )
        return pool[start : start + self.size]

    def normal(self, *key: str) -> Floats:
        """Standard normal, shape (size,)."""
        return self._keep(("normal", *key), lambda rng: rng.standard_normal(self.size))

    def exponential(self, *key: str) -> Floats:
        """Exponential with mean 1, shape (size,)."""
        return self._keep(("exponential", *key), lambda rng: rng.standard_exponential(self.size))

    def gamma(self, shape: float, *key: str) -> Floats:
        """Gamma of that shape and scale 1, shape (size,). A shape of 0 gives 0."""
        return self._keep(
            ("gamma", repr(shape), *key),
            lambda _: generator("gamma", *key).standard_gamma(shape, self.size),
        )

    def made(self, key: tuple[str, ...], make: Callable[[], Floats]) -> Floats:
        """What `make` works out from other draws, kept under `key`, in single precision."""
        return self._keep(("made", *key), lambda _: _single(make()))

    def answer_codes(self, question: Question, odds: tuple[float, ...]) -> Codes:
        """Answers to an open question as bit masks over its options, shape (size,).

        One option of a single question or a scale, by the `odds` of its options, in their order. In a multi question
        every option is in or out for itself, at least one is in, and an exclusive one stands alone.
        """
        key = ("answer", question.id)

        def draw(_: np.random.Generator) -> Codes:
            rng = generator(*key)
            if question.kind is QuestionKind.MULTI:
                return _multi_codes(question, odds, rng, self.size)
            bits, shares = _by_id(question, odds)
            return _one_of(bits, shares, rng.random(self.size))

        named = (*question.option_ids, *(repr(one) for one in odds))
        return self._keep((*key, question.kind.value, *named), draw)

    def _keep(
        self, key: tuple[str, ...], draw: Callable[[np.random.Generator], NDArray[_T]]
    ) -> NDArray[_T]:
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return cast("NDArray[_T]", kept)
        values = draw(generator(*key))
        values.setflags(write=False)
        self._kept[key] = values
        if len(self._kept) > CACHED_ARRAYS:
            self._kept.popitem(last=False)
        return values


def _single(values: Floats) -> Floats:
    return values.astype(np.float32)


def _by_id(question: Question, odds: tuple[float, ...]) -> tuple[Codes, Floats]:
    """Bit and odds of every option, in the order of the option ids: so the order in which options
    are shown does not matter to the draws."""
    order = sorted(range(len(question.options)), key=lambda place: question.options[place].id)
    bits = np.array([1 << place for place in order], dtype=np.int32)
    return bits, np.array([odds[place] for place in order])


def _one_of(bits: Codes, odds: Floats, uniform: Floats) -> Codes:
    """One bit per draw, each in proportion to its odds."""
    edges = np.cumsum(odds / odds.sum())[:-1]
    return bits[np.searchsorted(edges, uniform, side="right")]


def _multi_codes(
    question: Question, given: tuple[float, ...], rng: np.random.Generator, size: int
) -> Codes:
    bits, odds = _by_id(question, given)
    by_id = sorted(question.options, key=lambda option: option.id)
    alone = np.array([option.exclusive for option in by_id])
    pick_alone = rng.random(size) < odds[alone].sum() / odds.sum()
    first = rng.random(size)
    codes = np.zeros(size, dtype=np.int32)
    if not alone.all():
        free_bits, free_odds = bits[~alone], odds[~alone]
        chance = np.minimum(1.0, MULTI_EXPECTED * free_odds / free_odds.sum())
        chosen = rng.random((len(free_bits), size)) < chance[:, None]
        codes = (chosen * free_bits[:, None]).sum(axis=0, dtype=np.int32)
        codes = np.where(codes == 0, _one_of(free_bits, free_odds, first), codes)
    if alone.any():
        codes = np.where(pick_alone, _one_of(bits[alone], odds[alone], first), codes)
    return codes
