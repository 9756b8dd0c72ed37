"""Register and remove nodes."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.models.node import Node
from domain.nodes.register_node import NodeSpec, Registered, register_node
from domain.nodes.remove_node import remove_node
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.nodes.queries import NodeId
from gateway.graphql.nodes.types import NodeType


@strawberry.input(description="A host to register.")
class RegisterNodeInput:
    name: str = strawberry.field(description="Unique name, 1 to 100 characters.")
    driver: str = strawberry.field(default="docker", description="What runs its instances: docker, process or memory.")
    address: str = strawberry.field(
        default="", description="How its engine is reached: unix:///path, tcp://host:port; empty: this machine's own."
    )
    region: str = strawberry.field(default="local", description="Where it stands.")
    public_host: str = strawberry.field(
        default="127.0.0.1", description="Host name or address at which published ports are reached."
    )
    tls_ca: str | None = strawberry.field(default=None, description="Authority of the engine's certificate, as PEM.")
    tls_cert: str | None = strawberry.field(default=None, description="Our certificate for the engine, as PEM.")
    tls_key: str | None = strawberry.field(default=None, description="The key of our certificate, as PEM.")
    check: bool = strawberry.field(default=True, description="Whether to ask the engine now.")

    def to_spec(self) -> NodeSpec:
        return NodeSpec(
            name=self.name,
            driver=self.driver,
            address=self.address,
            region=self.region,
            public_host=self.public_host,
            tls_ca=self.tls_ca,
            tls_cert=self.tls_cert,
            tls_key=self.tls_key,
            check=self.check,
        )


@strawberry.type(description="A node that was registered.")
class RegisteredNode:
    node: NodeType = strawberry.field(description="The node.")
    configure_key: str = strawberry.field(
        description="Shown only now: whoever presents it may set the node's access key, once."
    )


Force = Annotated[bool, strawberry.argument(description="Give up a host that is lost for good, with its instances.")]


@strawberry.type
class NodeMutations:
    @root(RegisteredNode | None, "Register a host. Needs nodes:write, a right of the platform.", cost=20)
    async def register_node(
        self, info: Info, input: Annotated[RegisterNodeInput, strawberry.argument(description="The host.")]
    ) -> Registered:
        info.context.is_secret = True
        return await register_node(info.context.ports, info.context.actor, input.to_spec())

    @root(
        NodeType | None,
        "Forget a host; nothing on it is touched. CONFLICT while instances live on it. Needs nodes:write.",
    )
    async def remove_node(self, info: Info, id: NodeId, force: Force = False) -> Node:
        return await remove_node(info.context.ports, info.context.actor, id, force=force)
