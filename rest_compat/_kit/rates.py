"""Count requests and refuse those beyond the dialect's rate; every counted reply says how many are left."""

from __future__ import annotations

from domain.errors import RateLimited
from domain.limits import Rate
from rest_compat._kit.visit import Visit


async def count(visit: Visit, who: str) -> None:
    """Count one request of `who`. RateLimited beyond the rate; a rate of 0 is none."""
    if visit.request.method not in visit.dialect.counted:
        return
    ports = visit.house.ports
    rate: Rate = getattr(visit.house.settings.rates, visit.dialect.name)
    if rate.count == 0:
        return
    verdict = await ports.counters.hit(f"rest:{visit.dialect.name}:{who}", rate)
    visit.headers.update(visit.dialect.rate_headers(verdict, ports.clock.now()))
    if not verdict.allowed:
        raise RateLimited("Too many requests, please try again later", verdict.retry_after_s)
