"""Instances as Skyport shows and takes them. Key order is the original's; Disk and State are ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, field

from domain.instances.spec import DeploySpec, PortSpec
from domain.limits import MIB
from domain.models.image import Image as ImageRow
from domain.models.instance import Instance, InstancePort, InstanceState
from domain.models.node import Node as NodeRow
from domain.models.user import User as UserRow
from rest_compat.skyport.names import DOOR
from rest_compat.skyport.schemas.images import ImageOut, image_out
from rest_compat.skyport.schemas.nodes import NodeOut
from rest_compat.skyport.schemas.numbers import (
    Number,
    Text,
    cores_of,
    echo_number,
    echo_ports,
    find_mebibytes,
    parse_cores,
    parse_mebibytes,
    parse_ports,
    parse_primary,
    ports_text,
)
from rest_compat.skyport.schemas.users import user_id_of
from rest_compat.skyport.schemas.variables import Variables, parse_variables

INSTALLING, READY, FAILED = "INSTALLING", "READY", "FAILED"
INTERNAL_STATE = {
    InstanceState.INSTALLING: INSTALLING,
    InstanceState.REBUILDING: INSTALLING,
    InstanceState.RESTORING: INSTALLING,
    InstanceState.RUNNING: READY,
    InstanceState.STOPPED: READY,
    InstanceState.STARTING: READY,
    InstanceState.STOPPING: READY,
    InstanceState.RESTARTING: READY,
    InstanceState.RESIZING: READY,
    InstanceState.PAUSED: READY,
    InstanceState.UNREACHABLE: READY,
    InstanceState.FAILED: FAILED,
}
"""States of which Skyport's clients hear; an instance in any other (deleting, deleted) is gone for them."""


class InstanceOut(Struct, kw_only=True):
    """An instance."""

    Name: str
    Id: str
    Node: NodeOut
    User: Annotated[str, Meta(description="The owner's userId.")]
    InternalState: Annotated[str, Meta(description="INSTALLING, READY or FAILED.")]
    VolumeId: Annotated[str, Meta(description="The same as Id.")]
    Memory: Annotated[int, Meta(description="MiB.")]
    Cpu: Annotated[int | float, Meta(description="Cores.")]
    Ports: Annotated[str, Meta(description="container:host pairs, as given.")]
    Primary: Annotated[int | float | str | None, Meta(description="As given.")]
    Image: str
    AltImages: list[Any]
    StopCommand: str | None
    image_data: ImageOut | UnsetType = field(name="imageData", default=UNSET)
    Env: list[str]
    ContainerId: Annotated[str | UnsetType, Meta(description="From when there is a container.")] = UNSET
    suspended: bool
    suspended_flagg: Annotated[str | UnsetType, Meta(description="Why it is suspended.")] = field(
        name="suspended-flagg", default=UNSET
    )
    Disk: Annotated[int, Meta(description="MiB, as given on deploy; 0 when not. Gatehouse's addition.")]
    State: Annotated[str, Meta(description="What it is doing, in Gatehouse's words. Gatehouse's addition.")]

    @classmethod
    def of(
        cls, instance: Instance, *, node: NodeRow, owner: UserRow, image: ImageRow | None, ports: Sequence[InstancePort]
    ) -> InstanceOut:
        echoed = instance.annotations.get(DOOR, {})
        data: Any = UNSET if image is None else image_out(image)
        return cls(
            Name=instance.name,
            Id=instance.short_id,
            Node=NodeOut.of(node),
            User=user_id_of(owner),
            InternalState=INTERNAL_STATE[instance.state],
            VolumeId=instance.short_id,
            Memory=instance.memory_bytes // MIB,
            Cpu=cores_of(instance.cpu_millis),
            Ports=echoed.get("Ports") or ports_text(_pairs(ports)),
            Primary=echoed.get("Primary", instance.primary_port),
            Image=instance.image_ref,
            AltImages=[] if image is None else image.definition.get("AltImages", []),
            StopCommand=None if image is None else image.stop_command,
            image_data=data,
            Env=[f"{name}={value}" for name, value in instance.env.items()],
            ContainerId=instance.runtime_id or UNSET,
            suspended=instance.suspended,
            suspended_flagg=(instance.suspended_reason if instance.suspended else None) or UNSET,
            Disk=(instance.disk_bytes or 0) // MIB,
            State=instance.state.value,
        )


class DeployIn(Struct, kw_only=True, rename="camel"):
    """A new instance. Numbers may come as text."""

    image: Annotated[str, Meta(description="The engine's image reference.")]
    imagename: Annotated[str | None, Meta(description="Name of a catalogue image: its Env and Scripts apply.")] = None
    memory: Annotated[Number, Meta(description='MiB: 1024, "1024" or "1024MB".')]
    cpu: Annotated[Number, Meta(description="Cores; parts of one are allowed.")]
    ports: Annotated[Text, Meta(description='container:host pairs, "25565:25565,8123:8124"; N means N:N.')]
    node_id: Text
    name: Text
    user: Annotated[Text, Meta(description="The owner's userId.")]
    primary: Annotated[Number, Meta(description='The main port: 25565, "25565" or "25565:25565".')]
    variables: Annotated[Variables, Meta(description="An object, or the JSON text of one.")] = None
    disk: Annotated[Any, Meta(description="MiB; shown again as Disk, not enforced.")] = None

    def to_spec(self) -> DeploySpec:
        pairs = parse_ports(self.ports)
        return DeploySpec(
            name=str(self.name),
            memory_bytes=parse_mebibytes(self.memory, "memory"),
            cpu_millis=parse_cores(self.cpu, "cpu"),
            image_name=self.imagename or None,
            image_ref=self.image,
            env=parse_variables(self.variables),
            ports=[PortSpec(pair[0], pair[1], protocol) for pair in pairs for protocol in ("tcp", "udp")],
            primary_port=parse_primary(self.primary),
            node_id=str(self.node_id),
            owner_id=str(self.user),
            disk_bytes=find_mebibytes(self.disk),
            annotations={DOOR: {"Ports": echo_ports(self.ports), "Primary": echo_number(self.primary)}},
        )


class DeployedOut(Struct, kw_only=True, rename="camel"):
    """What deploy promises; the container does not exist yet."""

    message: str = "Container creation initiated. State will be updated asynchronously."
    volume_id: str
    state: str = INSTALLING

    @classmethod
    def of(cls, instance: Instance) -> DeployedOut:
        return cls(volume_id=instance.short_id)


class InstanceIn(Struct, kw_only=True):
    """Which instance: its Id."""

    id: Text


def _pairs(ports: Sequence[InstancePort]) -> list[tuple[int, int]]:
    """Each published pair once, whatever its protocols."""
    return list(dict.fromkeys((port.container_port, port.host_port) for port in ports))
