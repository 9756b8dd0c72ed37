"""The house, wired: the only place that meets drivers."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version as installed_version
from pathlib import Path

import psutil
from tortoise.context import TortoiseContext

from domain.accounts.identity_cache import IdentityCache
from domain.errors import InvalidInput, Unavailable
from domain.instances.streams import InstanceStreams
from domain.jobs.feed import EventFeed
from domain.models.installation import Installation
from domain.ports import Ports
from domain.ports.bus import Bus
from domain.ports.clock import Clock, SystemClock
from domain.ports.counters import Counters
from domain.ports.leases import Leases
from domain.ports.media import Media
from domain.ports.runtime import NodeEngine, Runtime, Runtimes
from domain.ports.storage import Storage
from domain.tenants.directory import TenantDirectory
from gateway.background import Background
from gateway.database import open_database
from gateway.faults import StartupError
from gateway.graphql.fanout import Fanout
from gateway.http.metrics import Metrics
from gateway.migrate import migrate
from gateway.secret_key import data_folder, secret_key
from gateway.settings import Settings
from realtime.bus.rooms import ChannelHub
from realtime.crdt.rooms import DocumentRooms
from realtime.rights import FileRights
from realtime.rtdb.rooms import TreeRooms
from realtime.sockets import Caps, Sockets

Factories = Mapping[str, Callable[[NodeEngine], Runtime]]


@dataclass(frozen=True, slots=True)
class Drivers:
    """Drivers to use instead of those that the settings name; tests bring their own."""

    bus: Bus | None = None
    counters: Counters | None = None
    leases: Leases | None = None
    storage: Storage | None = None
    media: Media | None = None
    clock: Clock | None = None
    runtimes: Factories | None = None


@dataclass(slots=True)
class House:
    """Everything one process shares. name: of this process, for leases and operations; unique over restarts.
    is_closing: set when an orderly end begins. installation_id: the same for all who share the database."""

    settings: Settings
    ports: Ports
    database: TortoiseContext
    feed: EventFeed
    streams: InstanceStreams
    identities: IdentityCache
    directory: TenantDirectory
    sockets: Sockets
    rights: FileRights
    documents: DocumentRooms
    trees: TreeRooms
    channels: ChannelHub
    metrics: Metrics
    name: str
    installation_id: str
    version: str
    subscriptions: Fanout = field(default_factory=Fanout)
    background: Background = field(default_factory=Background)
    is_closing: asyncio.Event = field(default_factory=asyncio.Event)


class NodeRuntimes:
    """The runtime of each node, made when first asked for. A node whose engine changed gets a new one."""

    def __init__(self, factories: Factories) -> None:
        self._factories = factories
        self._kept: dict[object, tuple[NodeEngine, Runtime]] = {}
        self._outdated: list[Runtime] = []

    def of(self, engine: NodeEngine) -> Runtime:
        known = self._kept.get(engine.node_id)
        if known is not None and known[0] == engine:
            return known[1]
        factory = self._factories.get(engine.driver)
        if factory is None:
            raise InvalidInput(f"There is no driver {engine.driver} here.", field="driver")
        if known is not None:
            self._outdated.append(known[1])
        runtime = factory(engine)
        self._kept[engine.node_id] = (engine, runtime)
        return runtime

    async def forget(self, node_id: object) -> None:
        known = self._kept.pop(node_id, None)
        if known is not None:
            await known[1].close()

    async def close(self) -> None:
        kept = [runtime for _, runtime in self._kept.values()]
        self._kept.clear()
        for runtime in (*kept, *self._outdated):
            await runtime.close()
        self._outdated.clear()


@asynccontextmanager
async def wire(settings: Settings, drivers: Drivers | None = None) -> AsyncIterator[House]:
    """Bring the database up to date, connect everything, and let go of it at the end. Starts no task.

    StartupError: one line about what is wrong.
    """
    folder = data_folder(settings)
    key = secret_key(settings)
    await migrate(settings.database)
    async with open_database(settings.database) as database:
        row, _ = await Installation.get_or_create(id=1)
        ports = _ports(settings, drivers or Drivers(), folder, key, str(row.installation_id))
        house = _house(settings, ports, database, str(row.installation_id))
        try:
            await _check_bus(ports)
            yield house
        finally:
            await house.subscriptions.close()
            await house.streams.close()
            await _let_go(ports)


async def _check_bus(ports: Ports) -> None:
    try:
        await ports.bus.check()
    except Unavailable as error:
        raise StartupError(f"GATEHOUSE_REDIS_URL: {error.message}") from error


def process_name() -> str:
    """host:pid:start:random. The first three tell, after a crash, that the process which held a job is gone."""
    process = psutil.Process()
    host = socket.gethostname().replace(":", "-")[:64]
    return f"{host}:{process.pid}:{int(process.create_time() * 1000)}:{secrets.token_hex(3)}"


def _house(settings: Settings, ports: Ports, database: TortoiseContext, installation_id: str) -> House:
    feed, name = EventFeed(ports), process_name()
    return House(
        settings=settings,
        ports=ports,
        database=database,
        feed=feed,
        streams=InstanceStreams(ports),
        identities=IdentityCache(settings.limits.credential_cache_s),
        directory=TenantDirectory(settings.id_tag),
        sockets=Sockets(feed, Caps(settings.sockets.per_user, settings.sockets.per_address)),
        rights=FileRights(ports, feed),
        documents=DocumentRooms(ports, name),
        trees=TreeRooms(ports, name),
        channels=ChannelHub(ports, feed, name),
        metrics=Metrics(),
        name=name,
        installation_id=installation_id,
        version=installed_version("gatehouse"),
    )


def _ports(settings: Settings, drivers: Drivers, folder: Path, key: str, installation_id: str) -> Ports:
    runtimes: Runtimes = NodeRuntimes(drivers.runtimes or runtime_factories(settings, folder, installation_id))
    clock = drivers.clock or SystemClock()
    return Ports(
        runtimes=runtimes,
        bus=drivers.bus or bus_of(settings),
        counters=drivers.counters or _counters(settings, clock),
        leases=drivers.leases or _leases(settings, clock),
        storage=drivers.storage or storage_of(settings),
        clock=clock,
        secret_key=key,
        limits=settings.limits,
        media=drivers.media or media_of(),
    )


async def _let_go(ports: Ports) -> None:
    for driver in (ports.runtimes, ports.bus, ports.counters, ports.leases, ports.storage, ports.media):
        await driver.close()


def bus_of(settings: Settings) -> Bus:
    if settings.redis_url:
        from drivers.bus.redis import RedisBus

        return RedisBus(settings.redis_url)
    from drivers.bus.memory import MemoryBus

    return MemoryBus()


def _counters(settings: Settings, clock: Clock) -> Counters:
    if settings.redis_url:
        from drivers.counters.redis import RedisCounters

        return RedisCounters(settings.redis_url)
    from drivers.counters.memory import MemoryCounters

    return MemoryCounters(clock)


def _leases(settings: Settings, clock: Clock) -> Leases:
    if settings.redis_url:
        from drivers.leases.redis import RedisLeases

        return RedisLeases(settings.redis_url)
    from drivers.leases.database import DatabaseLeases

    return DatabaseLeases(clock)


def storage_of(settings: Settings) -> Storage:
    if settings.storage == "s3":
        return _bucket(settings)
    from drivers.storage.disk import DiskStorage

    return DiskStorage(settings.data_dir / "blobs")


def media_of() -> Media:
    """By the programs that are installed."""
    from drivers.media.programs import MediaPrograms

    return MediaPrograms()


def _bucket(settings: Settings) -> Storage:
    from drivers.storage.s3 import Bucket, S3Storage

    s3 = settings.s3
    if not s3.bucket:
        raise StartupError("GATEHOUSE_S3__BUCKET: with GATEHOUSE_STORAGE=s3 a bucket must be named")
    secret = s3.secret_key.get_secret_value() if s3.secret_key else None
    return S3Storage(Bucket(s3.bucket, s3.region, s3.endpoint, s3.prefix, s3.access_key, secret))


def runtime_factories(settings: Settings, folder: Path, installation_id: str) -> Factories:
    """SDKs are imported when the first node needs them."""

    def docker(engine: NodeEngine) -> Runtime:
        from drivers.runtime.docker import DockerRuntime

        return DockerRuntime(engine, owner=installation_id)

    def process(engine: NodeEngine) -> Runtime:
        from drivers.runtime.process import ProcessRuntime

        return ProcessRuntime(
            engine, root=folder / "instances" / str(engine.node_id), bind_host=settings.process_bind_host
        )

    def memory(engine: NodeEngine) -> Runtime:
        from drivers.runtime.memory import MemoryRuntime

        return MemoryRuntime(engine, SystemClock())

    return {"docker": docker, "process": process, "memory": memory}
