"""A tenant, its people, a node with a memory engine, an image, and a worker that works off what verbs queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from tortoise.context import TortoiseContext

from domain.access import Actor
from domain.instances.deploy import deploy
from domain.instances.spec import DeploySpec, PortSpec
from domain.jobs.registry import KINDS
from domain.jobs.worker import Worker
from domain.limits import MIB
from domain.models import Image, Instance, Node, Operation, Tenant, TenantRole
from domain.nodes.queries import engine_of
from domain.ports import Ports
from drivers.runtime.memory import MemoryRuntime
from tests.domain.rows import image, member, node, platform, tenant
from tests.fakes import MemoryRuntimes


@dataclass
class Place:
    """Where the tests of instances play."""

    ports: Ports
    tenant: Tenant
    owner: Actor
    viewer: Actor
    stranger: Actor
    platform: Actor
    node: Node
    image: Image
    runtime: MemoryRuntime
    worker: Worker

    def spec(self, **changes: Any) -> DeploySpec:
        values: dict[str, Any] = {
            "name": "web",
            "memory_bytes": 64 * MIB,
            "cpu_millis": 500,
            "image_id": self.image.id,
            "ports": (PortSpec(80, 8080),),
        }
        return DeploySpec(**{**values, **changes})

    async def deployed(self, **changes: Any) -> Instance:
        """An instance that runs."""
        promised = await deploy(self.ports, self.owner, self.spec(**changes))
        await self.work()
        return await self.look(promised.instance)

    async def work(self) -> None:
        await self.worker.run_until_idle()

    async def look(self, what: Instance) -> Instance:
        return await Instance.get(id=what.id)


@pytest.fixture
async def place(database: TortoiseContext, ports: Ports, runtimes: MemoryRuntimes) -> Place:
    mine, theirs, host = await tenant("mine"), await tenant("theirs"), await node()

    return Place(
        ports=ports,
        tenant=mine,
        owner=await member(mine),
        viewer=await member(mine, TenantRole.VIEWER),
        stranger=await member(theirs),
        platform=await platform(),
        node=host,
        image=await image(env={"GREETING": "hello"}),
        runtime=runtimes.of(engine_of(host)),
        worker=Worker(ports, "host:1:1", KINDS),
    )


Verb = Callable[[Ports, Actor, UUID | str], Awaitable[Any]]


async def operation_of(instance: Instance) -> Operation:
    """Its newest operation."""
    return await Operation.filter(instance_id=instance.id).order_by("-lane_order", "-id").first()  # type: ignore[return-value]
