"""Port: where instances really run. One Runtime per node; the node's driver says what it can do.

Every call names the instance by our own id, so that a call repeated after a crash finds what the first one made.
Errors are the domain's: drivers translate what their engine says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Capability(StrEnum):
    """What a driver can do beyond create, start, stop, kill, destroy, inspect. A missing one means Unsupported."""

    PULL = "pull"
    PAUSE = "pause"
    LIVE_RESIZE = "live_resize"
    HARD_MEMORY_LIMIT = "hard_memory_limit"
    LOGS = "logs"
    STATS = "stats"
    EXEC = "exec"
    CONSOLE = "console"
    SNAPSHOT = "snapshot"
    ARCHIVE = "archive"
    PORT_MAPPING = "port_mapping"
    """Container and host port may differ, and UDP is published too."""


class RuntimeState(StrEnum):
    """What the engine reports."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class PortBinding:
    """One published port. protocol: tcp or udp."""

    container_port: int
    host_port: int
    protocol: str = "tcp"


@dataclass(frozen=True, slots=True)
class RuntimeSpec:
    """Everything an engine needs to build an instance.

    image: the engine's own reference. command: replaces the image's command when given; for the process driver it
    is the admin's command (never a tenant's), in which {python} and {images} stand for the interpreter and the folder
    of shipped images. primary_port: the host port of the main service, also in env PRIMARY_PORT and PORT.
    name: DNS-safe, for people who look at the engine. cpu_millis: thousandths of a core.
    """

    instance_id: UUID
    name: str
    image: str
    memory_bytes: int
    cpu_millis: int
    command: tuple[str, ...] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[PortBinding, ...] = ()
    primary_port: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    stop_grace_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Observed:
    """One instance as the engine sees it. runtime_id: the engine's own id (container id, supervisor id)."""

    instance_id: UUID
    runtime_id: str
    state: RuntimeState
    exit_code: int | None = None
    out_of_memory: bool = False
    error: str | None = None
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RuntimeEvent:
    """Something changed in the engine; ask inspect() what is true now. instance_id None: look at everything."""

    instance_id: UUID | None
    kind: str


@dataclass(frozen=True, slots=True)
class RuntimeInfo:
    """A node as it answers: version text, whole machine's cores and memory, free disk where data is kept."""

    version: str
    cpu_millis: int
    memory_bytes: int
    disk_free_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line, without its newline. cursor: opaque, resume after it. stream: stdout or stderr (console when a tty)."""

    cursor: str
    at: datetime
    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class StatsSample:
    """What an instance uses at one moment. cpu_millis: since the last sample; byte counters since its start."""

    at: datetime
    cpu_millis: int
    memory_bytes: int
    memory_limit_bytes: int
    network_received_bytes: int
    network_sent_bytes: int
    disk_read_bytes: int
    disk_written_bytes: int
    process_count: int


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command printed, decoded with replacement. truncated: more was printed than was kept."""

    exit_code: int
    stdout: str
    stderr: str
    truncated: bool


@dataclass(frozen=True, slots=True)
class CommittedImage:
    """A frozen copy: ref is what create() and restore() take. size_bytes: of the copy on the node."""

    ref: str
    size_bytes: int


class LogStream(Protocol):
    """Lines in order. recovered: whether everything after the asked-for cursor is there (None when none was given)."""

    recovered: bool | None

    def __aiter__(self) -> AsyncIterator[LogLine]: ...


