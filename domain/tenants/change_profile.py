"""Change how a tenant presents itself."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from domain.access import Actor, require
from domain.errors import InvalidInput, TooLarge
from domain.events import tenant_changed
from domain.models.tenant import Tenant
from domain.ports import Ports
from domain.tenants.create_tenant import NAME_LENGTH
from domain.tenants.naming import clean_line
from domain.tenants.owners import lock_tenant
from domain.tenants.queries import visible_tenant
from domain.unit import unit_of_work

KEY_LENGTH = 256
VALUE_LENGTH = 4096
MOST_FIELDS = 100


async def change_profile(
    ports: Ports,
    actor: Actor,
    tenant_id: UUID | str,
    *,
    name: str | None = None,
    extra: Mapping[str, str | None] | None = None,
) -> Tenant:
    """A new name; free fields set, or taken away where the value is None. What is not given stays.

    Needs tenants:write there. InvalidInput: the name, a field. TooLarge: too many fields.
    """
    require(actor, "tenants:write")
    tenant = await visible_tenant(actor, tenant_id)
    require(actor, "tenants:write", tenant.id)
    line = None if name is None else clean_line(name, "name", NAME_LENGTH)
    _check(extra or {})
    async with unit_of_work(ports) as unit:
        await lock_tenant(tenant.id)
        tenant = await Tenant.get(id=tenant.id)
        tenant.name = tenant.name if line is None else line
        tenant.extra = _merged(tenant.extra or {}, extra or {})
        await tenant.save(update_fields=["name", "extra"])
        unit.emit(tenant_changed(tenant))
        await unit.audit(actor, "tenant.profile_changed", subject=str(tenant.id), tenant_id=tenant.id)
    return tenant


def _check(changes: Mapping[str, str | None]) -> None:
    for key, value in changes.items():
        if not 1 <= len(key) <= KEY_LENGTH:
            raise InvalidInput(f"A field's name has 1 to {KEY_LENGTH} characters.", field="x")
        if value is not None and len(value) > VALUE_LENGTH:
            raise InvalidInput(f"A field has at most {VALUE_LENGTH} characters.", field="x")


def _merged(known: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str] | None:
    merged = {key: value for key, value in {**known, **changes}.items() if value is not None}
    if len(merged) > MOST_FIELDS:
        raise TooLarge(f"At most {MOST_FIELDS} fields.", limit=MOST_FIELDS)
    return merged or None
