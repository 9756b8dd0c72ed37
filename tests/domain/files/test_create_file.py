"""create_file: documents, trees, folders and placeholders."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.access import Actor, FileScope
from domain.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from domain.files.create_file import FileSpec, create_file
from domain.models import File, FileKind, FileTag, Tenant
from domain.models.file import AccessLevel, FilePlace, FileState, Visibility
from domain.ports import Ports
from tests.domain.file_rows import a_file, a_folder, a_grant
from tests.domain.people import told

DOCUMENT = FileKind.DOCUMENT


async def test_a_document_is_made(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    made = await create_file(ports, replace(operator, id_tag="olga.example.org"), FileSpec(DOCUMENT, "Plan"))
    file = await File.get(id=made.id)
    assert (file.tenant_id, file.kind, file.name, file.content_type) == (
        tenant.id,
        DOCUMENT,
        "Plan",
        "application/json",
    )
    assert (file.creator_id, file.creator_tag) == (operator.user_id, "olga.example.org")
    assert (file.place, file.state, file.visibility) == (FilePlace.DRIVE, FileState.ACTIVE, Visibility.DIRECT)
    assert len(file.public_id) == 24
    assert file.public_id.isalnum()
    assert [event["id"] for event in await told("FileChanged")] == [str(file.id)]


async def test_everything_said_is_kept(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    folder, root = await a_folder(tenant), await a_file(tenant)
    when = datetime(2020, 1, 2, tzinfo=UTC)
    spec = FileSpec(
        FileKind.TREE,
        content_type="cloudillo/quillo",
        parent=folder.public_id,
        root=root.public_id,
        tags=("b", "a", "b"),
        visibility=Visibility.PUBLIC,
        managed=True,
        created_at=when,
    )
    file = await File.get(id=(await create_file(ports, operator, spec)).id)
    assert (file.parent_id, file.root_id, file.place) == (folder.id, root.id, FilePlace.MANAGED)
    assert (file.name, file.visibility, file.created_at) == ("file", Visibility.PUBLIC, when)
    assert sorted([row.tag for row in await FileTag.filter(file_id=file.id)]) == ["a", "b"]


async def test_a_placeholder_waits_for_its_bytes(ports: Ports, operator: Actor) -> None:
    assert (await create_file(ports, operator, FileSpec(FileKind.BLOB))).state is FileState.PENDING


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"name": " "}, InvalidInput),
        ({"name": "a\nb"}, InvalidInput),
        ({"name": "x" * 256}, InvalidInput),
        ({"content_type": "text"}, InvalidInput),
        ({"content_type": "text/html\r\nX: y"}, InvalidInput),
        ({"tags": ("a b",)}, InvalidInput),
        ({"tags": tuple(f"t{n}" for n in range(65))}, InvalidInput),
        ({"created_at": datetime(2020, 1, 1)}, InvalidInput),
        ({"parent": "nothing"}, NotFound),
        ({"parent": "a\x00b"}, NotFound),
        ({"root": "nothing"}, InvalidInput),
        ({"source": "x" * 161}, InvalidInput),
    ],
)
async def test_what_is_wrong_is_refused(
    ports: Ports, operator: Actor, wrong: dict[str, Any], error: type[DomainError]
) -> None:
    with pytest.raises(error):
        await create_file(ports, operator, FileSpec(DOCUMENT, **wrong))
    assert await File.all().count() == 0


async def test_a_file_is_no_folder(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    with pytest.raises(InvalidInput):
        await create_file(ports, operator, FileSpec(DOCUMENT, parent=(await a_file(tenant)).id))


async def test_nothing_is_put_into_the_trash(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    folder = await a_folder(tenant, place=FilePlace.TRASH)
    with pytest.raises(Conflict):
        await create_file(ports, operator, FileSpec(DOCUMENT, parent=folder.id))


async def test_a_part_has_no_parts(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    part = await a_file(tenant, root_id=(await a_file(tenant)).id)
    with pytest.raises(InvalidInput):
        await create_file(ports, operator, FileSpec(DOCUMENT, root=part.id))


async def test_folders_of_others_do_not_exist(ports: Ports, tenant: Tenant, stranger: Actor) -> None:
    with pytest.raises(NotFound):
        await create_file(ports, stranger, FileSpec(DOCUMENT, parent=(await a_folder(tenant)).id))
    with pytest.raises(InvalidInput):
        await create_file(ports, stranger, FileSpec(DOCUMENT, root=(await a_file(tenant)).id))


async def test_who_may_not_write_there_makes_nothing(
    ports: Ports, tenant: Tenant, owner: Actor, viewer: Actor, stranger: Actor
) -> None:
    for actor in (viewer, replace(owner, read_only=True), replace(stranger, tenant_id=tenant.id)):
        with pytest.raises(Forbidden):
            await create_file(ports, actor, FileSpec(DOCUMENT, tenant_id=tenant.id))


async def test_who_writes_a_document_adds_parts_to_it(
    ports: Ports, tenant: Tenant, viewer: Actor, stranger: Actor
) -> None:
    root = await a_file(tenant)
    link = Actor(None, "ref:1", "cloudillo", file_scope=FileScope(root.id, AccessLevel.WRITE, grants=True))
    spec = FileSpec(FileKind.BLOB, root=root.public_id, tenant_id=tenant.id)
    await a_grant(root, viewer, AccessLevel.WRITE)
    for actor in (viewer, link):
        assert (await create_file(ports, actor, spec)).root_id == root.id
    await a_grant(root, stranger, AccessLevel.READ)
    with pytest.raises(Forbidden):
        await create_file(ports, stranger, spec)
    for outside in (FileSpec(DOCUMENT, tenant_id=tenant.id), replace(spec, root=(await a_file(tenant)).id)):
        with pytest.raises((Forbidden, NotFound)):
            await create_file(ports, link, outside)


async def test_the_same_source_is_placed_once(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    folder = await a_folder(tenant)
    spec = FileSpec(DOCUMENT, source="anna.example.org:f1", parent=folder.id)
    first = await create_file(ports, operator, spec)
    assert (await create_file(ports, operator, spec)).id == first.id
    with pytest.raises(Conflict) as caught:
        await create_file(ports, operator, replace(spec, parent=None))
    assert caught.value.details == {"existing_parent_id": folder.public_id}
    assert await File.filter(kind=DOCUMENT).count() == 1