class Console(Protocol):
    """An attached terminal: iterate for output bytes; the iteration ends when the instance stops."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...
    async def write(self, data: bytes) -> None: ...
    async def resize(self, columns: int, rows: int) -> None: ...


Progress = Callable[[int | None, str], Awaitable[None]]
"""Called with (percent or None when unknown, text)."""


class Runtime(Protocol):
    """One engine. Raises Unavailable when it does not answer, Unsupported for a capability it lacks,
    NotFound when the instance is not there, Conflict when its state forbids the call."""

    name: str
    capabilities: frozenset[Capability]

    async def check(self) -> RuntimeInfo:
        """Ask the engine whether it works."""

    async def prepare_image(self, image: str, progress: Progress) -> None:
        """Have the image on the node: a local one is used as it is, else pulled. NotFound: no such image."""

    async def create(self, spec: RuntimeSpec) -> Observed:
        """Make the instance, not started; the one that already exists for this id is returned as it is.

        Conflict: a host port is in use (where the engine tells now). Nothing half-made is left on failure.
        """

    async def start(self, instance_id: UUID) -> Observed:
        """Start it; running already is fine. Conflict: a host port is in use."""

    async def stop(self, instance_id: UUID, grace_s: float) -> Observed:
        """Ask it to end, kill after grace_s; stopped already is fine."""

    async def kill(self, instance_id: UUID) -> Observed:
        """End it at once; stopped already is fine."""

    async def restart(self, instance_id: UUID, grace_s: float) -> Observed:
        """Stop, then start."""

    async def pause(self, instance_id: UUID) -> Observed: ...
    async def unpause(self, instance_id: UUID) -> Observed: ...

    async def resize(self, instance_id: UUID, memory_bytes: int, cpu_millis: int) -> None:
        """Change the limits; a running instance keeps running (capability LIVE_RESIZE)."""

    async def destroy(self, instance_id: UUID, *, keep_data: bool = False) -> None:
        """Remove it, running or not, and its data volume; already gone is fine."""

    async def inspect(self, instance_id: UUID) -> Observed | None: ...

    async def list_instances(self) -> list[Observed]:
        """Every instance that carries our label, also those our database does not know."""

    def events(self) -> AbstractAsyncContextManager[AsyncIterator[RuntimeEvent]]:
        """What happens from the moment the block is entered; ends when the engine goes away."""

    def logs(
        self, instance_id: UUID, *, tail: int | None = None, after: str | None = None, follow: bool = False
    ) -> AbstractAsyncContextManager[LogStream]:
        """Lines after a cursor, or the last `tail`, then (follow) what comes until it stops."""

    def stats(
        self, instance_id: UUID, interval_s: float = 1.0
    ) -> AbstractAsyncContextManager[AsyncIterator[StatsSample]]:
        """One sample per interval while it runs."""

    async def run_command(
        self,
        instance_id: UUID,
        argv: tuple[str, ...],
        *,
        timeout_s: float = 60.0,
        max_output_bytes: int = 1 << 20,
    ) -> CommandResult:
        """Run a command inside; the command is killed at the timeout (Unavailable)."""

    def console(self, instance_id: UUID, columns: int = 80, rows: int = 24) -> AbstractAsyncContextManager[Console]:
        """Attach to the main process's terminal."""

    async def commit(self, instance_id: UUID, ref: str) -> CommittedImage:
        """Freeze the instance's file system and its data volume under a name of ours."""

    async def restore(self, spec: RuntimeSpec, ref: str) -> Observed:
        """Rebuild the instance, not started, from a commit: files and data volume are as they were then."""

    async def discard(self, ref: str) -> None:
        """Remove a commit; already gone is fine."""

    def read_archive(self, instance_id: UUID, path: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """A tar of a path inside the instance."""

    async def write_archive(self, instance_id: UUID, path: str, chunks: AsyncIterator[bytes]) -> None:
        """Unpack a tar into a folder inside the instance; members that would leave it are refused (InvalidInput)."""

    async def close(self) -> None:
        """Let go of sockets and threads; instances go on running."""


@dataclass(frozen=True, slots=True)
class NodeEngine:
    """How to reach a node's engine. driver: docker, process or memory. address: unix:///… or tcp://host:port;
    empty for the local default. tls: PEM texts (ca, cert, key) when the engine wants them."""

    node_id: UUID
    driver: str
    address: str = ""
    tls_ca: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None


class Runtimes(Protocol):
    """The drivers this process has, by node."""

    def of(self, engine: NodeEngine) -> Runtime:
        """The runtime of a node, made once and kept. InvalidInput: no such driver here."""

    async def forget(self, node_id: UUID) -> None:
        """Close what was kept for a node (removed, or its address changed)."""

    async def close(self) -> None: ...
