"""Give a file to a person, to whoever holds a link, or to those who may open another file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.access import Actor
from domain.errors import InvalidInput
from domain.files.changing import locked_file
from domain.models.file import AccessLevel, File, Ref, Share, ShareSubject
from domain.ports import Ports
from domain.shares.managing import check_grant, get_managed_file, known_as
from domain.shares.subjects import Subject, find_subject
from domain.shares.telling import tell_access
from domain.unit import unit_of_work


@dataclass(frozen=True, slots=True)
class ShareSpec:
    """subject: see domain.models.file.Share. expires_at None: never."""

    kind: ShareSubject
    subject: str
    level: AccessLevel
    expires_at: datetime | None = None


async def share_file(
    ports: Ports, actor: Actor, file_id: UUID | str, spec: ShareSpec, *, tenant_id: UUID | None = None
) -> Share:
    """The new share; the same subject again: the one there is, changed. Needs ADMIN on the file.

    Forbidden: a higher level than the actor's, a credential for one file. InvalidInput: subject, level, an expiry that
    has passed. NotFound: the file, or the link or file that is the subject.
    """
    file = await get_managed_file(ports, actor, file_id, tenant_id)
    check_expiry(ports, spec.expires_at)
    await check_grant(ports, actor, file, spec.kind, spec.level)
    subject = await find_subject(ports, actor, file, spec.kind, spec.subject)
    async with unit_of_work(ports) as unit:
        await locked_file(file.id)
        share = await _written(actor, file, subject, spec)
        if subject.ref is not None:
            await Ref.filter(id=subject.ref.id).update(level=int(spec.level), expires_at=spec.expires_at)
        await tell_access(unit, file, share)
        told = {"subject": share.subject, "level": spec.level.name.lower()}
        await unit.audit(actor, "file.shared", subject=str(file.id), tenant_id=file.tenant_id, to=told)
    return share


async def _written(actor: Actor, file: File, subject: Subject, spec: ShareSpec) -> Share:
    share = await Share.get_or_none(file_id=file.id, subject_kind=subject.kind, subject=subject.text)
    if share is None:
        share = Share(tenant_id=file.tenant_id, file_id=file.id, subject_kind=subject.kind, subject=subject.text)
        share.created_by = known_as(actor)
    share.level, share.expires_at, share.user_id = int(spec.level), spec.expires_at, subject.user_id
    await share.save()
    return share


def check_expiry(ports: Ports, expires_at: datetime | None) -> None:
    """InvalidInput unless it is to come, and says its zone."""
    if expires_at is None:
        return
    if expires_at.tzinfo is None or expires_at <= ports.clock.now():
        raise InvalidInput("The time of expiry must be in the future.", field="expires_at")
