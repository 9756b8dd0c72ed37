"""Replicas for tests: the real application on a real port, with a pretended engine that all replicas share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from domain.ports.clock import SystemClock
from domain.ports.runtime import NodeEngine
from drivers.runtime.memory import MemoryEngine, MemoryRuntime
from gateway.database import entered
from gateway.wiring import Drivers, House
from tests.gateway.served import Served, served, settings_for

SECRET = "a secret of the tests, long enough to sign with"


@dataclass(frozen=True, slots=True)
class Replica:
    """One gateway. engine: what its nodes really run."""

    house: House
    port: int
    engine: MemoryEngine
    served: Served

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


@dataclass(frozen=True, slots=True)
class Pair:
    """here: where things are done. there: where they are watched; the same replica, or another one."""

    here: Replica
    there: Replica


@asynccontextmanager
async def serving(engine: MemoryEngine, folder: Path, **settings: Any) -> AsyncIterator[Replica]:
    """A replica until the block ends; ends in good order."""
    clock = SystemClock()

    def memory(node: NodeEngine) -> MemoryRuntime:
        return MemoryRuntime(node, clock, state=engine)

    chosen = settings_for(folder, seed=False, secret_key=SECRET, **settings)
    async with served(chosen, Drivers(runtimes={"memory": memory})) as one:
        yield Replica(one.house, one.port, engine, one)
