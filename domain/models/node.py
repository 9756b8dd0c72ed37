"""Hosts on which instances run."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields

from domain.models.fields import Row


class NodeState(StrEnum):
    """UNCONFIGURED: never answered nor configured. CONFIGURED: a key was exchanged, not seen yet."""

    UNCONFIGURED = "unconfigured"
    CONFIGURED = "configured"
    ONLINE = "online"
    OFFLINE = "offline"


class Node(Row):
    """driver: docker, process or memory. address: the engine's (unix://…, tcp://host:port; empty: local default).
    memory_bytes, cpu_millis, disk_free_bytes: as last reported. annotations: what a door wants echoed, by door name."""

    name = fields.CharField(max_length=100, unique=True)
    driver = fields.CharField(max_length=16)
    address = fields.CharField(max_length=255, default="")
    region = fields.CharField(max_length=64, default="local")
    state = fields.CharEnumField(NodeState, max_length=16, default=NodeState.UNCONFIGURED)
    state_reason = fields.CharField(max_length=255, null=True)
    capabilities: list[str] = fields.JSONField(default=list)
    engine_version = fields.CharField(max_length=100, null=True)
    memory_bytes = fields.BigIntField(default=0)
    cpu_millis = fields.BigIntField(default=0)
    disk_free_bytes = fields.BigIntField(null=True)
    public_host = fields.CharField(max_length=255, default="127.0.0.1")
    last_seen_at = fields.DatetimeField(null=True)
    tls_ca = fields.TextField(null=True)
    tls_cert = fields.TextField(null=True)
    tls_key = fields.TextField(null=True)
    configure_key_hash = fields.CharField(max_length=64, null=True, unique=True)
    access_key_hash = fields.CharField(max_length=64, null=True)
    annotations: dict[str, Any] = fields.JSONField(default=dict)

    class Meta:
        table = "node"
        indexes = (("region", "id"), ("state", "id"), ("created_at", "id"))
