"""Lines of the protocol: how requests and arrays are written, and how answers are read.

Nothing that arrives is trusted: a missing field, a wrong type, an array that is not whole ends as
a `WorkerFailure`, never as another exception.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from advisor.measure.protocol import (
    VERSION,
    Block,
    DeviceInfo,
    FailureKind,
    FairnessEntry,
    Hello,
    InstalledSize,
    MatmulPeak,
    Memory,
    Prepared,
    ProofData,
    Tensor,
    TimeToAccuracy,
    WorkerFailure,
)
from advisor.strict_json import is_finite
from advisor.text import clean

if TYPE_CHECKING:
    from advisor.measure.protocol import Array

CHUNK_BYTES = 192 * 1024
"""Bytes of an array in one line (a third more once written as base64)."""
MOST_ARRAY_BYTES = 256 * 2**20
"""Of all arrays of one answer; a proof sends at most 16,384 entries of each tensor."""
ARRAY_COST = 1024
"""Bytes that a line of an array counts at least, so that empty ones are bounded as well."""
LARGEST_WHOLE = 2**63 - 1
LONGEST_TEXT = 10_000
"""Characters; a longer text of a worker is cut."""


def request_line(number: int, do: str, fields: Mapping[str, object]) -> bytes:
    """A request as it is sent."""
    return json.dumps({"id": number, "do": do, **fields}).encode() + b"\n"


def array_lines(number: int, name: str, array: Array) -> Iterator[bytes]:
    """An array as it is sent: lines of at most `CHUNK_BYTES` of data, little-endian, C order."""
    import numpy as np

    plain = np.ascontiguousarray(array)
    plain = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
    data = plain.tobytes()
    parts = max(1, math.ceil(len(data) / CHUNK_BYTES))
    for part in range(parts):
        chunk = data[part * CHUNK_BYTES : (part + 1) * CHUNK_BYTES]
        yield request_line(
            number,
            "array",
            {
                "name": name,
                "dtype": plain.dtype.str,
                "shape": list(plain.shape),
                "part": part,
                "parts": parts,
                "data": base64.b64encode(chunk).decode("ascii"),
            },
        )


def read_message(line: bytes) -> dict[str, Any]:
    """A line as an object.

    Raises WorkerFailure (garbage) when it is none.
    """
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        start = line[:120].decode("utf-8", "replace")
        raise WorkerFailure(FailureKind.GARBAGE, f"it sent something else than messages: {start!r}")
    return message


class ArrayAssembler:
    """Puts arrays together again from the lines they came in."""

    _DTYPES = frozenset({"<f4", "<f8", "<i4", "<i8", "|u1", "<u1"})

    def __init__(self) -> None:
        self._parts: dict[str, list[bytes]] = {}
        self._room = MOST_ARRAY_BYTES
        self.arrays: dict[str, Array] = {}
        """The whole ones, by name."""

    def take(self, message: Mapping[str, Any]) -> None:
        """Read one `array` line.

        Raises WorkerFailure (protocol) when it does not fit.
        """
        import numpy as np

        try:
            name, part, parts = str(message["name"]), int(message["part"]), int(message["parts"])
            collected = self._parts.setdefault(name, [])
            if part != len(collected) or message["dtype"] not in self._DTYPES:
                raise ValueError  # noqa: TRY301 - one answer to every way of being wrong
            data = base64.b64decode(message["data"], validate=True)
            self._room -= len(data) + len(name) + ARRAY_COST
            if self._room < 0:
                raise ValueError  # noqa: TRY301
            collected.append(data)
            if part + 1 == parts:
                shape = tuple(int(length) for length in message["shape"])
                if any(length < 0 for length in shape):  # numpy would choose a length itself
                    raise ValueError  # noqa: TRY301
                data = b"".join(self._parts.pop(name))
                self.arrays[name] = np.frombuffer(data, dtype=message["dtype"]).reshape(shape)
        except (KeyError, TypeError, ValueError, OverflowError, binascii.Error) as error:
            raise WorkerFailure(
                FailureKind.PROTOCOL, "it sent an array that is not whole"
            ) from error


def _harmless(text: str) -> str:
    """A worker's text, fit to be shown in the terminal and kept in probe.json."""
    return clean(text[:LONGEST_TEXT])


