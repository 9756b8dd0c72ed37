"""Rates: so many a minute in each tenant for strangers (by address), more for who is signed in, no bound for admins."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from domain.access import Actor
from domain.limits import Rate
from domain.models.tenant import Tenant
from domain.ports.counters import Verdict
from rest_compat._kit import House

COUNTED = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
UNLIMITED = Rate(0, 60.0)


def rate_for(actor: Actor, tenant: Tenant | None, house: House) -> tuple[str, Rate]:
    """What a caller is counted as, and how often they may come."""
    where = tenant.id if tenant is not None else "nowhere"
    rates = house.settings.rates
    if actor.is_platform:
        return "", UNLIMITED
    if actor.user_id is not None:
        return f"{where}:user:{actor.user_id}", rates.cloudillo_signed_in
    return f"{where}:address:{actor.address}", rates.cloudillo


def rate_headers(verdict: Verdict, now: datetime) -> dict[str, str]:
    """Reset is the Unix time, in whole seconds, at which the whole allowance is there again."""
    reset_at = now + timedelta(seconds=verdict.reset_after_s)
    return {
        "X-RateLimit-Limit": str(verdict.limit),
        "X-RateLimit-Remaining": str(verdict.remaining),
        "X-RateLimit-Reset": str(math.ceil(reset_at.timestamp())),
    }
