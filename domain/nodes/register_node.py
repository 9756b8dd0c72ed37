"""Register a host."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tortoise.exceptions import IntegrityError

from domain.access import Actor, require
from domain.errors import Conflict, InvalidInput
from domain.events import node_changed
from domain.models.node import Node
from domain.nodes.check_node import observe_node
from domain.ports import Ports
from domain.text import check_kept
from domain.unit import unit_of_work

DRIVERS = ("docker", "process", "memory")
TEXTS: Mapping[str, int | None] = {
    "name": None,
    "address": 255,
    "region": 64,
    "public_host": 255,
    "tls_ca": None,
    "tls_cert": None,
    "tls_key": None,
}


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """address: the engine's (unix://path, tcp://host:port; empty: this machine's default). public_host: where published
    ports are reached. tls_*: PEM texts. check: ask the engine now."""

    name: str
    driver: str = "docker"
    address: str = ""
    region: str = "local"
    public_host: str = "127.0.0.1"
    tls_ca: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None
    annotations: Mapping[str, Any] = field(default_factory=dict)
    check: bool = True


@dataclass(frozen=True, slots=True)
class Registered:
    """configure_key: shown once; whoever presents it may set the node's access key (configure_node)."""

    node: Node
    configure_key: str


async def register_node(ports: Ports, actor: Actor, spec: NodeSpec) -> Registered:
    """Save the node; it is unconfigured until its engine answers or it is configured. Needs nodes:write.

    InvalidInput: empty name, unknown driver, an address that is neither unix:// nor tcp://. Conflict: name taken.
    """
    require(actor, "nodes:write")
    _check(spec)
    configure_key = secrets.token_hex(32)
    try:
        async with unit_of_work(ports) as unit:
            node = await Node.create(**_columns(spec), configure_key_hash=hash_key(configure_key))
            await unit.audit(actor, "node.registered", subject=str(node.id), name=node.name, driver=node.driver)
            unit.emit(node_changed(node))
    except IntegrityError as exc:
        raise Conflict("There is a node of this name already.", field="name") from exc
    if spec.check:
        node = await observe_node(ports, node)
    return Registered(node, configure_key)


def hash_key(key: str) -> str:
    """Keys are random and long, so a plain digest is enough to keep them from being read back."""
    return hashlib.sha256(key.encode()).hexdigest()


def _check(spec: NodeSpec) -> None:
    for name, longest in TEXTS.items():
        check_kept(getattr(spec, name), name, longest)
    check_kept(dict(spec.annotations), "annotations")
    if not spec.name.strip() or len(spec.name) > 100:
        raise InvalidInput("A node's name has 1 to 100 characters.", field="name")
    if spec.driver not in DRIVERS:
        raise InvalidInput(f"The driver is one of {', '.join(DRIVERS)}.", field="driver")
    if spec.address and not spec.address.startswith(("unix:///", "tcp://")):
        raise InvalidInput("The address starts with unix:/// or tcp://.", field="address")


def _columns(spec: NodeSpec) -> dict[str, Any]:
    return {
        "name": spec.name.strip(),
        "driver": spec.driver,
        "address": spec.address,
        "region": spec.region,
        "public_host": spec.public_host,
        "tls_ca": spec.tls_ca,
        "tls_cert": spec.tls_cert,
        "tls_key": spec.tls_key,
        "annotations": dict(spec.annotations),
    }
