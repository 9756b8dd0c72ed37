"""Named versions of a document: the whole of it, as it was when somebody gave it a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.queryset import QuerySet

from domain.access import Actor, parse_id
from domain.documents.load import Loaded, load, replay
from domain.documents.plain import roots_of
from domain.documents.reference import get_document
from domain.errors import InvalidInput, NotFound, QuotaExceeded
from domain.events import document_version_changed
from domain.models.document import DocumentVersion
from domain.models.file import AccessLevel, File
from domain.models.ids import uuid7
from domain.paging import Order, Page, PageRequest, page_of
from domain.ports import Ports
from domain.text import check_kept
from domain.unit import unit_of_work

LONGEST_NAME = 100
NEWEST_FIRST = Order(descending=True)
_SHOWN = ("id", "created_at", "file_id", "name", "seq", "size_bytes", "created_by", "created_by_tag")


@dataclass(frozen=True, slots=True)
class VersionContent:
    """roots: name → JSON value, of every root that held something. update: all of it, in Yjs' encoding."""

    version: DocumentVersion
    roots: dict[str, Any]
    update: bytes


async def create_version(
    ports: Ports, actor: Actor, reference: UUID | str, name: str, *, tenant_id: UUID | None = None
) -> DocumentVersion:
    """Name what is committed now. QuotaExceeded: the document has as many as it may. NotFound, Forbidden, Conflict:
    see get_document."""
    name = check_version_name(name)
    file = await get_document(ports, actor, reference, AccessLevel.WRITE, tenant_id=tenant_id)
    loaded = await load(file.id)
    async with unit_of_work(ports) as unit:
        version = await keep_version(ports, actor, file, loaded, name)
        unit.emit(document_version_changed(version, file.tenant_id, "created"))
    return version


async def keep_version(ports: Ports, actor: Actor, file: File, loaded: Loaded, name: str) -> DocumentVersion:
    """Inside the caller's unit. QuotaExceeded: there are as many as there may be."""
    limit = ports.limits.max_document_versions
    if await DocumentVersion.filter(file_id=file.id).count() >= limit:
        raise QuotaExceeded(f"A document has at most {limit} versions.", limit=limit)
    full = loaded.content.full()
    return await DocumentVersion.create(
        id=uuid7(),
        file_id=file.id,
        name=name,
        seq=loaded.logged.seq,
        size_bytes=len(full),
        created_by=actor.user_id,
        created_by_tag=actor.id_tag,
        data=full,
    )


async def list_versions(
    ports: Ports,
    actor: Actor,
    reference: UUID | str,
    order: Order = NEWEST_FIRST,
    request: PageRequest = PageRequest(),
    *,
    tenant_id: UUID | None = None,
) -> Page[DocumentVersion]:
    """Without their content."""
    file = await get_document(ports, actor, reference, AccessLevel.READ, tenant_id=tenant_id)
    return await page_of(_shown(file.id), order, request)


async def get_version(
    ports: Ports, actor: Actor, reference: UUID | str, version_id: UUID | str, *, tenant_id: UUID | None = None
) -> DocumentVersion:
    """Without its content. NotFound: that document has no such version."""
    file = await get_document(ports, actor, reference, AccessLevel.READ, tenant_id=tenant_id)
    return await _found(_shown(file.id), version_id)


async def open_version(
    ports: Ports, actor: Actor, reference: UUID | str, version_id: UUID | str, *, tenant_id: UUID | None = None
) -> VersionContent:
    """What the document was then."""
    file = await get_document(ports, actor, reference, AccessLevel.READ, tenant_id=tenant_id)
    version = await version_of(file, version_id)
    content = await replay([bytes(version.data)])
    return VersionContent(version, roots_of(content.doc), bytes(version.data))


async def delete_version(
    ports: Ports, actor: Actor, reference: UUID | str, version_id: UUID | str, *, tenant_id: UUID | None = None
) -> DocumentVersion:
    """Forget one; the document itself stays as it is."""
    file = await get_document(ports, actor, reference, AccessLevel.WRITE, tenant_id=tenant_id)
    async with unit_of_work(ports) as unit:
        version = await _found(_shown(file.id), version_id)
        await DocumentVersion.filter(id=version.id).delete()
        unit.emit(document_version_changed(version, file.tenant_id, "deleted"))
    return version


async def version_of(file: File, version_id: UUID | str) -> DocumentVersion:
    """With its content. NotFound: that document has no such version."""
    return await _found(DocumentVersion.filter(file_id=file.id), version_id)


def check_version_name(name: str) -> str:
    """InvalidInput: empty, too long, or with characters that cannot be kept."""
    name = name.strip()
    check_kept(name, "name", LONGEST_NAME)
    if not name:
        raise InvalidInput("A version needs a name.", field="name")
    return name


def _shown(file_id: UUID) -> QuerySet[DocumentVersion]:
    return DocumentVersion.filter(file_id=file_id).only(*_SHOWN)


async def _found(rows: QuerySet[DocumentVersion], version_id: UUID | str) -> DocumentVersion:
    found = await rows.filter(id=parse_id(version_id, "version")).first()
    if found is None:
        raise NotFound("There is no such version.", id=str(version_id)[:64])
    return found
