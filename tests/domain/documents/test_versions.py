from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text, XmlElement, XmlFragment

from domain.access import Actor
from domain.documents.content import Content
from domain.documents.edit import MapSet, TextDelete, TextInsert, edit_document
from domain.documents.plain import roots_of
from domain.documents.read import read_document
from domain.documents.restore import restore_version, way_back
from domain.documents.versions import create_version, delete_version, get_version, list_versions, open_version
from domain.errors import InvalidInput, Locked, NotFound, QuotaExceeded
from domain.models import DocumentUpdate, DocumentVersion, File
from domain.paging import PageRequest
from domain.ports import Ports
from tests.domain.people import told


async def test_a_version_stays_what_it_was(ports: Ports, owner: Actor, file: File) -> None:
    await edit_document(ports, owner, file.id, [TextInsert("t", "first")])
    version = await create_version(ports, owner, file.public_id, " Draft ")
    await edit_document(ports, owner, file.id, [TextInsert("t", "second ", 0)])
    opened = await open_version(ports, owner, file.id, version.id)
    assert (opened.roots, opened.version.name, opened.version.seq) == ({"t": "first"}, "Draft", 1)
    assert [event["change"] for event in await told("DocumentVersionChanged")] == ["created"]


async def test_versions_are_listed_newest_first(ports: Ports, owner: Actor, file: File) -> None:
    for name in ("a", "b", "c"):
        await create_version(ports, owner, file.id, name)
    page = await list_versions(ports, owner, file.id, request=PageRequest(first=2, with_total=True))
    assert ([one.name for one in page.items], page.total) == (["c", "b"], 3)
    rest = await list_versions(ports, owner, file.id, request=PageRequest(after=page.next_cursor))
    assert [one.name for one in rest.items] == ["a"]


async def test_of_two_restores_at_once_one_waits_its_turn(ports: Ports, owner: Actor, file: File) -> None:
    await edit_document(ports, owner, file.id, [TextInsert("t", "good text")])
    version = await create_version(ports, owner, file.id, "good")
    await edit_document(ports, owner, file.id, [TextDelete("t", 0, 9)])
    turn = await ports.leases.acquire(f"restore:{file.id}", "another replica", 60.0)
    assert turn is not None
    with pytest.raises(Locked):
        await restore_version(ports, owner, file.id, version.id)
    await ports.leases.release(turn)
    await restore_version(ports, owner, file.id, version.id)
    await restore_version(ports, owner, file.id, version.id)
    assert (await read_document(ports, owner, file.id)).roots == {"t": "good text"}


async def test_restoring_is_an_edit_and_keeps_what_was_there(ports: Ports, owner: Actor, file: File) -> None:
    await edit_document(ports, owner, file.id, [TextInsert("t", "good text"), MapSet("m", "k", 1)])
    version = await create_version(ports, owner, file.id, "good")
    await edit_document(ports, owner, file.id, [TextDelete("t", 0, 9), MapSet("m", "k", 2), TextInsert("new", "n")])
    rows = await DocumentUpdate.filter(file_id=file.id).count()
    restored = await restore_version(ports, owner, file.id, version.id)
    assert (await read_document(ports, owner, file.id)).roots == {"t": "good text", "m": {"k": 1}}
    assert (restored.seq, await DocumentUpdate.filter(file_id=file.id).count()) == (3, rows + 1)
    before = await DocumentVersion.get(name="Before good")
    assert (await open_version(ports, owner, file.id, before.id)).roots == {"m": {"k": 2}, "new": "n"}
    again = await restore_version(ports, owner, file.id, before.id)
    assert again.seq == 4
    assert (await read_document(ports, owner, file.id)).roots == {"m": {"k": 2}, "new": "n"}


async def test_restoring_what_is_there_changes_nothing(ports: Ports, owner: Actor, file: File) -> None:
    await edit_document(ports, owner, file.id, [TextInsert("t", "same")])
    version = await create_version(ports, owner, file.id, "now")
    assert (await restore_version(ports, owner, file.id, version.id)).seq == 1
    assert await DocumentVersion.all().count() == 1


async def test_versions_have_names_and_an_end(ports: Ports, owner: Actor, file: File) -> None:
    for name in ("", "  ", "x" * 101, "a\0"):
        with pytest.raises(InvalidInput):
            await create_version(ports, owner, file.id, name)
    few = replace(ports, limits=replace(ports.limits, max_document_versions=1))
    kept = await create_version(few, owner, file.id, "only")
    with pytest.raises(QuotaExceeded):
        await create_version(few, owner, file.id, "one more")
    await edit_document(few, owner, file.id, [TextInsert("t", "a")])
    await restore_version(few, owner, file.id, kept.id)
    assert (await read_document(ports, owner, file.id)).roots == {}


async def test_a_version_is_found_in_its_document_only(ports: Ports, owner: Actor, stranger: Actor, file: File) -> None:
    version = await create_version(ports, owner, file.id, "mine")
    for actor, version_id in ((stranger, version.id), (owner, uuid4()), (owner, "nonsense")):
        for verb in (get_version, open_version, delete_version, restore_version):
            with pytest.raises(NotFound):
                await verb(ports, actor, file.id, version_id)
    await delete_version(ports, owner, file.id, version.id)
    assert await DocumentVersion.all().count() == 0


OPERATION = st.tuples(st.sampled_from(["insert", "delete", "set", "pop", "push", "shift", "xml"]), st.integers(0, 9))


def act(doc: Doc[Any], operation: tuple[str, int]) -> None:
    kind, number = operation
    text, entries, items = doc.get("t", type=Text), doc.get("m", type=Map), doc.get("a", type=Array)
    if kind == "insert":
        text.insert(number % (len(text) + 1), "xyz")
    elif kind == "delete" and len(text):
        del text[number % len(text)]
    elif kind == "set":
        entries[str(number % 3)] = Map({"n": number, "t": Text("in")}) if number % 2 else number
    elif kind == "pop":
        entries.pop(str(number % 3), None)
    elif kind == "push":
        items.append(Array([number]) if number % 2 else number)
    elif kind == "shift" and len(items):
        del items[0]
    elif kind == "xml":
        doc.get("x", type=XmlFragment).children.append(XmlElement("p", {"n": str(number)}))


@settings(max_examples=60, deadline=None)
@given(st.lists(OPERATION, max_size=12), st.lists(OPERATION, max_size=12))
def test_the_way_back_leads_to_what_was(before: list[tuple[str, int]], after: list[tuple[str, int]]) -> None:
    doc: Doc[Any] = Doc()
    for operation in before:
        act(doc, operation)
    then = doc.get_update()
    for operation in after:
        act(doc, operation)
    now = doc.get_update()
    effect = way_back(then, now)
    content = Content([now] if effect is None else [now, effect])
    assert roots_of(content.doc) == roots_of(Content([then]).doc)
