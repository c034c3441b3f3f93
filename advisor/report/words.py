"""The phrases that every form of a report shares: figures, ages and verdicts in words."""

from __future__ import annotations

from datetime import date

from advisor.model.candidate import Candidate
from advisor.model.decision import VerdictClass
from advisor.model.measurement import Likeness
from advisor.text import one_line, percent

DOUBT_WORDS = {
    "weights": "how much each criterion matters",
    "evidence": "how strong the evidence is",
    "measurements": "how exact the measurements are",
    "unanswered": "questions not answered",
}

LIKENESS_WORDS = {
    Likeness.HERE: "made on the machine the model will run on",
    Likeness.ALIKE: "made on a machine like the target",
    Likeness.ELSEWHERE: "made on another machine than the target: information, not score",
}

OPERATION_WORDS = {
    "training": "training step",
    "inference": "inference",
    "latency": "single prediction",
    "input-pipeline": "input pipeline",
    "import-time": "import",
    "install-size": "installed size",
}

VERDICT_WORDS = {
    "pytorch-faster": "PyTorch faster",
    "tensorflow-faster": "TensorFlow faster",
    "no-practical-difference": "no practical difference",
    "not-resolved": "not resolved",
}

STATUS_WORDS = {
    "measured": "measured",
    "not-comparable": "not comparable",
    "failed": "failed",
    "skipped": "left out",
}


def months_between(earlier: date, later: date) -> int:
    """Whole months from `earlier` to `later`; negative when it is the other way round."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return months if later.day >= earlier.day else months - 1


def age(as_of: date, today: date) -> str:
    """How old a claim of `as_of` is on `today`, in words."""
    months = months_between(as_of, today)
    if months < 0:
        return "later than this advice"
    if months == 0:
        return "this month"
    if months == 1:
        return "1 month old"
    if months < 24:
        return f"{months} months old"
    years, rest = divmod(months, 12)
    return f"{years} years old" if rest < 6 else f"{years} and a half years old"


def month(day: date) -> str:
    """The month of `day`, as 2026-11."""
    return f"{day.year:04d}-{day.month:02d}"


def headline(pick: Candidate, verdict_class: VerdictClass) -> str:
    """The advice in a few words."""
    if verdict_class is VerdictClass.TOO_CLOSE:
        return f"Too close to call: start with {pick.label}"
    if verdict_class is VerdictClass.LEAN:
        return f"Lean towards {pick.label}"
    return f"Build on {pick.label}"


def how_sure(pick: Candidate, verdict_class: VerdictClass, acceptability: float) -> str:
    """How firm the advice is, one or two sentences."""
    share = percent(acceptability)
    if verdict_class is VerdictClass.GATED:
        return f"{pick.other.label} cannot do something that your answers require."
    first = f"{pick.label} comes out first in {share} of the plausible weightings and readings"
    if verdict_class is VerdictClass.RECOMMEND:
        return f"{first}, so the advice is firm."
    if verdict_class is VerdictClass.LEAN:
        return f"{first}: it is ahead, and a different view of your situation can still turn that."
    return f"{first}: neither is clearly better for you."


def ratio(value: float) -> str:
    """A time ratio with two decimals; beyond a factor of 100 only that it is beyond."""
    if value < 0.01:
        return "under 0.01"
    return "over 100" if value > 100 else f"{value:.2f}"


def megabytes(size: float) -> str:
    """A size in MB or GB of 10^6 or 10^9 bytes."""
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.3g} MB"


def listed(words: list[str], last: str = "and") -> str:
    """Words as a list in a sentence: `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def sentence(text: str) -> str:
    """`text` on one line, ending in a full stop."""
    line = one_line(text)
    return line if not line or line[-1] in ".!?:" else f"{line}."


def readable(identifier: str) -> str:
    """An id in words: `residual-cnn` becomes `residual CNN`."""
    return _NAMES.get(identifier, identifier.replace("-", " ").replace("_", " "))


_NAMES = {
    "tabular-mlp": "tabular MLP",
    "residual-cnn": "residual CNN",
    "recurrent": "recurrent network",
    "decoder": "decoder, one token at a time",
    "recommender": "recommender",
    "transformer": "transformer",
}
