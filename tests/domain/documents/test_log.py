from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest
from pycrdt import Doc, Text
from tortoise.transactions import in_transaction

from domain.documents.append import LogWriter, append_now
from domain.documents.compact import compact, folded
from domain.documents.content import Content
from domain.documents.copy_document import copy_document
from domain.documents.delete_document import delete_document
from domain.documents.load import load
from domain.documents.log import append_updates, found_document, last_seqs, read_updates
from domain.errors import NotFound, Unavailable
from domain.models import Document, DocumentState, DocumentUpdate, DocumentVersion, File, Tenant
from domain.ports import Ports
from tests.domain.documents.conftest import make_document


def typed(*words: str) -> list[bytes]:
    doc: Doc[Text] = Doc()
    updates: list[bytes] = []
    doc.observe(lambda event: updates.append(event.update))
    text = doc.get("text", type=Text)
    for word in words:
        text.insert(len(text), word)
    return updates


async def write(file_id: UUID, *words: str) -> None:
    await found_document(file_id)
    for update in typed(*words):
        await append_now(file_id, [update])


async def text_in(file_id: UUID) -> str:
    return str((await load(file_id)).content.doc.get("text", type=Text))


async def test_updates_are_numbered_without_a_gap(file: File, tenant: Tenant) -> None:
    other = await make_document(tenant, "another00000000000000000")
    for one in (file, other):
        await found_document(one.id)
        await found_document(one.id)
    assert await append_updates({file.id: b"a", other.id: b"x"}) == {file.id: 1, other.id: 1}
    assert await append_updates({file.id: b"b"}) == {file.id: 2}
    assert await last_seqs([file.id, other.id, uuid4()]) == {file.id: 2, other.id: 1}
    assert (await read_updates(file.id)).updates == [b"a", b"b"]
    after = await read_updates(file.id, 1)
    assert (after.updates, after.seq, after.rows, after.log_bytes) == ([b"b"], 2, 1, 1)


async def test_concurrent_appends_each_get_a_number(file: File) -> None:
    await found_document(file.id)
    numbers = await asyncio.gather(*(append_updates({file.id: b"x"}) for _ in range(20)))
    assert sorted(number[file.id] for number in numbers) == list(range(1, 21))


async def test_a_document_that_is_gone_takes_nothing(file: File) -> None:
    with pytest.raises(NotFound):
        await append_now(file.id, [b"a"])
    await found_document(uuid4())
    assert await Document.all().count() == 0


async def test_folding_keeps_everything_and_goes_on_counting(file: File, ports: Ports) -> None:
    await write(file.id, "one ", "two ", "three")
    assert await compact(ports, file.id, "me")
    assert await text_in(file.id) == "one two three"
    assert await DocumentUpdate.all().count() == 0
    head = await Document.get(file_id=file.id)
    assert (head.state_seq, head.size_bytes) == (3, len((await DocumentState.get(file_id=file.id)).data))
    await write(file.id, "!")
    assert (await last_seqs([file.id]), await text_in(file.id)) in (
        ({file.id: 4}, "one two three!"),
        ({file.id: 4}, "!one two three"),
    )
    assert (await read_updates(file.id, 3)).rows == 1
    assert (await read_updates(file.id, 1)).state_seq == 3


async def test_folding_is_one_mans_work(file: File, ports: Ports) -> None:
    await write(file.id, "a", "b")
    lease = await ports.leases.acquire(f"documents.compact:{file.id}", "another", 60.0)
    assert lease is not None
    assert not await compact(ports, file.id, "me")
    await ports.leases.release(lease)
    assert await compact(ports, file.id, "me")
    assert not await compact(ports, file.id, "me")


def test_what_cannot_be_placed_yet_is_not_folded_away() -> None:
    first, second, third = typed("a", "b", "c")
    assert folded([first, third]) is None
    whole = folded([first, third, second])
    assert whole is not None
    assert str(Content([whole]).doc.get("text", type=Text)) == "abc"
    assert folded([b"\xff"]) is None


async def test_a_copy_has_the_content_and_not_the_versions(file: File, tenant: Tenant, ports: Ports) -> None:
    await write(file.id, "one ", "two ")
    await compact(ports, file.id, "me")
    await append_now(file.id, typed("more"))
    copy = await make_document(tenant, "copy00000000000000000000")
    async with in_transaction():
        await copy_document(file.id, copy.id)
    assert await text_in(copy.id) == await text_in(file.id)
    await append_now(copy.id, typed("x"))
    assert (await last_seqs([file.id, copy.id])) == {file.id: 3, copy.id: 4}


async def test_copies_made_while_others_write_can_be_written_on(file: File, tenant: Tenant) -> None:
    await write(file.id, "one ")
    copies = [await make_document(tenant, f"copy{number:020}") for number in range(10)]
    are_made = asyncio.Event()

    async def write_on() -> None:
        while not are_made.is_set():
            await append_now(file.id, typed("more"))

    writing = asyncio.gather(*(write_on() for _ in range(4)))
    for copy in copies:
        async with in_transaction():
            await copy_document(file.id, copy.id)
    are_made.set()
    await writing
    last = await last_seqs([copy.id for copy in copies])
    for copy in copies:
        assert (await read_updates(copy.id)).seq == last[copy.id]
        assert await append_now(copy.id, typed("x")) == last[copy.id] + 1


async def test_a_copy_of_what_was_never_opened_is_empty(file: File, tenant: Tenant) -> None:
    copy = await make_document(tenant, "copy00000000000000000000")
    await copy_document(file.id, copy.id)
    assert await text_in(copy.id) == ""


async def test_deleting_leaves_nothing(file: File, ports: Ports) -> None:
    await write(file.id, "a", "b")
    await compact(ports, file.id, "me")
    await write(file.id, "c")
    async with in_transaction():
        await delete_document(file.id)
    for model in (Document, DocumentState, DocumentUpdate, DocumentVersion):
        assert await model.all().count() == 0


async def test_what_waits_at_one_moment_is_one_commit(file: File, tenant: Tenant) -> None:
    files = [file, *[await make_document(tenant, f"more{number:020}") for number in range(5)]]
    for one in files:
        await found_document(one.id)
    writer = LogWriter()
    running = asyncio.create_task(writer.run())
    numbers = await asyncio.gather(*(writer.append(one.id, typed("x")[0]) for one in files))
    assert numbers == [1] * 6
    running.cancel()


async def test_one_that_fails_does_not_harm_the_others(file: File, tenant: Tenant) -> None:
    gone = await make_document(tenant, "gone00000000000000000000")
    for one in (file, gone):
        await found_document(one.id)
    await File.filter(id=gone.id).delete()
    writer = LogWriter()
    running = asyncio.create_task(writer.run())
    good, bad = writer.append(file.id, b"a"), writer.append(gone.id, b"b")
    assert await good == 1
    with pytest.raises(Unavailable):
        await bad
    running.cancel()


async def test_a_writer_that_ends_says_so(file: File) -> None:
    writer = LogWriter()
    running = asyncio.create_task(writer.run())
    await asyncio.sleep(0)
    waiting = writer.append(file.id, b"a")
    running.cancel()
    with pytest.raises(Unavailable):
        await waiting
