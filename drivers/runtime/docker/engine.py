"""One node's engine: calls through the SDK in threads, streams on connections of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from urllib.parse import quote, urlencode

from docker import APIClient
from docker.errors import APIError

from domain.ports.runtime import NodeEngine
from drivers.runtime.docker import client
from drivers.runtime.docker.address import Address, resolve
from drivers.runtime.docker.calls import Calls
from drivers.runtime.docker.errors import FAULTS, EngineFault, domain_errors, translate
from drivers.runtime.docker.exchange import Exchange, begin

QUICK_TIMEOUT_S = 60
SLOW_TIMEOUT_S = 3600

T = TypeVar("T")
Query = Mapping[str, str] | Mapping[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class _Link:
    """An engine that answered. slow: for calls that copy or remove much; keep-alive still notices a dead node."""

    address: Address
    quick: APIClient
    slow: APIClient


class Engine:
    """Connects on first use, and again after the engine was away. Every method raises domain errors only."""

    def __init__(self, node: NodeEngine, max_threads: int) -> None:
        self._node = node
        self._max_threads = max_threads
        self._calls = Calls(max_threads)
        self._link: _Link | None = None
        self._attempt: asyncio.Future[_Link] | None = None

    async def read(self, call: Callable[[APIClient], T]) -> T:
        """Run an SDK call that changes nothing; cancelling does not wait for it."""
        link = await self._linked()
        with self._guarded():
            return await self._calls.read(partial(call, link.quick))

    async def change(self, call: Callable[[APIClient], T], *, slow: bool = False) -> T:
        """Run an SDK call that changes something; cancelling waits until the engine is through with it."""
        link = await self._linked()
        with self._guarded():
            return await self._calls.change(partial(call, link.slow if slow else link.quick))

    async def open(
        self,
        method: str,
        path: str,
        query: Query,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterator[bytes] = b"",
    ) -> Exchange:
        """Send a request and read its answer's head; the caller closes it. path: without the version."""
        link = await self._linked()
        target = f"/v{link.quick.api_version}{quote(path)}?{urlencode(query, doseq=True)}"
        with self._guarded():
            return await begin(link.address, method, target, headers or {}, body)

    @asynccontextmanager
    async def exchange(
        self,
        method: str,
        path: str,
        query: Query,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterator[bytes] = b"",
    ) -> AsyncIterator[Exchange]:
        """The same, closed at the end of the block."""
        exchange = await self.open(method, path, query, headers=headers, body=body)
        try:
            yield exchange
        finally:
            exchange.close()

    async def is_local(self) -> bool:
        """Whether the engine shares this machine's files and processes."""
        return bool((await self._linked()).address.unix_path)

    def close(self) -> None:
        """Take no more calls; what runs in a thread ends by itself."""
        self._calls.close()
        self._drop()

    async def _linked(self) -> _Link:
        """All who come while we connect share that attempt, and its failure."""
        if self._link is None:
            if self._attempt is None or self._attempt.done():
                self._attempt = asyncio.ensure_future(self._calls.read(self._connect))
                self._attempt.add_done_callback(_heard)
            with domain_errors():
                self._link = await asyncio.shield(self._attempt)
        return self._link

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Translate faults; after one that says the engine went away or was exchanged, connect anew next time."""
        try:
            yield
        except FAULTS as fault:
            answered = isinstance(fault, APIError | EngineFault)
            if not answered or "client version" in str(fault):
                self._drop()
            raise translate(fault) from fault

    def _connect(self) -> _Link:
        address = resolve(self._node)
        quick = client.connect(address, timeout_s=QUICK_TIMEOUT_S, pool_size=self._max_threads)
        slow = client.same_with_timeout(quick, address, timeout_s=SLOW_TIMEOUT_S, pool_size=self._max_threads)
        return _Link(address, quick, slow)

    def _drop(self) -> None:
        if self._link is not None:
            self._link.quick.close()
            self._link.slow.close()
            self._link = None


def _heard(attempt: asyncio.Future[_Link]) -> None:
    """Count a failed attempt as noticed even when everybody who waited for it has left."""
    if not attempt.cancelled():
        attempt.exception()
