"""Who acts, and what they may do. The first line of a verb is require(); every query is narrowed by visible()."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from tortoise.models import Model
from tortoise.queryset import QuerySet

from domain.errors import Forbidden, InvalidInput, NotFound
from domain.models.file import AccessLevel
from domain.models.tenant import TenantRole
from domain.models.user import PlatformRole

M = TypeVar("M", bound=Model)

READ_SCOPES = frozenset({"instances:read", "images:read", "operations:read", "tenants:read", "events:read"})
OPERATOR_SCOPES = READ_SCOPES | {
    "instances:write",
    "instances:power",
    "instances:console",
    "operations:write",
    "files:read",
    "files:write",
    "channels:read",
    "channels:write",
}
TENANT_ADMIN_SCOPES = OPERATOR_SCOPES | {
    "tenants:write",
    "members:write",
    "users:read",
    "keys:read",
    "keys:write",
    "images:write",
    "audit:read",
}
TENANT_SCOPES: Mapping[TenantRole, frozenset[str]] = {
    TenantRole.OWNER: TENANT_ADMIN_SCOPES,
    TenantRole.ADMIN: TENANT_ADMIN_SCOPES,
    TenantRole.OPERATOR: OPERATOR_SCOPES,
    TenantRole.VIEWER: READ_SCOPES,
}
PLATFORM_SCOPES = TENANT_ADMIN_SCOPES | {
    "tenants:create",
    "users:write",
    "nodes:read",
    "nodes:write",
    "catalogue:write",
    "instances:suspend",
    "instances:any_image",
    "platform:read",
}
ALL_SCOPES = PLATFORM_SCOPES | {"platform:own"}
"""platform:own: what only a platform owner may do (make owners and admins, issue platform-wide keys)."""

SCOPE_TO_HEAR: Mapping[str, str] = {"file": "files:read", "document": "files:read", "channel": "channels:read"}
"""Events of these nouns are for who has that right in the tenant; those of others for every member."""

READ_ONLY_SCOPES = frozenset(scope for scope in ALL_SCOPES if scope.endswith(":read"))


@dataclass(frozen=True, slots=True)
class FileScope:
    """A credential that opens one file tree (the file and what has it as its root), and nothing else.

    grants: it gives this level by itself (a share link); otherwise it only narrows what its person may do.
    via: the file through which this one was reached, and must still be. base: the scope by which that one is opened.
    """

    file_id: UUID
    level: AccessLevel
    grants: bool
    via: UUID | None = None
    base: FileScope | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, as authenticate() found out.

    credential: "key:<id>", "session:<id>" or "system"; also what rates and idempotency are counted by.
    memberships: tenant id → role, already narrowed to the credential's tenant. tenant_id: where new things go.
    scopes: None for everything the roles allow. expires_at: when an open socket of this credential must close.
    id_tag: how the person is known as an identity. file_scope: all that this credential opens, where it is set.
    """

    user_id: UUID | None
    credential: str
    door: str
    tenant_id: UUID | None = None
    memberships: Mapping[UUID, TenantRole] = field(default_factory=dict)
    platform_role: PlatformRole | None = None
    scopes: frozenset[str] | None = None
    read_only: bool = False
    flavour: str | None = None
    expires_at: datetime | None = None
    address: str | None = None
    id_tag: str | None = None
    file_scope: FileScope | None = None

    @classmethod
    def anonymous(cls, door: str, address: str | None = None) -> Actor:
        """Nobody: may see what is public."""
        return cls(user_id=None, credential="anonymous", door=door, address=address)

    @classmethod
    def system(cls, door: str = "system") -> Actor:
        """The platform itself: jobs, the command line, first start."""
        return cls(user_id=None, credential="system", door=door, platform_role=PlatformRole.OWNER)

    @property
    def is_platform(self) -> bool:
        return self.platform_role is not None


def platform_scopes(role: PlatformRole | None) -> frozenset[str]:
    """What a platform role allows everywhere."""
    if role is PlatformRole.OWNER:
        return ALL_SCOPES
    return PLATFORM_SCOPES if role is PlatformRole.ADMIN else frozenset()


def allowed_scopes(actor: Actor, tenant_id: UUID | None = None) -> frozenset[str]:
    """All scopes the actor has in a tenant (None: in any of theirs), after the credential's own narrowing.

    A credential that opens one file has no other right.
    """
    if actor.file_scope is not None:
        return frozenset()
    granted = platform_scopes(actor.platform_role)
    roles = actor.memberships.values() if tenant_id is None else filter(None, [actor.memberships.get(tenant_id)])
    for role in roles:
        granted |= TENANT_SCOPES[role]
    if actor.scopes is not None:
        granted &= actor.scopes
    return granted & READ_ONLY_SCOPES if actor.read_only else granted


def may(actor: Actor, scope: str, tenant_id: UUID | None = None) -> bool:
    return scope in allowed_scopes(actor, tenant_id)


def require(actor: Actor, scope: str, tenant_id: UUID | None = None) -> None:
    """Forbidden unless the actor has the scope (in that tenant)."""
    if may(actor, scope, tenant_id):
        return
    if actor.read_only and scope not in READ_ONLY_SCOPES:
        raise Forbidden("This credential may only read.", scope=scope)
    raise Forbidden(f"This needs the right {scope}.", scope=scope)


def visible_tenants(actor: Actor) -> frozenset[UUID] | None:
    """Whose things the actor can see at all; None: everybody's."""
    if actor.file_scope is not None:
        return frozenset()
    return None if actor.is_platform else frozenset(actor.memberships)


def tenants_to_hear(actor: Actor, noun: str) -> frozenset[UUID] | None:
    """Of whose events of a noun the actor hears; None: of everybody's. Read with the right events:read."""
    if actor.file_scope is not None:
        return frozenset()
    needed = SCOPE_TO_HEAR.get(noun, "events:read")
    if actor.is_platform:
        return None if may(actor, needed) else frozenset()
    return frozenset(tenant_id for tenant_id in actor.memberships if may(actor, needed, tenant_id))


def visible(rows: QuerySet[M], actor: Actor, column: str = "tenant_id") -> QuerySet[M]:
    """Only rows of the actor's tenants; somebody else's are as if they did not exist."""
    tenants = visible_tenants(actor)
    return rows if tenants is None else rows.filter(**{f"{column}__in": list(tenants)})


def target_tenant(actor: Actor, tenant_id: UUID | None) -> UUID:
    """The tenant a new thing goes to: the named one, else the actor's own. InvalidInput when there is none."""
    chosen = tenant_id or actor.tenant_id
    if chosen is None:
        raise InvalidInput("Say for which tenant.", field="tenant_id")
    return chosen


def parse_id(value: Any, noun: str) -> UUID:
    """An id from outside as a UUID. A text that is none cannot exist: the caller raises NotFound for it."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(str(value))
    except ValueError:
        raise NotFound(f"There is no such {noun}.", id=str(value)[:64]) from None
