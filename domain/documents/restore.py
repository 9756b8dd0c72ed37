"""Bring a document back to a version: an ordinary edit on top of all others, so open editors follow and nothing is
lost of what was written since."""

from __future__ import annotations

import asyncio
from uuid import UUID

from pycrdt import Map, UndoManager

from domain.access import Actor
from domain.documents.changed import check_size, commit_effect
from domain.documents.content import Content, contained
from domain.documents.edit import Edited
from domain.documents.load import load
from domain.documents.reference import get_document
from domain.documents.versions import LONGEST_NAME, keep_version, version_of
from domain.errors import Locked, QuotaExceeded
from domain.events import document_version_changed
from domain.models.document import DocumentVersion
from domain.models.file import AccessLevel, File
from domain.models.ids import uuid7
from domain.ports import Ports
from domain.unit import unit_of_work

ONE_CHANGE_MS = 10**12
TURN_S = 60.0


async def restore_version(
    ports: Ports, actor: Actor, reference: UUID | str, version_id: UUID | str, *, tenant_id: UUID | None = None
) -> Edited:
    """What was there before is kept as a version of its own, as long as there is room for one.

    NotFound, Forbidden, Conflict: see get_document; TooLarge: the document would be. Locked: somebody else is at it.
    """
    file = await get_document(ports, actor, reference, AccessLevel.WRITE, tenant_id=tenant_id)
    version = await version_of(file, version_id)
    # Two at once would each bring back what is gone, and it would be there twice.
    turn = await ports.leases.acquire(f"restore:{file.id}", str(uuid7()), TURN_S)
    if turn is None:
        raise Locked("The document is being brought back to a version right now.")
    try:
        return await _restore(ports, actor, file, version)
    finally:
        await ports.leases.release(turn)


async def _restore(ports: Ports, actor: Actor, file: File, version: DocumentVersion) -> Edited:
    loaded = await load(file.id)
    effect = await asyncio.to_thread(way_back, bytes(version.data), loaded.content.full())
    if effect is None:
        return Edited(file, loaded.logged.seq)
    content = Content([loaded.content.full(), effect])
    check_size(ports, content, effect)
    try:
        async with unit_of_work(ports) as unit:
            before = await keep_version(ports, actor, file, loaded, f"Before {version.name}"[:LONGEST_NAME])
            unit.emit(document_version_changed(before, file.tenant_id, "created"))
    except QuotaExceeded:
        pass
    restored = document_version_changed(version, file.tenant_id, "restored")
    return Edited(file, await commit_effect(ports, actor, file, effect, restored))


def way_back(then: bytes, now: bytes) -> bytes | None:
    """The edit on top of `now` that makes the content what it was `then`; None when it is the same.

    Everything since is taken as one change of the old document, and undone: that brings deleted things back as new
    ones, of whatever type.
    """
    content = Content([then])
    names = set(content.doc.keys()) | set(Content([now]).doc.keys())
    # Any type will do: the scope is the root itself, whatever it holds.
    scopes = [content.doc.get(name, type=Map) for name in sorted(names)]
    history = UndoManager(scopes=scopes, capture_timeout_millis=ONE_CHANGE_MS)
    content.apply([now])
    with contained():
        while history.can_undo():
            history.undo()
    return content.take_effect()
