"""Reading content: the right variant, for the right people, in parts."""

from __future__ import annotations

import pytest
from PIL import Image

from domain.access import Actor
from domain.errors import InvalidInput, NotFound
from domain.files.content import Wanted, choose_variant, open_content, open_variant, read_descriptor
from domain.models import TenantRole
from domain.models.file import File, FileKind, FileVariant, Visibility
from domain.ports import Ports
from tests.domain.files.uploads import TEXT, opened, picture, uploaded, work_off
from tests.domain.rows import member, tenant

pytestmark = pytest.mark.usefixtures("database")
GUEST = Actor.anonymous("test")


@pytest.fixture
async def actor(database: object) -> Actor:
    return await member(await tenant(), TenantRole.OPERATOR)


def variant(name: str, width: int = 0, height: int = 0, size_bytes: int = 1) -> FileVariant:
    media, _, quality = name.partition(".")
    return FileVariant(variant_class=media, quality=quality, width=width, height=height, size_bytes=size_bytes)


PICTURE = [
    variant("vis.tn", 256, 128, 5_000),
    variant("vis.sd", 720, 360, 30_000),
    variant("vis.hd", 1920, 960, 90_000),
    variant("vis.orig", 4000, 2000, 900_000),
]
FILM = [variant("vid.orig", 1920, 1080), variant("vid.sd", 720, 405), variant("vis.tn", 256, 144)]
CLIENTS_GUESS = [variant("raw.orig")]


@pytest.mark.parametrize(
    ("variants", "asked", "given"),
    [
        (PICTURE, None, "vis.orig"),
        (PICTURE, "orig", "vis.orig"),
        (PICTURE, "sd", "vis.sd"),
        (PICTURE, "vis.sd", "vis.sd"),
        (PICTURE, "vis.md", "vis.hd"),
        (PICTURE, "pf", "vis.tn"),
        (PICTURE, "xd", "vis.orig"),
        (PICTURE[:3], "orig", "vis.hd"),
        (PICTURE[:2], "hd", "vis.sd"),
        (FILM, None, "vid.orig"),
        (FILM, "tn", "vis.tn"),
        (FILM, "vid.hd", "vid.orig"),
        (FILM, "vis.hd", "vis.tn"),
        (CLIENTS_GUESS, None, "raw.orig"),
    ],
)
def test_the_nearest_variant_serves(variants: list[FileVariant], asked: str | None, given: str) -> None:
    chosen = choose_variant(variants, Wanted(asked))
    assert f"{chosen.variant_class}.{chosen.quality}" == given


@pytest.mark.parametrize("asked", ["aud.md", "vid.sd", "huge", "vis.", "x.sd", ".", "vis.sd.sd", "VIS.sd", "a" * 500])
def test_what_there_is_none_of_is_not_found(asked: str) -> None:
    with pytest.raises(NotFound):
        choose_variant(PICTURE, Wanted(asked))


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (Wanted(min_width=300), "sd"),
        (Wanted(min_height=300), "sd"),
        (Wanted(min_width=256, min_height=129), "sd"),
        (Wanted(min_pixels=1_000_000), "hd"),
        (Wanted(min_width=9000), "orig"),
        (Wanted(min_width=0), "tn"),
        (Wanted("vis.tn", min_width=1000), "hd"),
    ],
)
def test_the_smallest_that_is_large_enough_serves(wanted: Wanted, given: str) -> None:
    assert choose_variant(PICTURE, wanted).quality == given


def test_measures_are_no_use_without_pictures() -> None:
    with pytest.raises(NotFound):
        choose_variant(CLIENTS_GUESS, Wanted(min_width=1))
    with pytest.raises(InvalidInput):
        choose_variant(PICTURE, Wanted(min_width=-1))


@pytest.mark.parametrize(
    ("start", "end", "part"), [(0, None, TEXT), (3, 6, TEXT[3:6]), (7, 999, TEXT[7:]), (5, 5, b""), (16, None, b"")]
)
async def test_bytes_come_in_parts(ports: Ports, actor: Actor, start: int, end: int | None, part: bytes) -> None:
    done = await uploaded(ports, actor)
    content = await open_content(ports, actor, done.file.public_id)
    assert (content.content_type, content.size_bytes, content.etag) == ("text/plain", 16, done.variants[0].blob_id)
    assert content.is_fixed
    assert b"".join([chunk async for chunk in content.read(start, end)]) == part


