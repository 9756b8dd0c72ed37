"""Take a share back."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.files.changing import locked_file
from domain.models.file import Ref, Share, ShareSubject
from domain.ports import Ports
from domain.refs.ending import end_refs
from domain.shares.managing import get_managed_file, share_of
from domain.shares.telling import tell_access
from domain.unit import unit_of_work


async def unshare_file(
    ports: Ports, actor: Actor, file_id: UUID | str, share_id: int, *, tenant_id: UUID | None = None
) -> Share:
    """The share that was; open sockets of those who lose their right close. A link's ref goes with it.

    Needs ADMIN. NotFound: the file, or no share of it.
    """
    file = await get_managed_file(ports, actor, file_id, tenant_id)
    async with unit_of_work(ports) as unit:
        await locked_file(file.id)
        share = await share_of(file, share_id)
        await Share.filter(id=share.id).delete()
        if share.subject_kind is ShareSubject.LINK:
            await end_refs(unit, Ref.filter(ref_id=share.subject, resource_id=file.id), "deleted")
        await tell_access(unit, file, share)
        await unit.audit(actor, "file.unshared", subject=str(file.id), tenant_id=file.tenant_id, was=share.subject)
    return share
