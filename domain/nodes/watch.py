"""Watch every node: one process at a time (lease) listens to its engine and keeps the domain true to it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from time import monotonic
from uuid import UUID

from domain.errors import DomainError
from domain.instances.reconcile import lose_sight, reconcile_instance, reconcile_node
from domain.models.node import Node, NodeState
from domain.nodes.check_node import observe_node
from domain.nodes.queries import engine_of
from domain.ports import Ports
from domain.ports.leases import Lease
from domain.ports.runtime import Runtime

LEASE_TTL_S = 6.0
LOOK_FOR_NODES_S = 2.0
LOOK_AT_ALL_S = 30.0
LOOK_AGAIN_S = 0.3
RETRY_S = 1.0
log = logging.getLogger(__name__)


class NodeWatch:
    """holder: this process's name for the leases."""

    def __init__(self, ports: Ports, holder: str) -> None:
        self._ports = ports
        self._holder = holder
        self._tasks: dict[UUID, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Watch all nodes, new ones within seconds, until cancelled."""
        try:
            while True:
                nodes = {node.id: node for node in await Node.all()}
                for gone in self._tasks.keys() - nodes.keys():
                    self._tasks.pop(gone).cancel()
                for node_id in nodes:
                    if node_id not in self._tasks or self._has_crashed(node_id):
                        self._tasks[node_id] = asyncio.create_task(self._watch(node_id), name=f"watch node {node_id}")
                await asyncio.sleep(LOOK_FOR_NODES_S)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _has_crashed(self, node_id: UUID) -> bool:
        task = self._tasks[node_id]
        if not task.done():
            return False
        if not task.cancelled() and (fault := task.exception()):
            log.error("the watch of node %s crashed and begins again", node_id, exc_info=fault)
        return True

    async def _watch(self, node_id: UUID) -> None:
        """Hold the node's lease and watch under it; whoever has none tries again."""
        while True:
            lease = await self._ports.leases.acquire(f"node:{node_id}", self._holder, LEASE_TTL_S)
            if lease is None:
                await asyncio.sleep(LEASE_TTL_S / 3)
                continue
            try:
                await self._watch_under(lease, node_id)
            finally:
                await self._ports.leases.release(lease)

    async def _watch_under(self, lease: Lease, node_id: UUID) -> None:
        """Until the lease is lost."""
        watching = asyncio.create_task(self._stay(node_id))
        try:
            while await self._ports.leases.renew(lease, LEASE_TTL_S):
                done, _ = await asyncio.wait([watching], timeout=LEASE_TTL_S / 3)
                if done:
                    watching.result()
                    return
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _stay(self, node_id: UUID) -> None:
        """Follow the engine, again and again: what it went through while it was away is looked up."""
        reported: set[UUID] = set()
        while (node := await Node.get_or_none(id=node_id)) is not None:
            try:
                node = await observe_node(self._ports, node)
                if node.state is NodeState.ONLINE:
                    await self._follow(node, self._ports.runtimes.of(engine_of(node)), reported)
            except DomainError as error:
                log.warning("node %s does not answer: %s", node.name, error.message)
                if not await Node.exists(id=node_id):
                    return
                node = await observe_node(self._ports, node)
            if node.state is NodeState.OFFLINE:
                await lose_sight(self._ports, node)
            await asyncio.sleep(RETRY_S)

    async def _follow(self, node: Node, runtime: Runtime, reported: set[UUID]) -> None:
        """Listen first, then look at everything, then at what the engine names; at everything again now and then."""
        async with runtime.events() as events:
            busy = await reconcile_node(self._ports, node, runtime, reported)
            pending = asyncio.ensure_future(anext(events))
            looked_at = monotonic()
            try:
                while True:
                    done, _ = await asyncio.wait([pending], timeout=LOOK_AGAIN_S if busy else LOOK_AT_ALL_S)
                    if done:
                        if (named := pending.result().instance_id) is not None:
                            busy.add(named)
                        pending = asyncio.ensure_future(anext(events))
                    if (done and named is None) or monotonic() - looked_at > LOOK_AT_ALL_S:
                        await observe_node(self._ports, node)
                        busy, looked_at = await reconcile_node(self._ports, node, runtime, reported), monotonic()
                    busy = {key for key in busy if not await reconcile_instance(self._ports, runtime, key)}
            except StopAsyncIteration:
                return
            finally:
                pending.cancel()
                with suppress(asyncio.CancelledError, StopAsyncIteration, DomainError):
                    await pending
