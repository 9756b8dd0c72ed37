"""Read shares."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from tortoise.expressions import Q, Subquery

from domain.access import Actor
from domain.errors import Forbidden
from domain.files.access import find_file, get_file, levels_on
from domain.files.visible import visible_files
from domain.models.file import AccessLevel, File, Share, ShareSubject
from domain.ports import Ports
from domain.text import can_be_kept

MOST_LISTED = 1000


async def list_shares(
    ports: Ports,
    actor: Actor,
    file_id: UUID | str,
    *,
    kind: ShareSubject | None = None,
    tenant_id: UUID | None = None,
) -> list[Share]:
    """All shares of a file, oldest first, with .file. Needs WRITE on it. Forbidden: a credential for one file, unless
    it asks for containers (FILE) only."""
    if actor.file_scope is not None and kind is not ShareSubject.FILE:
        raise Forbidden("This credential is for one file and cannot see who else has it.")
    file = await get_file(ports, actor, file_id, AccessLevel.WRITE, tenant_id=tenant_id)
    rows = Share.filter(file_id=file.id)
    if kind is not None:
        rows = rows.filter(subject_kind=kind)
    return await rows.order_by("id").select_related("file")


async def list_shares_of_subject(
    ports: Ports,
    actor: Actor,
    tenant_id: UUID,
    *,
    kind: ShareSubject | None = None,
    subject: str | None = None,
) -> list[Share]:
    """Shares in the tenant that point at a subject, oldest first, with .file: the actor's own, and those of files that
    they may write; of the first 1000. For a FILE they may read: what can be reached through it. Nothing said: all.

    Forbidden: nobody is signed in; a credential for one file that asks for other than FILE.
    """
    if actor.user_id is None and actor.file_scope is None and not actor.is_platform:
        raise Forbidden("Only a person signed in can list shares.")
    if actor.file_scope is not None and kind is not ShareSubject.FILE:
        raise Forbidden("This credential is for one file and cannot see who else has it.")
    if subject is not None and not can_be_kept(subject):
        return []
    if kind is ShareSubject.FILE and subject is not None:
        container = await find_file(actor, subject, tenant_id)
        if container is not None and container.tenant_id == tenant_id:
            await get_file(ports, actor, container.id)
            names = [name for name in (container.public_id, container.temp_id) if name]
            return await _rows(tenant_id, Q(subject_kind=kind, subject__in=names))
    found = await _rows(tenant_id, _pointing_at(ports, actor, tenant_id, kind, subject))
    files = {share.file_id: share.file for share in found}
    levels = await levels_on(ports, actor, list(files.values()))
    return [share for share in found if _is_own(actor, share) or levels[share.file_id] >= AccessLevel.WRITE]


async def _rows(tenant_id: UUID, condition: Q) -> list[Share]:
    return await Share.filter(condition, tenant_id=tenant_id).order_by("id").limit(MOST_LISTED).select_related("file")


def _is_own(actor: Actor, share: Share) -> bool:
    """To others than writers, who else has a file is no business, and the subject of a link is its secret."""
    if share.subject_kind is not ShareSubject.USER or actor.user_id is None:
        return False
    return share.user_id == actor.user_id or (actor.id_tag is not None and share.subject == actor.id_tag)


def _pointing_at(ports: Ports, actor: Actor, tenant_id: UUID, kind: ShareSubject | None, subject: str | None) -> Q:
    seen = File.filter(visible_files(ports, actor, tenant_id)).values("id")
    condition = Q(file_id__in=Subquery(seen))
    if kind is not None:
        condition &= Q(subject_kind=kind)
    return condition if subject is None else condition & Q(subject=subject)


async def containers_of(shares: Iterable[Share]) -> dict[tuple[UUID, str], File]:
    """The files that FILE shares name, by tenant and public id. The shares are known to be the actor's to see."""
    named = {(share.tenant_id, share.subject) for share in shares if share.subject_kind is ShareSubject.FILE}
    rows = await File.filter(
        tenant_id__in=list({tenant_id for tenant_id, _ in named}),
        public_id__in=list({public_id for _, public_id in named}),
    )
    return {(row.tenant_id, row.public_id): row for row in rows}
