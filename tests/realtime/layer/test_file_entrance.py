"""Into a file's channel, as section 17 of the Cloudillo contract has it; and out again when rights end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.accounts.identity_tokens import encode_identity_token
from domain.files.trash_file import trash_file
from domain.models import Membership, Tenant, TenantRole
from domain.models.file import AccessLevel, File, FileKind, ShareSubject, Visibility
from domain.refs.change_ref import RefChanges, change_ref
from domain.refs.create_ref import RefSpec, create_ref
from domain.shares.share_file import ShareSpec, share_file
from domain.shares.unshare_file import unshare_file
from domain.trash.purge_file import purge_file
from realtime.file_entrance import FileEntrance
from tests.gateway.served import until
from tests.realtime.layer.conftest import Hall, Person
from tests.realtime.raw_socket import TEXT, RawSocket, frame, raw_socket


async def a_file(hall: Hall, kind: FileKind = FileKind.DOCUMENT, **values: Any) -> File:
    """Anna's, in her tenant."""
    with hall.within():
        columns: dict[str, Any] = {"creator_id": hall.anna.user.id, "content_type": "x/y", "name": "a file", **values}
        public_id = f"{await File.all().count():024d}"
        return await File.create(tenant_id=hall.anna.tenant.id, public_id=public_id, kind=kind, **columns)


async def share(hall: Hall, file: File, subject: str, level: AccessLevel, **more: Any) -> int:
    with hall.within() as ports:
        spec = ShareSpec(more.pop("kind", ShareSubject.USER), subject, level, **more)
        given = await share_file(ports, hall.anna.actor, file.id, spec)
        return int(given.id)


def path(file: File | str, person: Person | None, query: str = "", kind: str = "document") -> str:
    name = file.public_id if isinstance(file, File) else file
    token = f"&token={person.token}" if person else ""
    return f"/test/files/{kind}/{name}?{query}{token}"


async def refused(hall: Hall, target: str) -> tuple[int, str]:
    async with raw_socket(hall.port, target) as socket:
        assert socket.status == 101
        last = await socket.closed()
        return last.close_code, last.reason


@asynccontextmanager
async def entered(hall: Hall, target: str) -> AsyncIterator[tuple[RawSocket, FileEntrance]]:
    async with raw_socket(hall.port, target) as socket:
        socket.send(frame(TEXT, b"in"))
        seen = await socket.seen()
        assert seen.opcode == TEXT, seen
        yield socket, hall.files[-1]


async def level(hall: Hall, target: str) -> tuple[AccessLevel, bool]:
    async with entered(hall, target) as (_, entrance):
        return entrance.level, entrance.may_write


async def test_how_far_one_comes(hall: Hall) -> None:
    file = await a_file(hall)
    assert await level(hall, path(file, hall.anna)) == (AccessLevel.ADMIN, True)
    assert await level(hall, path(file, hall.anna, "access=write")) == (AccessLevel.WRITE, True)
    assert await level(hall, path(file, hall.anna, "access=comment")) == (AccessLevel.COMMENT, False)
    assert await level(hall, path(file, hall.anna, "access=read")) == (AccessLevel.READ, False)
    assert await level(hall, path(file, hall.anna, "access=everything")) == (AccessLevel.ADMIN, True)
    for target in (path(file, hall.bert), path(file, None)):
        assert await refused(hall, target) == (4403, "Access denied")


async def test_a_grantee_gets_what_was_given_and_is_told_when_that_is_less(hall: Hall) -> None:
    file = await a_file(hall)
    await share(hall, file, "bert", AccessLevel.COMMENT)
    assert await level(hall, path(file, hall.bert)) == (AccessLevel.COMMENT, False)
    assert await level(hall, path(file, hall.bert, "access=read")) == (AccessLevel.READ, False)
    assert await refused(hall, path(file, hall.bert, "access=write")) == (4403, "Write access denied")


async def test_guests_read_what_is_public(hall: Hall) -> None:
    file = await a_file(hall, visibility=Visibility.PUBLIC)
    assert await level(hall, path(file, None)) == (AccessLevel.READ, False)
    assert await refused(hall, path(file, None, "access=write")) == (4403, "Write access denied")


async def test_what_is_not_there_or_of_another_kind(hall: Hall) -> None:
    tree = await a_file(hall, FileKind.TREE)
    assert await refused(hall, path("f" * 24, hall.anna)) == (4404, "File not found")
    assert await refused(hall, path(tree, hall.anna)) == (4409, "Store type mismatch")


