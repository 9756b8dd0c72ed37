"""Commands inside an instance, ended for good at their time limit."""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import AbstractAsyncContextManager
from uuid import UUID

from domain.errors import DomainError, InvalidInput, Unavailable
from domain.ports.runtime import CommandResult
from drivers.runtime.docker.containers import Containers
from drivers.runtime.docker.engine import Engine
from drivers.runtime.docker.errors import from_text
from drivers.runtime.docker.exchange import Exchange
from drivers.runtime.docker.frames import Frames
from drivers.runtime.docker.host_processes import kill_with

UPGRADE = {"Connection": "Upgrade", "Upgrade": "tcp", "Content-Type": "application/json"}
TICKET = "GATEHOUSE_COMMAND"
"""Variable with a random value: children inherit it, so it finds all that a command left running."""

_KILLER = """
for round in 1 2 3; do
  for file in /proc/[0-9]*/environ; do
    if grep -q "$0" "$file" 2>/dev/null; then
      process=${file#/proc/}
      kill -9 "${process%/environ}" 2>/dev/null
    fi
  done
done
"""
_NOT_STARTED = "OCI runtime exec failed"
_KILL_TIMEOUT_S = 10.0
_POLL_S = 0.02


class Execution:
    """Commands on one engine."""

    def __init__(self, engine: Engine, containers: Containers) -> None:
        self._engine = engine
        self._containers = containers

    async def run(
        self, instance_id: UUID, argv: tuple[str, ...], timeout_s: float, max_output_bytes: int
    ) -> CommandResult:
        """Run it and keep its first max_output_bytes. Unavailable: it was killed at the time limit."""
        if not argv:
            raise InvalidInput("A command must be given.", field="argv")
        runtime_id = (await self._containers.get(instance_id))["Id"]
        ticket = secrets.token_hex(16)
        command = await self._prepare(runtime_id, list(argv), environment={TICKET: ticket})
        output = Output(max_output_bytes)
        try:
            async with asyncio.timeout(timeout_s):
                exit_code = await self._finish(command, output)
        except TimeoutError as late:
            await self._kill(runtime_id, command, ticket)
            raise Unavailable(f"The command did not end within {timeout_s:g} s and was killed.") from late
        except asyncio.CancelledError:
            await asyncio.shield(self._kill(runtime_id, command, ticket))
            raise
        stdout, stderr = output.text("stdout"), output.text("stderr")
        if exit_code in (126, 127) and stdout.startswith(_NOT_STARTED):
            return CommandResult(127, "", f"{from_text(stdout).message}\n", truncated=False)
        return CommandResult(exit_code, stdout, stderr, output.truncated)

    async def _prepare(
        self, runtime_id: str, argv: list[str], *, environment: dict[str, str] | None = None, user: str = ""
    ) -> str:
        made = await self._engine.change(
            lambda sdk: sdk.exec_create(runtime_id, argv, environment=environment, user=user)
        )
        return str(made["Id"])

    async def _finish(self, command: str, output: Output) -> int:
        """Read all that it prints, so that it never waits for us. Returns its exit code."""
        async with self._start(command) as answer:
            async for piece in answer:
                output.add(piece)
        return await self._exit_code(command)

    def _start(self, command: str) -> AbstractAsyncContextManager[Exchange]:
        body = json.dumps({"Detach": False, "Tty": False}).encode()
        return self._engine.exchange("POST", f"/exec/{command}/start", {}, headers=UPGRADE, body=body)

    async def _exit_code(self, command: str) -> int:
        """The engine may close the output a moment before it knows the exit code."""
        while True:
            exit_code = await self._ended_with(command)
            if exit_code is not None:
                return exit_code
            await asyncio.sleep(_POLL_S)

    async def _ended_with(self, command: str) -> int | None:
        state = await self._engine.read(lambda sdk: sdk.exec_inspect(command))
        return None if state["Running"] or state["ExitCode"] is None else int(state["ExitCode"])

    async def _kill(self, runtime_id: str, command: str, ticket: str) -> None:
        """The engine has no call for it: a shell inside does it, else we do where the engine runs here.

        Raises Unavailable when it goes on nevertheless.
        """
        try:
            async with asyncio.timeout(_KILL_TIMEOUT_S):
                await self._kill_inside(runtime_id, ticket)
                if await self._ended_with(command) is None and await self._engine.is_local():
                    await self._engine.change(lambda _: kill_with(f"{TICKET}={ticket}", runtime_id))
                await self._exit_code(command)
        except TimeoutError as late:
            raise Unavailable("The command did not end in time and could not be killed.") from late

    async def _kill_inside(self, runtime_id: str, ticket: str) -> None:
        try:
            killer = await self._prepare(runtime_id, ["/bin/sh", "-c", _KILLER, ticket], user="0")
            await self._finish(killer, Output(0))
        except DomainError:
            return  # stopped meanwhile, or no shell: what still runs is seen afterwards


class Output:
    """The first bytes of what a command prints, stdout and stderr counted together."""

    def __init__(self, max_bytes: int) -> None:
        self.truncated = False
        self._room = max_bytes
        self._frames = Frames()
        self._kept: dict[str, list[bytes]] = {"stdout": [], "stderr": []}

    def add(self, piece: bytes) -> None:
        """Take the engine's frames in any pieces."""
        for stream, payload in self._frames.feed(piece):
            self._kept[stream].append(payload[: self._room])
            self.truncated = self.truncated or len(payload) > self._room
            self._room -= min(len(payload), self._room)

    def text(self, stream: str) -> str:
        """What was kept of stdout or stderr."""
        return b"".join(self._kept[stream]).decode(errors="replace")
