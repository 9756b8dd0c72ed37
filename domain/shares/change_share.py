"""Change how far, or how long, a share goes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.access import Actor
from domain.files.changing import locked_file
from domain.files.keep import KEEP, Keep
from domain.models.file import AccessLevel, Ref, Share, ShareSubject
from domain.ports import Ports
from domain.shares.managing import check_grant, get_managed_file, share_of
from domain.shares.share_file import check_expiry
from domain.shares.telling import tell_access
from domain.unit import unit_of_work


async def change_share(
    ports: Ports,
    actor: Actor,
    file_id: UUID | str,
    share_id: int,
    *,
    level: AccessLevel | None = None,
    expires_at: datetime | Keep | None = KEEP,
    tenant_id: UUID | None = None,
) -> Share:
    """The changed share. Errors as share_file's; NotFound: it is not one of this file."""
    file = await get_managed_file(ports, actor, file_id, tenant_id)
    share = await share_of(file, share_id)
    if level is not None:
        await check_grant(ports, actor, file, share.subject_kind, level)
    if not isinstance(expires_at, Keep):
        check_expiry(ports, expires_at)
    async with unit_of_work(ports) as unit:
        await locked_file(file.id)
        share = await share_of(file, share_id)
        share.level = share.level if level is None else int(level)
        share.expires_at = share.expires_at if isinstance(expires_at, Keep) else expires_at
        await share.save()
        if share.subject_kind is ShareSubject.LINK:
            link = Ref.filter(ref_id=share.subject, resource_id=file.id)
            await link.update(level=share.level, expires_at=share.expires_at)
        await tell_access(unit, file, share)
        told = {"subject": share.subject, "level": AccessLevel(share.level).name.lower()}
        await unit.audit(actor, "file.share_changed", subject=str(file.id), tenant_id=file.tenant_id, to=told)
    return share
