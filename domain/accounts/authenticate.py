"""Find out who a credential stands for. Every door calls this; it only knows where the credential sits."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from tortoise.exceptions import OperationalError
from tortoise.expressions import Q

from domain.access import Actor
from domain.accounts.credentials import KEY, SESSION, id_in, is_scoped, name_of, refused
from domain.accounts.digest import digest_of
from domain.accounts.identity_actor import identity_of
from domain.accounts.identity_cache import Identity, IdentityCache
from domain.accounts.identity_tokens import decode_identity_token, is_identity_token
from domain.accounts.key_forms import ANY_KEY_DOORS
from domain.accounts.tokens import AccessClaims, decode_access_token
from domain.models.tenant import Membership, TenantRole
from domain.models.user import ApiKey, Session, User
from domain.ports import Ports

LAST_USED_EVERY = timedelta(minutes=1)
SCOPED_DOORS = frozenset({"cloudillo", "realtime"})
"""Doors that know credentials which are for one file, or for a few things only. At all others these open nothing."""
_STRENGTH = {role: rank for rank, role in enumerate(TenantRole)}


class CredentialKind(StrEnum):
    """What a door accepts here. ANY: either, told apart by its form."""

    ACCESS_TOKEN = "access_token"
    API_KEY = "api_key"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Credential:
    """text: as the client sent it, None when it sent none. address: the client's, for the audit log."""

    kind: CredentialKind
    text: str | None
    door: str
    address: str | None = None


async def authenticate(ports: Ports, credential: Credential, cache: IdentityCache | None = None) -> Actor:
    """The actor of a credential, with the door and address of this request.

    Unauthenticated with details.reason: missing, unknown (also: of another door), expired, or revoked (also: its user
    is disabled or left the tenant).
    """
    text = (credential.text or "").strip()
    if not text:
        raise refused("missing")
    now, digest = ports.clock.now(), digest_of(text)
    known = cache.find(digest, now) if cache else None
    if known is not None:
        return _admit(known, credential, now)
    generation = cache.generation if cache else 0
    identity = await _identify(ports, credential.kind, text, now)
    actor = _admit(identity, credential, now)
    if cache:
        cache.put(digest, identity, now, generation)
    if identity.last_used_at is None or identity.last_used_at < now - LAST_USED_EVERY:
        await _touch(actor.credential, now)
    return actor


async def _identify(ports: Ports, kind: CredentialKind, text: str, now: datetime) -> Identity:
    is_token = text.count(".") == 2
    if is_token and kind is not CredentialKind.API_KEY:
        if is_identity_token(text):
            return await identity_of(ports, decode_identity_token(ports, text))
        return await _of_session(decode_access_token(ports, text))
    if not is_token and kind is not CredentialKind.ACCESS_TOKEN:
        return await _of_key(digest_of(text), now)
    raise refused("unknown")


async def _of_session(claims: AccessClaims) -> Identity:
    session = await Session.filter(id=claims.session_id, user_id=claims.user_id).select_related("user").first()
    if session is None:
        raise refused("unknown")
    if session.revoked_at is not None:
        raise refused("revoked")
    actor = await _actor(session, session.user, session.tenant_id)
    return Identity(replace(actor, expires_at=claims.expires_at), None, session.last_used_at)


async def _of_key(digest: str, now: datetime) -> Identity:
    key = await ApiKey.filter(key_hash=digest).select_related("user").first()
    if key is None:
        raise refused("unknown")
    if key.revoked_at is not None:
        raise refused("revoked")
    actor = await _actor(key, key.user, key.tenant_id)
    scopes = None if key.scopes is None else frozenset(key.scopes)
    narrowed = replace(actor, scopes=scopes, read_only=key.read_only, flavour=key.flavour, expires_at=key.expires_at)
    return Identity(narrowed, key.door, key.last_used_at)


async def _actor(row: ApiKey | Session, user: User, tenant_id: UUID | None) -> Actor:
    if user.disabled:
        raise refused("revoked")
    memberships = await memberships_of(user.id, tenant_id)
    if tenant_id is not None and tenant_id not in memberships:
        raise refused("revoked")
    return Actor(
        user_id=user.id,
        credential=name_of(row),
        door="",
        tenant_id=tenant_id or main_tenant(memberships),
        memberships=memberships,
        platform_role=user.platform_role if tenant_id is None else None,
        id_tag=user.id_tag,
    )


async def memberships_of(user_id: UUID, tenant_id: UUID | None = None) -> Mapping[UUID, TenantRole]:
    """Tenant id → role, in the order joined; only that of one tenant when it is given."""
    rows = Membership.filter(user_id=user_id).order_by("created_at", "id")
    if tenant_id is not None:
        rows = rows.filter(tenant_id=tenant_id)
    return MappingProxyType({row.tenant_id: row.role for row in await rows})


def main_tenant(memberships: Mapping[UUID, TenantRole]) -> UUID | None:
    """Where new things go when nobody says: the tenant where the role is strongest, the first joined of equals."""
    return min(memberships, key=lambda tenant_id: _STRENGTH[memberships[tenant_id]], default=None)


def _admit(identity: Identity, credential: Credential, now: datetime) -> Actor:
    """A key opens its own door and those that take any; a token opens doors that take tokens."""
    actor, key_door = identity.actor, identity.key_door
    unwanted = CredentialKind.ACCESS_TOKEN if key_door else CredentialKind.API_KEY
    if credential.kind is unwanted:
        raise refused("unknown")
    if credential.door not in SCOPED_DOORS and is_scoped(actor):
        raise refused("unknown")
    if key_door is not None and credential.door not in ANY_KEY_DOORS | {key_door}:
        raise refused("unknown")
    if actor.expires_at is not None and actor.expires_at <= now:
        raise refused("expired")
    return replace(actor, door=credential.door, address=credential.address)


async def _touch(credential: str, now: datetime) -> None:
    """Note the use, at most once a minute. A database too busy for that is no reason to refuse anybody."""
    key_id, session_id = id_in(credential, KEY), id_in(credential, SESSION)
    if key_id is None and session_id is None:
        return
    rows = ApiKey.filter(id=key_id) if key_id else Session.filter(id=session_id)
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - LAST_USED_EVERY)
    with suppress(OperationalError):
        await rows.filter(stale).update(last_used_at=now)
