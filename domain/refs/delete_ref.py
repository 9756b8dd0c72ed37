"""End a ref, and with it every token that was made from it."""

from __future__ import annotations

from domain.access import Actor
from domain.models.file import Ref, Share, ShareSubject
from domain.ports import Ports
from domain.refs.ending import end_refs
from domain.refs.managing import get_managed_ref
from domain.unit import unit_of_work


async def delete_ref(ports: Ports, actor: Actor, ref_id: str) -> Ref:
    """The ref that was, with .resource. Open sockets of those who came by it close. Rights as for making it."""
    ref = await get_managed_ref(ports, actor, ref_id)
    async with unit_of_work(ports) as unit:
        await end_refs(unit, Ref.filter(id=ref.id), "deleted")
        await Share.filter(subject_kind=ShareSubject.LINK, subject=ref.ref_id, file_id=ref.resource_id).delete()
        await unit.audit(actor, "ref.deleted", subject=str(ref.id), tenant_id=ref.tenant_id, kind=ref.kind)
    return ref
