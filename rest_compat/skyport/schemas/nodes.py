"""Nodes as Skyport shows and takes them. Their capacity is free text there; ours is what the engine reports."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from msgspec import UNSET, Meta, Struct, UnsetType

from domain.errors import InvalidInput
from domain.limits import GIB
from domain.models.node import Node, NodeState
from domain.nodes.register_node import NodeSpec, Registered
from rest_compat.skyport.names import DOOR
from rest_compat.skyport.schemas.numbers import LAST_PORT, PORT, Text

HOST_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?\Z")
STATUS = {
    NodeState.UNCONFIGURED: "Unconfigured",
    NodeState.CONFIGURED: "Configured",
    NodeState.ONLINE: "Online",
    NodeState.OFFLINE: "Offline",
}


class NodeOut(Struct, kw_only=True, rename="camel"):
    """A node. The versions appear once its engine has answered."""

    id: str
    name: str
    tags: str
    ram: str
    disk: str
    processor: str
    address: str
    port: str
    api_key: Annotated[None, Meta(description="Always null: access keys are kept as hashes.")] = None
    configure_key: Annotated[str | None, Meta(description="Shown once, in the answer to nodes/create.")] = None
    status: str
    version_family: int | UnsetType = UNSET
    version_release: str | UnsetType = UNSET

    @classmethod
    def of(cls, node: Node) -> NodeOut:
        answered = node.engine_version is not None
        return cls(
            id=str(node.id),
            name=node.name,
            **(_reported(node) | node.annotations.get(DOOR, {})),
            status=STATUS[node.state],
            version_family=1 if answered else UNSET,
            version_release=f"{node.driver} {node.engine_version}" if answered else UNSET,
        )


class CreateNodeIn(Struct, kw_only=True):
    """A Docker Engine that answers at address:port."""

    name: Text
    tags: Text
    ram: Text
    disk: Text
    processor: Text
    address: Annotated[str, Meta(description="A host name or an IP address.")]
    port: Text

    def to_spec(self) -> NodeSpec:
        host, port = _host(self.address), _port(self.port)
        shown = {name: str(getattr(self, name)) for name in ("tags", "ram", "disk", "processor", "address", "port")}
        return NodeSpec(
            name=str(self.name),
            driver="docker",
            address=f"tcp://{f'[{host}]' if ':' in host else host}:{port}",
            public_host=host,
            annotations={DOOR: shown},
            check=False,
        )


class CreatedNodeOut(Struct, kw_only=True):
    """The node just made, with its one-time configureKey."""

    Message: NodeOut

    @classmethod
    def of(cls, registered: Registered) -> CreatedNodeOut:
        node = NodeOut.of(registered.node)
        node.configure_key = registered.configure_key
        return cls(Message=node)


class DeleteNodeIn(Struct, kw_only=True, rename="camel"):
    """Which node."""

    node_id: Text


class ConfigureNodeIn(Struct, kw_only=True, rename="camel"):
    """configureKey is the credential and works once; accessKey is the node's own, kept as a hash."""

    configure_key: str
    access_key: str
    auth_key: Annotated[str | None, Meta(description="Sent by some daemons; not read.")] = None


def _reported(node: Node) -> dict[str, Any]:
    """What there is to say of a node that another door made."""
    engine = urlsplit(node.address)
    remote = engine.scheme == "tcp"
    return {
        "tags": node.region,
        "ram": f"{node.memory_bytes / GIB:.1f} GB",
        "disk": f"{(node.disk_free_bytes or 0) / GIB:.1f} GB",
        "processor": f"{node.cpu_millis / 1000:g} cores",
        "address": (engine.hostname or "") if remote else node.public_host,
        "port": str(engine.port or "") if remote else "",
    }


def _host(text: str) -> str:
    """A host name or IP address. InvalidInput for anything else (a URL, a path, a port with it)."""
    host = text.strip().removeprefix("[").removesuffix("]")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        if HOST_NAME.match(host):
            return host
    raise InvalidInput("address must be a host name or an IP address.", field="address")


def _port(given: Text) -> int:
    text = str(given).strip()
    if not PORT.fullmatch(text) or not 1 <= int(text) <= LAST_PORT:
        raise InvalidInput(f"port must be a number between 1 and {LAST_PORT}.", field="port")
    return int(text)
