"""People for tests: users whose password is known, actors as authenticate() would make them, and what was told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import bcrypt

from domain.access import Actor
from domain.accounts.authenticate import main_tenant, memberships_of
from domain.accounts.create_user import UserSpec, create_user
from domain.models import AuditEntry, Membership, OutboxEvent, PlatformRole, Tenant, TenantRole, User
from domain.ports import Ports

PASSWORD = "correct horse battery"
QUICK_HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
"""Imported, so that making a user costs no 64 MiB."""

SYSTEM = Actor.system()


async def a_user(
    ports: Ports,
    name: str,
    *,
    tenant: Tenant | None = None,
    role: TenantRole = TenantRole.VIEWER,
    platform_role: PlatformRole | None = None,
) -> User:
    """A user in a tenant, or in one of their own."""
    spec = UserSpec(
        name,
        f"{name}@example.org",
        password_hash=QUICK_HASH,
        platform_role=platform_role,
        tenant_id=tenant.id if tenant else None,
        tenant_role=role,
    )
    return await create_user(ports, SYSTEM, spec)


async def acting(
    user: User,
    *,
    tenant_id: UUID | None = None,
    scopes: frozenset[str] | None = None,
    read_only: bool = False,
    credential: str = "test",
) -> Actor:
    """The actor of a credential of that user, narrowed as said."""
    memberships = await memberships_of(user.id, tenant_id)
    return Actor(
        user_id=user.id,
        credential=credential,
        door="graphql",
        tenant_id=tenant_id or main_tenant(memberships),
        memberships=memberships,
        platform_role=user.platform_role if tenant_id is None else None,
        scopes=scopes,
        read_only=read_only,
    )


async def tenant_of(user: User) -> Tenant:
    """The first tenant they joined."""
    membership = await Membership.filter(user_id=user.id).order_by("created_at", "id").first().select_related("tenant")
    assert membership is not None
    return membership.tenant


async def told(name: str) -> list[dict[str, Any]]:
    """The payloads of all events of a name, in order."""
    return [row.payload for row in await OutboxEvent.filter(name=name).order_by("seq")]


async def audited(action: str) -> list[AuditEntry]:
    """The audit log's lines of an action, in order."""
    return await AuditEntry.filter(action=action).order_by("created_at", "id")
