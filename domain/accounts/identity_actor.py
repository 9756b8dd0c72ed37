"""Who a token of a tenant's identity stands for: its session, key or ref, in that tenant, cut down to its scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from domain.access import Actor, FileScope
from domain.accounts.credentials import KEY, REF, SESSION, id_in, name_of, refused
from domain.accounts.identity_cache import Identity
from domain.accounts.identity_tokens import IdentityClaims
from domain.accounts.token_scopes import FILE_RIGHTS, parse_scope
from domain.errors import Forbidden, NotFound
from domain.files.access import find_file
from domain.models.file import AccessLevel, Ref
from domain.models.tenant import Membership, Tenant, TenantRole
from domain.models.user import ApiKey, Session, User
from domain.ports import Ports
from domain.shares.via import level_via

HOME_DOOR = "cloudillo"
"""Where sessions are always of one tenant, and people of the platform are so there, too. Elsewhere one that is of a
tenant was narrowed to it, and has no such role."""


async def identity_of(ports: Ports, claims: IdentityClaims) -> Identity:
    """Unauthenticated: what it was made from has ended, or the tenant has another id tag now."""
    tenant = await Tenant.get_or_none(id_tag=claims.issuer)
    if tenant is None:
        raise refused("revoked")
    now = ports.clock.now()
    if (ref_id := id_in(claims.credential, REF)) is not None:
        actor = replace(await _of_ref(ref_id, tenant, now), expires_at=claims.expires_at)
        return Identity(await _narrowed(ports, actor, tenant, claims) if claims.via else actor, None, now)
    actor, last_used_at = await _of_person(claims.credential, tenant, now)
    actor = replace(actor, expires_at=claims.expires_at)
    return Identity(await _narrowed(ports, actor, tenant, claims), None, last_used_at)


async def _of_person(credential: str, tenant: Tenant, now: datetime) -> tuple[Actor, datetime | None]:
    if (session_id := id_in(credential, SESSION)) is not None:
        session = await Session.get_or_none(id=session_id).select_related("user")
        return await _of_session(session, tenant), session.last_used_at if session else None
    key_id = id_in(credential, KEY)
    key = await ApiKey.get_or_none(id=key_id).select_related("user") if key_id else None
    return await _of_key(key, tenant, now), key.last_used_at if key else None


async def _of_session(session: Session | None, tenant: Tenant) -> Actor:
    """A session of this tenant is its member's; one without a tenant is a guest's from elsewhere."""
    if session is None or session.tenant_id not in (None, tenant.id):
        raise refused("unknown")
    if session.revoked_at is not None:
        raise refused("revoked")
    actor = await _actor(session, session.user, tenant)
    if session.tenant_id is None:
        return actor
    if tenant.id not in actor.memberships:
        raise refused("revoked")
    return replace(actor, platform_role=session.user.platform_role) if session.door == HOME_DOOR else actor


async def _of_key(key: ApiKey | None, tenant: Tenant, now: datetime) -> Actor:
    if key is None or key.tenant_id not in (None, tenant.id):
        raise refused("unknown")
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        raise refused("revoked")
    actor = await _actor(key, key.user, tenant)
    if tenant.id not in actor.memberships:
        raise refused("revoked")
    scopes = None if key.scopes is None else frozenset(key.scopes)
    return replace(actor, scopes=scopes, read_only=key.read_only, flavour=key.flavour)


async def _of_ref(ref_id: UUID, tenant: Tenant, now: datetime) -> Actor:
    """Nobody in particular, who may do with one file what the link allows."""
    ref = await Ref.get_or_none(id=ref_id, tenant_id=tenant.id)
    if ref is None or ref.resource_id is None or (ref.expires_at is not None and ref.expires_at <= now):
        raise refused("revoked")
    scope = FileScope(ref.resource_id, AccessLevel(ref.level or AccessLevel.READ), grants=True)
    credential = f"{REF}:{ref.id}"
    return Actor(None, credential, "", tenant_id=tenant.id, scopes=FILE_RIGHTS, file_scope=scope)


async def _actor(row: ApiKey | Session, user: User, tenant: Tenant) -> Actor:
    if user.disabled:
        raise refused("revoked")
    return Actor(
        user_id=user.id,
        credential=name_of(row),
        door="",
        tenant_id=tenant.id,
        memberships=await _membership(user.id, tenant.id),
        id_tag=user.id_tag,
    )


async def _membership(user_id: UUID, tenant_id: UUID) -> Mapping[UUID, TenantRole]:
    found = await Membership.get_or_none(user_id=user_id, tenant_id=tenant_id)
    return MappingProxyType({tenant_id: found.role} if found is not None else {})


async def _narrowed(ports: Ports, actor: Actor, tenant: Tenant, claims: IdentityClaims) -> Actor:
    if claims.scope is None:
        return actor
    scope = parse_scope(claims.scope)
    rights = scope.rights if actor.scopes is None else scope.rights & actor.scopes
    narrowed = replace(actor, scopes=rights, platform_role=None)
    if scope.file is None:
        return narrowed
    file = await find_file(actor, scope.file, tenant.id)
    if file is None:
        raise refused("revoked")
    if claims.via is None:
        return replace(narrowed, file_scope=FileScope(file.id, scope.level, grants=False))
    container = await find_file(actor, claims.via, tenant.id)
    if container is None:
        raise refused("revoked")
    try:
        level = await level_via(ports, actor, container, file)
    except (Forbidden, NotFound) as error:
        raise refused("revoked") from error
    reached = FileScope(file.id, min(level, scope.level), grants=True, via=container.id, base=actor.file_scope)
    return replace(narrowed, file_scope=reached)
