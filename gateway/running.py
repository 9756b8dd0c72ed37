"""What runs beside the requests: worker, relay, node watch, upkeep, feed; and how all of it ends in good order."""

from __future__ import annotations

import asyncio

import psutil
import structlog

from domain.files.sweep import FileSweep
from domain.jobs.claim import release_workers, running_workers
from domain.jobs.feed import Match
from domain.jobs.registry import KINDS
from domain.jobs.relay import Relay
from domain.jobs.upkeep import Upkeep
from domain.jobs.worker import Worker
from domain.nodes.watch import NodeWatch
from gateway.wiring import House

IDENTITY_NOUNS = frozenset({"credential", "tenant", "user"})
log = structlog.get_logger(__name__)


class Running:
    """The tasks of one process. embed_worker: take operations, too. serve: hear events for requests and sockets."""

    def __init__(self, house: House, *, embed_worker: bool, serve: bool = True) -> None:
        self._house = house
        self._serve = serve
        self._ended: asyncio.Task[None] | None = None
        self._worker: Worker | None = None
        if embed_worker:
            concurrency = house.settings.worker_concurrency
            count = house.metrics.count_operation
            self._worker = Worker(house.ports, house.name, KINDS, concurrency=concurrency, on_result=count)

    async def recover(self) -> None:
        """Free what a crash on this host left behind, before anything waits for it."""
        freed = await release_dead(self._house)
        if freed:
            log.warning("operations of a process that is gone were freed", operations=freed)

    async def start(self) -> None:
        """Start everything."""
        house, start = self._house, self._house.background.start
        if self._serve:
            start("feed", house.feed.run)
            start("identities", lambda: hear_identities(house))
            start("sockets", house.sockets.run)
            start("file rights", house.rights.run)
            start("channels", house.channels.run)
            start("trees", house.trees.run)
            start("documents", house.documents.run)
        start("relay", Relay(house.ports, house.name).run)
        start("node watch", NodeWatch(house.ports, house.name).run)
        start("upkeep", Upkeep(house.ports, house.name).run)
        start("file sweep", FileSweep(house.ports, house.name).run)
        if self._worker is not None:
            start("worker", self._worker.run)

    async def stop(self) -> None:
        """Take no more work, send sockets away, give operations and leases back, within the grace. Once is enough."""
        if self._ended is None:
            self._house.is_closing.set()
            self._ended = asyncio.create_task(self._stop(), name="orderly end")
        await asyncio.shield(self._ended)

    async def _stop(self) -> None:
        grace_s = self._house.settings.shutdown_grace_s
        ending = [self._house.sockets.drain(grace_s)]
        if self._worker is not None:
            await asyncio.gather(self._worker.stop(grace_s), *ending)
        else:
            await asyncio.gather(*ending)
        await self._house.documents.close()
        await self._house.trees.close()
        await self._house.channels.close()
        await self._house.background.stop()


async def hear_identities(house: House) -> None:
    """Forget who a credential is as soon as a change is heard of; after a gap, everybody."""
    _forget_all(house)
    async with house.feed.subscribe(Match(nouns=IDENTITY_NOUNS), max_pending=100_000) as events:
        try:
            async for event in events:
                house.identities.hear(event.name, event.payload)
                house.directory.hear(event.name)
        finally:
            _forget_all(house)


def _forget_all(house: House) -> None:
    house.identities.clear()
    house.directory.clear()


async def release_dead(house: House) -> int:
    """Free the operations and leases of processes of this host that no longer exist; how many operations there were."""
    for lease in await house.ports.leases.held():
        if is_dead(lease.holder, house.name):
            await house.ports.leases.release(lease)
    dead = [name for name in await running_workers() if is_dead(name, house.name)]
    return await release_workers(house.ports, dead) if dead else 0


def is_dead(worker: str, own_name: str) -> bool:
    """Whether that worker ran on our host, in a process that is gone. The number of a process may be in use again, so
    its start counts as well."""
    parts, own = worker.split(":"), own_name.split(":")
    if len(parts) != 4 or parts[0] != own[0] or not (parts[1].isdecimal() and parts[2].isdecimal()):
        return False
    try:
        process = psutil.Process(int(parts[1]))
        # A killed process that nobody has waited for yet is still listed.
        return process.status() == psutil.STATUS_ZOMBIE or int(process.create_time() * 1000) != int(parts[2])
    except psutil.Error:
        return True
