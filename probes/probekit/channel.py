"""A clean channel on standard output.

Descriptor 1 is duplicated first and then pointed at standard error: whatever native libraries
print ends there, and the lines of the protocol stay whole.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import os
import sys
import threading
from typing import Any

import numpy as np

NAME = "framework-advisor-probe"
VERSION = 1
CHUNK_BYTES = 192 * 1024


class Channel:
    """Sends messages, one a line."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._descriptor = os.dup(1)
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def send(self, message: dict[str, Any]) -> None:
        """Send one message.

        Raises ValueError when it holds NaN or infinity: such numbers travel in arrays.
        """
        data = json.dumps(message, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]

    def greet(self) -> None:
        """Say which protocol is spoken, before anything else."""
        self.send({"protocol": NAME, "version": VERSION})

    def send_array(self, number: int, name: str, array: np.ndarray[Any, Any]) -> None:
        """Send an array in chunks, little-endian, C order."""
        plain = np.ascontiguousarray(array)
        plain = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
        data = plain.tobytes()
        parts = max(1, math.ceil(len(data) / CHUNK_BYTES))
        for part in range(parts):
            chunk = data[part * CHUNK_BYTES : (part + 1) * CHUNK_BYTES]
            self.send(
                {
                    "id": number,
                    "event": "array",
                    "name": name,
                    "dtype": plain.dtype.str,
                    "shape": list(plain.shape),
                    "part": part,
                    "parts": parts,
                    "data": base64.b64encode(chunk).decode("ascii"),
                }
            )


class ArrayAssembler:
    """Puts arrays together again from the lines they came in."""

    def __init__(self) -> None:
        self._parts: dict[str, list[bytes]] = {}
        self.arrays: dict[str, np.ndarray[Any, Any]] = {}

    def take(self, message: dict[str, Any]) -> None:
        """Read one `array` line.

        Raises ValueError when it does not fit.
        """
        try:
            name = str(message["name"])
            part, parts = int(message["part"]), int(message["parts"])
            if part == 0:
                self._parts[name] = []
            collected = self._parts[name]
            if part != len(collected):
                raise ValueError(f"array {name!r}: part {part} out of order")
            collected.append(base64.b64decode(message["data"], validate=True))
            if part + 1 == parts:
                data = b"".join(self._parts.pop(name))
                shape = tuple(int(length) for length in message["shape"])
                dtype = np.dtype(str(message["dtype"]))
                self.arrays[name] = np.frombuffer(data, dtype=dtype).reshape(shape)
        except (KeyError, TypeError, binascii.Error) as error:
            raise ValueError(f"not an array line: {error}") from error
