"""Create a tenant, with its first owner."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from tortoise.exceptions import IntegrityError

from domain.access import Actor, parse_id, require
from domain.errors import Conflict, NotFound
from domain.events import member_changed, tenant_changed
from domain.models.tenant import Membership, Tenant, TenantKind, TenantRole
from domain.models.user import User
from domain.ports import Ports
from domain.tenants.give_id_tag import write_identity
from domain.tenants.id_tags import clean_id_tag
from domain.tenants.naming import check_slug, clean_line, free_slug
from domain.unit import Unit, unit_of_work

NAME_LENGTH = 100
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class TenantSpec:
    """slug: a DNS label; None: made from the name. owner_id None: the actor; the platform itself founds ownerless.

    id_tag: the DNS name it is known by as an identity; kind: what stands behind it.
    """

    name: str
    slug: str | None = None
    owner_id: UUID | str | None = None
    kind: TenantKind = TenantKind.ORGANIZATION
    id_tag: str | None = None


async def create_tenant(ports: Ports, actor: Actor, spec: TenantSpec) -> Tenant:
    """Found a tenant. Needs tenants:create.

    InvalidInput: name, slug or id tag. Conflict: the slug or id tag is taken, or a person's tenant would have no owner
    or one who has another id tag. NotFound: the owner.
    """
    require(actor, "tenants:create")
    id_tag = None if spec.id_tag is None else clean_id_tag(spec.id_tag)
    name = clean_line(spec.name, "name", NAME_LENGTH)
    slug = None if spec.slug is None else check_slug(spec.slug)
    owner_id = await _owner_id(actor, spec.owner_id)
    for _ in range(ATTEMPTS):
        if slug is not None and await Tenant.exists(slug=slug):
            break
        if id_tag is not None and await Tenant.exists(id_tag=id_tag):
            raise Conflict("This id tag is taken.", field="id_tag")
        with suppress(IntegrityError):  # somebody took the slug meanwhile: look again
            async with unit_of_work(ports) as unit:
                tenant = await found_tenant(unit, actor, name, slug, owner_id)
                if id_tag is not None:
                    await write_identity(unit, tenant, id_tag, spec.kind)
                return tenant
    raise Conflict("There is a tenant of this slug already.", field="slug")


async def found_tenant(unit: Unit, actor: Actor, name: str, slug: str | None, owner_id: UUID | None) -> Tenant:
    """Write the tenant and its owner inside a running unit. IntegrityError: the slug was taken meanwhile."""
    tenant = await Tenant.create(name=name, slug=slug or await free_slug(name))
    unit.emit(tenant_changed(tenant))
    await unit.audit(actor, "tenant.created", subject=str(tenant.id), tenant_id=tenant.id, slug=tenant.slug)
    if owner_id is not None:
        await Membership.create(tenant_id=tenant.id, user_id=owner_id, role=TenantRole.OWNER)
        unit.emit(member_changed(tenant.id, owner_id, TenantRole.OWNER.value))
    return tenant


async def _owner_id(actor: Actor, owner_id: UUID | str | None) -> UUID | None:
    if owner_id is None:
        return actor.user_id
    chosen = parse_id(owner_id, "user")
    if not await User.exists(id=chosen):
        raise NotFound("There is no such user.", id=str(owner_id))
    return chosen