class Reader:
    """Takes typed fields out of a result; a missing or wrong one is a `WorkerFailure` (protocol)."""

    def __init__(self, fields: object, what: str) -> None:
        self._what = what
        if not isinstance(fields, dict):
            raise WorkerFailure(FailureKind.PROTOCOL, f"its {what} is not an object")
        self._fields = cast("dict[str, Any]", fields)

    def _wrong(self, name: str) -> WorkerFailure:
        return WorkerFailure(FailureKind.PROTOCOL, f"its {self._what} has no valid field {name!r}")

    def number(self, name: str) -> float:
        """A finite number."""
        value = self._fields.get(name)
        if not is_finite(value):
            raise self._wrong(name)
        return float(value)

    def number_or_none(self, name: str) -> float | None:
        """A finite number, or None when it is absent."""
        return None if self._fields.get(name) is None else self.number(name)

    def whole(self, name: str) -> int:
        """A whole number."""
        value = self._fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_WHOLE:
            raise self._wrong(name)
        return value

    def whole_or_none(self, name: str) -> int | None:
        """A whole number, or None when it is absent."""
        return None if self._fields.get(name) is None else self.whole(name)

    def text(self, name: str) -> str:
        """A text, made harmless."""
        value = self._fields.get(name)
        if not isinstance(value, str):
            raise self._wrong(name)
        return _harmless(value)

    def truth(self, name: str) -> bool:
        """True or false."""
        value = self._fields.get(name)
        if not isinstance(value, bool):
            raise self._wrong(name)
        return value

    def listed(self, name: str) -> list[Any]:
        """A list of anything."""
        value = self._fields.get(name)
        if not isinstance(value, list):
            raise self._wrong(name)
        return value

    def numbers(self, name: str) -> tuple[float, ...]:
        """A list of finite numbers."""
        values = self.listed(name)
        if not all(map(is_finite, values)):
            raise self._wrong(name)
        return tuple(float(value) for value in values)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        values = self.listed(name)
        if not all(isinstance(value, str) for value in values):
            raise self._wrong(name)
        return tuple(map(_harmless, values))

    def number_map(self, name: str) -> dict[str, float]:
        """Finite numbers by name."""
        inner = Reader(self._fields.get(name), f"{self._what}: {name}")
        return {_harmless(key): inner.number(key) for key in inner._fields}

    def text_map(self, name: str) -> dict[str, str]:
        """Texts by name."""
        inner = Reader(self._fields.get(name), f"{self._what}: {name}")
        return {_harmless(key): inner.text(key) for key in inner._fields}


def read_hello(result: object) -> Hello:
    """The answer to `start`."""
    reader = Reader(result, "hello")
    devices = []
    for entry in reader.listed("devices"):
        device = Reader(entry, "device")
        devices.append(
            DeviceInfo(
                kind=device.text("kind"),
                available=device.truth("available"),
                name=device.text("name"),
                reason=device.text("reason"),
            )
        )
    return Hello(
        framework=reader.text("framework"),
        protocol=VERSION,
        python_version=reader.text("python_version"),
        versions=reader.text_map("versions"),
        import_seconds=reader.number("import_seconds"),
        import_peak_rss_bytes=reader.whole("import_peak_rss_bytes"),
        devices=tuple(devices),
        threads=reader.whole("threads"),
        pid=reader.whole("pid"),
        build=reader.text_map("build"),
    )


def read_prepared(result: object) -> Prepared:
    """The answer to `prepare`."""
    reader = Reader(result, "prepared workload")
    return Prepared(
        workload=reader.text("workload"),
        size=reader.text("size"),
        operations=reader.texts("operations"),
        parameters=reader.whole("parameters"),
        flops=reader.number_map("flops"),
        items={name: int(value) for name, value in reader.number_map("items").items()},
        first_call_seconds=reader.number_map("first_call_seconds"),
        layout=reader.text("layout"),
        precision=reader.text("precision"),
        fairness=tuple(
            FairnessEntry(name, value) for name, value in reader.text_map("fairness").items()
        ),
        weights_digest=reader.text("weights_digest"),
        inputs_digest=reader.text("inputs_digest"),
        peak_rss_bytes=reader.whole("peak_rss_bytes"),
        unsupported=reader.text_map("unsupported"),
    )


