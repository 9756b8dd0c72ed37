"""File rows that tests start from, and who was given them."""

from __future__ import annotations

from typing import Any

from domain.access import Actor
from domain.files.naming import random_public_id
from domain.models import File, FileKind, Share, ShareSubject, Tenant
from domain.models.file import AccessLevel

FOLDER_TYPE = "cloudillo/folder"


async def a_file(tenant: Tenant, name: str = "a file", *, by: Actor | None = None, **columns: Any) -> File:
    """A document in the tenant's drive; by: its creator."""
    values: dict[str, Any] = {
        "public_id": random_public_id(),
        "kind": FileKind.DOCUMENT,
        "content_type": "application/json",
        "creator_id": by.user_id if by else None,
    }
    return await File.create(tenant_id=tenant.id, name=name, **{**values, **columns})


async def a_folder(tenant: Tenant, name: str = "a folder", **columns: Any) -> File:
    return await a_file(tenant, name, kind=FileKind.FOLDER, content_type=FOLDER_TYPE, **columns)


async def a_grant(file: File, to: Actor, level: AccessLevel, **columns: Any) -> Share:
    """The file given to a person."""
    return await Share.create(
        tenant_id=file.tenant_id,
        file_id=file.id,
        subject_kind=ShareSubject.USER,
        subject=to.id_tag or str(to.user_id),
        user_id=to.user_id,
        level=level,
        created_by="a test",
        **columns,
    )


async def a_link(container: File, file: File, level: AccessLevel, **columns: Any) -> Share:
    """The file made reachable through the container."""
    return await Share.create(
        tenant_id=file.tenant_id,
        file_id=file.id,
        subject_kind=ShareSubject.FILE,
        subject=container.public_id,
        level=level,
        created_by="a test",
        **columns,
    )
