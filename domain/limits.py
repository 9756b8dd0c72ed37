"""Quotas and rates as data; counted and enforced upstairs. Units are in the names."""

from __future__ import annotations

from dataclasses import dataclass, field

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` per sliding window of `per_s` seconds. count 0: no limit."""

    count: int
    per_s: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Every number that an operator may turn. Settings carry the same names."""

    min_memory_bytes: int = 6 * MIB
    max_memory_bytes: int = 1024 * GIB
    max_cpu_millis: int = 512_000
    cpu_overcommit: float = 8.0
    max_name_length: int = 100
    max_ports_per_instance: int = 64
    lowest_host_port: int = 1024
    max_env_entries: int = 256
    max_env_bytes: int = 64 * KIB
    page_size_default: int = 50
    page_size_max: int = 200
    access_token_ttl_s: int = 900
    identity_token_ttl_s: int = 3600
    refresh_token_ttl_s: int = 30 * 86_400
    qr_sign_in_ttl_s: int = 300
    qr_sign_ins_max: int = 10_000
    sign_in_failures: Rate = field(default_factory=lambda: Rate(10, 300))
    event_retention_s: int = 7 * 86_400
    operation_retention_s: int = 30 * 86_400
    idempotency_ttl_s: int = 86_400
    operation_lease_s: float = 30.0
    command_timeout_s: float = 60.0
    command_output_bytes: int = 1 * MIB
    stop_grace_s: float = 10.0
    credential_cache_s: float = 5.0
    request_body_bytes: int = 1 * MIB
    picture_body_bytes: int = 16 * MIB
    image_pixels: int = 80_000_000
    image_bytes: int = 64 * MIB
    channel_message_bytes: int = 64 * KIB
    channels_per_socket: int = 256
    channel_presence_bytes: int = 2 * KIB
    channel_history_max: int = 10_000
    channel_history_age_max_s: int = 30 * 86_400
    channel_rules_per_tenant: int = 200
    channel_logs_per_tenant: int = 10_000
    max_document_bytes: int = 16 * MIB
    max_document_versions: int = 500
