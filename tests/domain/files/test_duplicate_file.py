"""duplicate_file: a document or tree again, with what is in it."""

from __future__ import annotations

import pytest

from domain.access import Actor
from domain.documents.edit import TextInsert, edit_document
from domain.documents.read import read_text
from domain.errors import Forbidden, InvalidInput, NotFound
from domain.files.duplicate_file import duplicate_file
from domain.models import File, FileKind, FileTag, Tenant
from domain.models.file import AccessLevel, FilePlace, Visibility
from domain.ports import Ports
from domain.trees.author import Author
from domain.trees.export_tree import export_tree
from domain.trees.transact import Operation, transact
from tests.domain.file_rows import a_file, a_folder, a_grant
from tests.domain.people import told


async def test_a_document_with_its_text(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    folder = await a_folder(tenant)
    file = await a_file(tenant, "Plan", parent_id=folder.id, visibility=Visibility.PUBLIC, content_type="a/b")
    await FileTag.create(tenant_id=tenant.id, file_id=file.id, tag="red")
    await edit_document(ports, operator, file.id, [TextInsert("text", "hello")])
    copy = await duplicate_file(ports, operator, file.public_id)
    await edit_document(ports, operator, file.id, [TextInsert("text", " world")])
    assert [await read_text(ports, operator, one, "text") for one in (copy.id, file.id)] == ["hello", "hello world"]
    assert (copy.name, copy.kind, copy.content_type) == ("Copy of Plan", FileKind.DOCUMENT, "a/b")
    assert (copy.parent_id, copy.creator_id, copy.visibility) == (folder.id, operator.user_id, Visibility.DIRECT)
    assert await FileTag.filter(file_id=copy.id).count() == 0
    assert str(copy.id) in [event["id"] for event in await told("FileChanged")]


async def test_a_tree_with_its_documents(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    file = await a_file(tenant, kind=FileKind.TREE)
    await transact(ports, file.id, Author("me", "a connection"), [Operation("create", "tasks", {"a": 1})])
    copy = await duplicate_file(ports, operator, file.id, name="mine")
    assert await export_tree(copy.id) == await export_tree(file.id)
    assert len(await export_tree(copy.id)) == 1
    assert copy.name == "mine"


async def test_what_was_never_written_is_copied_too(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    for kind in (FileKind.DOCUMENT, FileKind.TREE):
        copy = await duplicate_file(ports, operator, (await a_file(tenant, kind=kind)).id)
        assert copy.kind is kind


async def test_where_it_lies(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    folder, whole = await a_folder(tenant), await a_file(tenant)
    part = await a_file(tenant, root_id=whole.id, place=FilePlace.MANAGED)
    copy = await duplicate_file(ports, operator, part.id, parent=folder.public_id)
    assert (copy.parent_id, copy.root_id, copy.place) == (folder.id, whole.id, FilePlace.MANAGED)
    waste = await a_file(tenant, place=FilePlace.TRASH)
    assert (await duplicate_file(ports, operator, waste.id)).place is FilePlace.DRIVE
    with pytest.raises(NotFound):
        await duplicate_file(ports, operator, whole.id, parent="nothing")


async def test_a_long_name_stays_in_bounds(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    copy = await duplicate_file(ports, operator, (await a_file(tenant, "x" * 255)).id)
    assert len(copy.name) == 255


@pytest.mark.parametrize("kind", [FileKind.BLOB, FileKind.FOLDER])
async def test_bytes_and_folders_are_not_duplicated(
    ports: Ports, tenant: Tenant, operator: Actor, kind: FileKind
) -> None:
    file = await a_file(tenant, kind=kind)
    with pytest.raises(InvalidInput):
        await duplicate_file(ports, operator, file.id)
    assert await File.all().count() == 1


async def test_readers_copy_into_a_tenant_of_their_own(
    ports: Ports, tenant: Tenant, viewer: Actor, stranger: Actor
) -> None:
    file = await a_file(tenant)
    with pytest.raises(NotFound):
        await duplicate_file(ports, stranger, file.id)
    for actor in (viewer, stranger):
        await a_grant(file, actor, AccessLevel.READ)
    with pytest.raises(Forbidden):
        await duplicate_file(ports, viewer, file.id)
    copy = await duplicate_file(ports, stranger, file.id, tenant_id=stranger.tenant_id)
    assert copy.tenant_id == stranger.tenant_id
