"""The content of a document in memory."""

from __future__ import annotations

import asyncio
import weakref

from pycrdt import Doc, Text

from domain.documents.content import Content


def typed(words: str) -> bytes:
    doc: Doc[Text] = Doc()
    doc.get("text", type=Text).insert(0, words)
    return doc.get_update()


def test_content_that_nobody_needs_is_gone() -> None:
    content = Content([typed("hello")])
    content.apply([typed("more")])
    document = weakref.ref(content.doc)
    del content
    assert document() is None


async def test_content_made_in_another_thread_is_gone_too() -> None:
    content = await asyncio.to_thread(Content, [typed("hello")])
    assert content.apply([typed("more")]).effect is not None
    document = weakref.ref(content.doc)
    del content
    await asyncio.to_thread(int)  # the thread lets go of what it returned last
    assert document() is None


def test_each_effect_is_taken_once() -> None:
    content = Content()
    first, second = typed("one"), typed("two")
    assert content.apply([first]).effect == first
    assert content.take_effect() is None
    assert content.apply([second]).effect == second
    assert content.apply([first]).effect is None
