"""What one replica's editors sent, what another wrote, and what of both stands in the log."""

from __future__ import annotations

from pycrdt import Doc, Text

from domain.documents.load import load
from domain.documents.plain import text_of
from domain.models import File
from domain.ports import Ports
from realtime.close_codes import CloseCode
from realtime.crdt.rooms import DocumentRooms
from tests.realtime.crdt.clients import Client, running
from tests.realtime.crdt.test_rooms import CANNOT_BE_APPLIED


def two_edits() -> tuple[bytes, bytes]:
    """The second rests on the first."""
    doc: Doc[Text] = Doc()
    text = doc.get("text", type=Text)
    text.insert(0, "first ")
    first, before = doc.get_update(), doc.get_state()
    text.insert(6, "second")
    return first, doc.get_update(before)


async def test_what_came_in_with_another_replicas_edit_is_in_the_log_and_told_to_it(
    file: File, here: DocumentRooms, there: DocumentRooms
) -> None:
    """Whoever types while it changes replicas may be ahead of what it wrote at the old one."""
    ann, ben, cut_off = Client(here, file.id), Client(there, file.id), Client(here, file.id)
    for client in (ann, ben, cut_off):
        await client.synced()
    first, second = two_edits()
    cut_off.offer(second)
    await ann.until(lambda: len(ann.heard) == 2)
    cut_off.leave()
    ben.offer(first)
    await ann.sees("first second")
    assert text_of((await load(file.id)).content.doc, "text") == "first second"
    await ben.sees("first second")


async def test_who_stays_when_a_broken_update_is_thrown_out_misses_nothing(
    file: File, ports: Ports, here: DocumentRooms
) -> None:
    """The other replica's edit reaches this one only by the log, which is read anew because of the broken update."""
    async with running(DocumentRooms(ports, "deaf", grace_s=0.01)) as deaf:
        ann, evil, ben = Client(here, file.id), Client(here, file.id), Client(deaf, file.id)
        for client in (ann, evil, ben):
            await client.synced()
        ben.type("from elsewhere")
        await ben.until(lambda: bool(ben.updates()))
        evil.offer(CANNOT_BE_APPLIED)
        await evil.until(lambda: evil.closed is not None)
        assert evil.closed is not None
        assert evil.closed[0] == CloseCode.BAD_REQUEST
        await ann.sees("from elsewhere")
