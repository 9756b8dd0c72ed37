"""Delete everything in a tenant's trash for good."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, require, target_tenant
from domain.errors import Forbidden
from domain.files.changing import lock_folders
from domain.files.purge import purge_files
from domain.models.file import File, FilePlace
from domain.ports import Ports
from domain.trash.sparing import spare
from domain.unit import unit_of_work

AT_ONCE = 200
"""Files per transaction: on SQLite everybody else waits for one."""


async def empty_trash(ports: Ports, actor: Actor, tenant_id: UUID | None = None) -> int:
    """How many files went. Needs files:write in the tenant; a credential for one file cannot."""
    chosen = target_tenant(actor, tenant_id)
    if actor.file_scope is not None:
        raise Forbidden("This credential is for one file.")
    require(actor, "files:write", chosen)
    async with unit_of_work(ports) as unit:
        await lock_folders(chosen)
        await spare(unit, File.filter(tenant_id=chosen, parent__place=FilePlace.TRASH))
    count = 0
    while (went := await _empty_some(ports, actor, chosen)) > 0:
        count += went
    return count


async def _empty_some(ports: Ports, actor: Actor, tenant_id: UUID) -> int:
    async with unit_of_work(ports) as unit:
        await lock_folders(tenant_id)
        trashed = await _leaves(tenant_id)
        if not trashed:
            return 0
        await unit.audit(actor, "trash.emptied", tenant_id=tenant_id, count=len(trashed))
        return await purge_files(unit, actor, trashed)


async def _leaves(tenant_id: UUID) -> list[File]:
    """Some of what is there; a folder only after what it holds."""
    rows = File.filter(tenant_id=tenant_id, place=FilePlace.TRASH, children__id__isnull=True)
    return await rows.order_by("id").limit(AT_ONCE)
