"""Unmodified clients (npm yjs with y-websocket) on one replica and on two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from domain.documents.delete_document import delete_document
from domain.documents.edit import TextInsert, edit_document
from domain.documents.restore import restore_version
from domain.documents.versions import create_version
from domain.events import file_access_changed, file_purged
from domain.models import File, FileActivity, FileKind
from domain.models.file import AccessLevel, Share, ShareSubject, Visibility
from domain.unit import unit_of_work
from realtime.crdt.protocol import step1, step2, update_message
from tests.domain.people import acting
from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Pair, Replica
from tests.realtime.bus.conftest import (
    door,
    engine,
    folk,
    migrated_postgres,
    migrated_sqlite,
    pair,
    places,
    shared_place,
    sqlite_place,
)
from tests.realtime.crdt.npm import NpmClients, npm_clients

__all__ = [
    "door",
    "engine",
    "folk",
    "migrated_postgres",
    "migrated_sqlite",
    "pair",
    "places",
    "shared_place",
    "sqlite_place",
]

ROOM = "npmdoc000000000000000000"
UPDATE = bytes.fromhex("0101010004010474657874016100")
"""Client 1 writes "a" into "text"."""


@pytest.fixture
async def document(pair: Pair, folk: People) -> File:
    with pair.here.inside():
        return await File.create(
            tenant_id=folk.anna.tenant.id,
            public_id=ROOM,
            kind=FileKind.DOCUMENT,
            name="notes",
            content_type="application/x",
            creator_id=folk.anna.user.id,
        )


@pytest.fixture
async def npm(node: str, node_modules: Path) -> AsyncIterator[NpmClients]:
    async with npm_clients(node, node_modules) as clients:
        yield clients


def url(replica: Replica) -> str:
    return f"ws://127.0.0.1:{replica.port}/ws/crdt"


def open_on(npm: NpmClients, name: str, replica: Replica, token: str | None) -> None:
    npm.do("open", name, url=url(replica), room=ROOM, token=token)


async def test_two_edit_together_and_a_third_comes_cold(
    npm: NpmClients, pair: Pair, folk: People, document: File
) -> None:
    open_on(npm, "ann", pair.here, folk.anna.token)
    open_on(npm, "ben", pair.there, folk.anna.token)
    await npm.synced("ann")
    await npm.synced("ben")
    npm.do("type", "ann", text="hello ")
    await npm.sees("ben", "hello ")
    npm.do("type", "ben", text="wörld 😀")
    await npm.sees("ann", "hello wörld 😀")
    npm.do("set", "ben", key="k", value={"a": [1, None]})
    await npm.until("ann", lambda one: one.get("map") == {"k": {"a": [1, None]}})
    npm.do("go", "ann", online=False)
    npm.do("type", "ann", text="A", at=0)
    npm.do("type", "ben", text="B")
    await npm.sees("ben", "hello wörld 😀B")
    npm.do("go", "ann", online=True)
    await npm.sees("ann", "Ahello wörld 😀B")
    await npm.sees("ben", "Ahello wörld 😀B")
    npm.do("go", "ann", online=False)
    npm.do("go", "ben", online=False)
    open_on(npm, "cid", pair.there, folk.anna.token)
    await npm.sees("cid", "Ahello wörld 😀B")


async def test_who_is_there_is_one_list(npm: NpmClients, pair: Pair, folk: People, document: File) -> None:
    open_on(npm, "ann", pair.here, folk.anna.token)
    open_on(npm, "ben", pair.there, folk.anna.token)
    await npm.synced("ann")
    await npm.synced("ben")
    npm.do("state", "ann", value={"user": {"name": "A", "idTag": "mallory"}})
    tag = folk.anna.user.username
    found = await npm.until(
        "ben", lambda one: any(state.get("user", {}).get("name") == "A" for state in one.get("here", []))
    )
    assert {"user": {"name": "A", "idTag": tag}} in found["here"]
    npm.do("go", "ann", online=False)
    so_far = len(npm.told["ben"])
    await npm.until("ben", lambda one: len(one.get("here", [0, 0])) == 1, so_far - 1)
    npm.do("go", "ann", online=True)
    await npm.until("ben", lambda one: len(one.get("here", [])) == 2, so_far)


async def test_edits_of_the_server_reach_open_editors(
    npm: NpmClients, pair: Pair, folk: People, document: File
) -> None:
    open_on(npm, "ann", pair.here, folk.anna.token)
    open_on(npm, "ben", pair.there, folk.anna.token)
    await npm.synced("ann")
    await npm.synced("ben")
    npm.do("type", "ann", text="one 😀 three")
    await npm.sees("ben", "one 😀 three")
    with pair.here.inside():
        ports, actor = pair.here.house.ports, await acting(folk.anna.user)
        version = await create_version(ports, actor, ROOM, "first")
        await edit_document(ports, actor, ROOM, [TextInsert("text", " two", 6)])
        await npm.sees("ann", "one 😀 two three")
        await npm.sees("ben", "one 😀 two three")
        await restore_version(ports, actor, ROOM, version.id)
    await npm.sees("ann", "one 😀 three")
    await npm.sees("ben", "one 😀 three")


async def test_a_reader_sees_and_is_not_heard(pair: Pair, folk: People, document: File) -> None:
    with pair.here.inside():
        await File.filter(id=document.id).update(visibility=Visibility.PUBLIC)
    async with (
        connect(f"{url(pair.here)}/{ROOM}") as guest,
        connect(f"{url(pair.there)}/{ROOM}?token={folk.anna.token}") as ann,
    ):
        assert await ann.recv() == step1(b"\0")
        assert await guest.recv() == step1(b"\0")
        await guest.send(update_message(UPDATE))
        await guest.send("a text is ignored")
        await guest.send(b"\xff\xff")
        await guest.send(step1(b"\0"))
        assert await guest.recv() == bytes.fromhex("0001020000")
        await ann.send(update_message(UPDATE))
        async with asyncio.timeout(10):
            assert await ann.recv() == update_message(UPDATE)
            assert await guest.recv() == update_message(UPDATE)


async def test_opening_and_writing_is_written_on_the_file(pair: Pair, folk: People, document: File) -> None:
    async with connect(f"{url(pair.here)}/{ROOM}?token={folk.anna.token}") as ann:
        await ann.send(update_message(UPDATE))
        async with asyncio.timeout(10):
            while await ann.recv() != update_message(UPDATE):
                pass
            with pair.here.inside():
                row = None
                while row is None or row.modified_at is None or row.accessed_at is None:
                    await asyncio.sleep(0.05)
                    row = await FileActivity.get_or_none(file_id=document.id, user_id=folk.anna.user.id)
                file = await File.get(id=document.id)
    assert file.modified_at is not None
    assert file.accessed_at is not None


async def test_rights_that_change_take_effect_on_open_sockets(pair: Pair, folk: People, document: File) -> None:
    def given(level: AccessLevel) -> Share:
        subject = {"subject_kind": ShareSubject.USER, "subject": "vera", "user_id": folk.vera.user.id}
        return Share(tenant_id=document.tenant_id, file_id=document.id, level=level, created_by="anna", **subject)

    async def change(level: AccessLevel) -> None:
        with pair.here.inside():
            async with unit_of_work(pair.here.house.ports) as unit:
                await Share.filter(file_id=document.id).delete()
                share = given(level)
                await share.save()
                unit.emit(file_access_changed(document, share))

    await change(AccessLevel.READ)
    async with connect(f"{url(pair.there)}/{ROOM}?token={folk.vera.token}") as vera, asyncio.timeout(20):
        assert await vera.recv() == step1(b"\0")
        await vera.send(update_message(UPDATE))
        await change(AccessLevel.WRITE)
        # What was written into the void is asked for as soon as it may be written.
        assert await vera.recv() == step1(b"\0")
        await vera.send(step2(UPDATE))
        assert await vera.recv() == update_message(UPDATE)
        with pair.here.inside():
            async with unit_of_work(pair.here.house.ports) as unit:
                await Share.filter(file_id=document.id).delete()
                unit.emit(file_access_changed(document))
        await vera.wait_closed()
    assert vera.close_code == 4403


async def test_a_purged_document_closes_its_sockets(pair: Pair, folk: People, document: File) -> None:
    async with connect(f"{url(pair.there)}/{ROOM}?token={folk.anna.token}") as ann, asyncio.timeout(20):
        assert await ann.recv() == step1(b"\0")
        with pair.here.inside():
            async with unit_of_work(pair.here.house.ports) as unit:
                await delete_document(document.id)
                await File.filter(id=document.id).delete()
                unit.emit(file_purged(document))
        await ann.wait_closed()
    assert ann.close_code == 4404


async def test_fuzzed_frames_harm_nobody(pair: Pair, folk: People, document: File) -> None:
    import random

    chance = random.Random(7)
    address = f"{url(pair.here)}/{ROOM}?token={folk.anna.token}"
    async with connect(address) as ann:
        for _ in range(20):
            async with connect(address) as eve:
                for _ in range(60):
                    frame = bytearray(update_message(UPDATE) if chance.random() < 0.7 else chance.randbytes(20))
                    for _ in range(chance.randrange(4)):
                        frame[chance.randrange(len(frame))] = chance.randrange(256)
                    await eve.send(bytes(frame))
        with pair.here.inside():
            await edit_document(pair.here.house.ports, await acting(folk.anna.user), ROOM, [TextInsert("mine", "safe")])
        async with asyncio.timeout(20):
            await ann.send(step1(b"\0"))
            while b"safe" not in await ann.recv():
                pass
