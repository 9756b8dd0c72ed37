"""Variants: the job makes them, the id follows, and what cannot be made leaves the original alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from PIL import Image

from domain.access import Actor
from domain.errors import InvalidInput, Unavailable
from domain.files.access import find_file
from domain.files.descriptor import file_id_of
from domain.files.variants import FOR_WRITERS, VARIANTS
from domain.jobs.job import Job
from domain.media.kinds import MediaClass
from domain.models import Operation, TenantRole
from domain.models.file import Blob, File, FileState, FileVariant
from domain.models.tenant import Tenant
from domain.ports import Ports
from domain.ports.media import MediaCopy, MediaOrder
from domain.preferences.set_preference import set_preference
from tests.domain.files.uploads import opened, picture, stored_keys, uploaded, work_off
from tests.domain.people import SYSTEM, told
from tests.domain.rows import member, tenant

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def actor(database: object) -> Actor:
    return await member(await tenant(), TenantRole.OPERATOR)


async def a_picture(ports: Ports, actor: Actor, content: bytes | None = None, **spec: object) -> File:
    done = await uploaded(ports, actor, content or picture(), "image/jpeg", name="a.jpg", **spec)
    return done.file


async def test_a_picture_gets_its_variants_and_then_its_id(ports: Ports, actor: Actor) -> None:
    pending = await a_picture(ports, actor)
    assert (pending.state, pending.public_id[:1], pending.temp_id) == (FileState.PENDING, "@", pending.public_id)
    assert (pending.width, pending.height) == (900, 600)
    await work_off(ports)
    file = await File.get(id=pending.id)
    assert (file.state, file.temp_id) == (FileState.ACTIVE, pending.public_id)
    assert file.descriptor is not None
    assert file.public_id == file_id_of(file.descriptor)
    assert file.descriptor.startswith("d2,vis.tn:b1~")
    rows = await FileVariant.filter(file_id=file.id).order_by("size_bytes")
    assert {row.quality for row in rows} == {"orig", "tn", "sd", "md"}
    assert [part.split(":")[0] for part in file.descriptor[3:].split(";")] == [f"vis.{row.quality}" for row in rows]
    assert ":f=webp:s=" in file.descriptor
    assert ":r=720x480" in file.descriptor
    found = await find_file(actor, pending.public_id)
    assert found is not None
    assert found.id == file.id
    last = (await told("FileChanged"))[-1]
    assert (last["public_id"], last["temp_id"], last["state"]) == (file.public_id, pending.public_id, "active")


async def test_the_same_picture_again_is_the_file_that_is_there(ports: Ports, actor: Actor) -> None:
    first = await a_picture(ports, actor)
    assert (await a_picture(ports, actor)).id == first.id
    await work_off(ports)
    assert (await a_picture(ports, actor)).id == first.id
    assert await Operation.filter(kind="files.variants").count() == 1


async def test_the_job_may_run_again(ports: Ports, actor: Actor) -> None:
    await a_picture(ports, actor)
    await work_off(ports)
    keys, revision = await stored_keys(ports), (await File.get()).revision
    await VARIANTS.run(Job(ports, await Operation.get(kind="files.variants")))
    assert (await stored_keys(ports), (await File.get()).revision) == (keys, revision)


async def test_an_original_that_tells_where_it_was_taken_is_marked(ports: Ports, actor: Actor) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    told_all = await a_picture(ports, actor, picture(exif=exif.tobytes()))
    plain = await a_picture(ports, actor, picture(500, 500))
    assert told_all.extra == plain.extra == {"original": "writers"}
    await work_off(ports)
    assert (await File.get(id=told_all.id)).extra == {"original": "writers"}
    assert (await File.get(id=plain.id)).extra is None


async def test_a_broken_picture_stands_alone(ports: Ports, actor: Actor) -> None:
    pending = await a_picture(ports, actor, picture()[:2000])
    await work_off(ports)
    file = await File.get(id=pending.id)
    operation = await Operation.get(kind="files.variants")
    assert (file.state, file.public_id[:3]) == (FileState.ACTIVE, "f1~")
    assert await FileVariant.filter(file_id=file.id).count() == 1
    assert operation.result == {"variants": 0, "refused": "The image cannot be read."}


async def test_what_no_decoder_reads_stays_with_its_writers_where_it_bears_traces(ports: Ports, actor: Actor) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    bearing = await a_picture(ports, actor, picture(exif=exif.tobytes())[:2000])
    plain = await a_picture(ports, actor, picture()[:1900])
    await work_off(ports)
    assert (await File.get(id=bearing.id)).extra == FOR_WRITERS
    assert (await File.get(id=plain.id)).extra is None


async def test_a_bomb_is_refused_at_the_door(ports: Ports, actor: Actor) -> None:
    from tests.domain.media.test_images import claiming

    with pytest.raises(InvalidInput, match="pixels"):
        await uploaded(ports, actor, claiming(60_000, 60_000), "image/png")
    assert await File.all().count() == 0
    assert await stored_keys(ports) == []


async def test_storage_that_stays_away_leaves_the_original(ports: Ports, actor: Actor) -> None:
    pending = await a_picture(ports, actor)
    job = Job(ports, await Operation.get(kind="files.variants"))
    assert VARIANTS.on_failure is not None
    await VARIANTS.on_failure(job, Unavailable("away"))
    file = await File.get(id=pending.id)
    assert (file.state, file.public_id[:3]) == (FileState.ACTIVE, "f1~")


async def test_a_file_purged_meanwhile_is_nobodys_business(ports: Ports, actor: Actor) -> None:
    pending = await a_picture(ports, actor)
    await FileVariant.all().delete()
    await File.filter(id=pending.id).delete()
    await work_off(ports)
    assert (await Operation.get(kind="files.variants")).state.value == "succeeded"


async def test_a_thumbnail_alone_keeps_no_original(ports: Ports, actor: Actor) -> None:
    pending = await a_picture(ports, actor, preset="thumbnail-only")
    await work_off(ports)
    rows = await FileVariant.filter(file_id=pending.id)
    assert [row.quality for row in rows] == ["tn"]
    assert len(await stored_keys(ports)) == await Blob.all().count() == 1


async def test_two_presets_that_come_to_the_same_keep_two_names(ports: Ports, actor: Actor) -> None:
    small = picture(100, 100)
    first, second = await a_picture(ports, actor, small), await a_picture(ports, actor, small, preset="mobile")
    await work_off(ports)
    one, other = await File.get(id=first.id), await File.get(id=second.id)
    assert sorted([one.public_id[:1], other.public_id[:1]]) == ["@", "f"]
    assert one.descriptor == other.descriptor
    assert one.state is other.state is FileState.ACTIVE
    assert len(await stored_keys(ports)) == 2


async def test_a_picture_named_by_its_tenant_is_named_anew(ports: Ports, actor: Actor) -> None:
    pending = await a_picture(ports, actor, preset="profile-picture")
    await Tenant.filter(id=actor.tenant_id).update(picture_file_id=pending.public_id)
    await work_off(ports)
    file = await File.get(id=pending.id)
    assert (await Tenant.get(id=actor.tenant_id)).picture_file_id == file.public_id
    assert file.public_id.startswith("f1~")
    assert {row.quality for row in await FileVariant.filter(file_id=file.id)} == {"orig", "pf", "tn", "sd", "md"}


async def test_the_bytes_in_the_storage_are_what_the_row_says(ports: Ports, actor: Actor) -> None:
    await a_picture(ports, actor)
    await work_off(ports)
    for row in await FileVariant.all().select_related("blob"):
        content = b"".join([chunk async for chunk in ports.storage.read(row.blob.storage_key)])
        assert len(content) == row.size_bytes == row.blob.size_bytes
        assert opened(content).size == (row.width, row.height)


async def test_a_vector_picture_is_left_as_it_is(ports: Ports, actor: Actor) -> None:
    done = await uploaded(ports, actor, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml")
    assert (done.file.state, done.variants[0].format) == (FileState.ACTIVE, "svg")


class Projector:
    """Makes one small film and one still of every video; refuses what begins with "bad"."""

    def makes(self, media: MediaClass) -> bool:
        return media is MediaClass.VIDEO

    @asynccontextmanager
    async def copies(
        self, media: MediaClass, content: AsyncIterator[bytes], orders: Sequence[MediaOrder]
    ) -> AsyncIterator[Sequence[MediaCopy]]:
        if (b"".join([chunk async for chunk in content])).startswith(b"bad"):
            raise InvalidInput("This cannot be converted.")
        yield [Film(order) for order in orders if order.quality in ("tn", "sd")]

    async def close(self) -> None: ...


class Film:
    content_type = "video/mp4"
    width: int | None = 720
    height: int | None = 404
    duration_s: float | None = 12.5
    bitrate_kbps: int | None = 800
    pages: int | None = None

    def __init__(self, order: MediaOrder) -> None:
        self.order = order

    async def read(self) -> AsyncIterator[bytes]:
        yield self.order.quality.encode()


async def test_a_video_gets_what_the_programs_make(ports: Ports, actor: Actor) -> None:
    equipped = replace(ports, media=Projector())
    done = await uploaded(equipped, actor, b"a film", "video/mp4")
    assert done.file.public_id.startswith("@")
    await work_off(equipped)
    file = await File.get(id=done.file.id)
    assert file.descriptor is not None
    assert "vid.sd:" in file.descriptor
    assert ":f=mp4:s=2:r=720x404:dur=12.5:br=800" in file.descriptor
    assert {f"{row.variant_class}.{row.quality}" for row in await FileVariant.filter(file_id=file.id)} == {
        "vid.orig",
        "vid.sd",
        "vis.tn",
    }


async def test_a_video_that_cannot_be_converted_stands_alone(ports: Ports, actor: Actor) -> None:
    equipped = replace(ports, media=Projector())
    done = await uploaded(equipped, actor, b"bad film", "video/mp4")
    await work_off(equipped)
    assert (await File.get(id=done.file.id)).public_id.startswith("f1~")
    assert await FileVariant.filter(file_id=done.file.id).count() == 1


async def test_without_the_programs_a_video_is_final_at_once(ports: Ports, actor: Actor) -> None:
    done = await uploaded(ports, actor, b"a film", "video/mp4")
    assert done.file.public_id.startswith("f1~")
    assert await Operation.all().count() == 0


async def test_formats_and_the_largest_size_follow_the_preferences(ports: Ports, actor: Actor) -> None:
    for name, value in (("image_format", "avif"), ("thumbnail_format", "jpeg"), ("max_generate_variant", "sd")):
        await set_preference(ports, SYSTEM, f"file.{name}", value, tenant_id=actor.tenant_id, for_platform=True)
    pending = await a_picture(ports, actor)
    await work_off(ports)
    made = {row.quality: row.format for row in await FileVariant.filter(file_id=pending.id)}
    assert made == {"orig": "jpeg", "tn": "jpeg", "sd": "avif"}
