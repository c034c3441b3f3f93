"""Reading a probe file field by field, whatever stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from advisor.report.words import ratio
from advisor.strict_json import is_finite


class Node:
    """An object of the probe file, read field by field."""

    __slots__ = ("_data",)

    def __init__(self, data: Any) -> None:
        self._data: dict[str, Any] = data if isinstance(data, dict) else {}

    def text(self, key: str) -> str:
        """A text; empty when there is none."""
        value = self._data.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> float | None:
        """A finite number; None when there is none."""
        value = self._data.get(key)
        return float(value) if is_finite(value) else None

    def whole(self, key: str) -> int:
        """A whole number; 0 when there is none."""
        return int(self.number(key) or 0)

    def flag(self, key: str) -> bool | None:
        """A truth value; None when there is none."""
        value = self._data.get(key)
        return value if isinstance(value, bool) else None

    def node(self, key: str) -> Node | None:
        """An object inside; None when there is none."""
        value = self._data.get(key)
        return Node(value) if isinstance(value, dict) else None

    def nodes(self, key: str) -> list[Node]:
        """The objects of a list inside."""
        value = self._data.get(key)
        if not isinstance(value, (list, tuple)):
            return []
        return [Node(item) for item in value if isinstance(item, dict)]

    def values(self, key: str) -> list[Any]:
        """The items of a list inside."""
        value = self._data.get(key)
        return list(value) if isinstance(value, (list, tuple)) else []


@dataclass(frozen=True, slots=True)
class Interval:
    """A time ratio (TensorFlow over PyTorch) with its interval."""

    low: float
    estimate: float
    high: float

    def __str__(self) -> str:
        return f"{ratio(self.estimate)} ({ratio(self.low)} to {ratio(self.high)})"


def interval_of(node: Node | None) -> Interval | None:
    """An interval, if its three numbers are there, positive and in order."""
    if node is None:
        return None
    low, estimate, high = (node.number(key) for key in ("low", "estimate", "high"))
    if low is None or estimate is None or high is None or not 0 < low <= estimate <= high:
        return None
    return Interval(low, estimate, high)