@pytest.mark.parametrize("name", ["s~", "s~a%2Fb", "s~..", "s~" + "a" * 100, "x" * 200, "a%00b"])
async def test_ids_of_no_form(hall: Hall, name: str) -> None:
    assert await refused(hall, path(name, hall.anna)) == (4400, "Invalid store ID")


async def test_stores_are_made_by_being_opened(hall: Hall) -> None:
    assert await refused(hall, path("s~notes", None, kind="tree")) == (4404, "File not found")
    assert await level(hall, path("s~notes", hall.anna, kind="tree")) == (AccessLevel.ADMIN, True)
    assert await level(hall, path("s~notes", hall.anna, kind="tree")) == (AccessLevel.ADMIN, True)
    assert await refused(hall, path("s~notes", hall.anna)) == (4409, "Store type mismatch")
    with hall.within():
        assert await File.filter(public_id="s~notes").count() == 1


async def test_a_companion_has_the_access_of_its_file(hall: Hall) -> None:
    file = await a_file(hall)
    await share(hall, file, "bert", AccessLevel.COMMENT)
    companion = f"{file.public_id}~meta"
    assert await level(hall, path(companion, hall.bert, kind="tree")) == (AccessLevel.COMMENT, False)
    assert await level(hall, path(companion, hall.anna, kind="tree")) == (AccessLevel.ADMIN, True)
    assert (await refused(hall, path(companion, None, kind="tree")))[0] in (4403, 4404)


async def test_through_a_container_as_far_as_the_link_goes(hall: Hall) -> None:
    container, file, stranger = await a_file(hall), await a_file(hall), await a_file(hall)
    await share(hall, container, "bert", AccessLevel.WRITE)
    await share(hall, file, container.public_id, AccessLevel.READ, kind=ShareSubject.FILE)
    assert await refused(hall, path(file, hall.bert)) == (4403, "Access denied")
    assert await level(hall, path(file, hall.bert, f"via={container.public_id}")) == (AccessLevel.READ, False)
    for via in (stranger.public_id, "g" * 24):
        assert (await refused(hall, path(file, hall.bert, f"via={via}")))[0] == 4403


async def test_a_share_taken_back_closes_at_once(hall: Hall) -> None:
    file = await a_file(hall)
    share_id = await share(hall, file, "bert", AccessLevel.WRITE)
    async with entered(hall, path(file, hall.bert)) as (socket, _), entered(hall, path(file, hall.anna)) as (other, _):
        with hall.within() as ports:
            await unshare_file(ports, hall.anna.actor, file.id, share_id)
        async with asyncio.timeout(1.5):
            last = await socket.closed()
        assert (last.close_code, last.reason) == (4403, "Access denied")
        other.send(frame(TEXT, b"mine"))
        assert (await other.seen()).payload == b"mine"


async def test_a_share_made_less_narrows_and_one_made_more_widens(hall: Hall) -> None:
    file = await a_file(hall)
    await share(hall, file, "bert", AccessLevel.WRITE)
    async with (
        entered(hall, path(file, hall.bert)) as (_, free),
        entered(hall, path(file, hall.bert, "access=write")) as (bound, _),
    ):
        told: list[AccessLevel] = []
        free.on_level = told.append
        await share(hall, file, "bert", AccessLevel.READ)
        assert (await bound.closed()).reason == "Write access denied"
        await until(lambda: _has(told, 1))
        assert (free.level, free.may_write) == (AccessLevel.READ, False)
        await share(hall, file, "bert", AccessLevel.WRITE)
        await until(lambda: _has(told, 2))
        assert free.may_write


async def test_a_share_that_expires_closes_by_itself(hall: Hall) -> None:
    file = await a_file(hall)
    with hall.within() as ports:
        soon = ports.clock.now() + timedelta(seconds=0.5)
    await share(hall, file, "bert", AccessLevel.READ, expires_at=soon)
    async with entered(hall, path(file, hall.bert)) as (socket, _):
        last = await socket.closed()
        assert (last.close_code, last.reason) == (4403, "Access denied")


async def test_a_share_of_the_whole_that_expires_closes_its_part(hall: Hall) -> None:
    whole = await a_file(hall)
    part = await a_file(hall, root_id=whole.id)
    with hall.within() as ports:
        soon = ports.clock.now() + timedelta(seconds=0.5)
    await share(hall, whole, "bert", AccessLevel.READ, expires_at=soon)
    async with entered(hall, path(part, hall.bert)) as (socket, _):
        assert (await socket.closed()).close_code == 4403


