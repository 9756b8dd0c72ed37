"""Leases kept in the database: one conditional statement each, on SQLite and PostgreSQL.

Time is the database server's on PostgreSQL. SQLite has no server; there it is the caller's clock, one machine's.
Call outside transactions: a lease is taken when its statement commits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from domain.errors import Unavailable
from domain.models.faults import DATABASE_FAULTS
from domain.models.sql import connection, fetch, is_postgres
from domain.ports.clock import Clock, SystemClock
from domain.ports.leases import Lease

_ACQUIRE = """
INSERT INTO lease (name, holder, fence, expires_at) VALUES ($1, $2, 1, {until})
ON CONFLICT (name) DO UPDATE SET
    holder = excluded.holder,
    fence = lease.fence + CASE WHEN lease.expires_at > {now} THEN 0 ELSE 1 END,
    expires_at = {until}
WHERE lease.holder = excluded.holder OR lease.expires_at <= {now}
RETURNING fence
"""
_HELD = "SELECT name, holder, fence FROM lease WHERE expires_at > {now} AND {until} IS NOT NULL ORDER BY name"
_PROLONG = """
UPDATE lease SET expires_at = {until} WHERE name = $1 AND fence = $2 AND expires_at > {now} RETURNING fence
"""


class DatabaseLeases:
    """Uses the database that is open for the calling task."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    async def acquire(self, name: str, holder: str, ttl_s: float) -> Lease | None:
        rows = await self._run(_ACQUIRE, ttl_s, name, holder)
        return Lease(name, holder, rows[0]["fence"]) if rows else None

    async def renew(self, lease: Lease, ttl_s: float) -> bool:
        return bool(await self._run(_PROLONG, ttl_s, lease.name, lease.fence))

    async def release(self, lease: Lease) -> None:
        await self._run(_PROLONG, 0, lease.name, lease.fence)

    async def held(self) -> list[Lease]:
        return [Lease(row["name"], row["holder"], row["fence"]) for row in await self._run(_HELD, 0)]

    async def _run(self, statement: str, ttl_s: float, *values: str | int) -> list[dict[str, Any]]:
        """The statement with {now} and {until} (now + ttl_s) said in the dialect; its rows."""
        next_place = len(values) + 1
        with _unavailable_without_database():
            if is_postgres(connection()):
                until = f"clock_timestamp() + make_interval(secs => ${next_place})"
                return await fetch(statement.format(now="clock_timestamp()", until=until), [*values, float(ttl_s)])
            now = self._clock.now()
            times = [_text(now), _text(now + timedelta(seconds=ttl_s))]
            text = statement.format(now=f"${next_place}", until=f"${next_place + 1}")
            return await fetch(text, [*values, *times])

    async def close(self) -> None:
        """Nothing to give back: the database is the application's."""


@contextmanager
def _unavailable_without_database() -> Iterator[None]:
    try:
        yield
    except DATABASE_FAULTS as fault:
        raise Unavailable("The database cannot be reached.") from fault


def _text(moment: datetime) -> str:
    """As Tortoise writes it, always with microseconds, so that text compares as time does."""
    return moment.isoformat(" ", "microseconds")
