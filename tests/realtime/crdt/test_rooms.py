from __future__ import annotations

import asyncio
from dataclasses import replace

from pycrdt import Doc, Text

from domain.documents.live import document_topic
from domain.documents.log import read_updates
from domain.models import Document, DocumentState, DocumentUpdate, File
from domain.ports import Ports
from realtime.close_codes import CloseCode
from realtime.crdt.awareness_codec import GONE, Entry
from realtime.crdt.protocol import Kind
from realtime.crdt.rooms import DocumentRooms
from tests.realtime.crdt.clients import Client, running

PANICS = bytes.fromhex("010228010130017c00000000ffffffffffffff7f00")
"""The library takes this update, and panics as soon as the document is asked for."""
CANNOT_BE_APPLIED = bytes.fromhex("0104010001010174018401000162c4010001010178280201020161017c3f8000000101010001")
"""The library finds out when it has applied half of this one."""


async def ended(rooms: DocumentRooms) -> None:
    async with asyncio.timeout(10):
        while len(rooms) or rooms.is_busy:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_a_client_is_asked_first_and_told_what_it_lacks(file: File, here: DocumentRooms) -> None:
    ann = Client(here, file.id)
    await ann.synced()
    assert ann.heard == [(Kind.STEP1, b"\0"), (Kind.STEP2, b"\0\0")]


async def test_an_edit_is_in_the_log_before_anybody_hears_of_it(file: File, here: DocumentRooms) -> None:
    ann, ben = Client(here, file.id), Client(here, file.id)
    await ben.synced()
    update = ann.type("hello")
    await ben.sees("hello")
    await ann.until(lambda: ann.updates() == [update])
    assert [bytes(row.data) for row in await DocumentUpdate.filter(file_id=file.id)] == [update]
    assert (ann.written, ben.written) == (1, 0)


async def test_what_changes_nothing_is_met_with_silence(file: File, here: DocumentRooms) -> None:
    ann = Client(here, file.id)
    update = ann.type("a")
    await ann.until(lambda: len(ann.updates()) == 1)
    ann.offer(update)
    ann.type("b")
    await ann.until(lambda: len(ann.updates()) == 2)
    assert await DocumentUpdate.filter(file_id=file.id).count() == 2


async def test_what_arrives_in_one_turn_is_one_update(file: File, here: DocumentRooms) -> None:
    ann, ben = Client(here, file.id), Client(here, file.id)
    await ann.synced()
    await ben.synced()
    for letter in "abcdef":
        ann.type(letter)
    await ben.sees("abcdef")
    assert len(ben.updates()) == 1
    assert await DocumentUpdate.filter(file_id=file.id).count() == 1


async def test_fifty_clients_open_a_cold_room_at_once_twenty_times(file: File, here: DocumentRooms) -> None:
    writer = Client(here, file.id)
    writer.type("there before")
    await writer.until(lambda: bool(writer.updates()))
    writer.leave()
    for _ in range(20):
        await ended(here)
        clients = [Client(here, file.id) for _ in range(50)]
        assert len(here) == 1
        await asyncio.gather(*(client.synced() for client in clients))
        assert {client.text for client in clients} == {"there before"}
        for client in clients:
            client.leave()


async def test_an_empty_room_is_folded_and_forgotten(file: File, here: DocumentRooms) -> None:
    ann = Client(here, file.id)
    for number in range(3):
        ann.type(str(number))
        await ann.until(lambda number=number: len(ann.updates()) == number + 1)  # type: ignore[misc]
    ann.leave()
    await ended(here)
    head = await Document.get(file_id=file.id)
    assert (head.state_seq, await DocumentUpdate.filter(file_id=file.id).count()) == (3, 0)
    again = Client(here, file.id)
    await again.sees("012")
    again.type("3")
    await again.until(lambda: bool(again.updates()))
    assert (await read_updates(file.id)).seq == 4


async def test_who_comes_back_within_the_grace_finds_the_room(ports: Ports, file: File) -> None:
    async with running(DocumentRooms(ports, "here", grace_s=60.0)) as rooms:
        ann = Client(rooms, file.id)
        await ann.synced()
        ann.leave()
        assert Client(rooms, file.id).room is ann.room


async def test_a_panic_is_over_with_the_next_answer(file: File, here: DocumentRooms) -> None:
    ann, eve = Client(here, file.id), Client(here, file.id)
    ann.type("before ")
    await eve.sees("before ")
    eve.offer(PANICS)
    ben = Client(here, file.id)
    await ben.sees("before ")
    await eve.until(lambda: eve.closed is not None)
    assert (ann.closed, ben.closed) == (None, None)
    ann.type("and after")
    await ben.sees("before and after")
    assert eve.closed is not None
    assert eve.closed[0] == CloseCode.BAD_REQUEST


async def test_what_breaks_the_document_sends_its_client_away_and_nobody_else(file: File, here: DocumentRooms) -> None:
    ann, ben, eve = (Client(here, file.id) for _ in range(3))
    ann.type("before ")
    await ben.sees("before ")
    await eve.sees("before ")
    ann.type("and after")
    eve.offer(CANNOT_BE_APPLIED)
    await ben.sees("before and after")
    await eve.until(lambda: eve.closed is not None)
    assert eve.closed is not None
    assert eve.closed[0] == CloseCode.BAD_REQUEST
    assert (ann.closed, ben.closed) == (None, None)
    ben.type("!")
    await ann.sees("before and after!")


async def test_a_malformed_update_is_ignored(file: File, here: DocumentRooms) -> None:
    ann, eve = Client(here, file.id), Client(here, file.id)
    for nonsense in (b"", b"\1", b"\xff" * 30, b"\1\1\1\0\5"):
        eve.offer(nonsense)
    ann.type("fine")
    await eve.sees("fine")
    assert eve.closed is None


