"""An instance as GraphQL shows it, and what is reported about one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.access import require
from domain.models.image import Image
from domain.models.instance import Instance, InstancePort, InstanceState
from domain.models.node import Node
from domain.models.operation import Operation
from domain.models.tenant import Tenant
from domain.models.user import User
from gateway.graphql.context import Info
from gateway.graphql.fields import related
from gateway.graphql.images.types import ImageType
from gateway.graphql.nodes.types import NodeType
from gateway.graphql.operations.types import OperationType
from gateway.graphql.people import Person
from gateway.graphql.rows import described, of_rows

if TYPE_CHECKING:
    from gateway.graphql.tenants.types import TenantType

InstanceStateEnum = described(
    InstanceState,
    "InstanceState",
    "What the runtime last reported, or what an operation is doing about it right now.",
    {
        "INSTALLING": "It is being built for the first time.",
        "RUNNING": "It runs.",
        "STOPPED": "It does not run.",
        "STARTING": "It is being started.",
        "STOPPING": "It is being stopped.",
        "RESTARTING": "It is being stopped and started again.",
        "REBUILDING": "It is being made anew from an image; its data stays.",
        "RESTORING": "It is being brought back to a snapshot.",
        "RESIZING": "Its limits are being changed.",
        "PAUSED": "It is frozen in memory.",
        "UNREACHABLE": "Its node does not answer.",
        "FAILED": "It could not be built, or ended by itself; stateReason says why.",
        "DELETING": "It is being removed.",
        "DELETED": "It is gone.",
    },
)


@strawberry.type(description="One environment variable.")
class EnvironmentVariable:
    name: str = strawberry.field(description="Its name.")
    value: str = strawberry.field(description="Its value.")


@of_rows(
    InstancePort,
    {
        "container_port": "Port inside the instance.",
        "host_port": "Port of the node's publicHost at which it is reached.",
        "protocol": "tcp or udp.",
    },
    name="InstancePort",
    description="One published port.",
)
class InstancePortType: ...


async def _env(root: strawberry.Parent[Instance], info: Info) -> list[EnvironmentVariable] | None:
    require(info.context.actor, "instances:write", root.tenant_id)
    stored = await info.context.loaders.instance.load(root.id)
    return [EnvironmentVariable(name=name, value=value) for name, value in stored.env.items()] if stored else None


async def _ports(root: strawberry.Parent[Instance], info: Info) -> list[InstancePort] | None:
    return await info.context.loaders.ports.load(root.id)


async def _node(root: strawberry.Parent[Instance], info: Info) -> Node | None:
    return await info.context.loaders.node.load(root.node_id)


async def _image(root: strawberry.Parent[Instance], info: Info) -> Image | None:
    return await info.context.loaders.image.load(root.image_id) if root.image_id else None


async def _tenant(root: strawberry.Parent[Instance], info: Info) -> Tenant | None:
    return await info.context.loaders.tenant.load(root.tenant_id)


async def _owner(root: strawberry.Parent[Instance], info: Info) -> User | None:
    return await info.context.loaders.person.load(root.owner_id)


async def _operations(root: strawberry.Parent[Instance], info: Info) -> list[Operation] | None:
    return await info.context.loaders.operations.load(root.id)


@of_rows(
    Instance,
    {
        "id": "The instance's id.",
        "short_id": "Eight hex digits that name it, too.",
        "name": "Its name, as it was given.",
        "slug": "Its name made DNS-safe, unique in its tenant; null once deleted.",
        "state": "What the runtime last reported, or what is being done about it right now.",
        "state_reason": "Why it failed or stopped, in plain words.",
        "revision": "Grows with every change: of two versions the one with the larger revision is the newer.",
        "suspended": "Whether the platform has suspended it: it is stopped and its owner cannot start it.",
        "suspended_reason": "Why it was suspended.",
        "memory_bytes": "Memory limit, in bytes.",
        "cpu_millis": "Processor limit, in thousandths of a core.",
        "disk_bytes": "Disk asked for, in bytes; null: not limited.",
        "image_ref": "The engine's reference of what it was made from.",
        "primary_port": "Host port of its main service; null when it publishes none.",
        "created_at": "When it was asked for.",
        "updated_at": "When it last changed.",
        "started_at": "When it last started; null when it never ran.",
        "deleted_at": "When it was removed; null while it is there.",
    },
    name="Instance",
    description="Something a tenant runs: an image with limits, ports and data of its own.",
)
class InstanceType:
    env: list[EnvironmentVariable] | None = related(
        _env, "Its environment variables. Needs the right instances:write: they may be secret."
    )
    ports: list[InstancePortType] = related(_ports, "Its published ports, in the order in which they were given.")
    node: NodeType | None = related(_node, "The host on which it runs.")
    image: ImageType | None = related(
        _image, "The catalogue entry it was made from; null when there is none, or not any more."
    )
    tenant: Annotated[TenantType, strawberry.lazy("gateway.graphql.tenants.types")] | None = related(
        _tenant, "The tenant it belongs to."
    )
    owner: Person | None = related(_owner, "Who owns it.")
    operations: list[OperationType] = related(_operations, "Its latest operations, newest first, at most 20.")


@strawberry.type(description="Long work that was promised: the instance as it is now, and the operation to watch.")
class InstancePromise:
    instance: InstanceType = strawberry.field(description="The instance, already in its transitional state.")
    operation: OperationType = strawberry.field(description="The work; it ends as succeeded, failed or cancelled.")
