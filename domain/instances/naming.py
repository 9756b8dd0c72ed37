"""A DNS-safe name for every instance, unique in its tenant."""

from __future__ import annotations

import re
import unicodedata
from uuid import UUID

from domain.models.instance import Instance
from domain.models.sql import column

LONGEST = 63


def slug_of(name: str, fallback: str = "instance") -> str:
    """Lower-case letters, digits and single hyphens; at most 63."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-") or fallback


async def free_slug(tenant_id: UUID, name: str, *, besides: UUID | None = None) -> str:
    """The name's slug, or with the first free number behind it. Call inside the transaction that saves it."""
    wanted = slug_of(name)
    rows = Instance.filter(tenant_id=tenant_id, slug__startswith=wanted[: LONGEST - 6])
    if besides is not None:
        rows = rows.exclude(id=besides)
    taken = set(await column(rows, "slug"))
    candidate, number = wanted, 1
    while candidate in taken:
        number += 1
        tail = f"-{number}"
        candidate = wanted[: LONGEST - len(tail)] + tail
    return candidate