def read_proof(result: object, arrays: Mapping[str, Array]) -> ProofData:
    """The answer to `prove`, with the arrays sent before it (named `group/tensor`)."""
    import numpy as np

    reader = Reader(result, "proof")

    def group(name: str) -> dict[str, Tensor]:
        tensors = {}
        for entry in reader.listed(name):
            fields = Reader(entry, f"proof: {name}")
            tensor = fields.text("name")
            values = arrays.get(f"{name}/{tensor}")
            if values is None:
                raise WorkerFailure(FailureKind.PROTOCOL, f"its proof lacks the array {tensor!r}")
            # NaN and infinity must arrive as what they are, so the norm travels in the array.
            flat = np.asarray(values, dtype=np.float64).ravel()
            if flat.size == 0:
                raise WorkerFailure(FailureKind.PROTOCOL, f"its array {tensor!r} is empty")
            shape = tuple(int(length) for length in fields.numbers("shape"))
            tensors[tensor] = Tensor(shape=shape, values=flat[1:], norm=float(flat[0]))
        return tensors

    losses = arrays.get("loss")
    return ProofData(
        steps=reader.whole("steps"),
        parameter_count=reader.whole("parameter_count"),
        weights_digest=reader.text("weights_digest"),
        inputs_digest=reader.text("inputs_digest"),
        outputs=group("outputs"),
        loss=() if losses is None else tuple(float(value) for value in losses.ravel()),
        gradients=group("gradients"),
        initial=group("initial"),
        parameters=group("parameters"),
    )


def read_block(result: object) -> Block:
    """The answer to `time_block`."""
    reader = Reader(result, "block")
    per_call = None
    if isinstance(result, dict) and result.get("per_call") is not None:
        per_call = reader.numbers("per_call")
    block = Block(
        operation=reader.text("operation"),
        iterations=reader.whole("iterations"),
        wall_seconds=reader.number("wall_seconds"),
        cpu_seconds=reader.number("cpu_seconds"),
        minor_faults=reader.whole("minor_faults"),
        involuntary_switches=reader.whole("involuntary_switches"),
        steal_share=reader.number_or_none("steal_share"),
        load=reader.number_or_none("load"),
        per_call=per_call,
        major_faults=reader.whole("major_faults"),
        throttled_periods=reader.whole_or_none("throttled_periods"),
        other_cores=reader.number_or_none("other_cores"),
    )
    if block.iterations < 1 or block.wall_seconds <= 0:
        raise WorkerFailure(FailureKind.PROTOCOL, "its block took no time")
    return block


def read_time_to_accuracy(result: object) -> TimeToAccuracy:
    """The answer to `time_to_accuracy`."""
    reader = Reader(result, "training run")
    seconds, accuracies = reader.numbers("curve_seconds"), reader.numbers("curve_accuracy")
    return TimeToAccuracy(
        target=reader.number("target"),
        reached=reader.truth("reached"),
        accuracy=reader.number("accuracy"),
        seconds=reader.number("seconds"),
        first_call_seconds=reader.number("first_call_seconds"),
        epochs=reader.whole("epochs"),
        curve=tuple(zip(seconds, accuracies, strict=False)),
    )


def read_peak(result: object) -> MatmulPeak:
    """The answer to `matmul_peak`."""
    reader = Reader(result, "peak")
    return MatmulPeak(gflops=reader.number("gflops"), size=reader.whole("size"))


def read_memory(result: object) -> Memory:
    """The answer to `memory`."""
    reader = Reader(result, "memory")
    return Memory(reader.whole("peak_rss_bytes"), reader.whole_or_none("device_peak_bytes"))


def read_installed_size(result: object) -> InstalledSize:
    """The answer to `installed_size`."""
    reader = Reader(result, "installed size")
    return InstalledSize(
        framework_bytes=reader.whole("framework_bytes"),
        with_dependencies_bytes=reader.whole("with_dependencies_bytes"),
        distributions={
            name: int(size) for name, size in reader.number_map("distributions").items()
        },
    )