async def test_a_link_that_is_made_to_end_sooner_closes_who_came_by_it(hall: Hall) -> None:
    file = await a_file(hall)
    await scoped(hall, hall.anna, "file:x:R")
    with hall.within() as ports:
        ref = await create_ref(ports, hall.anna.actor, RefSpec("share.file", uses=None, resource=file.id))
        token, _ = encode_identity_token(ports, "anna.example.org", f"ref:{ref.id}", scope=f"file:{file.public_id}:R")
    async with entered(hall, path(file, replace(hall.anna, token=token))) as (socket, _):
        with hall.within() as ports:
            soon = ports.clock.now() + timedelta(seconds=0.5)
            await change_ref(ports, hall.anna.actor, ref.ref_id, RefChanges(expires_at=soon))
        async with asyncio.timeout(3):
            assert (await socket.closed()).close_code == 4403


async def test_a_link_between_files_that_ends_closes_who_came_through(hall: Hall) -> None:
    container, file = await a_file(hall), await a_file(hall)
    share_id = await share(hall, container, "bert", AccessLevel.READ)
    await share(hall, file, container.public_id, AccessLevel.READ, kind=ShareSubject.FILE)
    async with entered(hall, path(file, hall.bert, f"via={container.public_id}")) as (socket, _):
        with hall.within() as ports:
            await unshare_file(ports, hall.anna.actor, container.id, share_id)
        assert (await socket.closed()).close_code == 4403


async def scoped(hall: Hall, person: Person, scope: str, via: str | None = None) -> Person:
    """The person with a token of a scope in anna's tenant."""
    with hall.within() as ports:
        await Tenant.filter(id=hall.anna.tenant.id).update(id_tag="anna.example.org")
        await Membership.get_or_create(
            tenant_id=hall.anna.tenant.id, user_id=person.user.id, defaults={"role": TenantRole.VIEWER}
        )
        credential = f"key:{person.key.id}"
        token, _ = encode_identity_token(ports, "anna.example.org", credential, scope=scope, via=via)
    return replace(person, token=token)


@pytest.mark.parametrize("scope", ["apkg:publish", "carddav:read,caldav:write"])
async def test_a_token_for_other_things_opens_no_file(hall: Hall, scope: str) -> None:
    anna = await scoped(hall, hall.anna, scope)
    assert await refused(hall, path(await a_file(hall), anna)) == (4403, "Access denied")
    public = await a_file(hall, visibility=Visibility.PUBLIC)
    assert await level(hall, path(public, anna)) == (AccessLevel.READ, False)


@pytest.mark.parametrize("ended", ["link", "container"])
async def test_a_token_made_through_a_file_ends_with_what_it_was_made_through(hall: Hall, ended: str) -> None:
    container, file = await a_file(hall), await a_file(hall)
    given = await share(hall, container, "bert", AccessLevel.WRITE)
    link = await share(hall, file, container.public_id, AccessLevel.WRITE, kind=ShareSubject.FILE)
    bert = await scoped(hall, hall.bert, f"file:{file.public_id}:W", via=container.public_id)
    async with entered(hall, path(file, bert)) as (socket, entrance):
        assert entrance.level is AccessLevel.WRITE
        with hall.within() as ports:
            of = (file.id, link) if ended == "link" else (container.id, given)
            await unshare_file(ports, hall.anna.actor, *of)
        async with asyncio.timeout(1.5):
            assert (await socket.closed()).close_code == 4403
    assert (await refused(hall, path(file, bert)))[0] in (4401, 4403)


async def test_a_file_gone_for_good_closes_with_4404(hall: Hall) -> None:
    file = await a_file(hall)
    async with entered(hall, path(file, hall.anna)) as (socket, _):
        with hall.within() as ports:
            await trash_file(ports, hall.anna.actor, file.id)
            await purge_file(ports, hall.anna.actor, file.id)
        last = await socket.closed()
        assert (last.close_code, last.reason) == (4404, "File not found")


async def test_nobody_is_watched_for_after_they_left(hall: Hall) -> None:
    file = await a_file(hall)
    async with entered(hall, path(file, hall.anna)):
        assert hall.replica.house.rights.watched == 1
    await until(lambda: _watched(hall, 0))


async def _has(told: list[AccessLevel], count: int) -> bool:
    return len(told) == count


async def _watched(hall: Hall, count: int) -> bool:
    return hall.replica.house.rights.watched == count
