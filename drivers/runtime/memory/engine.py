"""The state of a pretended engine; several MemoryRuntime objects may share it, as replicas share a real one."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from domain.errors import Conflict, DomainError, NotFound
from domain.ports.runtime import LogLine, Observed, RuntimeSpec, RuntimeState

LIVE = (RuntimeState.RUNNING, RuntimeState.PAUSED)
DATA = "/data/"
GREETING = "memory.greeting"
"""Label of a spec: a line that the instance prints when it starts."""


@dataclass(slots=True)
class MemoryInstance:
    """files: path inside the instance → content; those under /data survive destroy(keep_data=True).

    lines: the newest ones; first_line: how many came before them and are gone.
    """

    spec: RuntimeSpec
    runtime_id: str
    state: RuntimeState = RuntimeState.CREATED
    exit_code: int | None = None
    out_of_memory: bool = False
    started_at: datetime | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    lines: list[LogLine] = field(default_factory=list)
    first_line: int = 0
    console_output: list[bytes] = field(default_factory=list)

    def observed(self) -> Observed:
        return Observed(
            instance_id=self.spec.instance_id,
            runtime_id=self.runtime_id,
            state=self.state,
            exit_code=self.exit_code,
            out_of_memory=self.out_of_memory,
            started_at=self.started_at,
        )

    def print_line(self, at: datetime, stream: str, text: str, keep_lines: int) -> None:
        number = self.first_line + len(self.lines) + 1
        self.lines.append(LogLine(str(number), at, stream, text))
        surplus = max(0, len(self.lines) - keep_lines)
        del self.lines[:surplus]
        self.first_line += surplus

    def host_ports(self) -> set[tuple[int, str]]:
        """(port, protocol) that it occupies while it runs."""
        primary = {(self.spec.primary_port, "tcp")} if self.spec.primary_port is not None else set()
        return primary | {(port.host_port, port.protocol) for port in self.spec.ports}


class Hold(NamedTuple):
    """reached: a call is waiting. released: set it to let calls through."""

    reached: asyncio.Event
    released: asyncio.Event

    async def wait(self) -> None:
        self.reached.set()
        await self.released.wait()


class Broadcast:
    """Wakes everyone who waits for something to change."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()

    def tell(self) -> None:
        for event in self._waiting:
            event.set()

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            yield event
        finally:
            self._waiting.discard(event)


class MemoryEngine:
    """calls: how often each port method ran. open: upstreams open now, by kind; opened: ever.

    keep_lines: log lines kept per instance. Faults and holds are ordered by tests, keyed by (method, after its effect).
    """

    def __init__(self, *, keep_lines: int = 10_000) -> None:
        self.keep_lines = keep_lines
        self.instances: dict[UUID, MemoryInstance] = {}
        self.kept_data: dict[UUID, dict[str, bytes]] = {}
        self.commits: dict[str, dict[str, bytes]] = {}
        self.events: list[tuple[UUID, str]] = []
        self.changed = Broadcast()
        self.calls: Counter[str] = Counter()
        self.open: Counter[str] = Counter()
        self.opened: Counter[str] = Counter()
        self.foreign_ports: set[tuple[int, str]] = set()
        self.faults: dict[tuple[str, bool], list[DomainError]] = defaultdict(list)
        self.lasting_fault: DomainError | None = None
        self.held: dict[tuple[str, bool], Hold] = {}

    @asynccontextmanager
    async def call(self, name: str) -> AsyncIterator[None]:
        """Count a call; before and after its effect, wait where a test holds it and raise what a test ordered."""
        self.calls[name] += 1
        await self._interfere(name, after=False)
        yield
        await self._interfere(name, after=True)

    async def _interfere(self, name: str, *, after: bool) -> None:
        if hold := self.held.get((name, after)):
            await hold.wait()
        if self.lasting_fault is not None:
            raise self.lasting_fault
        if self.faults[name, after]:
            raise self.faults[name, after].pop(0)

    def get(self, instance_id: UUID) -> MemoryInstance:
        found = self.instances.get(instance_id)
        if found is None:
            raise NotFound("There is no such instance on this node.")
        return found

    def running(self, instance_id: UUID) -> MemoryInstance:
        instance = self.get(instance_id)
        if instance.state not in LIVE:
            raise Conflict("The instance does not run.")
        return instance

    def make(self, spec: RuntimeSpec, files: dict[str, bytes]) -> MemoryInstance:
        made = MemoryInstance(
            spec=spec, runtime_id=uuid4().hex, files={**files, **self.kept_data.pop(spec.instance_id, {})}
        )
        self.instances[spec.instance_id] = made
        self.note(spec.instance_id, "create")
        return made

    def remove(self, instance_id: UUID, *, keep_data: bool) -> None:
        gone = self.instances.pop(instance_id, None)
        if not keep_data:
            self.kept_data.pop(instance_id, None)
        elif gone is not None:
            kept = {name: data for name, data in gone.files.items() if name.startswith(DATA)}
            self.kept_data[instance_id] = kept
        if gone is not None:
            gone.state = RuntimeState.STOPPED
            self.note(instance_id, "destroy")

    def run(self, instance: MemoryInstance, now: datetime) -> None:
        """Conflict: another running instance or somebody else has one of its ports."""
        taken = self.foreign_ports.union(
            *(other.host_ports() for other in self.instances.values() if other is not instance and other.state in LIVE)
        )
        if both := instance.host_ports() & taken:
            port = min(both)[0]
            raise Conflict(f"Port {port} is already in use on this node.", port=port, reason="port_in_use")
        instance.state, instance.exit_code, instance.out_of_memory = RuntimeState.RUNNING, None, False
        instance.started_at = now
        if greeting := instance.spec.labels.get(GREETING):
            instance.print_line(now, "stdout", greeting, self.keep_lines)
        self.note(instance.spec.instance_id, "start")

    def end(self, instance: MemoryInstance, exit_code: int, *, out_of_memory: bool = False) -> None:
        """Not running is fine."""
        if instance.state in LIVE:
            instance.state, instance.exit_code, instance.out_of_memory = RuntimeState.STOPPED, exit_code, out_of_memory
            self.note(instance.spec.instance_id, "oom" if out_of_memory else "die")

    def note(self, instance_id: UUID, kind: str) -> None:
        self.events.append((instance_id, kind))
        self.changed.tell()

    @contextmanager
    def counted(self, kind: str) -> Iterator[None]:
        """Keeps account of open upstreams."""
        self.open[kind] += 1
        self.opened[kind] += 1
        try:
            yield
        finally:
            self.open[kind] -= 1