async def test_strangers_find_nothing_until_it_is_public(ports: Ports, actor: Actor) -> None:
    done = await uploaded(ports, actor)
    other = await member(await tenant(), TenantRole.OWNER)
    blob_id = done.variants[0].blob_id
    for who in (GUEST, other):
        for look in (
            open_content(ports, who, done.file.public_id, tenant_id=actor.tenant_id),
            open_variant(ports, who, blob_id, tenant_id=actor.tenant_id),
            read_descriptor(ports, who, done.file.public_id, tenant_id=actor.tenant_id),
        ):
            with pytest.raises(NotFound):
                await look
    await File.filter(id=done.file.id).update(visibility=Visibility.PUBLIC)
    assert (await open_content(ports, GUEST, done.file.public_id, tenant_id=actor.tenant_id)).etag == blob_id
    assert (await open_variant(ports, GUEST, blob_id, tenant_id=actor.tenant_id)).file.id == done.file.id


async def test_a_variant_is_open_to_whoever_may_read_one_file_that_has_it(ports: Ports, actor: Actor) -> None:
    whole = await uploaded(ports, actor, b"whole")
    secret = await uploaded(ports, actor)
    await uploaded(ports, actor, root=whole.file.public_id, visibility=Visibility.PUBLIC)
    content = await open_variant(ports, GUEST, secret.variants[0].blob_id, tenant_id=actor.tenant_id)
    assert content.file.id != secret.file.id


async def test_where_a_picture_was_taken_is_for_those_who_may_write(ports: Ports, actor: Actor) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    source = picture(exif=exif.tobytes())
    done = await uploaded(ports, actor, source, "image/jpeg", visibility=Visibility.PUBLIC)
    with pytest.raises(NotFound):  # nobody has looked inside yet
        await open_content(ports, GUEST, done.file.public_id, tenant_id=actor.tenant_id)
    await work_off(ports)
    mine = await open_content(ports, actor, done.file.public_id)
    theirs = await open_content(ports, GUEST, done.file.public_id, tenant_id=actor.tenant_id)
    assert (mine.variant.quality, theirs.variant.quality) == ("orig", "md")
    assert mine.is_shy
    assert not theirs.is_shy
    assert not opened(b"".join([chunk async for chunk in theirs.read()])).getexif()
    with pytest.raises(NotFound):
        await open_variant(ports, GUEST, mine.etag, tenant_id=actor.tenant_id)
    seen = await read_descriptor(ports, GUEST, done.file.public_id, tenant_id=actor.tenant_id)
    assert {each.quality for each in seen.variants} == {"tn", "sd", "md"}


async def test_a_temporary_id_stays_good_but_is_not_for_ever(ports: Ports, actor: Actor) -> None:
    done = await uploaded(ports, actor, picture(), "image/jpeg")
    assert not (await open_content(ports, actor, done.file.public_id)).is_fixed
    await work_off(ports)
    content = await open_content(ports, actor, done.file.public_id)
    assert content.file.id == done.file.id
    assert not content.is_fixed


async def test_what_has_no_bytes_is_not_found(ports: Ports, actor: Actor) -> None:
    folder = await File.create(
        tenant_id=actor.tenant_id, public_id="f" * 24, kind=FileKind.FOLDER, name="f", content_type="text/plain"
    )
    empty = await File.create(
        tenant_id=actor.tenant_id, public_id="e" * 24, kind=FileKind.BLOB, name="e", content_type="text/plain"
    )
    for reference in (folder.public_id, empty.public_id, "nothing", "x" * 500):
        with pytest.raises(NotFound):
            await open_content(ports, actor, reference)


async def test_a_descriptor_says_what_there_is(ports: Ports, actor: Actor) -> None:
    done = await uploaded(ports, actor, picture(), "image/jpeg")
    assert (await read_descriptor(ports, actor, done.file.id)).text is None
    await work_off(ports)
    found = await read_descriptor(ports, actor, done.file.id)
    assert found.text == found.file.descriptor
    assert len(found.variants) == 4
