"""create_ref, get_ref, list_refs, change_ref, delete_ref, redeem_ref."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.access import Actor, FileScope
from domain.errors import DomainError, Forbidden, InvalidInput, NotFound
from domain.models import Ref, Share, ShareSubject, Tenant
from domain.models.file import AccessLevel, FilePlace
from domain.ports import Ports
from domain.refs.change_ref import RefChanges, change_ref
from domain.refs.create_ref import RefSpec, create_ref
from domain.refs.delete_ref import delete_ref
from domain.refs.ending import ref_credential
from domain.refs.queries import RefState, get_ref, list_refs
from domain.refs.redeem_ref import redeem_ref
from tests.domain.file_rows import a_file, a_grant
from tests.domain.people import audited, told
from tests.domain.rows import platform

READ, COMMENT, WRITE, ADMIN = AccessLevel.READ, AccessLevel.COMMENT, AccessLevel.WRITE, AccessLevel.ADMIN
LINK = "share.file"


async def a_link_to(tenant: Tenant, **columns: Any) -> Ref:
    file = await a_file(tenant)
    values = {"ref_id": f"ref{await Ref.all().count()}", "kind": LINK, "resource_id": file.id, "level": 1}
    return await Ref.create(tenant_id=tenant.id, **{**values, **columns})


async def test_a_link_is_made(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    file, later = await a_file(tenant), ports.clock.now() + timedelta(days=1)
    spec = RefSpec(LINK, " for you ", later, 3, file.public_id, COMMENT, "x=1")
    ref = await create_ref(ports, operator, spec)
    assert (ref.kind, ref.description, ref.expires_at, ref.uses_left) == (LINK, "for you", later, 3)
    assert ref.resource is not None
    assert (ref.resource.id, ref.level, ref.params, ref.tenant_id) == (file.id, COMMENT, "x=1", tenant.id)
    assert (len(ref.ref_id), ref.created_by) == (24, operator.user_id)
    assert len(await audited("ref.created")) == 1


@pytest.mark.parametrize(("asked", "given"), [(None, READ), (WRITE, WRITE), (ADMIN, WRITE)])
async def test_a_link_gives_no_more_than_its_maker_has(
    ports: Ports, tenant: Tenant, viewer: Actor, asked: AccessLevel | None, given: AccessLevel
) -> None:
    file = await a_file(tenant)
    await a_grant(file, viewer, WRITE)
    assert (await create_ref(ports, viewer, RefSpec(LINK, resource=file.id, level=asked))).level == given


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"kind": "nothing"}, InvalidInput),
        ({"resource": None}, InvalidInput),
        ({"resource": "nothing"}, NotFound),
        ({"level": AccessLevel.NONE}, InvalidInput),
        ({"uses": -1}, InvalidInput),
        ({"uses": 2**31}, InvalidInput),
        ({"params": "x" * 2049}, InvalidInput),
        ({"params": "\x00"}, InvalidInput),
        ({"description": "x" * 257}, InvalidInput),
        ({"description": "a\nb"}, InvalidInput),
    ],
)
async def test_what_is_wrong_makes_no_link(
    ports: Ports, tenant: Tenant, owner: Actor, wrong: dict[str, Any], error: type[DomainError]
) -> None:
    values = {"kind": LINK, "resource": (await a_file(tenant)).id, **wrong}
    with pytest.raises(error):
        await create_ref(ports, owner, RefSpec(**values))
    with pytest.raises(InvalidInput):
        await create_ref(ports, owner, RefSpec(LINK, expires_at=ports.clock.now(), resource=values["resource"]))
    assert await Ref.all().count() == 0


async def test_readers_make_no_links(ports: Ports, tenant: Tenant, owner: Actor, viewer: Actor) -> None:
    file = await a_file(tenant)
    await a_grant(file, viewer, COMMENT)
    scoped = replace(owner, file_scope=FileScope(file.id, WRITE, grants=False))
    for actor in (viewer, scoped, replace(owner, read_only=True)):
        with pytest.raises(Forbidden):
            await create_ref(ports, actor, RefSpec(LINK, resource=file.id))


async def test_invitations_are_made_by_whom_they_concern(
    ports: Ports, tenant: Tenant, owner: Actor, operator: Actor
) -> None:
    root = await platform()
    for kind, makers, others in (
        ("password", [owner, root], [operator]),
        ("welcome", [owner], [operator]),
        ("register", [root], [owner, operator]),
        ("profile.invite", [root], [owner]),
    ):
        for actor in makers:
            assert (await create_ref(ports, actor, RefSpec(kind, tenant_id=tenant.id))).tenant_id == tenant.id
        for actor in others:
            with pytest.raises(Forbidden):
                await create_ref(ports, actor, RefSpec(kind, tenant_id=tenant.id))


async def test_guests_see_what_a_ref_is_and_members_all_of_it(
    ports: Ports, tenant: Tenant, viewer: Actor, stranger: Actor
) -> None:
    ref = await a_link_to(tenant, uses_left=0)
    for guest in (Actor.anonymous("x"), stranger):
        assert not (await get_ref(ports, guest, ref.ref_id)).full
    assert (await get_ref(ports, viewer, ref.ref_id)).full
    for attempt in (
        get_ref(ports, stranger, "nothing"),
        get_ref(ports, stranger, "x" * 65),
        get_ref(ports, stranger, "\x00"),
        get_ref(ports, stranger, ref.ref_id, tenant_id=stranger.tenant_id),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_refs_are_listed_by_their_state(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    now = ports.clock.now()
    await a_link_to(tenant, ref_id="open", uses_left=None)
    await a_link_to(tenant, ref_id="for a while", uses_left=1, expires_at=now + timedelta(seconds=1))
    await a_link_to(tenant, ref_id="used", uses_left=0)
    await a_link_to(tenant, ref_id="late", uses_left=1, expires_at=now)
    expected = {
        RefState.ACTIVE: ["for a while", "open"],
        RefState.USED: ["used"],
        RefState.EXPIRED: ["late"],
        RefState.ALL: ["late", "used", "for a while", "open"],
    }
    for state, names in expected.items():
        found = await list_refs(ports, owner, tenant.id, state=state)
        assert ([seen.shown_id for seen in found.items], found.total) == (names, len(names))
    page = await list_refs(ports, owner, tenant.id, state=RefState.ALL, first=2, offset=1)
    assert ([seen.shown_id for seen in page.items], page.total) == (["used", "for a while"], 4)


async def test_everybody_lists_what_concerns_them(
    ports: Ports, tenant: Tenant, owner: Actor, operator: Actor, viewer: Actor, stranger: Actor
) -> None:
    await a_link_to(tenant, ref_id="link")
    await a_link_to(tenant, ref_id="viewers own", created_by=viewer.user_id)
    await a_link_to(tenant, ref_id="welcome", kind="welcome", resource_id=None)
    for actor, names in (
        (owner, {"link", "viewers own", "welcome"}),
        (operator, {"link", "viewers own"}),
        (viewer, {"viewers own"}),
        (stranger, set()),
    ):
        assert {seen.shown_id for seen in (await list_refs(ports, actor, tenant.id)).items} == names
    assert [seen.shown_id for seen in (await list_refs(ports, owner, tenant.id, kind="welcome")).items] == ["welcome"]


async def test_readers_of_a_file_see_that_there_are_links_not_which(
    ports: Ports, tenant: Tenant, operator: Actor, viewer: Actor, stranger: Actor
) -> None:
    file = await a_file(tenant)
    ref = await a_link_to(tenant, resource_id=file.id)
    await a_grant(file, viewer, READ)
    [seen] = (await list_refs(ports, operator, tenant.id, resource=file.public_id)).items
    assert (seen.shown_id, seen.redacted) == (ref.ref_id, False)
    [seen] = (await list_refs(ports, viewer, tenant.id, resource=file.public_id)).items
    assert (seen.shown_id[:3], len(seen.shown_id), seen.redacted) == ("r1~", 46, True)
    with pytest.raises(NotFound):
        await list_refs(ports, stranger, tenant.id, resource=file.id)


async def test_lists_are_refused(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    scoped = replace(owner, file_scope=FileScope(tenant.id, WRITE, grants=False))
    for actor in (Actor.anonymous("x"), scoped):
        with pytest.raises(Forbidden):
            await list_refs(ports, actor, tenant.id)
    for wrong in ({"kind": "x"}, {"first": 0}, {"first": 201}, {"offset": -1}, {"offset": 2**63}):
        with pytest.raises(InvalidInput):
            await list_refs(ports, owner, tenant.id, **wrong)


async def test_a_ref_is_changed(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    ref, later = await a_link_to(tenant, uses_left=1, params="a"), ports.clock.now() + timedelta(days=1)
    changes = RefChanges(description="new", expires_at=later, uses=None)
    changed = await change_ref(ports, operator, ref.ref_id, changes)
    assert (changed.description, changed.expires_at, changed.uses_left, changed.params) == ("new", later, None, "a")
    assert (await change_ref(ports, operator, ref.ref_id, RefChanges(expires_at=None))).expires_at is None
    assert (await change_ref(ports, operator, ref.ref_id, RefChanges())).description == "new"
    for wrong in (RefChanges(uses=-1), RefChanges(expires_at=ports.clock.now()), RefChanges(params="x" * 2049)):
        with pytest.raises(InvalidInput):
            await change_ref(ports, operator, ref.ref_id, wrong)


async def test_a_ref_ends_with_what_it_opened(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    ref = await a_link_to(tenant)
    link = {"tenant_id": tenant.id, "file_id": ref.resource_id, "subject_kind": ShareSubject.LINK}
    await Share.create(subject=ref.ref_id, level=1, created_by="x", **link)  # type: ignore[arg-type]
    await delete_ref(ports, operator, ref.ref_id)
    assert (await Ref.all().count(), await Share.all().count()) == (0, 0)
    assert [event["credential"] for event in await told("CredentialRevoked")] == [ref_credential(ref)]
    assert len(await audited("ref.deleted")) == 1
    with pytest.raises(NotFound):
        await delete_ref(ports, operator, ref.ref_id)


async def test_others_change_and_end_no_refs(
    ports: Ports, tenant: Tenant, owner: Actor, operator: Actor, viewer: Actor, stranger: Actor
) -> None:
    link = await a_link_to(tenant)
    welcome = await a_link_to(tenant, kind="welcome", resource_id=None)
    register = await a_link_to(tenant, kind="register", resource_id=None)
    scoped = replace(owner, file_scope=FileScope(link.resource_id or tenant.id, WRITE, grants=False))
    outside = (stranger, Actor.anonymous("x"))
    for ref, members in ((link, (viewer, scoped)), (welcome, (operator,)), (register, (owner,))):
        for actor in (*members, *outside):
            with pytest.raises(NotFound if actor in outside else Forbidden):
                await change_ref(ports, actor, ref.ref_id, RefChanges(uses=5))
            with pytest.raises(NotFound if actor in outside else Forbidden):
                await delete_ref(ports, actor, ref.ref_id)
    assert await Ref.all().count() == 3


async def test_a_use_is_taken_once(ports: Ports, tenant: Tenant) -> None:
    ref = await a_link_to(tenant, uses_left=3)
    attempts = [redeem_ref(ports, tenant.id, ref.ref_id) for _ in range(8)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    redeemed = [result for result in results if isinstance(result, Ref)]
    assert (len(redeemed), (await Ref.get(id=ref.id)).uses_left) == (3, 0)
    assert all(result.details["reason"] == "used" for result in results if isinstance(result, InvalidInput))
    assert redeemed[0].resource is not None


async def test_any_number_of_uses_is_never_used_up(ports: Ports, tenant: Tenant) -> None:
    ref = await a_link_to(tenant, uses_left=None)
    for _ in range(3):
        assert (await redeem_ref(ports, tenant.id, ref.ref_id)).uses_left is None


async def test_renewing_is_free(ports: Ports, tenant: Tenant) -> None:
    ref = await a_link_to(tenant, uses_left=1)
    assert (await redeem_ref(ports, tenant.id, ref.ref_id, refresh=True)).uses_left == 1
    await redeem_ref(ports, tenant.id, ref.ref_id)
    with pytest.raises(InvalidInput):
        await redeem_ref(ports, tenant.id, ref.ref_id, refresh=True)
    assert (await redeem_ref(ports, tenant.id, ref.ref_id, refresh=True, holder=True)).id == ref.id


async def test_what_cannot_be_redeemed(ports: Ports, tenant: Tenant, stranger: Actor) -> None:
    now = ports.clock.now()
    late = await a_link_to(tenant, uses_left=None, expires_at=now)
    welcome = await a_link_to(tenant, kind="welcome", resource_id=None)
    good = await a_link_to(tenant, uses_left=1)
    waste = await a_link_to(tenant, resource_id=(await a_file(tenant, place=FilePlace.TRASH)).id)
    gone = await a_link_to(tenant, resource_id=None)
    assert stranger.tenant_id is not None
    for tenant_id, ref_id, reason in (
        (tenant.id, "nothing", "unknown"),
        (tenant.id, "\x00", "unknown"),
        (tenant.id, late.ref_id, "expired"),
        (tenant.id, welcome.ref_id, "unknown"),
        (tenant.id, waste.ref_id, "unknown"),
        (tenant.id, gone.ref_id, "unknown"),
        (stranger.tenant_id, good.ref_id, "unknown"),
    ):
        for refresh in (True, False):
            with pytest.raises(InvalidInput) as caught:
                await redeem_ref(ports, tenant_id, ref_id, refresh=refresh, holder=True)
            assert caught.value.details["reason"] == reason
    assert (await redeem_ref(ports, tenant.id, welcome.ref_id, kind="welcome")).id == welcome.id
    assert (await Ref.get(id=good.id)).uses_left == 1
