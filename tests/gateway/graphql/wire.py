"""A graphql-transport-ws client that hides nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from gateway.graphql.messages import PROTOCOL

PATIENCE_S = 10.0


class Wire:
    """One socket. Messages are awaited with a limit, so that a test that waits in vain fails."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, kind: str, **values: Any) -> None:
        await self.connection.send(json.dumps({"type": kind, **values}))

    async def hear(self) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(PATIENCE_S):
            message: dict[str, Any] = json.loads(await self.connection.recv())
            return message

    async def subscribe(self, query: str, variables: Mapping[str, Any] | None = None, *, id: str = "1") -> None:
        await self.say("subscribe", id=id, payload={"query": query, "variables": variables})

    async def next_data(self) -> Any:
        """The data of the next result."""
        message = await self.hear()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]

    async def closed(self) -> tuple[int, str]:
        """How the server closed it."""
        async with asyncio.timeout(PATIENCE_S):
            await self.connection.wait_closed()
        assert self.connection.close_code is not None
        return self.connection.close_code, self.connection.close_reason or ""


@asynccontextmanager
async def unacknowledged(url: str, **options: Any) -> AsyncIterator[Wire]:
    """A socket before connection_init."""
    async with connect(url, subprotocols=[Subprotocol(PROTOCOL)], **options) as connection:
        yield Wire(connection)


@asynccontextmanager
async def wired(url: str, token: str | None = None, **options: Any) -> AsyncIterator[Wire]:
    """A socket that is acknowledged."""
    async with unacknowledged(url, **options) as wire:
        await wire.say("connection_init", payload={"Authorization": f"Bearer {token}"} if token else {})
        assert (await wire.hear())["type"] == "connection_ack"
        yield wire
