"""The two ways in which a worker says no and lives on."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """A request that cannot or must not be fulfilled."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        """`unsupported`: not possible here. `refused`: would be unfair or unsafe. `protocol`: the
        request itself is wrong."""
        self.message = message


def unsupported(message: str) -> Refusal:
    """Not possible with this interpreter, framework, device or compiler."""
    return Refusal("unsupported", message)


def refused(message: str) -> Refusal:
    """Possible, but the figures would mislead."""
    return Refusal("refused", message)


def wrong(message: str) -> Refusal:
    """The request does not follow the protocol."""
    return Refusal("protocol", message)
