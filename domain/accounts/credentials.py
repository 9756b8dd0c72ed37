"""Ending credentials, so that every cache and socket hears of it, and what a credential is narrowed to."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise.queryset import QuerySet

from domain.access import ALL_SCOPES, Actor
from domain.errors import Unauthenticated
from domain.events import credential_revoked
from domain.models.user import ApiKey, Session
from domain.unit import Unit

KEY = "key"
SESSION = "session"
REF = "ref"


def refused(reason: str) -> Unauthenticated:
    """One message for every bad credential; reason: missing, unknown, expired or revoked."""
    return Unauthenticated("A valid credential is needed.", reason=reason)


def name_of(row: ApiKey | Session) -> str:
    """How Actor.credential names it."""
    return f"{KEY if isinstance(row, ApiKey) else SESSION}:{row.id}"


def id_in(credential: str, kind: str) -> UUID | None:
    """The id in an Actor.credential of that kind; None for another kind."""
    found, _, row_id = credential.partition(":")
    return UUID(row_id) if found == kind else None


def is_scoped(actor: Actor) -> bool:
    """Whether the credential is for a few things only and not for the person as they are."""
    return actor.file_scope is not None or (actor.scopes is not None and not actor.scopes <= ALL_SCOPES)


async def revoke_sessions(unit: Unit, rows: QuerySet[Session], now: datetime, reason: str) -> list[Session]:
    """End those that still live, inside a running unit; each is told of. Returns the ended ones."""
    live = await rows.filter(revoked_at__isnull=True).select_for_update().order_by("id")
    if live:
        await Session.filter(id__in=[row.id for row in live]).update(revoked_at=now, revoked_reason=reason)
    for row in live:
        row.revoked_at, row.revoked_reason = now, reason
        unit.emit(credential_revoked(name_of(row), row.user_id, reason))
    return live


async def revoke_keys(unit: Unit, rows: QuerySet[ApiKey], now: datetime, reason: str) -> list[ApiKey]:
    """The same for API keys."""
    live = await rows.filter(revoked_at__isnull=True).select_for_update().order_by("id")
    if live:
        await ApiKey.filter(id__in=[row.id for row in live]).update(revoked_at=now)
    for row in live:
        row.revoked_at = now
        unit.emit(credential_revoked(name_of(row), row.user_id, reason))
    return live


async def narrowed_to(actor: Actor) -> UUID | None:
    """The tenant that the actor's credential is narrowed to; None when it stands for all of the person's.

    Unauthenticated: the credential is gone.
    """
    row: ApiKey | Session | None
    if (session_id := id_in(actor.credential, SESSION)) is not None:
        row = await Session.get_or_none(id=session_id)
    elif (key_id := id_in(actor.credential, KEY)) is not None:
        row = await ApiKey.get_or_none(id=key_id)
    else:
        return None
    if row is None:
        raise refused("revoked")
    return row.tenant_id
