"""Shares: who else opens a file."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UnsetType

from domain.errors import NotFound
from domain.files.access import get_file
from domain.files.keep import KEEP
from domain.models.file import Share, ShareSubject
from domain.shares.change_share import change_share as alter_share
from domain.shares.queries import containers_of, list_shares, list_shares_of_subject
from domain.shares.share_file import share_file
from domain.shares.unshare_file import unshare_file
from rest_compat._kit import Call, Endpoint
from rest_compat.cloudillo import answers as say
from rest_compat.cloudillo.schemas.moments import moment_of
from rest_compat.cloudillo.schemas.shares import ShareChangesIn, ShareIn, ShareOut, SharesQuery
from rest_compat.cloudillo.schemas.words import PERMISSIONS, ours


async def list_shares_of_file(call: Call[None]) -> list[ShareOut]:
    """GET /api/files/{id}/shares: to whom the file was given."""
    query: SharesQuery = call.query
    shares = await list_shares(call.ports, call.actor, call.path["id"], kind=query.kind, tenant_id=call.tenant.id)
    return await _shown(shares)


async def list_shares_by_subject(call: Call[None]) -> list[ShareOut]:
    """GET /api/shares: what was given to a subject, or is reached through it."""
    query: SharesQuery = call.query
    kind, subject = query.kind, query.subject_id or None
    if subject is not None and kind is ShareSubject.FILE:
        subject = subject.rpartition(":")[2]
    found = await list_shares_of_subject(call.ports, call.actor, call.tenant.id, kind=kind, subject=subject)
    return await _shown(found)


async def create_share(call: Call[ShareIn]) -> ShareOut:
    """POST /api/files/{id}/shares: give the file to somebody; to the same again: change what they have."""
    share = await share_file(call.ports, call.actor, call.path["id"], call.body.to_spec(), tenant_id=call.tenant.id)
    return await _one(call, share)


async def change_share(call: Call[ShareChangesIn]) -> ShareOut:
    """PATCH /api/files/{id}/shares/{share_id}: how far, and until when."""
    body = call.body
    expires_at = body.expires_at
    share = await alter_share(
        call.ports,
        call.actor,
        call.path["id"],
        _share_id(call),
        level=None if isinstance(body.permission, UnsetType) else ours(PERMISSIONS, body.permission, "permission"),
        expires_at=KEEP
        if isinstance(expires_at, UnsetType)
        else None
        if expires_at is None
        else moment_of(expires_at, "expiresAt"),
        tenant_id=call.tenant.id,
    )
    return await _one(call, share)


async def delete_share(call: Call[None]) -> None:
    """DELETE /api/files/{id}/shares/{share_id}: take it back."""
    await unshare_file(call.ports, call.actor, call.path["id"], _share_id(call), tenant_id=call.tenant.id)


def _share_id(call: Call[ShareChangesIn] | Call[None]) -> int:
    text = call.path["share_id"]
    if not text.isdecimal() or len(text) > 19:
        raise NotFound("There is no such share of this file.")
    return int(text)


async def _one(call: Call[ShareIn] | Call[ShareChangesIn], share: Share) -> ShareOut:
    file = await get_file(call.ports, call.actor, share.file_id)
    subjects = await containers_of([share])
    return ShareOut.of(share, file, subjects.get((share.tenant_id, share.subject)))


async def _shown(shares: Sequence[Share]) -> list[ShareOut]:
    subjects = await containers_of(shares)
    return [ShareOut.of(share, share.file, subjects.get((share.tenant_id, share.subject))) for share in shares]


TAG = "Shares"
ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/shares",
        handler=list_shares_by_subject,
        success=say.data(list[ShareOut], "Shares that name the subject"),
        query=SharesQuery,
        tag=TAG,
    ),
    Endpoint(
        method="GET",
        path="/api/files/{id}/shares",
        handler=list_shares_of_file,
        success=say.data(list[ShareOut], "The file's shares"),
        query=SharesQuery,
        tag=TAG,
    ),
    Endpoint(
        method="POST",
        path="/api/files/{id}/shares",
        handler=create_share,
        success=say.data(ShareOut, "The share", status=201),
        body=ShareIn,
        tag=TAG,
    ),
    Endpoint(
        method="PATCH",
        path="/api/files/{id}/shares/{share_id}",
        handler=change_share,
        success=say.data(ShareOut, "The share as it is now"),
        body=ShareChangesIn,
        tag=TAG,
    ),
    Endpoint(
        method="DELETE",
        path="/api/files/{id}/shares/{share_id}",
        handler=delete_share,
        success=say.nothing("It was taken back"),
        tag=TAG,
    ),
)
