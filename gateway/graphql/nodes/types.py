"""A node as GraphQL shows it."""

from __future__ import annotations

import strawberry

from domain.access import may
from domain.models.node import Node, NodeState
from gateway.graphql.context import Info
from gateway.graphql.rows import described, of_rows

NodeStateEnum = described(
    NodeState,
    "NodeState",
    "Whether a node answers.",
    {
        "UNCONFIGURED": "Its engine has never answered, nor was it configured.",
        "CONFIGURED": "It was configured with its key and has not been seen yet.",
        "ONLINE": "Its engine answers.",
        "OFFLINE": "Its engine answered once and does not now.",
    },
)


async def _address(root: strawberry.Parent[Node], info: Info) -> str | None:
    return root.address if may(info.context.actor, "nodes:read") else None


@of_rows(
    Node,
    {
        "id": "The node's id.",
        "name": "Unique name on the platform.",
        "driver": "What runs its instances: docker, process or memory.",
        "region": "Where it stands; new instances can ask for a region.",
        "state": "Whether its engine answers.",
        "state_reason": "Why it does not answer, in plain words.",
        "capabilities": "What its engine can do beyond starting and stopping.",
        "engine_version": "Version of its engine, as last reported.",
        "memory_bytes": "Memory of the whole machine, in bytes.",
        "cpu_millis": "Processor of the whole machine, in thousandths of a core.",
        "disk_free_bytes": "Free disk where instances keep their data, in bytes; null when unknown.",
        "public_host": "Host name or address at which published ports are reached.",
        "last_seen_at": "When its engine last answered.",
        "created_at": "When it was registered.",
    },
    name="Node",
    description="A host on which instances run.",
)
class NodeType:
    capabilities: list[str]
    address: str | None = strawberry.field(
        resolver=_address,
        description="How its engine is reached (unix:// or tcp://; empty: the machine's own). Null for all but the "
        "platform.",
    )