async def test_a_commit_that_fails_sends_everybody_away_with_what_they_wrote(file: File, here: DocumentRooms) -> None:
    ann, ben = Client(here, file.id), Client(here, file.id)
    ann.type("kept ")
    await ben.sees("kept ")
    # The next number is taken, so the database refuses the next row.
    await DocumentUpdate.create(file_id=file.id, seq=2, data=b"\0\0")
    await Document.filter(file_id=file.id).update(last_seq=1)
    await DocumentUpdate.filter(file_id=file.id, seq=2).update(seq=2)
    await File.filter(id=file.id).delete()
    ann.type("lost?")
    await ann.until(lambda: ann.closed is not None)
    await ben.until(lambda: ben.closed is not None)
    assert ben.text == "kept "


async def test_a_document_has_an_end(ports: Ports, file: File) -> None:
    small = replace(ports, limits=replace(ports.limits, max_document_bytes=2000))
    async with running(DocumentRooms(small, "here", grace_s=0.01)) as rooms:
        ann, ben = Client(rooms, file.id), Client(rooms, file.id)
        ann.type("x" * 1500)
        await ben.until(lambda: len(ben.text) == 1500)
        ann.type("y" * 800)
        await ann.until(lambda: ann.closed is not None)
        assert ann.closed == (CloseCode.TOO_LARGE, "A document has at most 2000 bytes.")
        before = ben.doc.get_state()
        del ben.doc.get("text", type=Text)[0:1000]
        ben.offer(ben.doc.get_update(before))
        await ben.until(lambda: bool(ben.updates()) and len(ben.updates()) == 2)
        ben.type("z" * 300)
        await ben.until(lambda: len(ben.updates()) == 3)
        assert ben.closed is None


async def test_updates_that_rest_on_others_make_the_room_ask(file: File, here: DocumentRooms) -> None:
    ann, ben = Client(here, file.id), Client(here, file.id)
    await ann.synced()
    await ben.synced()
    offline: Doc[Text] = Doc()
    text = offline.get("text", type=Text)
    text.insert(0, "first ")
    before = offline.get_state()
    text.insert(6, "second")
    late = Client(here, file.id)
    await late.synced()
    late.doc = offline
    late.offer(offline.get_update(before))
    await ben.sees("first second")


async def test_replicas_follow_each_other(file: File, here: DocumentRooms, there: DocumentRooms) -> None:
    ann, ben = Client(here, file.id), Client(there, file.id)
    await ann.synced()
    await ben.synced()
    for number in range(10):
        ann.type(f"a{number} ")
        ben.type(f"b{number} ")
        await asyncio.sleep(0)
    await ann.until(lambda: len(ann.text) == 60)
    await ben.until(lambda: ben.text == ann.text)


async def test_what_the_bus_lost_is_found_in_the_log(file: File, ports: Ports, here: DocumentRooms) -> None:
    """The other replica is on a bus of its own: nothing reaches it that way."""
    async with running(DocumentRooms(ports, "deaf", grace_s=0.01)) as deaf:
        ann, ben = Client(here, file.id), Client(deaf, file.id)
        await ann.synced()
        await ben.synced()
        ann.type("heard anyway")
        await ben.sees("heard anyway")


async def test_an_update_out_of_turn_waits_for_those_before_it(file: File, here: DocumentRooms, ports: Ports) -> None:
    ann = Client(here, file.id)
    await ann.synced()
    async with running(DocumentRooms(ports, "deaf", grace_s=0.01)) as deaf:
        ben = Client(deaf, file.id)
        ben.type("one ")
        await ben.until(lambda: bool(ben.updates()))
        second = ben.type("two")
        await ben.until(lambda: len(ben.updates()) == 2)
    from domain.documents.live import UpdateTold

    ann.room.hear(UpdateTold(2, second))
    await ann.sees("one two")
    assert document_topic(file.id) == f"crdt:{file.id}"


async def test_who_is_there_is_told_to_all_and_to_the_sender(file: File, here: DocumentRooms) -> None:
    ann, ben = Client(here, file.id), Client(here, file.id)
    ann.say(Entry(1, 0, b"{}"), id_tag="ann.example")
    for client in (ann, ben):
        await client.until(lambda client=client: 1 in client.present)  # type: ignore[misc]
        assert client.present[1].state == b'{"user":{"idTag":"ann.example"}}'
    late = Client(here, file.id)
    await late.until(lambda: 1 in late.present)
    ann.leave()
    await ben.until(lambda: ben.present[1] == Entry(1, 1, GONE))


async def test_who_is_there_is_told_over_replicas(file: File, here: DocumentRooms, there: DocumentRooms) -> None:
    ann = Client(here, file.id)
    await ann.synced()
    ann.say(Entry(1, 0, b"{}"))
    ben = Client(there, file.id)
    await ben.until(lambda: 1 in ben.present)
    ben.say(Entry(2, 0, b"{}"))
    await ann.until(lambda: 2 in ann.present)
    ann.leave()
    await ben.until(lambda: ben.present[1].is_gone)


async def test_an_idle_client_hears_something(file: File, here: DocumentRooms) -> None:
    ann = Client(here, file.id)
    await ann.synced()
    ann.room.company.look_after(0.0)
    assert ann.heard[-1] == (Kind.AWARENESS, b"\0")


async def test_an_orderly_end_takes_what_was_offered(ports: Ports, file: File) -> None:
    async with running(DocumentRooms(ports, "here")) as rooms:
        ann = Client(rooms, file.id)
        await ann.synced()
        ann.type("the last word")
        ann.leave()
    assert "the last word" in str((await DocumentState.all().values("data")) or (await read_updates(file.id)).updates)
