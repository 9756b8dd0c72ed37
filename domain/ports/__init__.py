"""Everything a verb may use of the outside world, handed down as one argument."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from domain.limits import Limits
from domain.ports.bus import Bus
from domain.ports.clock import Clock
from domain.ports.counters import Counters
from domain.ports.leases import Leases
from domain.ports.media import Media, NoMedia
from domain.ports.runtime import Runtimes
from domain.ports.storage import Storage

__all__ = ["Ports"]


@dataclass(frozen=True, slots=True)
class Ports:
    """secret_key: signs tokens; the same on every replica. claim_id: the idempotency record of the present request,
    which the first unit of work marks as applied in its own transaction (doors set it with dataclasses.replace)."""

    runtimes: Runtimes
    bus: Bus
    counters: Counters
    leases: Leases
    storage: Storage
    clock: Clock
    secret_key: str
    limits: Limits = field(default_factory=Limits)
    media: Media = field(default_factory=NoMedia)
    claim_id: UUID | None = None
