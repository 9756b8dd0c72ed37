"""Replicas for tests: the real application on a real port, with a pretended engine that all replicas share."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from domain.models.ids import uuid7
from domain.ports.clock import SystemClock
from domain.ports.runtime import NodeEngine
from drivers.runtime.memory import MemoryEngine, MemoryRuntime
from gateway.app import create_app
from gateway.database import entered
from gateway.server import Server, listen
from gateway.settings import Settings
from gateway.wiring import Drivers, House

READY_WITHIN_S = 20.0


class QuietServer(Server):
    """Leaves the signals to the test run."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True, slots=True)
class Replica:
    """One gateway. engine: what its nodes really run."""

    house: House
    port: int
    engine: MemoryEngine
    server: Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Use its database in the test."""
        with entered(self.house.database):
            yield

    async def post(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        **params: Any,
    ) -> httpx2.Response:
        """POST an operation as a client would."""
        bearer = {"authorization": f"Bearer {token}"} if token else {}
        async with httpx2.AsyncClient(timeout=30) as client:
            body = {"query": query, "variables": variables, **params}
            return await client.post(self.url, json=body, headers={**bearer, **(headers or {})})

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None, *, token: str | None = None) -> Any:
        """The data; the test fails on errors."""
        answer = (await self.post(query, variables, token=token)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def refused(self, query: str, variables: Mapping[str, Any] | None = None, *, token: str | None = None) -> Any:
        """The first error."""
        answer = (await self.post(query, variables, token=token)).json()
        return answer["errors"][0]


@asynccontextmanager
async def serving(engine: MemoryEngine, **settings: Any) -> AsyncIterator[Replica]:
    """A replica until the block ends; ends in good order."""
    clock = SystemClock()

    def memory(node: NodeEngine) -> MemoryRuntime:
        return MemoryRuntime(node, clock, state=engine)

    given = {"runtime": "memory", "seed": False, "shutdown_grace_s": 5.0, **settings}
    made = Settings(**given)
    app = create_app(made, Drivers(runtimes={"memory": memory}))
    listener = listen("127.0.0.1", 0)
    async with app.router.lifespan_context(app):
        ready = asyncio.Event()
        server = QuietServer(app, made, ready.set)
        serving_task = asyncio.create_task(server.serve(sockets=[listener]), name=f"server {uuid7()}")
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await ready.wait()
            yield Replica(app.state.house, _port(listener), engine, server)
        finally:
            server.should_exit = True
            await serving_task


def _port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])
