"""One command run inside a sandboxed instance, through its supervisor."""

from __future__ import annotations

import asyncio
import contextlib
import os

from domain.errors import Conflict, InvalidInput, Unavailable, Unsupported
from domain.ports.runtime import CommandResult
from drivers.runtime.process.control import Control, connect, parse
from drivers.runtime.process.folders import InstanceFolder
from drivers.runtime.process.supervise.frames import ERRORS, MESSAGE, OUTPUT

NOT_FOUND_EXIT_CODE = 127


async def run_inside(
    folder: InstanceFolder, argv: tuple[str, ...], timeout_s: float, max_output_bytes: int
) -> CommandResult:
    """max_output_bytes: kept of both streams together. The command dies when we leave early."""
    if not argv or any("\0" in part for part in argv):
        raise InvalidInput("A command needs at least its name, and no zero bytes.", field="command")
    async with connect(folder) as control:
        if control is None:
            raise Conflict("The instance is not running.")
        try:
            async with asyncio.timeout(timeout_s):
                with contextlib.suppress(ConnectionError):
                    await control.send_message(do="run", argv=list(argv))
                return await _collect(control, argv[0], max_output_bytes)
        except TimeoutError as error:
            raise Unavailable(f"The command did not end within {timeout_s:g} seconds.", reason="timeout") from error


async def _collect(control: Control, name: str, max_output_bytes: int) -> CommandResult:
    kept = {OUTPUT: bytearray(), ERRORS: bytearray()}
    truncated = False
    while (frame := await control.receive()) is not None:
        kind, payload = frame
        if kind == MESSAGE:
            exit_code = _exit_code(parse(payload), name, kept[ERRORS])
            return CommandResult(exit_code, _text(kept[OUTPUT]), _text(kept[ERRORS]), truncated)
        room = max_output_bytes - sum(map(len, kept.values()))
        kept[kind] += payload[:room]
        truncated = truncated or len(payload) > room
    raise Conflict("The instance stopped before the command ended.")


def _exit_code(message: dict[str, object], name: str, errors: bytearray) -> int:
    match message:
        case {"exit_code": int() as exit_code}:
            return exit_code
        case {"failed": int() as number} if number:
            errors += f"{name}: {os.strerror(number)}\n".encode()
            return NOT_FOUND_EXIT_CODE
        case {"error": "unsupported"}:
            raise Unsupported("This instance runs without a sandbox: no commands can be run in it.")
        case {"ended": True}:
            raise Conflict("The instance stopped before the command ended.")
    raise Unavailable("The command could not be started in the instance's sandbox.")


def _text(data: bytearray) -> str:
    return data.decode("utf-8", "replace")
