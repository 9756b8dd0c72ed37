"""A client of the realtime database: speaks the contract's frames, and decodes strictly whatever comes."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.realtime.rtdb.decoder import decode

PATIENCE_S = 30.0


class Client:
    """frames: all that came, in order. Answers are found by their request's id."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[dict[str, Any]] = []
        self._last_id = 1000
        self._answers: dict[Any, asyncio.Future[dict[str, Any]]] = {}
        self._events: deque[dict[str, Any]] = deque()
        self._arrived = asyncio.Event()
        self._fault: BaseException | None = None
        self._reading = asyncio.create_task(self._read())

    async def send(self, text: str | bytes) -> None:
        await self.socket.send(text)

    def begin(self, kind: str, **fields: Any) -> asyncio.Future[dict[str, Any]]:
        """Send a request; its answer comes later."""
        self._last_id += 1
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[self._last_id] = answer
        text = json.dumps({"id": self._last_id, "type": kind, **fields})
        sending = asyncio.ensure_future(self.socket.send(text))
        sending.add_done_callback(lambda task: task.cancelled() or task.exception())
        return answer

    async def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The answer without its id."""
        async with asyncio.timeout(PATIENCE_S):
            frame = await self.begin(kind, **fields)
        return {name: value for name, value in frame.items() if name != "id"}

    async def refused(self, kind: str, **fields: Any) -> int:
        """The code of the error that comes."""
        answer = await self.ask(kind, **fields)
        assert answer["type"] == "error", answer
        return int(answer["code"])

    async def transact(self, *operations: dict[str, Any]) -> list[dict[str, Any]]:
        answer = await self.ask("transaction", operations=list(operations))
        assert answer["type"] == "transactionResult", answer
        results: list[dict[str, Any]] = answer["results"]
        return results

    async def create(self, path: str, **data: Any) -> str:
        results = await self.transact({"type": "create", "path": path, "data": data, "ref": "$new"})
        return str(results[0]["id"])

    async def replace(self, path: str, **data: Any) -> None:
        await self.transact({"type": "replace", "path": path, "data": data})

    async def update(self, path: str, **data: Any) -> None:
        await self.transact({"type": "update", "path": path, "data": data})

    async def delete(self, path: str) -> None:
        await self.transact({"type": "delete", "path": path})

    async def query(self, path: str, **fields: Any) -> list[dict[str, Any]]:
        answer = await self.ask("query", path=path, **fields)
        assert answer["type"] == "queryResult", answer
        found: list[dict[str, Any]] = answer["data"]
        return found

    async def get(self, path: str, **fields: Any) -> Any:
        return (await self.ask("get", path=path, **fields))["data"]

    async def subscribe(self, path: str, **fields: Any) -> str:
        answer = await self.ask("subscribe", path=path, filter=fields.pop("filter", {}), **fields)
        assert answer["type"] == "subscribeResult", answer
        return str(answer["subscriptionId"])

    async def watch(self, path: str, **fields: Any) -> Any:
        """Subscribe; the data of `ready`, before which nothing else comes."""
        await self.subscribe(path, **fields)
        event = await self.event()
        assert event["action"] == "ready"
        return event["data"]

    async def event(self) -> dict[str, Any]:
        """The next change or presence event."""
        event: dict[str, Any] = (await self.event_frame())["event"]
        return event

    async def event_frame(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while not self._events:
                if self._fault is not None:
                    raise self._fault
                self._arrived.clear()
                await self._arrived.wait()
        return self._events.popleft()

    async def silence(self) -> None:
        """Nothing more was on its way: a ping's answer comes behind whatever was sent before."""
        assert await self.ask("ping") == {"type": "pong"}
        assert not self._events, list(self._events)

    async def closed(self) -> int:
        """The code it was closed with."""
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(self._reading, return_exceptions=True)
        assert self.socket.close_code is not None
        return self.socket.close_code

    async def stop(self) -> None:
        await self.socket.close()
        await asyncio.gather(self._reading, return_exceptions=True)
        if self._fault is not None and not isinstance(self._fault, ConnectionClosed):
            raise self._fault

    async def _read(self) -> None:
        try:
            while True:
                self._take(decode(await self.socket.recv()))
        except BaseException as fault:
            self._fault = fault
            self._arrived.set()
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(fault)
                    answer.exception()
            raise

    def _take(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        if frame["type"] in ("change", "presenceChange"):
            self._events.append(frame)
            self._arrived.set()
        elif frame.get("id") in self._answers:
            answer = self._answers[frame["id"]]
            assert not answer.done(), f"answered twice: {frame}"
            answer.set_result(frame)


@asynccontextmanager
async def client_of(url: str, token: str | None = None, **query: str) -> AsyncIterator[Client]:
    """url: ws://host:port/ws/rtdb/{file_id}."""
    parameters = [f"{name}={value}" for name, value in {**query, **({"token": token} if token else {})}.items()]
    address = f"{url}?{'&'.join(parameters)}" if parameters else url
    async with connect(address, max_size=None, ping_interval=None, proxy=None) as socket:
        client = Client(socket)
        try:
            yield client
        finally:
            await client.stop()
