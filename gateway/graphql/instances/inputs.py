"""What clients say about instances: what to deploy, which ones to list."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import strawberry

from domain.instances.queries import InstanceFilter
from domain.instances.spec import DeploySpec, PortSpec
from domain.models.instance import InstanceState
from gateway.graphql.instances.types import InstanceStateEnum
from gateway.graphql.scalars import BigInt


@strawberry.input(description="One environment variable.")
class EnvironmentVariableInput:
    name: str = strawberry.field(description="Letters, digits, dots, dashes and underscores; no digit first.")
    value: str = strawberry.field(description="Any text.")


@strawberry.input(description="A port to publish.")
class PortInput:
    container_port: int = strawberry.field(description="Port inside the instance, 1 to 65535.")
    host_port: int | None = strawberry.field(
        default=None, description="Port of the node, 1 to 65535; null: a free one is chosen."
    )
    protocol: str = strawberry.field(default="tcp", description="tcp or udp.")


@strawberry.input(description="What to deploy. The image is exactly one of imageId, imageName and imageRef.")
class DeployInstanceInput:
    name: str = strawberry.field(description="1 to 100 printable characters.")
    memory_bytes: BigInt = strawberry.field(description="Memory limit, in bytes; at least 6 MiB (Docker's own least).")
    cpu_millis: int = strawberry.field(description="Processor limit, in thousandths of a core; at least 10.")
    image_id: strawberry.ID | None = strawberry.field(default=None, description="A catalogue image by its id.")
    image_name: str | None = strawberry.field(default=None, description="A catalogue image by its name.")
    image_ref: str | None = strawberry.field(
        default=None,
        description="The engine's own reference. One that the catalogue lacks needs the right instances:any_image.",
    )
    env: list[EnvironmentVariableInput] = strawberry.field(
        default_factory=list, description="Environment variables, added to those of the image."
    )
    ports: list[PortInput] = strawberry.field(default_factory=list, description="Ports to publish.")
    primary_port: int | None = strawberry.field(
        default=None, description="Which of the ports (host or container port) is the main service; null: the first."
    )
    node_id: strawberry.ID | None = strawberry.field(default=None, description="The node to run on; null: any.")
    region: str | None = strawberry.field(default=None, description="The region to run in; null: any.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Who owns it; null: you.")
    tenant_id: strawberry.ID | None = strawberry.field(
        default=None, description="The tenant it belongs to; null: the owner's, else your own."
    )
    disk_bytes: BigInt | None = strawberry.field(default=None, description="Disk asked for, in bytes.")

    def to_spec(self) -> DeploySpec:
        return DeploySpec(
            name=self.name,
            memory_bytes=self.memory_bytes,
            cpu_millis=self.cpu_millis,
            image_id=self.image_id,
            image_name=self.image_name,
            image_ref=self.image_ref,
            env=env_of(self.env),
            ports=tuple(PortSpec(port.container_port, port.host_port, port.protocol) for port in self.ports),
            primary_port=self.primary_port,
            node_id=self.node_id,
            region=self.region,
            owner_id=self.owner_id,
            tenant_id=self.tenant_id,
            disk_bytes=self.disk_bytes,
        )


@strawberry.input(name="InstanceFilter", description="Which instances. Fields that are left out do not narrow.")
class InstanceFilterInput:
    states: list[InstanceStateEnum] | None = strawberry.field(default=None, description="In any of these states.")
    node_id: strawberry.ID | None = strawberry.field(default=None, description="On this node.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Owned by this user.")
    tenant_id: strawberry.ID | None = strawberry.field(default=None, description="Of this tenant.")
    image_id: strawberry.ID | None = strawberry.field(default=None, description="Made from this image.")
    name_contains: str | None = strawberry.field(
        default=None, description="With this text in the name, without regard to case."
    )
    suspended: bool | None = strawberry.field(default=None, description="Suspended, or not suspended.")
    include_deleted: bool = strawberry.field(default=False, description="Also those that are gone.")

    def to_filter(self) -> InstanceFilter:
        states: tuple[InstanceState, ...] = tuple(self.states or ())
        return InstanceFilter(
            states=states,
            node_id=self.node_id,
            owner_id=self.owner_id,
            tenant_id=self.tenant_id,
            image_id=self.image_id,
            name_contains=self.name_contains,
            suspended=self.suspended,
            include_deleted=self.include_deleted,
        )


@strawberry.enum(description="What a list of instances is ordered by.")
class InstanceOrder(Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="When it was asked for.")
    NAME = strawberry.enum_value("name", description="Its name.")
    STATE = strawberry.enum_value("state", description="Its state, by name.")


def env_of(variables: list[EnvironmentVariableInput]) -> Mapping[str, str]:
    """The last of two with one name counts."""
    return {variable.name: variable.value for variable in variables}


def filter_of(given: InstanceFilterInput | None) -> InstanceFilter:
    return given.to_filter() if given else InstanceFilter()
