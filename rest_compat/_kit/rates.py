"""Count requests and refuse those beyond the dialect's rate; every counted reply says how many are left."""

from __future__ import annotations

from domain.access import Actor
from domain.errors import RateLimited
from domain.limits import Rate
from rest_compat._kit.visit import Visit


async def count(visit: Visit, actor: Actor) -> None:
    """Count one request of the actor, by address when it is nobody. RateLimited beyond the rate; 0 is none."""
    if visit.request.method not in visit.dialect.counted:
        return
    ports = visit.house.ports
    who, rate = _rate(visit, actor)
    if rate.count == 0:
        return
    verdict = await ports.counters.hit(f"rest:{visit.dialect.name}:{who}", rate)
    visit.headers.update(visit.dialect.rate_headers(verdict, ports.clock.now()))
    if not verdict.allowed:
        raise RateLimited("Too many requests, please try again later", verdict.retry_after_s)


def _rate(visit: Visit, actor: Actor) -> tuple[str, Rate]:
    if visit.dialect.rate_for is not None:
        return visit.dialect.rate_for(actor, visit.tenant, visit.house)
    rate: Rate = getattr(visit.house.settings.rates, visit.dialect.name)
    return actor.credential if actor.credential != "anonymous" else f"address:{visit.address}", rate
