"""Bytes in a bucket of S3 or of what speaks like it, streamed in parts. The SDK is imported with the first use."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from domain.errors import NotFound, Unavailable
from domain.ports.storage import KEY, Writing, check_key

PART_BYTES = 8 * 1024 * 1024
PARTS_AT_ONCE = 2
READ_BYTES = 1024 * 1024
WAITING_PARTS = 1
IDLE_S = 30
WHOLE_S = 24 * 3600
ABORT_S = 10.0
PROBE = "probe.txt"
"""No key has a dot in it."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """endpoint: None for AWS itself. prefix: put before every key. access_key, secret_key: None to take what the
    machine has (its environment or its role)."""

    name: str
    region: str = "us-east-1"
    endpoint: str | None = None
    prefix: str = "blobs"
    access_key: str | None = None
    secret_key: str | None = None


class _Abandoned(Exception):
    """Ends the source of an upload that is not wanted any more."""


class _Draft:
    """What fits into one part waits here and is sent at once when it is kept; more becomes a multipart upload of its
    own task, which takes parts from a short queue, so that a slow bucket slows the client."""

    def __init__(self, store: Any, path: str) -> None:
        self._store = store
        self._path = path
        self._part = bytearray()
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING_PARTS)
        self._task: asyncio.Task[None] | None = None
        self._is_abandoned = False

    async def write(self, chunk: bytes) -> None:
        self._part += chunk
        if len(self._part) >= PART_BYTES:
            await self._send_part()

    async def keep(self) -> None:
        if self._task is None:
            with _plain_words():
                await _put(self._store, self._path, bytes(self._part))
            return
        if self._part:
            await self._send_part()
        await self._hand_over(self._task, None)
        await _result(self._task)

    async def discard(self) -> None:
        """Ends an upload that was not kept. The SDK takes its parts back when its source fails, not when it is
        cancelled."""
        if self._task is None:
            return
        if not self._task.done():
            self._is_abandoned = True
            if self._waiting.full():
                self._waiting.get_nowait()
            self._waiting.put_nowait(None)
            await asyncio.wait([self._task], timeout=ABORT_S)
            self._task.cancel()
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.exception()  # whoever wrote has heard of it

    async def _send_part(self) -> None:
        part, self._part = bytes(self._part), bytearray()
        if self._task is None:
            self._task = asyncio.create_task(_put(self._store, self._path, self._parts()), name="upload to S3")
        await self._hand_over(self._task, part)

    async def _hand_over(self, task: asyncio.Task[None], part: bytes | None) -> None:
        """A queue whose reader has failed is never emptied: hear of the failure instead."""
        handing = asyncio.ensure_future(self._waiting.put(part))
        try:
            await asyncio.wait([handing, task], return_when=asyncio.FIRST_COMPLETED)
        finally:
            handing.cancel()
        if task.done():
            await _result(task)

    async def _parts(self) -> AsyncIterator[bytes]:
        while (part := await self._waiting.get()) is not None:
            yield part
        if self._is_abandoned:
            raise _Abandoned


async def _result(task: asyncio.Task[None]) -> None:
    with _plain_words():
        await asyncio.shield(task)


async def _put(store: Any, path: str, content: bytes | AsyncIterator[bytes]) -> None:
    import obstore

    in_parts = not isinstance(content, bytes)
    await obstore.put_async(
        store, path, content, use_multipart=in_parts, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
    )


class S3Storage:
    """Several gateways may share a bucket and prefix."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._opened: Any = None

    @asynccontextmanager
    async def writing(self, key: str) -> AsyncIterator[Writing]:
        draft = _Draft(self._store(), check_key(key))
        try:
            yield draft
        finally:
            await draft.discard()

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        import obstore
        from obstore.exceptions import BaseError

        if end is not None and end <= start:
            return
        whole = {"offset": start} if start else None
        span: Any = whole if end is None else (start, end)
        with _plain_words(of_a_key=True):
            try:
                found = await obstore.get_async(self._store(), check_key(key), options={"range": span} if span else {})
            except BaseError:
                if start and start >= await self.size_bytes(key):
                    return  # S3 refuses ranges that begin after the end
                raise
            async for chunk in found.stream(min_chunk_size=READ_BYTES):
                yield bytes(chunk)

    async def size_bytes(self, key: str) -> int:
        import obstore

        with _plain_words(of_a_key=True):
            return (await obstore.head_async(self._store(), check_key(key)))["size"]

    async def delete(self, key: str) -> None:
        import obstore

        with _plain_words(), contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._store(), check_key(key))

    async def all_keys(self) -> AsyncIterator[str]:
        import obstore

        with _plain_words():
            async for batch in obstore.list(self._store(), chunk_size=1000):
                for entry in batch:
                    if KEY.fullmatch(entry["path"]):
                        yield entry["path"]

    async def check(self) -> None:
        """Written, not only read: a bucket may be readable and full, or for readers only."""
        import obstore

        with _plain_words():
            await obstore.put_async(self._store(), PROBE, b"")

    async def close(self) -> None:
        """The SDK's connections end with the object."""

    def _store(self) -> Any:
        if self._opened is None:
            self._opened = _open(self._bucket)
        return self._opened


def _open(bucket: Bucket) -> Any:
    try:
        from obstore.store import S3Store
    except ImportError as exc:
        raise Unavailable("S3 needs the package obstore: install gatehouse[s3].") from exc
    options: dict[str, Any] = {"region": bucket.region, "prefix": bucket.prefix}
    if bucket.endpoint:
        options |= {"endpoint": bucket.endpoint, "virtual_hosted_style_request": False}
    if bucket.access_key and bucket.secret_key:
        options |= {"access_key_id": bucket.access_key, "secret_access_key": bucket.secret_key}
    # The SDK's own limit on a whole request would cut off whoever reads slowly.
    client: Any = {"timeout": f"{WHOLE_S}s", "read_timeout": f"{IDLE_S}s", "connect_timeout": "5s"}
    client["allow_http"] = bool(bucket.endpoint and bucket.endpoint.startswith("http://"))
    retry: Any = {"max_retries": 2}
    with _plain_words():
        return S3Store(bucket.name, client_options=client, retry_config=retry, **options)


@contextlib.contextmanager
def _plain_words(*, of_a_key: bool = False) -> Iterator[None]:
    """NotFound: there is no such key, where one was asked for. Unavailable: everything else that the bucket, or the way
    to it, may say."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError) as exc:
        if of_a_key and isinstance(exc, FileNotFoundError):
            raise NotFound("There are no such bytes in the storage.") from exc
        raise Unavailable("The storage cannot take or give bytes right now.") from exc
