"""Rows that tests start from: tenants with people, nodes, images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.access import Actor
from domain.models import Image, Membership, Node, NodeState, PlatformRole, Tenant, TenantRole, User
from domain.models.ids import short_id

GIB = 1024**3


async def person(name: str = "", *, platform_role: PlatformRole | None = None) -> User:
    plain = name or f"user-{short_id()}"
    return await User.create(
        username=plain,
        username_key=plain.casefold(),
        email=f"{plain}@example.org",
        email_key=f"{plain}@example.org".casefold(),
        platform_role=platform_role,
    )


async def tenant(name: str = "") -> Tenant:
    plain = name or f"tenant-{short_id()}"
    return await Tenant.create(slug=plain, name=plain)


async def member(of: Tenant, role: TenantRole = TenantRole.OWNER, *, scopes: frozenset[str] | None = None) -> Actor:
    """A new person in the tenant, as an actor."""
    user = await person()
    await Membership.create(tenant_id=of.id, user_id=user.id, role=role)
    return Actor(
        user_id=user.id,
        credential=f"session:{user.id}",
        door="test",
        tenant_id=of.id,
        memberships={of.id: role},
        scopes=scopes,
    )


async def platform(role: PlatformRole = PlatformRole.OWNER) -> Actor:
    user = await person(platform_role=role)
    return Actor(user_id=user.id, credential=f"session:{user.id}", door="test", platform_role=role)


async def node(name: str = "", **columns: Any) -> Node:
    values: Mapping[str, Any] = {
        "name": name or f"node-{short_id()}",
        "driver": "memory",
        "state": NodeState.ONLINE,
        "memory_bytes": 64 * GIB,
        "cpu_millis": 16_000,
        "capabilities": ["live_resize"],
    }
    return await Node.create(**{**values, **columns})


async def image(name: str = "", **columns: Any) -> Image:
    values: Mapping[str, Any] = {
        "name": name or f"image-{short_id()}",
        "ref": "site:1",
        "drivers": ["memory", "docker"],
    }
    return await Image.create(**{**values, **columns})
