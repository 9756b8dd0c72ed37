"""A socket of JSON frames that comes back after every cut, at the next gateway."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from contextlib import suppress
from itertools import count, cycle
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

RETRY_S = 0.1
ANSWER_S = 20.0


class CutError(Exception):
    """The connection went before the answer came: whether it was done is not known."""


class FrameClient(ABC):
    """urls: one per gateway. greet() runs after every connect; hear() gets what is no answer."""

    def __init__(self, urls: list[str]) -> None:
        self._urls = cycle(urls)
        self._ids = count(1)
        self._waiting: dict[Any, asyncio.Future[dict[str, Any]]] = {}
        self._socket: ClientConnection | None = None
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.changed = asyncio.Event()

    @abstractmethod
    async def greet(self) -> None: ...

    @abstractmethod
    def hear(self, frame: dict[str, Any]) -> None: ...

    @abstractmethod
    def frame_id(self) -> Any: ...

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._stay_connected())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def until_greeted(self) -> None:
        """Connected, and greet() is done."""
        await asyncio.wait_for(self._ready.wait(), ANSWER_S)

    async def ask(self, **frame: Any) -> dict[str, Any]:
        """The answer. CutError: the connection went first."""
        if self._socket is None:
            raise CutError
        frame_id = self.frame_id()
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[frame_id] = answer
        try:
            await self._socket.send(json.dumps({"id": frame_id, **frame}))
            return await asyncio.wait_for(answer, ANSWER_S)
        except ConnectionClosed:
            raise CutError from None
        finally:
            self._waiting.pop(frame_id, None)

    async def until_done(self, **frame: Any) -> dict[str, Any]:
        """Ask again after every cut; for requests that may be repeated."""
        while True:
            await self._ready.wait()
            with suppress(CutError):
                return await self.ask(**frame)

    async def _stay_connected(self) -> None:
        for url in self._urls:
            with suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
                async with connect(url, max_size=None, open_timeout=5) as self._socket:
                    reading = asyncio.create_task(self._read(self._socket))
                    try:
                        with suppress(CutError):
                            await self.greet()
                            self._ready.set()
                        await reading
                    finally:
                        reading.cancel()
                        self._cut()
            await asyncio.sleep(RETRY_S)

    def _cut(self) -> None:
        self._socket = None
        self._ready.clear()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(CutError())

    async def _read(self, socket: ClientConnection) -> None:
        async for text in socket:
            frame = json.loads(text)
            answer = self._waiting.get(frame.get("id"))
            if answer is not None and not answer.done():
                answer.set_result(frame)
            else:
                self.hear(frame)
                self.changed.set()


class TreeClient(FrameClient):
    """A client of the realtime database that mirrors one collection from its subscription. mirror: id → document."""

    def __init__(self, urls: list[str], collection: str) -> None:
        super().__init__(urls)
        self.mirror: dict[str, dict[str, Any]] = {}
        self._collection = collection

    def frame_id(self) -> int:
        return next(self._ids)

    async def greet(self) -> None:
        await self.ask(type="subscribe", path=self._collection, filter={})

    def hear(self, frame: dict[str, Any]) -> None:
        event = frame["event"]
        if event["action"] == "ready":
            self.mirror = {document["id"]: document for document in event["data"]}
        elif event["action"] == "delete":
            self.mirror.pop(event["path"].rpartition("/")[2], None)
        else:
            self.mirror[event["data"]["id"]] = event["data"]

    async def put(self, key: str, **values: Any) -> None:
        """Write a document; returns when that is acknowledged."""
        operation = {"type": "replace", "path": f"{self._collection}/{key}", "data": values}
        answer = await self.until_done(type="transaction", operations=[operation])
        assert answer["type"] == "transactionResult", answer


class BusClient(FrameClient):
    """A client of one channel with history that resumes where it was. offsets: of every message it heard, in order."""

    def __init__(self, urls: list[str], channel: str) -> None:
        super().__init__(urls)
        self.messages: list[tuple[int, Any]] = []
        self.recoveries: list[bool] = []
        self._channel = channel
        self._place: dict[str, Any] | None = None

    def frame_id(self) -> str:
        return f"c{next(self._ids)}"

    async def greet(self) -> None:
        resume = {} if self._place is None else {"after": self._place}
        answer = (await self.ask(cmd="subscribe", data={"channel": self._channel, **resume}))["data"]
        assert answer["status"] == "ok", answer
        if self._place is None:
            self._place = {"epoch": answer["epoch"], "offset": answer["offset"]}
        else:
            self.recoveries.append(answer["recovered"])

    def hear(self, frame: dict[str, Any]) -> None:
        if frame["cmd"] == "message":
            data = frame["data"]
            self.messages.append((data["offset"], data["data"]))
            self._place = {"epoch": data["epoch"], "offset": data["offset"]}

    async def publish(self, word: str) -> int:
        """Say a word; its offset when that is acknowledged. After a cut it is said again, and may be there twice."""
        answer = (await self.until_done(cmd="publish", data={"channel": self._channel, "data": word}))["data"]
        assert answer["status"] == "ok", answer
        return int(answer["offset"])
