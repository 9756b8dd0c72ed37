"""The state of a pretended engine; several MemoryRuntime objects may share it, as replicas share a real one."""

from __future__ import annotations

import asyncio
import io
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from domain.errors import DomainError, NotFound
from domain.ports.runtime import LogLine, Observed, RuntimeSpec, RuntimeState


@dataclass(slots=True)
class MemoryInstance:
    """files: path inside the instance → content; those under /data survive destroy(keep_data=True)."""

    spec: RuntimeSpec
    runtime_id: str
    state: RuntimeState = RuntimeState.CREATED
    exit_code: int | None = None
    out_of_memory: bool = False
    started_at: datetime | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    lines: list[LogLine] = field(default_factory=list)
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
    """calls: how often each port method ran. Faults are ordered by tests: see fail_next, fail_always, hold."""

    def __init__(self) -> None:
        self.instances: dict[UUID, MemoryInstance] = {}
        self.kept_data: dict[UUID, dict[str, bytes]] = {}
        self.commits: dict[str, dict[str, bytes]] = {}
        self.events: list[tuple[UUID, str]] = []
        self.changed = Broadcast()
        self.calls: Counter[str] = Counter()
        self.open: Counter[str] = Counter()
        self.faults: dict[str, list[DomainError]] = defaultdict(list)
        self.lasting_fault: DomainError | None = None
        self.held: dict[str, tuple[asyncio.Event, asyncio.Event]] = {}

    async def enter(self, call: str) -> None:
        """Count a call, wait where a test holds it, raise what a test ordered."""
        self.calls[call] += 1
        if call in self.held:
            reached, released = self.held[call]
            reached.set()
            await released.wait()
        if self.lasting_fault is not None:
            raise self.lasting_fault
        if self.faults[call]:
            raise self.faults[call].pop(0)

    def get(self, instance_id: UUID) -> MemoryInstance:
        found = self.instances.get(instance_id)
        if found is None:
            raise NotFound("There is no such instance on this node.")
        return found

    def make(self, spec: RuntimeSpec, files: dict[str, bytes]) -> MemoryInstance:
        made = MemoryInstance(
            spec=spec, runtime_id=uuid4().hex, files={**files, **self.kept_data.pop(spec.instance_id, {})}
        )
        self.instances[spec.instance_id] = made
        self.note(spec.instance_id, "create")
        return made

    def note(self, instance_id: UUID, kind: str) -> None:
        self.events.append((instance_id, kind))
        self.changed.tell()

    def end(self, instance: MemoryInstance, exit_code: int, *, out_of_memory: bool = False) -> None:
        instance.state, instance.exit_code, instance.out_of_memory = RuntimeState.STOPPED, exit_code, out_of_memory
        self.note(instance.spec.instance_id, "oom" if out_of_memory else "die")

    @contextmanager
    def counted(self, kind: str) -> Iterator[None]:
        """Keeps account of open upstreams."""
        self.open[kind] += 1
        try:
            yield
        finally:
            self.open[kind] -= 1


def tar_of(files: dict[str, bytes], path: str) -> bytes:
    """A tar of what lies at or under a path, named relative to its parent."""
    plain = path.rstrip("/") or "/"
    parent = plain.rsplit("/", 1)[0]
    chosen = {name: data for name, data in files.items() if name == plain or name.startswith(f"{plain}/")}
    if not chosen:
        raise NotFound("There is no such path inside the instance.")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in sorted(chosen.items()):
            member = tarfile.TarInfo(name[len(parent) + 1 :])
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()
