"""Idempotency keys: the same request twice is done once and answered twice alike.

started → applied (by the first unit of work, in its own transaction) → answered. What a crash leaves behind tells the
truth: started, nothing was done; applied, it was done and only its reply is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from domain.access import Actor
from domain.errors import Conflict, InvalidInput, Locked
from domain.models.user import IdempotencyRecord

KEY_LENGTH = 255
LEASE_S = 60.0
FIELD = "Idempotency-Key"
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as it was sent."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """reply None: the request is ours to do, with Ports.claim_id = id. Else: it was done; send the reply again."""

    id: UUID
    reply: Reply | None = None


async def claim(
    actor: Actor, door: str, key: str, fingerprint: str, now: datetime, ttl_s: float, *, lease_s: float = LEASE_S
) -> Claim:
    """Take a key of this credential and door. fingerprint: a digest (at most 64 characters) of what is asked.

    A request that started more than lease_s ago and applied nothing is taken for dead. InvalidInput: the key.
    Conflict: used for another request (reason mismatch), or done without its reply having been kept (reply_lost).
    Locked: being done right now (in_progress).
    """
    if not (1 <= len(key) <= KEY_LENGTH and key.isascii() and key.isprintable()):
        raise InvalidInput(f"An {FIELD} is 1 to {KEY_LENGTH} printable ASCII characters.", field=FIELD)
    place: dict[str, Any] = {"credential": actor.credential, "door": door, "key": key}
    for _ in range(_ATTEMPTS):
        record = await IdempotencyRecord.get_or_none(**place)
        if record is None:
            expires_at = now + timedelta(seconds=ttl_s)
            try:
                record = await IdempotencyRecord.create(
                    **place, fingerprint=fingerprint, expires_at=expires_at, created_at=now
                )
            except IntegrityError:
                continue  # the same key came twice at once, and the other was first
            return Claim(record.id)
        if record.expires_at > now:
            reply = _judge(record, fingerprint, now, lease_s)
            if reply is not None:
                return Claim(record.id, reply)
        # Gone or dead: make room under a new id, so that a slow original cannot apply its change any more.
        await IdempotencyRecord.filter(id=record.id, state=record.state).delete()
    raise _in_progress()


def _judge(record: IdempotencyRecord, fingerprint: str, now: datetime, lease_s: float) -> Reply | None:
    """The kept reply; None when the request died before it did anything."""
    if record.fingerprint != fingerprint:
        raise Conflict(f"This {FIELD} was used for another request.", field=FIELD, reason="mismatch")
    if record.state == "answered":
        headers = {name: str(value) for name, value in (record.headers or {}).items()}
        return Reply(record.status or 200, headers, bytes(record.body or b""))
    if record.state == "applied":
        raise Conflict(
            "This request was carried out, but its reply was not kept: look at the present state.",
            field=FIELD,
            reason="reply_lost",
        )
    if record.created_at + timedelta(seconds=lease_s) > now:
        raise _in_progress()
    return None


def _in_progress() -> Locked:
    return Locked("A request with this key is being carried out.", field=FIELD, reason="in_progress")


async def answer(claim_id: UUID, status: int, headers: dict[str, str], body: bytes) -> None:
    """Keep the reply for the key's life. A reply with a secret in it must not be kept: the door leaves it out, and a
    repetition is told that the reply is lost."""
    await IdempotencyRecord.filter(id=claim_id).update(state="answered", status=status, headers=headers, body=body)


async def abandon(claim_id: UUID) -> bool:
    """The request failed before it did anything: forget the key, so that it can be tried again. False: something was
    applied, and the record stays."""
    return bool(await IdempotencyRecord.filter(id=claim_id, state="started").delete())
