"""list_files: filters, orders and pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from tortoise.context import TortoiseContext

from domain.access import Actor
from domain.errors import InvalidInput
from domain.files.file_filter import FileFilter
from domain.files.mark_file import mark_file
from domain.files.queries import FileListing, FilePosition, FileSort, list_files
from domain.models import Blob, File, FileActivity, FileKind, FileTag, FileVariant, Tenant
from domain.models.file import FilePlace, FileState, Visibility
from domain.ports import Ports
from tests.domain.file_rows import a_file, a_folder

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
ANONYMOUS = Actor.anonymous("cloudillo")


@pytest.fixture
async def shelf(tenant: Tenant, owner: Actor) -> dict[str, File]:
    """One of everything, by name."""
    folder = await a_folder(tenant, "folder", created_at=NEW_YEAR)
    rows = [
        folder,
        await a_file(tenant, "plan", parent_id=folder.id, created_at=NEW_YEAR + timedelta(days=1)),
        await a_file(tenant, "table", kind=FileKind.TREE, creator_tag="anna.example.org", by=owner),
        await a_file(tenant, "photo", kind=FileKind.BLOB, content_type="image/webp", preset="default"),
        await a_file(
            tenant,
            "film",
            kind=FileKind.BLOB,
            content_type="video/mp4",
            state=FileState.PENDING,
            source="bert.example.org:f1~x",
        ),
        await a_file(tenant, "50%_done", content_type="text/html; charset=utf-8", hidden=True),
        await a_file(tenant, "store", place=FilePlace.MANAGED),
        await a_file(tenant, "waste", place=FilePlace.TRASH),
        await a_file(tenant, "part", root_id=(await a_file(tenant, "whole")).id),
    ]
    return {row.name: row for row in [*rows, await File.get(name="whole")]}


async def names(ports: Ports, actor: Actor, tenant: Tenant, **filters: Any) -> set[str]:
    listing = await list_files(ports, actor, tenant.id, FileFilter(**filters), first=100)
    return {file.name for file in listing.items}


IN_THE_DRIVE = {"folder", "plan", "table", "photo", "film", "50%_done", "part", "whole"}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, IN_THE_DRIVE),
        ({"at_top": True}, IN_THE_DRIVE - {"plan"}),
        ({"place": FilePlace.MANAGED}, {"store"}),
        ({"place": FilePlace.TRASH, "at_top": True}, {"waste"}),
        ({"parent": "folder"}, {"plan"}),
        ({"parent": "nothing"}, set()),
        ({"not_parent": "folder"}, IN_THE_DRIVE - {"plan"}),
        ({"not_parent": "nothing"}, IN_THE_DRIVE),
        ({"root": "whole"}, {"part"}),
        ({"root": "nothing"}, set()),
        ({"ids": ("plan", "waste", "nothing")}, {"plan", "waste"}),
        ({"ids": ()}, set()),
        ({"preset": "default"}, {"photo"}),
        ({"state": FileState.PENDING}, {"film"}),
        ({"kinds": (FileKind.TREE, FileKind.FOLDER)}, {"folder", "table"}),
        ({"kinds": ()}, set()),
        ({"content_types": ("image/*", "text/html")}, {"photo", "50%_done"}),
        ({"content_types": ("video/mp4",)}, {"film"}),
        ({"content_types": ("*/*",)}, IN_THE_DRIVE),
        ({"content_types": ("image/*",), "with_folders": True}, {"photo", "folder"}),
        ({"with_folders": True}, IN_THE_DRIVE),
        ({"with_folders": False}, IN_THE_DRIVE - {"folder"}),
        ({"name": "LA"}, {"plan"}),
        ({"name": "%_"}, {"50%_done"}),
        ({"name": "a\x00b"}, set()),
        ({"name": "x" * 1000}, set()),
        ({"tag": "x" * 65}, set()),
        ({"preset": "x" * 33}, set()),
        ({"content_types": ("x" * 129,)}, set()),
        ({"variant": "x" * 18}, set()),
        ({"creator_tag": "anna.example.org"}, {"table"}),
        ({"own": False}, {"film"}),
        ({"own": True}, IN_THE_DRIVE - {"film"}),
        ({"source_tag": "bert.example.org"}, {"film"}),
        ({"source_tag": "bert"}, set()),
        ({"not_source_tag": "bert.example.org"}, IN_THE_DRIVE - {"film"}),
        ({"created_before": NEW_YEAR + timedelta(seconds=1)}, {"folder"}),
        ({"created_after": NEW_YEAR, "created_before": NEW_YEAR + timedelta(days=2)}, {"plan"}),
        ({"hidden": True}, {"50%_done"}),
        ({"hidden": False}, IN_THE_DRIVE - {"50%_done"}),
        ({"pinned": True}, set()),
        ({"starred": False}, IN_THE_DRIVE),
    ],
)
async def test_filters(
    ports: Ports,
    tenant: Tenant,
    operator: Actor,
    shelf: dict[str, File],
    filters: dict[str, Any],
    expected: set[str],
) -> None:
    for name in ("parent", "not_parent", "root"):
        if filters.get(name) in shelf:
            filters = {**filters, name: shelf[filters[name]].public_id}
    if "ids" in filters:
        filters = {"ids": tuple(shelf[name].public_id if name in shelf else name for name in filters["ids"])}
    assert await names(ports, operator, tenant, **filters) == expected


async def test_files_are_named_by_row_and_temporary_id_too(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    one, two = await a_file(tenant, "one"), await a_file(tenant, "two", temp_id="@2")
    assert await names(ports, operator, tenant, ids=(one.id, "@2")) == {"one", "two"}
    assert await names(ports, operator, tenant, ids=(str(one.id), str(two.id), uuid4())) == {"one", "two"}


async def test_by_tag_and_by_variant(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    file, other = await a_file(tenant, "file"), await a_file(tenant, "other")
    await FileTag.create(tenant_id=tenant.id, file_id=file.id, tag="red")
    blob = await Blob.create(id="b1~x", size_bytes=1, storage_key="x")
    columns: dict[str, Any] = {"format": "webp", "content_type": "image/webp", "size_bytes": 1, "blob_id": blob.id}
    await FileVariant.create(file_id=other.id, variant_class="vis", quality="sd", **columns)
    assert await names(ports, operator, tenant, tag="red") == {"file"}
    assert await names(ports, operator, tenant, tag="re") == set()
    for variant, expected in (("vis.sd", {"other"}), ("sd", {"other"}), ("vid.sd", set()), ("hd", set())):
        assert await names(ports, operator, tenant, variant=variant) == expected


async def test_marks_are_everybodys_own(ports: Ports, tenant: Tenant, operator: Actor, owner: Actor) -> None:
    pinned, starred = await a_file(tenant, "pinned"), await a_file(tenant, "starred")
    await mark_file(ports, operator, pinned.id, pinned=True)
    await mark_file(ports, operator, starred.id, starred=True, pinned=False)
    assert await names(ports, operator, tenant, pinned=True) == {"pinned"}
    assert await names(ports, operator, tenant, pinned=False) == {"starred"}
    assert await names(ports, operator, tenant, starred=True) == {"starred"}
    assert await names(ports, owner, tenant, pinned=True) == set()


async def test_guests_have_no_marks(ports: Ports, tenant: Tenant) -> None:
    await a_file(tenant, "public", visibility=Visibility.PUBLIC)
    assert await names(ports, ANONYMOUS, tenant, pinned=True) == set()
    assert await names(ports, ANONYMOUS, tenant, pinned=False) == {"public"}


async def pages(
    ports: Ports, actor: Actor, tenant: Tenant, sort: FileSort, descending: bool | None, first: int
) -> list[str]:
    """The names of all pages, one after the other."""
    seen: list[str] = []
    after: FilePosition | None = None
    while True:
        listing = await list_files(ports, actor, tenant.id, sort=sort, descending=descending, first=first, after=after)
        seen += [file.name for file in listing.items]
        if listing.next is None:
            return seen
        assert len(listing.items) == first
        after = listing.next


async def six(tenant: Tenant, actor: Actor) -> None:
    """Two were opened at the same instant, two within one second of it, two never."""
    opened = {"a": 0.0, "b": 0.0, "c": 0.25, "d": 0.75}
    for name in ("f", "d", "b", "e", "c", "a"):
        file = await a_file(tenant, name)
        if name in opened:
            at = NEW_YEAR + timedelta(seconds=opened[name])
            await FileActivity.create(file_id=file.id, user_id=actor.user_id, accessed_at=at, modified_at=at)
        await FileActivity.create(file_id=file.id, user_id=uuid4(), accessed_at=NEW_YEAR + timedelta(days=9))


@pytest.mark.parametrize("first", [1, 2, 3, 4, 5, 6, 7])
@pytest.mark.parametrize("sort", [FileSort.RECENT, FileSort.MODIFIED])
async def test_by_ones_own_doings_what_was_never_touched_is_oldest(
    ports: Ports, tenant: Tenant, operator: Actor, sort: FileSort, first: int
) -> None:
    await six(tenant, operator)
    newest = ["d", "c", "a", "b", "e", "f"]
    assert await pages(ports, operator, tenant, sort, None, first) == newest
    assert await pages(ports, operator, tenant, sort, False, first) == newest[::-1]


@pytest.mark.parametrize("first", [1, 2, 3, 7])
async def test_by_name_equal_ones_by_age(ports: Ports, tenant: Tenant, operator: Actor, first: int) -> None:
    for name in ("b", "a", "b", "c", "b"):
        await a_file(tenant, name)
    assert await pages(ports, operator, tenant, FileSort.NAME, None, first) == ["a", "b", "b", "b", "c"]
    assert await pages(ports, operator, tenant, FileSort.NAME, True, first) == ["c", "b", "b", "b", "a"]


@pytest.mark.parametrize("first", [1, 2, 7])
async def test_by_creation_within_one_second_and_at_one_instant(
    ports: Ports, tenant: Tenant, operator: Actor, first: int
) -> None:
    for name, later_ms in (("a", 0), ("b", 0), ("c", 250), ("d", 990)):
        await a_file(tenant, name, created_at=NEW_YEAR + timedelta(milliseconds=later_ms))
    assert await pages(ports, operator, tenant, FileSort.CREATED, None, first) == ["d", "c", "b", "a"]
    assert await pages(ports, operator, tenant, FileSort.CREATED, False, first) == ["a", "b", "c", "d"]


async def test_guests_sort_by_what_anybody_did(ports: Ports, tenant: Tenant) -> None:
    for name, at in (("old", NEW_YEAR), ("never", None), ("new", NEW_YEAR + timedelta(days=1))):
        await a_file(tenant, name, visibility=Visibility.PUBLIC, accessed_at=at)
    assert await pages(ports, ANONYMOUS, tenant, FileSort.RECENT, None, 1) == ["new", "old", "never"]


async def first_two(ports: Ports, actor: Actor, tenant: Tenant, sort: FileSort) -> FileListing:
    listing = await list_files(ports, actor, tenant.id, sort=sort, first=2)
    assert listing.next is not None
    return listing


@pytest.mark.parametrize("sort", list(FileSort))
async def test_a_page_goes_on_where_its_last_file_is_gone(
    ports: Ports, tenant: Tenant, operator: Actor, sort: FileSort
) -> None:
    for name in "abcd":
        await a_file(tenant, name, created_at=NEW_YEAR + timedelta(seconds=ord(name)))
    before = await first_two(ports, operator, tenant, sort)
    rest = {file.name for file in (await list_files(ports, operator, tenant.id, sort=sort, after=before.next)).items}
    await File.filter(id=before.items[-1].id).delete()
    again = await list_files(ports, operator, tenant.id, sort=sort, after=before.next)
    assert rest <= {file.name for file in again.items}


async def test_a_file_opened_between_two_pages_does_not_start_the_list_anew(
    ports: Ports, tenant: Tenant, operator: Actor
) -> None:
    await six(tenant, operator)
    before = await first_two(ports, operator, tenant, FileSort.RECENT)
    assert operator.user_id is not None
    moved = FileActivity.filter(file_id=before.items[-1].id, user_id=operator.user_id)
    await moved.update(accessed_at=NEW_YEAR + timedelta(days=1))
    after = await list_files(ports, operator, tenant.id, sort=FileSort.RECENT, after=before.next)
    assert [file.name for file in after.items] == ["d", "a", "b", "e", "f"]  # d: again, but none left out


@pytest.mark.parametrize(
    ("sort", "position"),
    [
        (FileSort.NAME, FilePosition(1, "x")),
        (FileSort.CREATED, FilePosition("a", "x")),
        (FileSort.RECENT, FilePosition(-1, "x")),
        (FileSort.RECENT, FilePosition(10**18, "x")),
        (FileSort.NAME, FilePosition("a\x00", "x")),
        (FileSort.NAME, FilePosition("a", "\ud800")),
    ],
)
async def test_a_position_that_cannot_be_is_refused(
    ports: Ports, tenant: Tenant, operator: Actor, sort: FileSort, position: FilePosition
) -> None:
    with pytest.raises(InvalidInput):
        await list_files(ports, operator, tenant.id, sort=sort, after=position)


@pytest.mark.parametrize("first", [0, 201, -1])
async def test_a_page_has_one_to_two_hundred(ports: Ports, tenant: Tenant, operator: Actor, first: int) -> None:
    with pytest.raises(InvalidInput):
        await list_files(ports, operator, tenant.id, first=first)


async def test_an_empty_list(ports: Ports, database: TortoiseContext, tenant: Tenant, operator: Actor) -> None:
    assert await list_files(ports, operator, tenant.id) == FileListing([], None)
