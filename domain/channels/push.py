"""Say something to the open connections of people: at most once, to whoever is there now."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from domain.errors import Unavailable
from domain.ports.bus import Bus

PUSH_TOPIC = "bus:push"


class Push(msgspec.Struct, frozen=True, omit_defaults=True):
    """cmd: such as "ACTION" or "notification". user_id None: to all of the tenant. besides: a connection to leave out.

    data: any JSON value.
    """

    tenant_id: UUID
    cmd: str
    data: Any
    user_id: UUID | None = None
    besides: str | None = None


async def push(bus: Bus, pushed: Push) -> bool:
    """Whether the bus took it. Call it after the commit of what it tells of."""
    try:
        await bus.publish(PUSH_TOPIC, msgspec.json.encode(pushed))
    except Unavailable:
        return False
    return True
