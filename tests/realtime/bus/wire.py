"""A client of the bus that hides nothing: what was pushed and what was answered are kept apart."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.gateway.graphql.people import Person
from tests.gateway.graphql.serving import Replica

PATIENCE_S = 10.0


class Bus:
    """One socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.pushed: deque[dict[str, Any]] = deque()
        self._numbers = itertools.count(1)

    async def hear(self) -> dict[str, Any]:
        """The next frame, whatever it is."""
        async with asyncio.timeout(PATIENCE_S):
            frame: dict[str, Any] = json.loads(await self.connection.recv())
            return frame

    async def say(self, cmd: str, data: Any = None, *, id: str | None = None) -> str:
        number = id or str(next(self._numbers))
        await self.connection.send(json.dumps({"id": number, "cmd": cmd, "data": data}))
        return number

    async def ask(self, cmd: str, **data: Any) -> dict[str, Any]:
        """The data of the answer."""
        return await self.answer(await self.say(cmd, data))

    async def answer(self, number: str) -> dict[str, Any]:
        while True:
            frame = await self.hear()
            if frame["cmd"] == "ack" and frame["id"] == number:
                data: dict[str, Any] = frame["data"]
                return data
            self.pushed.append(frame)

    async def done(self, cmd: str, **data: Any) -> dict[str, Any]:
        """The same; the test fails when it is refused."""
        answer = await self.ask(cmd, **data)
        assert answer["status"] == "ok", answer
        return answer

    async def refused(self, cmd: str, **data: Any) -> str:
        """The code of the refusal."""
        answer = await self.ask(cmd, **data)
        assert answer["status"] == "error", answer
        return str(answer["code"])

    async def push(self, cmd: str = "message") -> dict[str, Any]:
        """The data of the next push, which is of that kind."""
        frame = self.pushed.popleft() if self.pushed else await self.hear()
        assert frame["cmd"] == cmd, frame
        assert len(frame["id"]) == 24
        data: dict[str, Any] = frame["data"]
        return data

    async def texts(self, count: int) -> list[Any]:
        """What the next messages say."""
        return [(await self.push())["data"] for _ in range(count)]

    async def is_quiet(self) -> None:
        """Nothing came before the answer to a ping."""
        await self.done_ping()
        assert not self.pushed, self.pushed

    async def done_ping(self) -> None:
        assert (await self.answer(await self.say("ping")))["status"] == "pong"

    async def closed(self) -> int:
        async with asyncio.timeout(PATIENCE_S):
            await self.connection.wait_closed()
        assert self.connection.close_code is not None
        return self.connection.close_code


@asynccontextmanager
async def on_bus(replica: Replica, person: Person | None = None, **options: Any) -> AsyncIterator[Bus]:
    """A socket of that person."""
    query = f"?token={person.token}" if person else ""
    options = {"max_queue": None, **options}
    async with connect(f"ws://127.0.0.1:{replica.port}/ws/bus{query}", **options) as connection:
        yield Bus(connection)
