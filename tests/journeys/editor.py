"""Somebody who edits a Yjs document: types offline and online, connects anywhere, and knows what was acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from itertools import cycle
from typing import Self

from pycrdt import Doc, Text, YMessageType, YSyncMessageType, create_sync_message, create_update_message
from pycrdt import handle_sync_message as answer_to
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

RETRY_S = 0.1


class Editor:
    """urls: of the document, one per gateway; after a cut the next one is tried. text: as this editor sees it.

    shadow: a second copy that knows only what the server sent, so what it holds was acknowledged.
    """

    def __init__(self, name: str, urls: list[str]) -> None:
        self.name = name
        self.doc: Doc[Text] = Doc()
        self.shadow: Doc[Text] = Doc()
        self.doc["text"], self.shadow["text"] = Text(), Text()
        self._urls = cycle(urls)
        self._socket: ClientConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self._heard = asyncio.Event()
        self._typed = 0
        self.cuts = 0

    @property
    def text(self) -> str:
        return str(self.doc["text"])

    @property
    def acknowledged(self) -> str:
        return str(self.shadow["text"])

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._stay_connected())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def type_word(self) -> str:
        """Append a word that nobody else types; it leaves at once, or with the next sync."""
        self._typed += 1
        word = f"<{self.name}:{self._typed}>"
        before = self.doc.get_state()
        self.doc.get("text", type=Text).insert(len(self.text.encode()), word)
        if self._socket is not None:
            with suppress(ConnectionClosed):
                await self._socket.send(create_update_message(self.doc.get_update(before)))
        return word

    async def until_acknowledged(self, *words: str, within_s: float = 30.0) -> None:
        """Wait until the server has sent all of them back, or from elsewhere."""
        async with asyncio.timeout(within_s):
            while not _holds(self.acknowledged, words):
                self._heard.clear()
                await self._heard.wait()

    async def _stay_connected(self) -> None:
        for url in self._urls:
            with suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
                async with connect(url, max_size=None, open_timeout=5) as socket:
                    await self._converse(socket)
            self._socket = None
            self.cuts += 1
            await asyncio.sleep(RETRY_S)

    async def _converse(self, socket: ClientConnection) -> None:
        await socket.send(create_sync_message(self.doc))
        self._socket = socket
        async for message in socket:
            assert isinstance(message, bytes)
            if message[0] == YMessageType.SYNC:
                await self._synchronise(socket, message[1:])

    async def _synchronise(self, socket: ClientConnection, message: bytes) -> None:
        if message[0] != YSyncMessageType.SYNC_STEP1:
            answer_to(message, self.shadow)
        reply = answer_to(message, self.doc)
        if reply is not None:
            await socket.send(reply)
        self._heard.set()


def _holds(text: str, words: Collection[str]) -> bool:
    return all(word in text for word in words)
