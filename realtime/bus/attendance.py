"""Everybody whose socket of the bus is open on this replica."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol
from uuid import UUID

from domain.access import Actor
from domain.channels.push import Push
from realtime.bus.protocol import push
from realtime.connection import Connection
from realtime.frames import SharedFrame


class Attendee(Protocol):
    """One open socket. connection_id: unique over all replicas."""

    connection: Connection
    connection_id: str
    actor: Actor
    tenant_id: UUID | None

    def lose_channel(self, name: str, code: str) -> None:
        """It may listen there no longer."""


class Attendance:
    """By tenant and by connection."""

    def __init__(self) -> None:
        self._of_tenant: dict[UUID | None, set[Attendee]] = {}
        self._by_id: dict[str, Attendee] = {}

    def join(self, one: Attendee) -> None:
        self._of_tenant.setdefault(one.tenant_id, set()).add(one)
        self._by_id[one.connection_id] = one

    def leave(self, one: Attendee) -> None:
        self._by_id.pop(one.connection_id, None)
        others = self._of_tenant.get(one.tenant_id, set())
        others.discard(one)
        if not others:
            self._of_tenant.pop(one.tenant_id, None)

    def find(self, connection_id: str) -> Attendee | None:
        return self._by_id.get(connection_id)

    def of(self, tenant_id: UUID | None) -> Iterator[Attendee]:
        """Those who came in at a tenant."""
        return iter(tuple(self._of_tenant.get(tenant_id, ())))

    def say(self, pushed: Push) -> None:
        """Push to those it is for."""
        frame: SharedFrame | None = None
        for one in self.of(pushed.tenant_id):
            if pushed.user_id not in (None, one.actor.user_id) or one.connection_id == pushed.besides:
                continue
            frame = frame or SharedFrame(push(pushed.cmd, pushed.data))
            one.connection.post(frame)
