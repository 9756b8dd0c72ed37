"""Purging: rows with all inside, and bytes that nobody else has; never those that somebody has again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.access import Actor
from domain.errors import NotFound
from domain.files.purge import purge_files
from domain.models import Operation, TenantRole
from domain.models.document import DocumentUpdate
from domain.models.file import Blob, File, FileKind, FilePlace, FileTag, FileVariant, Share, ShareSubject
from domain.ports import Ports
from domain.unit import unit_of_work
from tests.domain.files.uploads import picture, stored_keys, uploaded, work_off
from tests.domain.people import told
from tests.domain.rows import member, tenant

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def actor(database: object) -> Actor:
    return await member(await tenant(), TenantRole.OPERATOR)


async def purge(ports: Ports, actor: Actor, *files: File) -> int:
    async with unit_of_work(ports) as unit:
        return await purge_files(unit, actor, files)


async def a_file(actor: Actor, kind: FileKind, name: str, **columns: Any) -> File:
    return await File.create(
        tenant_id=actor.tenant_id, public_id=name.ljust(24, "0"), kind=kind, name=name, content_type="x/y", **columns
    )


async def test_a_file_goes_with_its_bytes(ports: Ports, actor: Actor) -> None:
    done = await uploaded(ports, actor, picture(), "image/jpeg", tags=("a",))
    await work_off(ports)
    assert await purge(ports, actor, done.file) == 1
    assert await File.all().count() == await FileVariant.all().count() == await FileTag.all().count() == 0
    assert await Blob.all().count() == 0
    await work_off(ports)
    assert await stored_keys(ports) == []
    assert [event["id"] for event in await told("FilePurged")] == [str(done.file.id)]


async def test_bytes_that_another_file_has_stay(ports: Ports, actor: Actor) -> None:
    other = await member(await tenant(), TenantRole.OPERATOR)
    mine, theirs = await uploaded(ports, actor), await uploaded(ports, other)
    await purge(ports, actor, mine.file)
    await work_off(ports)
    assert len(await stored_keys(ports)) == await Blob.all().count() == 1
    await purge(ports, other, theirs.file)
    await work_off(ports)
    assert await stored_keys(ports) == []


async def test_a_folder_goes_with_all_inside_and_every_part(ports: Ports, actor: Actor) -> None:
    folder = await a_file(actor, FileKind.FOLDER, "outer", place=FilePlace.TRASH)
    inner = await a_file(actor, FileKind.FOLDER, "inner", parent_id=folder.id)
    document = await a_file(actor, FileKind.DOCUMENT, "doc", parent_id=inner.id)
    await a_file(actor, FileKind.TREE, "notes", root_id=document.id, parent_id=inner.id)
    await uploaded(ports, actor, root=document.public_id)
    await DocumentUpdate.create(file_id=document.id, seq=1, data=b"x")
    await Share.create(
        tenant_id=actor.tenant_id,
        file_id=document.id,
        subject_kind=ShareSubject.USER,
        subject="b",
        level=1,
        created_by="a",
    )
    apart = await a_file(actor, FileKind.FOLDER, "apart")
    assert await purge(ports, actor, inner, folder) == 5
    assert await File.all().values_list("id", flat=True) == [apart.id]
    assert await DocumentUpdate.all().count() == await Share.all().count() == await Blob.all().count() == 0
    await work_off(ports)
    assert await stored_keys(ports) == []


async def test_nothing_to_purge_is_fine(ports: Ports, actor: Actor) -> None:
    assert await purge(ports, actor) == 0
    assert await Operation.all().count() == 0


async def test_deleting_bytes_twice_harms_nobody(ports: Ports, actor: Actor) -> None:
    done = await uploaded(ports, actor)
    await purge(ports, actor, done.file)
    again = await uploaded(ports, actor)  # the same bytes, before the first were deleted
    assert not again.existed
    await work_off(ports)
    await Operation.filter(kind="files.free").update(state="queued", attempts=0)
    await work_off(ports)
    blob = await Blob.get()
    assert await stored_keys(ports) == [blob.storage_key]


async def test_uploads_and_purges_of_the_same_bytes_at_once_leave_no_dangling_row(ports: Ports, actor: Actor) -> None:
    async def come_and_go() -> None:
        for _ in range(4):
            done = await uploaded(ports, actor)
            await purge(ports, actor, done.file)

    await asyncio.gather(*(come_and_go() for _ in range(4)))
    last = await uploaded(ports, actor)
    await work_off(ports)
    blob = await Blob.get()
    assert await stored_keys(ports) == [blob.storage_key]
    assert await ports.storage.size_bytes(blob.storage_key) == last.file.size_bytes


async def test_content_of_a_purged_file_is_not_found(ports: Ports, actor: Actor) -> None:
    from domain.files.content import open_content

    done = await uploaded(ports, actor)
    content = await open_content(ports, actor, done.file.id)
    await purge(ports, actor, done.file)
    await work_off(ports)
    with pytest.raises(NotFound):
        await anext(aiter(content.read()))
