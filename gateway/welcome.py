"""What the first start says: where it is, who may enter, and commands to copy."""

from __future__ import annotations

import json
import shlex
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.models.image import Image
from domain.models.node import Node
from domain.models.tenant import Tenant
from domain.models.user import User

FIRST_EXAMPLE_PORT = 8090
EXAMPLE_PORTS = 500


@dataclass(frozen=True, slots=True)
class Welcome:
    """address: how clients reach us. keys: by door."""

    address: str
    owner: User
    password: str
    tenant: Tenant
    node: Node
    images: Sequence[Image]
    keys: Mapping[str, str]


def welcome_text(told: Welcome) -> str:
    """Plain text for a terminal. It is the only place where the password and the keys are ever shown."""
    width = max(len(door) for door in told.keys)
    keys = [f"  {door:<{width}}  {key}" for door, key in told.keys.items()]
    lines = [
        "",
        f"Gatehouse is set up. It serves {told.address}",
        "This is shown once: keep it.",
        "",
        f"Owner      {told.owner.username} ({told.owner.email})",
        f"Password   {told.password}",
        f"Node       {told.node.name} ({told.node.driver})",
        "API keys, by door:",
        *keys,
    ]
    if "skyport" in told.keys:
        lines += _examples(told, told.keys["skyport"])
    return "\n".join([*lines, "", ""])


def _examples(told: Welcome, key: str) -> list[str]:
    port = free_port()
    header = shlex.quote(f"x-api-key: {key}")
    shown = f"http://{told.node.public_host}:{port}/"
    return [
        "",
        f"Deploy an instance (it answers at {shown} when it runs):",
        f"  curl -sS {told.address}/api/instances/deploy -H {header} \\",
        f"    -H 'Content-Type: application/json' -d {shlex.quote(json.dumps(_deploy_body(told, port)))}",
        "List the instances:",
        f"  curl -sS {told.address}/api/instances -H {header}",
    ]


def _deploy_body(told: Welcome, port: int) -> dict[str, object]:
    image = told.images[0]
    return {
        "image": image.ref,
        "imagename": image.name,
        "memory": 128,
        "cpu": 1,
        "ports": f"{image.primary_port or port}:{port}",
        "nodeId": str(told.node.id),
        "name": "hello",
        "user": told.owner.external_id or str(told.owner.id),
        "primary": str(port),
    }


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    for port in range(FIRST_EXAMPLE_PORT, FIRST_EXAMPLE_PORT + EXAMPLE_PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    return FIRST_EXAMPLE_PORT
