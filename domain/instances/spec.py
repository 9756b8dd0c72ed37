"""What a client asks for, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from domain.errors import InvalidInput
from domain.limits import MIB, Limits
from domain.text import LARGEST_INTEGER, can_be_kept, check_kept

ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
PROTOCOLS = ("tcp", "udp")


@dataclass(frozen=True, slots=True)
class PortSpec:
    """A port to publish. host_port None: we choose a free one. protocol: tcp or udp."""

    container_port: int
    host_port: int | None = None
    protocol: str = "tcp"


@dataclass(frozen=True, slots=True)
class DeploySpec:
    """image_id or image_name: a catalogue entry. image_ref: the engine's own reference (only with the right to any
    image, unless the catalogue has it); with image_name, what is used when no entry has that name. primary_port: a host
    or container port of `ports`; the first when None. owner_id: the actor when None. tenant_id: the owner's when None.
    annotations: by door, what it wants echoed."""

    name: str
    memory_bytes: int
    cpu_millis: int
    image_id: UUID | str | None = None
    image_name: str | None = None
    image_ref: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    ports: Sequence[PortSpec] = ()
    primary_port: int | None = None
    node_id: UUID | str | None = None
    region: str | None = None
    owner_id: UUID | str | None = None
    tenant_id: UUID | str | None = None
    disk_bytes: int | None = None
    annotations: Mapping[str, Any] = field(default_factory=dict)


def check_name(name: str, limits: Limits) -> str:
    """The name without surrounding blanks. InvalidInput: empty, too long, or with control characters."""
    plain = name.strip()
    if not plain or len(plain) > limits.max_name_length or not plain.isprintable():
        raise InvalidInput(f"A name has 1 to {limits.max_name_length} printable characters.", field="name")
    return plain


def check_size(memory_bytes: int, cpu_millis: int, limits: Limits) -> None:
    if not limits.min_memory_bytes <= memory_bytes <= limits.max_memory_bytes:
        least, most = limits.min_memory_bytes // MIB, limits.max_memory_bytes // MIB
        raise InvalidInput(f"Memory must be between {least} MiB and {most} MiB.", field="memory_bytes")
    if not 10 <= cpu_millis <= limits.max_cpu_millis:
        raise InvalidInput(f"CPU must be between 0.01 and {limits.max_cpu_millis / 1000:g} cores.", field="cpu_millis")


def check_env(env: Mapping[str, str], limits: Limits) -> None:
    if len(env) > limits.max_env_entries:
        raise InvalidInput(f"At most {limits.max_env_entries} variables are allowed.", field="env")
    if sum(len(name) + len(value) for name, value in env.items()) > limits.max_env_bytes:
        raise InvalidInput(f"The variables together may have {limits.max_env_bytes} characters.", field="env")
    for name, value in env.items():
        if not ENV_NAME.match(name) or not can_be_kept(value):
            raise InvalidInput(f"{name[:40]!r} is not a usable variable.", field="env")


def check_rest(spec: DeploySpec) -> None:
    """What is only kept or looked up: texts and numbers that a column can hold."""
    for name in ("image_name", "image_ref", "region", "owner_id"):
        check_kept(getattr(spec, name), name)
    check_kept(dict(spec.annotations), "annotations")
    if spec.disk_bytes is not None and not 0 <= spec.disk_bytes <= LARGEST_INTEGER:
        raise InvalidInput("disk_bytes is out of range.", field="disk_bytes")


def check_ports(ports: Sequence[PortSpec], limits: Limits, lowest_host_port: int = 1) -> None:
    if len(ports) > limits.max_ports_per_instance:
        raise InvalidInput(f"At most {limits.max_ports_per_instance} ports are allowed.", field="ports")
    taken = set()
    for port in ports:
        for number in (port.container_port, port.host_port):
            if number is not None and not 1 <= number <= 65535:
                raise InvalidInput("A port is between 1 and 65535.", field="ports")
        if port.host_port is not None and port.host_port < lowest_host_port:
            raise InvalidInput(f"Host ports below {lowest_host_port} are the platform's.", field="ports")
        if port.protocol not in PROTOCOLS:
            raise InvalidInput("A port's protocol is tcp or udp.", field="ports")
        key = (port.host_port, port.protocol)
        if port.host_port is not None and key in taken:
            raise InvalidInput(f"Host port {port.host_port} is given twice.", field="ports")
        taken.add(key)
