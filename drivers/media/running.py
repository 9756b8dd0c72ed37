"""Run a program on a stranger's file: without input, with bounds, and gone with everything it started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
from collections.abc import Sequence
from pathlib import Path

from domain.errors import InvalidInput, Unavailable

MEMORY_BYTES = 2 * 1024**3
FILE_BYTES = 2 * 1024**3
SAID_BYTES = 64 * 1024


async def run(argv: Sequence[str], folder: Path, timeout_s: float) -> bytes:
    """What it wrote to its output, cut off after 64 KiB. InvalidInput: it refused the file. Unavailable: it did not end
    in time, or could not be started."""
    try:
        child = await asyncio.create_subprocess_exec(
            *argv,
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
    except OSError as exc:
        raise Unavailable("A program that media need could not be started.") from exc
    try:
        _bound(child.pid, timeout_s)
        async with asyncio.timeout(timeout_s):
            said = await _output(child)
            status = await child.wait()
    except TimeoutError as exc:
        raise InvalidInput("This takes too long to be converted.") from exc
    finally:
        await _end(child)
    if status != 0:
        raise InvalidInput("This cannot be converted.")
    return said


def _bound(pid: int, timeout_s: float) -> None:
    """From outside, so that nothing runs between fork and exec. The program may be done already."""
    processor_s = int(timeout_s) * 4
    with contextlib.suppress(ProcessLookupError, ValueError):
        resource.prlimit(pid, resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
        resource.prlimit(pid, resource.RLIMIT_CPU, (processor_s, processor_s))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))


async def _output(child: asyncio.subprocess.Process) -> bytes:
    assert child.stdout is not None
    said = bytearray()
    while chunk := await child.stdout.read(8192):
        said += chunk[: SAID_BYTES - len(said)]
    return bytes(said)


async def _end(child: asyncio.subprocess.Process) -> None:
    """It leads a session of its own: its children go with it."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()
