"""Files that are made by being opened: an app's store (s~app) and a file's companion (…~meta)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from domain.access import Actor, may
from domain.events import file_changed
from domain.files.access import find_file, level_on
from domain.files.naming import COMPANION_SUFFIX, check_store_id, is_companion_id, is_store_id
from domain.models.file import AccessLevel, File, FileKind, FilePlace
from domain.ports import Ports
from domain.unit import unit_of_work

STORE_CONTENT_TYPE = "application/json"


async def open_store(ports: Ports, actor: Actor, tenant_id: UUID, public_id: str, kind: FileKind) -> File | None:
    """The store or companion of that id, made now if it is the first time; whether the actor may use it is not asked
    (level_on). It may be of another kind than `kind`, which says what a new store becomes.

    None: the id is of neither form, or there is none and the actor may not make it: a store needs files:write in the
    tenant, a companion the right to read its file. InvalidInput: the store's id is malformed.
    """
    if is_companion_id(public_id):
        return await _companion(ports, actor, tenant_id, public_id, kind)
    if not is_store_id(public_id):
        return None
    name = check_store_id(public_id)
    found = await File.get_or_none(tenant_id=tenant_id, public_id=public_id)
    if found is not None or not _may_found(actor, tenant_id):
        return found
    columns = {"creator_id": actor.user_id, "creator_tag": actor.id_tag, "name": name, "kind": kind}
    return await _made_once(ports, tenant_id, public_id, columns)


async def _companion(ports: Ports, actor: Actor, tenant_id: UUID, public_id: str, kind: FileKind) -> File | None:
    reference = public_id.removesuffix(COMPANION_SUFFIX)
    if not reference or is_companion_id(reference):
        return None
    parent = await find_file(actor, reference, tenant_id)
    if parent is None:
        return None
    names = [f"{name}{COMPANION_SUFFIX}" for name in (parent.public_id, parent.temp_id) if name]
    found = await File.filter(tenant_id=parent.tenant_id, root_id=parent.id, public_id__in=names).first()
    if found is not None or kind is not FileKind.TREE:
        return found
    if await level_on(ports, actor, parent) < AccessLevel.READ:
        return None
    columns = {"creator_id": parent.creator_id, "creator_tag": parent.creator_tag, "name": names[0], "kind": kind}
    return await _made_once(ports, parent.tenant_id, names[0], {**columns, "root_id": parent.id})


def _may_found(actor: Actor, tenant_id: UUID) -> bool:
    return actor.user_id is not None and actor.file_scope is None and may(actor, "files:write", tenant_id)


async def _made_once(ports: Ports, tenant_id: UUID, public_id: str, columns: dict[str, Any]) -> File:
    with suppress(IntegrityError):  # somebody opened it at the same moment
        async with unit_of_work(ports) as unit:
            file = await File.create(
                tenant_id=tenant_id,
                public_id=public_id,
                content_type=STORE_CONTENT_TYPE,
                place=FilePlace.MANAGED,
                **columns,
            )
            unit.emit(file_changed(file))
            return file
    return await File.get(tenant_id=tenant_id, public_id=public_id)
