"""Handles by which tests make a pretended engine fail, hang or lose an instance, and see how it was used."""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import UUID

from domain.errors import DomainError
from domain.ports.clock import Clock
from domain.ports.runtime import RuntimeSpec
from drivers.runtime.memory.engine import Hold, MemoryEngine


class Handles:
    """No part of the port. after: the fault or hold comes when the call has had its effect (its answer is lost)."""

    _engine: MemoryEngine
    _clock: Clock

    @property
    def calls(self) -> Counter[str]:
        """How often each method ran."""
        return self._engine.calls

    def open_streams(self, kind: str) -> int:
        """Open upstreams: events, logs (following ones), stats, console."""
        return self._engine.open[kind]

    def opened_streams(self, kind: str) -> int:
        """How many were ever opened."""
        return self._engine.opened[kind]

    def spec_of(self, instance_id: UUID) -> RuntimeSpec:
        return self._engine.get(instance_id).spec

    def files_of(self, instance_id: UUID) -> dict[str, bytes]:
        """Path inside the instance → content; may be changed."""
        return self._engine.get(instance_id).files

    def fail_next(self, call: str, error: DomainError, *, after: bool = False) -> None:
        """The next run of a method raises this."""
        self._engine.faults[call, after].append(error)

    def fail_always(self, error: DomainError | None) -> None:
        """Every call and every event stream raises this, until None."""
        self._engine.lasting_fault = error
        self._engine.changed.tell()

    def hold(self, call: str, *, after: bool = False) -> Hold:
        """Calls of a method wait until released."""
        hold = Hold(asyncio.Event(), asyncio.Event())
        self._engine.held[call, after] = hold
        return hold

    def occupy_port(self, port: int, protocol: str = "tcp") -> None:
        """Somebody else listens there."""
        self._engine.foreign_ports.add((port, protocol))

    def exit_by_itself(self, instance_id: UUID, exit_code: int) -> None:
        self._engine.end(self._engine.get(instance_id), exit_code)

    def kill_from_outside(self, instance_id: UUID) -> None:
        self._engine.end(self._engine.get(instance_id), 137)

    def run_out_of_memory(self, instance_id: UUID) -> None:
        self._engine.end(self._engine.get(instance_id), 137, out_of_memory=True)

    def print_line(self, instance_id: UUID, text: str, stream: str = "stdout") -> None:
        """The instance prints a line."""
        self._engine.get(instance_id).print_line(self._clock.now(), stream, text, self._engine.keep_lines)
        self._engine.changed.tell()
