"""Give a tenant the name by which it is known as an identity."""

from __future__ import annotations

from uuid import UUID

from tortoise.exceptions import IntegrityError

from domain.access import Actor, require
from domain.errors import Conflict
from domain.events import tenant_changed, user_changed
from domain.models.tenant import Membership, Tenant, TenantKind, TenantRole
from domain.models.user import User
from domain.ports import Ports
from domain.tenants.id_tags import clean_id_tag
from domain.tenants.owners import lock_tenant
from domain.tenants.queries import visible_tenant
from domain.unit import Unit, unit_of_work


async def give_id_tag(ports: Ports, actor: Actor, tenant_id: UUID | str, id_tag: str, kind: TenantKind) -> Tenant:
    """Set or change it, and what stands behind the tenant. Tokens and hosts of a former tag work no more.

    Whether the name's DNS is theirs is not asked, so only the platform gives it (tenants:create). Of a person, the
    only owner is known by the same tag. InvalidInput: the tag. Conflict: it is taken, or a person has no single owner.
    """
    require(actor, "tenants:create")
    tenant = await visible_tenant(actor, tenant_id)
    tag = clean_id_tag(id_tag)
    try:
        async with unit_of_work(ports) as unit:
            await lock_tenant(tenant.id)
            tenant = await Tenant.get(id=tenant.id)
            await write_identity(unit, tenant, tag, kind)
            subject = str(tenant.id)
            await unit.audit(
                actor, "tenant.identified", subject=subject, tenant_id=tenant.id, id_tag=tag, kind=kind.value
            )
    except IntegrityError as exc:
        raise Conflict("This id tag is taken.", field="id_tag") from exc
    return tenant


async def write_identity(unit: Unit, tenant: Tenant, id_tag: str, kind: TenantKind) -> None:
    """Inside a running unit, with the tenant locked or just made. IntegrityError: the tag is taken."""
    person = await _person_behind(tenant) if kind is TenantKind.PERSON else None
    await _forget_former(unit, tenant, person)
    tenant.id_tag, tenant.kind = id_tag, kind
    await tenant.save(update_fields=["id_tag", "kind"])
    unit.emit(tenant_changed(tenant))
    if person is not None:
        person.id_tag = id_tag
        await person.save(update_fields=["id_tag"])
        unit.emit(user_changed(person))


async def _person_behind(tenant: Tenant) -> User:
    owners = await Membership.filter(tenant_id=tenant.id, role=TenantRole.OWNER).select_related("user").limit(2)
    if len(owners) != 1:
        raise Conflict("A person's tenant has that person as its only owner.", field="kind")
    person = owners[0].user
    if person.id_tag not in (None, tenant.id_tag):
        raise Conflict("This person has an id tag already.", field="id_tag")
    return person


async def _forget_former(unit: Unit, tenant: Tenant, person: User | None) -> None:
    """Somebody who was known by the tenant's former tag, and is not the person behind it any more."""
    if tenant.id_tag is None:
        return
    for former in await User.filter(id_tag=tenant.id_tag):
        if person is None or former.id != person.id:
            former.id_tag = None
            await former.save(update_fields=["id_tag"])
            unit.emit(user_changed(former))
