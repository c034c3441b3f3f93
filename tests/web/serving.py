"""`advisor serve` in a process of its own, on a free port of the loopback interface."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic

from tests.processes import family_reaped

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def serving(sessions: Path, *arguments: str) -> AsyncIterator[str]:
    """The address of the served app, whose sessions are kept in `sessions`."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "advisor", "serve", "--port", str(port), *arguments],
        cwd=ROOT,
        env={**os.environ, "ADVISOR_SESSIONS": str(sessions)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with family_reaped(server):
        end = monotonic() + PATIENCE
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            assert server.poll() is None, "the server ended by itself"
            assert monotonic() < end, "the server did not come up"
            await asyncio.sleep(0.05)
        yield f"127.0.0.1:{port}"
