"""share_file, change_share, unshare_file and the lists of shares."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.access import Actor, FileScope
from domain.errors import DomainError, Forbidden, InvalidInput, NotFound
from domain.files.access import level_on
from domain.models import FileKind, Ref, Share, ShareSubject, Tenant, User
from domain.models.file import AccessLevel, Visibility
from domain.ports import Ports
from domain.shares.change_share import change_share
from domain.shares.queries import containers_of, list_shares, list_shares_of_subject
from domain.shares.share_file import ShareSpec, share_file
from domain.shares.unshare_file import unshare_file
from tests.domain.file_rows import a_file, a_grant, a_link
from tests.domain.people import audited, told
from tests.domain.rows import person

READ, COMMENT, WRITE, ADMIN = AccessLevel.READ, AccessLevel.COMMENT, AccessLevel.WRITE, AccessLevel.ADMIN
USER, LINK, FILE = ShareSubject.USER, ShareSubject.LINK, ShareSubject.FILE


async def tagged(actor: Actor, id_tag: str) -> Actor:
    await User.filter(id=actor.user_id).update(id_tag=id_tag)
    return replace(actor, id_tag=id_tag)


async def a_ref(tenant: Tenant, file_id: Any) -> Ref:
    return await Ref.create(tenant_id=tenant.id, ref_id="link", kind="share.file", resource_id=file_id, level=1)


async def test_a_person_is_given_a_file(ports: Ports, tenant: Tenant, owner: Actor, stranger: Actor) -> None:
    sara = await tagged(stranger, "sara.example.org")
    file = await a_file(tenant)
    part = await a_file(tenant, root_id=file.id, kind=FileKind.TREE)
    share = await share_file(ports, owner, file.public_id, ShareSpec(USER, "Sara.Example.org", COMMENT))
    assert (share.subject, share.user_id, share.level, share.created_by) == (
        "sara.example.org",
        sara.user_id,
        COMMENT,
        str(owner.user_id),
    )
    assert [await level_on(ports, sara, one) for one in (file, part)] == [COMMENT, COMMENT]
    events = await told("FileAccessChanged")
    assert [(event["id"], event["subject"]) for event in events] == [
        (str(file.id), "sara.example.org"),
        (str(part.id), "sara.example.org"),
    ]
    assert [entry.details for entry in await audited("file.shared")] == [
        {"to": {"subject": "sara.example.org", "level": "comment"}}
    ]


@pytest.mark.parametrize("name", ["id", "username", "email"])
async def test_who_has_no_tag_is_given_by_any_exact_name(ports: Ports, tenant: Tenant, owner: Actor, name: str) -> None:
    user = await person("no.tag")
    share = await share_file(ports, owner, (await a_file(tenant)).id, ShareSpec(USER, str(getattr(user, name)), READ))
    assert (share.subject, share.user_id) == (str(user.id), user.id)


async def test_somebody_elsewhere_is_known_by_their_tag(
    ports: Ports, tenant: Tenant, owner: Actor, stranger: Actor
) -> None:
    file = await a_file(tenant)
    share = await share_file(ports, owner, file.id, ShareSpec(USER, "far.example.net", WRITE))
    assert (share.subject, share.user_id) == ("far.example.net", None)
    assert await level_on(ports, stranger, file) is AccessLevel.NONE
    assert await level_on(ports, replace(stranger, id_tag="far.example.net"), file) is WRITE


async def test_a_name_that_looks_like_somebodys_tag_gives_them_nothing(
    ports: Ports, tenant: Tenant, owner: Actor, stranger: Actor
) -> None:
    file, user = await a_file(tenant), await person("sara.example.org")
    await share_file(ports, owner, file.id, ShareSpec(USER, "sara.example.org", READ))
    assert await level_on(ports, replace(stranger, id_tag="sara.example.org"), file) is AccessLevel.NONE
    assert (await Share.get()).user_id == user.id


async def test_the_same_subject_again_changes_the_share(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    file = await a_file(tenant)
    later = ports.clock.now() + timedelta(days=1)
    specs = [ShareSpec(USER, "far.example.net", WRITE), ShareSpec(USER, "far.example.net", READ, later)]
    first, second = [await share_file(ports, owner, file.id, spec) for spec in specs]
    assert (first.id, second.level, second.expires_at) == (second.id, READ, later)
    await asyncio.gather(*(share_file(ports, owner, file.id, ShareSpec(USER, "new.example.net", READ)) for _ in "abc"))
    assert await Share.all().count() == 2


@pytest.mark.parametrize(
    ("kind", "subject", "level", "error"),
    [
        (USER, "", READ, InvalidInput),
        (USER, "x" * 81, READ, InvalidInput),
        (USER, "\x00", READ, InvalidInput),
        (USER, "not a person", READ, InvalidInput),
        (USER, "a@b.c", READ, InvalidInput),
        (USER, "far.example.net", AccessLevel.NONE, InvalidInput),
        (LINK, "nothing", READ, NotFound),
        (FILE, "nothing", READ, NotFound),
        (FILE, "itself", READ, InvalidInput),
        (FILE, "other", ADMIN, InvalidInput),
        (FILE, "foreign", READ, NotFound),
    ],
)
async def test_what_is_wrong_shares_nothing(
    ports: Ports,
    tenant: Tenant,
    owner: Actor,
    stranger: Actor,
    kind: ShareSubject,
    subject: str,
    level: AccessLevel,
    error: type[DomainError],
) -> None:
    file, other = await a_file(tenant), await a_file(tenant)
    assert stranger.tenant_id is not None
    foreign = await a_file(await Tenant.get(id=stranger.tenant_id))
    named = {"itself": file.public_id, "other": other.public_id, "foreign": foreign.public_id}.get(subject, subject)
    with pytest.raises(error):
        await share_file(ports, owner, file.id, ShareSpec(kind, named, level))
    assert await Share.all().count() == 0


async def test_an_expiry_lies_ahead_and_has_a_zone(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    file = await a_file(tenant)
    for when in (ports.clock.now(), datetime(2030, 1, 1)):
        with pytest.raises(InvalidInput):
            await share_file(ports, owner, file.id, ShareSpec(USER, "far.example.net", READ, when))


async def test_managers_share_and_nobody_else(
    ports: Ports, tenant: Tenant, owner: Actor, operator: Actor, viewer: Actor, stranger: Actor
) -> None:
    file = await a_file(tenant)
    share = await a_grant(file, stranger, ADMIN)
    await a_grant(file, viewer, WRITE)
    spec = ShareSpec(USER, "far.example.net", ADMIN)
    scoped = replace(owner, file_scope=FileScope(file.id, ADMIN, grants=False))
    for actor in (operator, viewer, scoped, replace(owner, read_only=True)):
        for attempt in (
            share_file(ports, actor, file.id, spec),
            change_share(ports, actor, file.id, share.id, level=READ),
            unshare_file(ports, actor, file.id, share.id),
        ):
            with pytest.raises(Forbidden):
                await attempt
    assert (await share_file(ports, stranger, file.id, spec)).level == ADMIN


async def test_who_may_not_read_it_does_not_find_it(ports: Ports, tenant: Tenant, stranger: Actor) -> None:
    file = await a_file(tenant)
    for attempt in (
        share_file(ports, stranger, file.id, ShareSpec(USER, "far.example.net", READ)),
        change_share(ports, stranger, file.id, 1, level=READ),
        unshare_file(ports, stranger, file.id, 1),
        list_shares(ports, stranger, file.id),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_a_share_is_changed(ports: Ports, tenant: Tenant, owner: Actor, viewer: Actor) -> None:
    file = await a_file(tenant)
    share, later = await a_grant(file, viewer, WRITE), ports.clock.now() + timedelta(days=1)
    changed = await change_share(ports, owner, file.id, share.id, level=READ, expires_at=later)
    assert (changed.level, changed.expires_at) == (READ, later)
    assert (await change_share(ports, owner, file.id, share.id)).expires_at == later
    assert (await change_share(ports, owner, file.id, share.id, expires_at=None)).expires_at is None
    assert len(await told("FileAccessChanged")) == 3
    with pytest.raises(InvalidInput):
        await change_share(ports, owner, file.id, share.id, expires_at=ports.clock.now())


async def test_a_share_is_taken_back(ports: Ports, tenant: Tenant, owner: Actor, viewer: Actor) -> None:
    file = await a_file(tenant)
    share = await a_grant(file, viewer, WRITE)
    await unshare_file(ports, owner, file.id, share.id)
    assert await level_on(ports, viewer, file) is AccessLevel.NONE
    assert [event["subject"] for event in await told("FileAccessChanged")] == [str(viewer.user_id)]
    assert len(await audited("file.unshared")) == 1
    with pytest.raises(NotFound):
        await unshare_file(ports, owner, file.id, share.id)


@pytest.mark.parametrize("share_id", [0, -1, 2**63, 99])
async def test_a_share_is_one_of_its_file(ports: Ports, tenant: Tenant, owner: Actor, share_id: int) -> None:
    file, other = await a_file(tenant), await a_file(tenant)
    elsewhere = await a_link(file, other, READ)
    for wrong in (share_id, elsewhere.id):
        with pytest.raises(NotFound):
            await change_share(ports, owner, file.id, wrong, level=READ)
        with pytest.raises(NotFound):
            await unshare_file(ports, owner, file.id, wrong)


async def test_a_link_and_its_ref_are_one(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    file = await a_file(tenant)
    ref = await a_ref(tenant, file.id)
    share = await share_file(ports, owner, file.id, ShareSpec(LINK, "link", WRITE))
    assert (await Ref.get(id=ref.id)).level == WRITE
    await change_share(ports, owner, file.id, share.id, level=COMMENT)
    assert (await Ref.get(id=ref.id)).level == COMMENT
    await unshare_file(ports, owner, file.id, share.id)
    assert await Ref.all().count() == 0
    assert [event["credential"] for event in await told("CredentialRevoked")] == [f"ref:{ref.id}"]


async def test_a_lowered_link_holds_for_who_came_by_it(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    file = await a_file(tenant)
    ref = await a_ref(tenant, file.id)
    guest = Actor(None, f"ref:{ref.id}", "cloudillo", file_scope=FileScope(file.id, WRITE, grants=True))
    share = await share_file(ports, owner, file.id, ShareSpec(LINK, "link", WRITE))
    assert await level_on(ports, guest, file) is WRITE
    await change_share(ports, owner, file.id, share.id, level=READ)
    assert await level_on(ports, guest, file) is READ
    await Ref.filter(id=ref.id).update(expires_at=ports.clock.now())
    assert await level_on(ports, guest, file) is AccessLevel.NONE
    await unshare_file(ports, owner, file.id, share.id)
    assert await level_on(ports, guest, file) is AccessLevel.NONE


async def test_a_link_to_another_file_is_none(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    await a_ref(tenant, (await a_file(tenant)).id)
    with pytest.raises(NotFound):
        await share_file(ports, owner, (await a_file(tenant)).id, ShareSpec(LINK, "link", READ))


async def test_a_file_is_held_by_another(ports: Ports, tenant: Tenant, owner: Actor, viewer: Actor) -> None:
    container, file = await a_file(tenant), await a_file(tenant)
    made = await share_file(ports, owner, file.id, ShareSpec(FILE, str(container.id), WRITE))
    assert made.subject == container.public_id
    [listed] = await list_shares_of_subject(ports, owner, tenant.id, kind=FILE, subject=container.public_id)
    assert (listed.id, listed.file.id) == (made.id, file.id)
    assert await containers_of([made]) == {(tenant.id, container.public_id): container}
    with pytest.raises(NotFound):
        await list_shares_of_subject(ports, viewer, tenant.id, kind=FILE, subject=container.public_id)
    await a_grant(container, viewer, READ)
    assert len(await list_shares_of_subject(ports, viewer, tenant.id, kind=FILE, subject=container.public_id)) == 1


async def test_writers_see_who_has_the_file(ports: Ports, tenant: Tenant, operator: Actor, viewer: Actor) -> None:
    file = await a_file(tenant)
    grant = await a_grant(file, viewer, READ)
    link = await a_link(await a_file(tenant), file, READ)
    assert [share.id for share in await list_shares(ports, operator, file.public_id)] == [grant.id, link.id]
    assert [share.id for share in await list_shares(ports, operator, file.id, kind=FILE)] == [link.id]
    with pytest.raises(Forbidden):
        await list_shares(ports, viewer, file.id)


async def test_a_credential_for_one_file_sees_what_it_holds_and_no_people(
    ports: Ports, tenant: Tenant, viewer: Actor
) -> None:
    file = await a_file(tenant)
    await a_grant(file, viewer, READ)
    scoped = Actor(None, "ref:1", "cloudillo", file_scope=FileScope(file.id, WRITE, grants=True))
    assert await list_shares(ports, scoped, file.public_id, kind=FILE, tenant_id=tenant.id) == []
    assert await list_shares_of_subject(ports, scoped, tenant.id, kind=FILE, subject=file.public_id) == []
    for attempt in (list_shares(ports, scoped, file.id), list_shares_of_subject(ports, scoped, tenant.id, kind=USER)):
        with pytest.raises(Forbidden):
            await attempt


async def test_who_only_reads_a_file_learns_nothing_of_its_links_and_readers(
    ports: Ports, tenant: Tenant, owner: Actor, viewer: Actor, stranger: Actor
) -> None:
    file = await a_file(tenant, visibility=Visibility.PUBLIC)
    await a_ref(tenant, file.id)
    await share_file(ports, owner, file.id, ShareSpec(LINK, "link", WRITE))
    await a_grant(file, stranger, READ)
    await a_link(await a_file(tenant), file, READ)
    own = await a_grant(file, viewer, READ)
    assert [share.id for share in await list_shares_of_subject(ports, viewer, tenant.id)] == [own.id]
    for kind in (LINK, FILE):
        assert await list_shares_of_subject(ports, viewer, tenant.id, kind=kind) == []
    await Share.filter(id=own.id).update(level=WRITE)
    assert len(await list_shares_of_subject(ports, viewer, tenant.id)) == 4


async def test_lists_by_subject_hold_files_in_sight_only(
    ports: Ports, tenant: Tenant, owner: Actor, viewer: Actor, stranger: Actor
) -> None:
    mine = await a_grant(await a_file(tenant), viewer, READ)
    other = await a_grant(await a_file(tenant), stranger, READ)
    who = str(viewer.user_id)
    assert [share.id for share in await list_shares_of_subject(ports, owner, tenant.id)] == [mine.id, other.id]
    assert [share.id for share in await list_shares_of_subject(ports, owner, tenant.id, kind=USER, subject=who)] == [
        mine.id
    ]
    assert [share.id for share in await list_shares_of_subject(ports, viewer, tenant.id)] == [mine.id]
    assert await list_shares_of_subject(ports, owner, tenant.id, subject="\x00") == []
    with pytest.raises(Forbidden):
        await list_shares_of_subject(ports, Actor.anonymous("x"), tenant.id)
