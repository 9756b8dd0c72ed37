"""Change a ref's text, time or uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.access import Actor
from domain.files.keep import KEEP, Keep
from domain.models.file import Ref
from domain.ports import Ports
from domain.refs.create_ref import check_params, check_uses, clean_description
from domain.refs.managing import get_managed_ref
from domain.shares.share_file import check_expiry
from domain.shares.telling import tell_access
from domain.unit import unit_of_work


@dataclass(frozen=True, slots=True)
class RefChanges:
    """uses None: any number from now on."""

    description: str | Keep | None = KEEP
    expires_at: datetime | Keep | None = KEEP
    uses: int | Keep | None = KEEP
    params: str | Keep | None = KEEP


async def change_ref(ports: Ports, actor: Actor, ref_id: str, changes: RefChanges) -> Ref:
    """The changed ref, with .resource. Rights as for making it. What was made from it ends with it, as it now does."""
    ref = await get_managed_ref(ports, actor, ref_id)
    columns = _columns(ports, changes)
    if columns:
        async with unit_of_work(ports) as unit:
            await Ref.filter(id=ref.id).update(**columns)
            if "expires_at" in columns and ref.resource is not None:
                await tell_access(unit, ref.resource)
            await unit.audit(
                actor, "ref.changed", subject=str(ref.id), tenant_id=ref.tenant_id, columns=sorted(columns)
            )
    return await Ref.get(id=ref.id).select_related("resource")


def _columns(ports: Ports, changes: RefChanges) -> dict[str, str | int | datetime | None]:
    columns: dict[str, str | int | datetime | None] = {}
    if not isinstance(changes.description, Keep):
        columns["description"] = clean_description(changes.description)
    if not isinstance(changes.expires_at, Keep):
        check_expiry(ports, changes.expires_at)
        columns["expires_at"] = changes.expires_at
    if not isinstance(changes.uses, Keep):
        columns["uses_left"] = check_uses(changes.uses)
    if not isinstance(changes.params, Keep):
        columns["params"] = check_params(changes.params)
    return columns
