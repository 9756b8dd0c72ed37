"""The log of channels that remember: append in groups, read after a place, say whether a gap can be filled."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from domain.channels.policy import ChannelPolicy
from domain.errors import NotFound, QuotaExceeded
from domain.models.channel import ChannelLog, ChannelMessage
from domain.ports import Ports

EPOCH_BYTES = 6


@dataclass(frozen=True, slots=True, order=True)
class ChannelKey:
    """One channel of one tenant."""

    tenant_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class NewMessage:
    """data: JSON. publisher: how the sender is known."""

    key: ChannelKey
    data: str
    publisher: str | None


@dataclass(frozen=True, slots=True)
class Logged:
    """A message in its log."""

    position: int
    data: str
    publisher: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader stands: it has everything up to position."""

    epoch: str
    position: int


@dataclass(frozen=True, slots=True)
class Head:
    """first: the oldest position that may still be read; last + 1 when there is none."""

    log_id: UUID
    epoch: str
    first: int
    last: int

    def can_fill(self, after: Place) -> bool:
        """Whether everything after that place is still here."""
        return after.epoch == self.epoch and self.first - 1 <= after.position <= self.last


async def open_log(ports: Ports, key: ChannelKey) -> ChannelLog:
    """The log of a channel, made when there is none. QuotaExceeded: the tenant has too many.

    NotFound: the tenant is gone.
    """
    found = await ChannelLog.get_or_none(tenant_id=key.tenant_id, name=key.name)
    if found is not None:
        return found
    most = ports.limits.channel_logs_per_tenant
    if await ChannelLog.filter(tenant_id=key.tenant_id).count() >= most:
        raise QuotaExceeded(f"A tenant may have {most} channels that remember.", limit=most)
    epoch = secrets.token_hex(EPOCH_BYTES)
    try:
        return await ChannelLog.create(
            tenant_id=key.tenant_id, name=key.name, epoch=epoch, written_at=ports.clock.now()
        )
    except IntegrityError as error:
        made = await ChannelLog.get_or_none(tenant_id=key.tenant_id, name=key.name)
        if made is None:
            raise NotFound("There is no such channel.") from error
        return made


async def read_head(ports: Ports, key: ChannelKey, policy: ChannelPolicy) -> Head:
    """What of the log may be read now, whether or not upkeep has removed the rest yet. QuotaExceeded as open_log."""
    log = await open_log(ports, key)
    first = await first_kept(ports, log, policy)
    return Head(log.id, log.epoch, first, log.last_position)


async def first_kept(ports: Ports, log: ChannelLog, policy: ChannelPolicy) -> int:
    """The oldest position that the policy keeps."""
    lowest = max(log.pruned_position, log.last_position - policy.history_count) + 1
    since = ports.clock.now() - timedelta(seconds=policy.history_age_s)
    fresh = ChannelMessage.filter(log_id=log.id, position__gte=lowest, created_at__gte=since)
    found = await fresh.order_by("position").limit(1).values_list("position", flat=True)
    return int(str(found[0])) if found else log.last_position + 1


async def read_log(log_id: UUID, after: int, up_to: int, limit: int, *, newest_first: bool = False) -> list[Logged]:
    """Messages after one position, up to and with another."""
    rows = ChannelMessage.filter(log_id=log_id, position__gt=after, position__lte=up_to)
    ordered = rows.order_by("-position" if newest_first else "position").limit(limit)
    return [Logged(row.position, row.data, row.publisher, row.created_at) for row in await ordered]


async def append(ports: Ports, messages: Sequence[NewMessage]) -> list[tuple[str, Logged]]:
    """Write all of them in one transaction; each one's epoch and place, in the order given.

    Logs are locked in the order of their keys, so that replicas wait for each other and never in a circle.
    """
    keys = sorted({message.key for message in messages})
    while True:
        async with in_transaction():
            logs = {key: log for key in keys if (log := await _locked(key)) is not None}
            if len(logs) == len(keys):
                return await _written(logs, messages, ports.clock.now())
        for key in keys:
            if key not in logs:
                await open_log(ports, key)


async def _locked(key: ChannelKey) -> ChannelLog | None:
    return await ChannelLog.filter(tenant_id=key.tenant_id, name=key.name).select_for_update().first()


async def _written(
    logs: Mapping[ChannelKey, ChannelLog], messages: Sequence[NewMessage], now: datetime
) -> list[tuple[str, Logged]]:
    rows: list[ChannelMessage] = []
    answers: list[tuple[str, Logged]] = []
    for message in messages:
        log = logs[message.key]
        log.last_position += 1
        answers.append((log.epoch, Logged(log.last_position, message.data, message.publisher, now)))
        rows.append(
            ChannelMessage(
                log_id=log.id,
                position=log.last_position,
                data=message.data,
                publisher=message.publisher,
                created_at=now,
            )
        )
    await ChannelMessage.bulk_create(rows)
    for log in logs.values():
        log.written_at = now
        await log.save(update_fields=["last_position", "written_at"])
    return answers
