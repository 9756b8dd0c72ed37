"""A platform with somebody in it, for the scenarios: an owner with keys, a customer, a node, images, an instance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.access import Actor
from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.accounts.create_user import UserSpec, create_user
from domain.images.import_image import import_image
from domain.limits import GIB, MIB
from domain.models import (
    AuditEntry,
    Image,
    Instance,
    InstancePort,
    InstanceState,
    Membership,
    Node,
    NodeState,
    Operation,
    OutboxEvent,
    PasswordReset,
    PlatformRole,
    Tenant,
    User,
)
from domain.nodes.register_node import hash_key
from domain.ports import Ports
from rest_compat.skyport.answers import FLAVOURS

SYSTEM = Actor.system()
QUICK_HASH = "$2b$04$Jd3TPS4.4sfQWJXVCJBEmOvqDzCHQMl5yI7HnyQxIcdnzbRzuZ3yC"
EGG = {
    "Image": "games/paper:1.21",
    "Cmd": ["java", "-jar", "server.jar"],
    "Env": ["EULA=TRUE", "MODE=survival"],
    "Scripts": {"Install": [{"Uri": "https://example.org/{{VERSION}}.jar", "Path": "server.jar"}]},
    "Name": "Paper",
    "Description": "A game server",
    "Author": "somebody@example.org",
    "AuthorName": "Somebody",
    "Meta": {"Version": "Skyport Images v2"},
    "AltImages": ["games/paper:1.20"],
    "StopCommand": "stop",
    "Features": ["eula"],
}
WATCHED = (User, Tenant, Membership, Node, Image, Instance, InstancePort, Operation, PasswordReset, AuditEntry)
"""Tables that a refused request must leave as they are (with the outbox)."""


@dataclass(frozen=True)
class World:
    """keys: by flavour, all of the platform's owner. read_only: a key that may only read. alice: userId 4711."""

    keys: dict[str, str]
    read_only: str
    owner: User
    alice: User
    node: Node
    spare: Node
    image: Image
    instance: Instance


async def build(ports: Ports) -> World:
    """Everything, saved."""
    owner = await _user(ports, "root", platform_role=PlatformRole.OWNER)
    alice = await _user(ports, "Alice", external_id="4711")
    node = await Node.create(
        name="fra-1",
        driver="memory",
        state=NodeState.ONLINE,
        memory_bytes=64 * GIB,
        cpu_millis=16_000,
        disk_free_bytes=100 * GIB,
        engine_version="1.2.3",
        public_host="192.0.2.10",
        access_key_hash=hash_key("a node's access key"),
    )
    spare = await Node.create(name="spare", driver="memory", configure_key_hash=hash_key("waiting"))
    image = await import_image(ports, SYSTEM, EGG)
    image.drivers = ["docker", "memory"]
    await image.save()
    return World(
        keys={flavour: await _key(ports, owner, flavour=flavour) for flavour in FLAVOURS},
        read_only=await _key(ports, owner, read_only=True),
        owner=owner,
        alice=alice,
        node=node,
        spare=spare,
        image=image,
        instance=await _instance(alice, node, image),
    )


async def rows() -> dict[str, list[dict[str, Any]]]:
    """Every watched row as it is now."""
    kept = {model.__name__: await model.all().order_by("id").values() for model in WATCHED}
    return {**kept, "OutboxEvent": await OutboxEvent.all().order_by("seq").values()}


async def told_after(seq: int) -> list[str]:
    """Names of the events written since."""
    return [event.name for event in await OutboxEvent.filter(seq__gt=seq).order_by("seq")]


async def last_seq() -> int:
    last = await OutboxEvent.all().order_by("-seq").first()
    return last.seq if last else 0


async def _user(ports: Ports, name: str, **more: Any) -> User:
    spec = UserSpec(username=name, email=f"{name}@example.org", password_hash=QUICK_HASH, **more)
    return await create_user(ports, SYSTEM, spec)


async def _key(ports: Ports, user: User, **more: Any) -> str:
    return (await create_api_key(ports, SYSTEM, KeySpec(door="skyport", user_id=user.id, **more)))[1]


async def _instance(owner: User, node: Node, image: Image) -> Instance:
    tenant = await Membership.filter(user_id=owner.id).first()
    assert tenant is not None
    instance = await Instance.create(
        short_id="0a1b2c3d",
        tenant_id=tenant.tenant_id,
        owner_id=owner.id,
        node_id=node.id,
        image_id=image.id,
        image_ref=image.ref,
        name="Survival",
        slug="survival",
        state=InstanceState.RUNNING,
        memory_bytes=2048 * MIB,
        cpu_millis=1500,
        disk_bytes=10 * MIB,
        env={"EULA": "TRUE"},
        primary_port=25565,
        runtime_id="f00d",
        annotations={"skyport": {"Ports": "25565:25565", "Primary": "25565"}},
    )
    for ordinal, protocol in enumerate(("tcp", "udp")):
        await InstancePort.create(
            instance_id=instance.id,
            node_id=node.id,
            container_port=25565,
            host_port=25565,
            protocol=protocol,
            ordinal=ordinal,
        )
    return instance
