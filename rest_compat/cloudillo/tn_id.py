"""The number that Cloudillo's clients want for a tenant, made from our id."""

from __future__ import annotations

from uuid import UUID

YEAR_2020_MS = 1_577_836_800_000


def tn_id(tenant_id: UUID) -> int:
    """Stable, and exact as a JavaScript number: milliseconds since 2020, then the 12 bits that follow in a UUIDv7."""
    moment_ms = tenant_id.int >> 80
    return (moment_ms - YEAR_2020_MS) << 12 | tenant_id.int >> 64 & 0xFFF
