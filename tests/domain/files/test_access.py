"""Who may do what with a file: every way to a level, and every ceiling over it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tortoise.context import TortoiseContext

from domain.access import Actor, FileScope, allowed_scopes, visible_tenants
from domain.errors import Forbidden, NotFound
from domain.files.access import find_file, get_file, level_on, may_see_all, require_level
from domain.models import AccessLevel, File, FileKind, Share, ShareSubject, Tenant, TenantRole, Visibility
from domain.ports import Ports
from tests.domain.rows import member, platform, tenant
from tests.fakes import FakeClock

RANDOM_ID = "a1B2c3D4e5F6g7H8i9J0k1L2"


@pytest.fixture
async def home(database: TortoiseContext) -> Tenant:
    return await tenant("home")


async def a_file(of: Tenant, **columns: Any) -> File:
    values: dict[str, Any] = {
        "public_id": uuid4().hex[:24],
        "kind": FileKind.DOCUMENT,
        "name": "notes",
        "content_type": "x/y",
    }
    return await File.create(tenant_id=of.id, **{**values, **columns})


async def given(file: File, level: AccessLevel, **columns: Any) -> Share:
    values: dict[str, Any] = {"subject_kind": ShareSubject.USER, "subject": "bob.example.org", "created_by": "test"}
    return await Share.create(tenant_id=file.tenant_id, file_id=file.id, level=level, **{**values, **columns})


@pytest.mark.parametrize(
    ("role", "level"),
    [
        (TenantRole.OWNER, AccessLevel.ADMIN),
        (TenantRole.ADMIN, AccessLevel.ADMIN),
        (TenantRole.OPERATOR, AccessLevel.WRITE),
        (TenantRole.VIEWER, AccessLevel.NONE),
    ],
)
async def test_a_role_in_the_tenant_gives_its_level(
    home: Tenant, ports: Ports, role: TenantRole, level: AccessLevel
) -> None:
    actor = await member(home, role)
    assert await level_on(ports, actor, await a_file(home)) is level
    assert may_see_all(actor, home.id) is (level > AccessLevel.NONE)


async def test_the_platform_may_everything_and_a_stranger_nothing(home: Tenant, ports: Ports) -> None:
    file = await a_file(home)
    assert await level_on(ports, await platform(), file) is AccessLevel.ADMIN
    assert await level_on(ports, await member(await tenant()), file) is AccessLevel.NONE
    assert await level_on(ports, Actor.anonymous("test"), file) is AccessLevel.NONE


async def test_who_made_it_may_share_it(home: Tenant, ports: Ports) -> None:
    viewer = await member(home, TenantRole.VIEWER)
    assert await level_on(ports, viewer, await a_file(home, creator_id=viewer.user_id)) is AccessLevel.ADMIN


@pytest.mark.parametrize("visibility", list(Visibility))
async def test_visibility_lets_read_whom_it_names(home: Tenant, ports: Ports, visibility: Visibility) -> None:
    file = await a_file(home, visibility=visibility)
    signed_in = visibility in (Visibility.PUBLIC, Visibility.VERIFIED)
    assert (await level_on(ports, await member(await tenant()), file) is AccessLevel.READ) is signed_in
    guest = await level_on(ports, Actor.anonymous("test"), file)
    assert guest is (AccessLevel.READ if visibility is Visibility.PUBLIC else AccessLevel.NONE)


async def test_a_grant_holds_for_the_tag_or_the_person_until_it_expires(
    home: Tenant, ports: Ports, clock: FakeClock
) -> None:
    bob = replace(await member(await tenant()), id_tag="bob.example.org")
    by_tag, by_person = await a_file(home), await a_file(home)
    await given(by_tag, AccessLevel.COMMENT, expires_at=clock.now() + timedelta(seconds=60))
    await given(by_person, AccessLevel.WRITE, subject="bob", user_id=bob.user_id)
    assert await level_on(ports, bob, by_tag) is AccessLevel.COMMENT
    assert await level_on(ports, bob, by_person) is AccessLevel.WRITE
    clock.advance(60)
    assert await level_on(ports, bob, by_tag) is AccessLevel.NONE


async def test_a_link_is_no_grant_to_a_person_whose_tag_reads_like_it(home: Tenant, ports: Ports) -> None:
    bob = replace(await member(await tenant()), id_tag="bob.example.org")
    file = await a_file(home)
    await given(file, AccessLevel.WRITE, subject_kind=ShareSubject.LINK)
    assert await level_on(ports, bob, file) is AccessLevel.NONE


async def test_a_part_inherits_from_its_root(home: Tenant, ports: Ports) -> None:
    bob = replace(await member(await tenant()), id_tag="bob.example.org")
    root = await a_file(home)
    part = await a_file(home, root_id=root.id)
    await given(root, AccessLevel.WRITE)
    assert await level_on(ports, bob, part) is AccessLevel.WRITE


async def test_a_link_scope_opens_its_tree_and_nothing_else(home: Tenant, ports: Ports) -> None:
    root, other = await a_file(home), await a_file(home, visibility=Visibility.PUBLIC)
    part = await a_file(home, root_id=root.id)
    guest = replace(Actor.anonymous("test"), file_scope=FileScope(root.id, AccessLevel.COMMENT, grants=True))
    assert await level_on(ports, guest, root) is await level_on(ports, guest, part) is AccessLevel.COMMENT
    assert await level_on(ports, guest, other) is AccessLevel.NONE


async def test_a_narrowing_scope_gives_nothing_by_itself(home: Tenant, ports: Ports) -> None:
    file = await a_file(home)
    scope = FileScope(file.id, AccessLevel.READ, grants=False)
    owner, stranger = await member(home), await member(await tenant())
    assert await level_on(ports, replace(owner, file_scope=scope), file) is AccessLevel.READ
    assert await level_on(ports, replace(stranger, file_scope=scope), file) is AccessLevel.NONE


async def test_a_file_scope_leaves_no_other_right(home: Tenant, ports: Ports) -> None:
    owner = replace(await member(home), file_scope=FileScope(uuid4(), AccessLevel.ADMIN, grants=False))
    assert allowed_scopes(owner) == frozenset() == visible_tenants(owner)


@pytest.mark.parametrize(
    ("narrowing", "level"),
    [
        ({"read_only": True}, AccessLevel.READ),
        ({"scopes": frozenset({"files:read"})}, AccessLevel.READ),
        ({"scopes": frozenset({"files:read", "files:write"})}, AccessLevel.ADMIN),
        ({"scopes": frozenset({"instances:read"})}, AccessLevel.NONE),
    ],
)
async def test_a_credential_is_the_ceiling(
    home: Tenant, ports: Ports, narrowing: dict[str, Any], level: AccessLevel
) -> None:
    actor = replace(await member(home), **narrowing)
    assert await level_on(ports, actor, await a_file(home)) is level


async def test_a_file_that_cannot_be_read_is_not_found_and_one_that_can_is_forbidden(
    home: Tenant, ports: Ports
) -> None:
    stranger, file = await member(await tenant()), await a_file(home)
    with pytest.raises(NotFound):
        await require_level(ports, stranger, file, AccessLevel.READ)
    file.visibility = Visibility.PUBLIC
    with pytest.raises(Forbidden):
        await require_level(ports, stranger, file, AccessLevel.WRITE)
    assert await require_level(ports, stranger, file, AccessLevel.READ) is AccessLevel.READ


async def test_a_file_is_found_by_row_public_or_former_id_in_its_tenant(home: Tenant, ports: Ports) -> None:
    file = await a_file(home, public_id="f1~abc", temp_id="@7")
    twin = await a_file(await tenant(), public_id="f1~abc", temp_id="@7")
    owner = await member(home)
    for reference in (file.id, str(file.id), "f1~abc", "@7"):
        assert await find_file(owner, reference) == file
    assert await find_file(owner, "f1~abc", twin.tenant_id) == twin
    with pytest.raises(NotFound):
        await get_file(ports, owner, "f1~none")


async def test_a_random_id_is_found_in_any_tenant_and_a_content_id_is_not(home: Tenant, ports: Ports) -> None:
    file = await a_file(home, public_id=RANDOM_ID, visibility=Visibility.PUBLIC)
    await a_file(home, public_id="f1~abc", visibility=Visibility.PUBLIC)
    stranger = await member(await tenant())
    assert await get_file(ports, stranger, RANDOM_ID) == file
    assert await find_file(stranger, "f1~abc") is None


async def test_a_link_finds_its_files_by_their_public_ids(home: Tenant, ports: Ports) -> None:
    file, other = await a_file(home, public_id="f1~abc"), await a_file(home, public_id="f1~def")
    guest = replace(Actor.anonymous("test"), file_scope=FileScope(file.id, AccessLevel.READ, grants=True))
    assert await find_file(guest, "f1~abc") == file
    assert await find_file(guest, other.public_id) is None
