"""Pin or star a file, for oneself."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.errors import Forbidden
from domain.files.access import get_file
from domain.files.activity import write_activity
from domain.models.file import FileActivity
from domain.ports import Ports
from domain.unit import unit_of_work


async def mark_file(
    ports: Ports,
    actor: Actor,
    file_id: UUID | str,
    *,
    pinned: bool | None = None,
    starred: bool | None = None,
    tenant_id: UUID | None = None,
) -> FileActivity:
    """The actor's own marks afterwards; None leaves one as it is. Needs READ. Forbidden: nobody, or a credential that
    only reads or opens one file."""
    file = await get_file(ports, actor, file_id, tenant_id=tenant_id)
    if actor.user_id is None or actor.read_only or actor.file_scope is not None:
        raise Forbidden("Only a person signed in can mark files.")
    given = {"pinned": pinned, "starred": starred}
    columns = {name: value for name, value in given.items() if value is not None}
    async with unit_of_work(ports):
        if columns:
            await write_activity(file.id, actor.user_id, columns)
        found = await FileActivity.get_or_none(file_id=file.id, user_id=actor.user_id)
    return found or FileActivity(file_id=file.id, user_id=actor.user_id)
