"""Uploading: ids from content, one copy of the same bytes, limits while reading, nothing left of what failed."""

from __future__ import annotations

import asyncio
import hashlib
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.access import Actor, FileScope
from domain.errors import Conflict, Forbidden, InvalidInput, NotFound, TooLarge
from domain.files.upload import UploadSpec, upload
from domain.models import TenantRole
from domain.models.file import AccessLevel, Blob, File, FileKind, FilePlace, FileState, FileTag, FileVariant, Visibility
from domain.ports import Ports
from tests.domain.files.uploads import TEXT, in_chunks, stored_keys, uploaded
from tests.domain.people import told
from tests.domain.rows import member, tenant

pytestmark = pytest.mark.usefixtures("database")


def sha(content: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


@pytest.fixture
async def actor(database: object) -> Actor:
    return await member(await tenant(), TenantRole.OPERATOR)


async def folder_of(actor: Actor, **columns: Any) -> File:
    return await File.create(
        tenant_id=actor.tenant_id,
        public_id=f"F{'o' * 23}",
        kind=FileKind.FOLDER,
        name="docs",
        content_type="application/json",
        **columns,
    )


async def test_bytes_get_the_ids_that_their_content_gives(ports: Ports, actor: Actor) -> None:
    done = await uploaded(ports, actor)
    blob = f"b1~{sha(TEXT)}"
    text = f"d2,raw.orig:{blob}:f=txt:s={len(TEXT)}"
    assert not done.existed
    assert (done.file.descriptor, done.file.public_id) == (text, f"f1~{sha(text.encode())}")
    assert (done.file.state, done.file.temp_id, done.file.size_bytes) == (FileState.ACTIVE, None, len(TEXT))
    row = await Blob.get()
    assert (row.id, row.size_bytes) == (blob, len(TEXT))
    assert b"".join([chunk async for chunk in ports.storage.read(row.storage_key)]) == TEXT
    assert [event["public_id"] for event in await told("FileChanged")] == [done.file.public_id]


async def test_everything_said_with_it_is_kept(ports: Ports, actor: Actor) -> None:
    folder = await folder_of(actor)
    when = datetime(2020, 5, 1, tzinfo=UTC)
    done = await uploaded(
        ports,
        actor,
        name="a b.txt",
        preset="archive",
        parent=folder.public_id,
        visibility=Visibility.PUBLIC,
        tags=("red", "blue", "red"),
        created_at=when,
    )
    file = await File.get(id=done.file.id)
    assert (file.name, file.preset, file.parent_id) == ("a b.txt", "archive", folder.id)
    assert (file.visibility, file.creator_id, file.created_at) == (Visibility.PUBLIC, actor.user_id, when)
    assert sorted(row.tag for row in await FileTag.filter(file_id=file.id)) == ["blue", "red"]


async def test_the_same_content_again_is_the_file_that_is_there(ports: Ports, actor: Actor) -> None:
    first = await uploaded(ports, actor)
    again = await uploaded(ports, actor, name="other.txt")
    assert (again.existed, again.file.id, again.file.name) == (True, first.file.id, "notes.txt")
    assert len(await stored_keys(ports)) == 1


async def test_the_same_content_under_another_preset_that_keeps_the_same_is_that_file(
    ports: Ports, actor: Actor
) -> None:
    first = await uploaded(ports, actor, preset="orig-only")
    assert (await uploaded(ports, actor, preset="archive")).file.id == first.file.id


async def test_uploading_what_lies_in_the_trash_brings_it_back(ports: Ports, actor: Actor) -> None:
    first = await uploaded(ports, actor)
    await File.filter(id=first.file.id).update(place=FilePlace.TRASH, trashed_place=FilePlace.DRIVE)
    folder = await folder_of(actor)
    again = await uploaded(ports, actor, parent=folder.public_id)
    row = await File.get(id=first.file.id)
    assert again.existed
    assert (row.place, row.parent_id) == (FilePlace.DRIVE, folder.id)
    assert row.trashed_place is None


async def test_two_tenants_share_bytes_but_no_file(ports: Ports, actor: Actor) -> None:
    other = await member(await tenant(), TenantRole.OPERATOR)
    mine, theirs = await uploaded(ports, actor), await uploaded(ports, other)
    assert not theirs.existed
    assert mine.file.id != theirs.file.id
    assert mine.file.public_id == theirs.file.public_id
    assert len(await stored_keys(ports)) == await Blob.all().count() == 1


async def test_a_part_has_an_id_of_its_own(ports: Ports, actor: Actor) -> None:
    whole = await uploaded(ports, actor, b"the whole")
    free = await uploaded(ports, actor)
    part = await uploaded(ports, actor, root=whole.file.public_id)
    assert not part.existed
    assert part.file.descriptor == (free.file.descriptor or "").replace("d2,", f"d2,R={whole.file.public_id};")
    assert (await uploaded(ports, actor, root=whole.file.public_id)).file.id == part.file.id


async def test_the_same_bytes_at_the_same_moment_become_one_file(ports: Ports, actor: Actor) -> None:
    done = await asyncio.gather(*(uploaded(ports, actor) for _ in range(6)))
    assert len({each.file.id for each in done}) == 1
    assert [each.existed for each in done].count(False) == 1
    assert await FileVariant.all().count() == await Blob.all().count() == len(await stored_keys(ports)) == 1


async def test_too_many_bytes_are_refused_while_reading(ports: Ports, actor: Actor) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1000
            yield b"x" * 1000

    spec = UploadSpec("big.bin", file_bytes=10_500)
    assert actor.tenant_id is not None
    with pytest.raises(TooLarge) as refusal:
        await upload(ports, actor, spec, endless(), tenant_id=actor.tenant_id)
    assert (refusal.value.details["limit"], read) == (10_500, 11_000)
    assert await stored_keys(ports) == []
    assert await File.all().count() == await Blob.all().count() == 0


async def test_a_client_that_leaves_leaves_nothing(ports: Ports, actor: Actor) -> None:
    async def leaving() -> AsyncIterator[bytes]:
        yield b"half of"
        raise ConnectionResetError

    assert actor.tenant_id is not None
    with pytest.raises(ConnectionResetError):
        await upload(ports, actor, UploadSpec("x.bin"), leaving(), tenant_id=actor.tenant_id)
    assert await stored_keys(ports) == []
    assert await File.all().count() == 0


async def test_an_empty_file_is_a_file(ports: Ports, actor: Actor) -> None:
    done = await uploaded(ports, actor, b"")
    assert done.file.size_bytes == 0
    assert len(await stored_keys(ports)) == 1


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        ({"name": ""}, InvalidInput),
        ({"name": "a\nb"}, InvalidInput),
        ({"content_type": "no type"}, InvalidInput),
        ({"tags": ("a b",)}, InvalidInput),
        ({"created_at": datetime(2020, 1, 1)}, InvalidInput),
        ({"preset": "profile-picture"}, InvalidInput),
        ({"preset": "podcast"}, InvalidInput),
        ({"preset": "video", "content_type": None}, InvalidInput),
        ({"parent": "nowhere"}, NotFound),
        ({"root": "nowhere"}, InvalidInput),
    ],
)
async def test_a_refusal_leaves_nothing(
    ports: Ports, actor: Actor, spec: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await uploaded(ports, actor, **spec)  # type: ignore[arg-type]
    assert await stored_keys(ports) == []
    assert await File.all().count() == await Blob.all().count() == 0


async def test_a_folder_in_the_trash_takes_nothing(ports: Ports, actor: Actor) -> None:
    folder = await folder_of(actor, place=FilePlace.TRASH)
    with pytest.raises(Conflict):
        await uploaded(ports, actor, parent=folder.public_id)


async def test_a_viewer_and_a_stranger_may_not(ports: Ports, actor: Actor) -> None:
    viewer = await member(await tenant(), TenantRole.VIEWER)
    with pytest.raises(Forbidden):
        await uploaded(ports, viewer)
    assert actor.tenant_id is not None
    with pytest.raises(Forbidden):
        await upload(ports, viewer, UploadSpec("x"), in_chunks(TEXT), tenant_id=actor.tenant_id)


async def test_a_scope_on_a_file_may_add_parts_to_it_only(ports: Ports, actor: Actor) -> None:
    whole = await uploaded(ports, actor, b"the whole")
    scoped = Actor(
        user_id=None,
        credential="ref:1",
        door="test",
        tenant_id=actor.tenant_id,
        file_scope=FileScope(whole.file.id, AccessLevel.WRITE, grants=True),
    )
    part = await uploaded(ports, scoped, root=whole.file.public_id)
    assert part.file.root_id == whole.file.id
    with pytest.raises(Forbidden):
        await uploaded(ports, scoped)


@pytest.mark.parametrize(
    ("declared", "content", "kept"),
    [
        (None, b"%PDF-1.7 ...", "application/pdf"),
        ("application/octet-stream", b"GIF89a....", "image/gif"),
        ("image/png", b"<html><script>alert(1)</script>", "application/octet-stream"),
        ("image/jpeg", b"GIF89a....", "image/gif"),
        ("text/html", b"<html>", "text/html"),
        ("text/plain; charset=utf-8", b"\x89PNG\r\n\x1a\n", "text/plain; charset=utf-8"),
        (None, b"who knows", "application/octet-stream"),
    ],
)
async def test_the_declared_type_stands_unless_it_lies(
    ports: Ports, actor: Actor, declared: str | None, content: bytes, kept: str
) -> None:
    assert (await uploaded(ports, actor, content, declared, preset="orig-only")).file.content_type == kept
