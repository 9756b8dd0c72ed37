from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text, XmlElement, XmlFragment, XmlText

from domain.access import Actor
from domain.documents.append import append_now
from domain.documents.edit import FOLD_ROWS, Edit, MapDelete, MapSet, TextDelete, TextInsert, edit_document
from domain.documents.live import UpdateTold, decode_told, document_topic
from domain.documents.load import load
from domain.documents.log import found_document
from domain.documents.read import read_document, read_text
from domain.errors import Conflict, Forbidden, InvalidInput, NotFound, TooLarge
from domain.models import DocumentUpdate, File, FileActivity, FileKind
from domain.models.file import Visibility
from domain.ports import Ports
from domain.ports.bus import BusMessage
from tests.domain.people import told


async def roots(ports: Ports, owner: Actor, file: File) -> dict[str, Any]:
    return (await read_document(ports, owner, file.id)).roots


async def test_texts_and_maps(ports: Ports, owner: Actor, file: File) -> None:
    edited = await edit_document(
        ports,
        owner,
        file.public_id,
        [
            TextInsert("t", "hello world"),
            TextDelete("t", 0, 6),
            TextInsert("t", "My ", 0),
            MapSet("m", "k", {"a": [1, 2.5, None, True]}),
        ],
    )
    assert edited.seq == 1
    assert await roots(ports, owner, file) == {"t": "My world", "m": {"k": {"a": [1, 2.5, None, True]}}}
    await edit_document(ports, owner, file.id, [MapDelete("m", "k"), MapDelete("m", "none")])
    assert await roots(ports, owner, file) == {"t": "My world"}
    assert await read_text(ports, owner, file.id, "t") == "My world"
    assert await read_text(ports, owner, file.id, "none") == ""


@pytest.mark.parametrize(
    ("start", "edit", "after"),
    [
        ("é😀b", TextInsert("t", "X", 1), "éX😀b"),
        ("é😀b", TextInsert("t", "X", 3), "é😀Xb"),
        ("é😀b", TextInsert("t", "X", 4), "é😀bX"),
        ("é😀b", TextDelete("t", 1, 2), "éb"),
        ("é😀b", TextDelete("t", 0, 4), None),
        ("é😀b", TextDelete("t", 2 - 1, 0), "é😀b"),
    ],
)
async def test_positions_count_as_in_browsers(
    ports: Ports, owner: Actor, file: File, start: str, edit: Edit, after: str | None
) -> None:
    await edit_document(ports, owner, file.id, [TextInsert("t", start), edit])
    assert (await roots(ports, owner, file)).get("t") == after


@pytest.mark.parametrize(
    "edit",
    [
        TextInsert("t", "X", 2),
        TextInsert("t", "X", 5),
        TextInsert("t", "X", -1),
        TextDelete("t", 0, 9),
        TextDelete("t", 2, 1),
        TextDelete("t", 0, -1),
        TextInsert("", "X"),
        TextInsert("t", "\ud800"),
        MapSet("m", "k", "a\0"),
    ],
)
async def test_what_is_wrong_changes_nothing(ports: Ports, owner: Actor, file: File, edit: Edit) -> None:
    await edit_document(ports, owner, file.id, [TextInsert("t", "é😀b")])
    with pytest.raises(InvalidInput):
        await edit_document(ports, owner, file.id, [MapSet("m", "k", 1), edit])
    assert await roots(ports, owner, file) == {"t": "é😀b"}


async def test_positions_count_embedded_objects_as_one(ports: Ports, owner: Actor, file: File) -> None:
    doc: Doc[Any] = Doc()
    text = doc.get("t", type=Text)
    text.insert(0, "ab")
    text.insert_embed(1, {"image": 1})
    await found_document(file.id)
    await append_now(file.id, [doc.get_update()])
    await edit_document(ports, owner, file.id, [TextInsert("t", "X", 2)])
    loaded = await load(file.id)
    assert [part for part, _ in loaded.content.doc.get("t", type=Text).diff()] == ["a", {"image": 1.0}, "Xb"]


async def test_an_edit_is_told_on_the_file_and_on_the_bus(ports: Ports, owner: Actor, file: File) -> None:
    async with ports.bus.subscribe({document_topic(file.id)}) as messages:
        await edit_document(ports, owner, file.id, [TextInsert("t", "a")])
        message = await anext(messages)
    assert isinstance(message, BusMessage)
    row = await DocumentUpdate.get(file_id=file.id)
    assert decode_told(message.data) == UpdateTold(1, bytes(row.data))
    assert (await File.get(id=file.id)).modified_at == ports.clock.now()
    assert (await FileActivity.get(file_id=file.id, user_id=owner.user_id)).modified_at == ports.clock.now()
    assert [payload["id"] for payload in await told("FileChanged")] == [str(file.id)]


async def test_a_long_log_is_folded(ports: Ports, owner: Actor, file: File) -> None:
    await found_document(file.id)
    for _ in range(FOLD_ROWS):
        await append_now(file.id, [b"\0\0"])
    assert (await edit_document(ports, owner, file.id, [TextInsert("t", "a")])).seq == FOLD_ROWS + 1
    assert await DocumentUpdate.all().count() == 0
    assert await roots(ports, owner, file) == {"t": "a"}


async def test_too_much_is_refused(ports: Ports, owner: Actor, file: File) -> None:
    small = replace(ports, limits=replace(ports.limits, max_document_bytes=100))
    with pytest.raises(TooLarge):
        await edit_document(small, owner, file.id, [TextInsert("t", "x" * 200)])
    assert await DocumentUpdate.all().count() == 0
    with pytest.raises(InvalidInput):
        await edit_document(ports, owner, file.id, [])


async def test_only_who_may_write_writes(ports: Ports, owner: Actor, stranger: Actor, file: File) -> None:
    edits = [TextInsert("t", "a")]
    with pytest.raises(NotFound):
        await edit_document(ports, stranger, file.id, edits)
    with pytest.raises(NotFound):
        await read_document(ports, stranger, file.id)
    await File.filter(id=file.id).update(visibility=Visibility.PUBLIC)
    with pytest.raises(Forbidden):
        await edit_document(ports, stranger, file.id, edits)
    assert (await read_document(ports, stranger, file.id)).roots == {}
    await File.filter(id=file.id).update(kind=FileKind.TREE)
    with pytest.raises(Conflict):
        await read_document(ports, owner, file.id)


async def test_every_kind_of_root_is_read(ports: Ports, owner: Actor, file: File) -> None:
    doc: Doc[Any] = Doc()
    doc["text"] = Text("words")
    doc["map"] = Map({"n": Map({"x": 1.0, "big": 2.0**60, "t": Text("in")}), "b": b"\1\2"})
    doc["list"] = Array(["a", 1, Array([None])])
    doc["xml"] = XmlFragment([XmlElement("p", {"k": "v"}, [XmlText("hi")])])
    await found_document(file.id)
    await append_now(file.id, [doc.get_update()])
    read = await read_document(ports, owner, file.id)
    assert read.roots == {
        "text": "words",
        "map": {"n": {"x": 1, "big": 2.0**60, "t": "in"}, "b": "AQI="},
        "list": ["a", 1, [None]],
        "xml": '<p k="v">hi</p>',
    }
    assert (read.seq, read.size_bytes) == (1, len(doc.get_update()))
