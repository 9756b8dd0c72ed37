"""What every storage promises."""

from __future__ import annotations

import asyncio
import hashlib
import secrets

import pytest

from domain.errors import NotFound
from domain.ports.storage import Storage

KEY = "0123abcd~key_-Z"


async def put(storage: Storage, content: bytes, key: str = KEY) -> None:
    async with storage.writing(key) as draft:
        for start in range(0, len(content), 50_000):
            await draft.write(content[start : start + 50_000])
        await draft.keep()


async def get(storage: Storage, key: str = KEY, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in storage.read(key, start, end)])


async def all_keys(storage: Storage) -> list[str]:
    return sorted([key async for key in storage.all_keys()])


@pytest.mark.parametrize("size", [0, 1, 100_000, 3_000_001])
async def test_what_was_kept_can_be_read(storage: Storage, size: int) -> None:
    content = secrets.token_bytes(size)
    await put(storage, content)
    assert await get(storage) == content
    assert await storage.size_bytes(KEY) == size
    assert await all_keys(storage) == [KEY]


async def test_more_than_a_part_is_whole(storage: Storage) -> None:
    content = secrets.token_bytes(1_000_003) * 18
    await put(storage, content)
    assert await storage.size_bytes(KEY) == len(content)
    assert hashlib.sha256(await get(storage)).digest() == hashlib.sha256(content).digest()


@pytest.mark.parametrize(
    ("start", "end"), [(0, 5), (5, 10), (0, None), (99, None), (42, 43), (7, 7), (0, 500), (100, None), (98, 1000)]
)
async def test_parts_of_it_can_be_read(storage: Storage, start: int, end: int | None) -> None:
    content = bytes(range(100))
    await put(storage, content)
    assert await get(storage, start=start, end=end) == content[start:end]


async def test_what_was_not_kept_was_never_there(storage: Storage) -> None:
    async with storage.writing(KEY) as draft:
        await draft.write(b"x" * 100)
        assert await all_keys(storage) == []
    assert await all_keys(storage) == []
    with pytest.raises(NotFound):
        await storage.size_bytes(KEY)


@pytest.mark.parametrize("size", [10, 20_000_000])
async def test_a_writer_that_fails_leaves_nothing(storage: Storage, size: int) -> None:
    with pytest.raises(ConnectionResetError):
        async with storage.writing(KEY) as draft:
            await draft.write(b"x" * size)
            raise ConnectionResetError
    assert await all_keys(storage) == []


async def test_a_writer_that_is_cancelled_leaves_nothing(storage: Storage) -> None:
    has_begun = asyncio.Event()

    async def write() -> None:
        async with storage.writing(KEY) as draft:
            await draft.write(b"x" * 10_000_000)
            has_begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await has_begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await all_keys(storage) == []


async def test_what_is_deleted_is_gone_also_the_second_time(storage: Storage) -> None:
    await put(storage, b"x")
    await storage.delete(KEY)
    await storage.delete(KEY)
    assert await all_keys(storage) == []
    with pytest.raises(NotFound):
        await get(storage)


async def test_keys_are_apart(storage: Storage) -> None:
    await asyncio.gather(*(put(storage, f"{number}".encode(), f"key{number}") for number in range(20)))
    assert await all_keys(storage) == sorted(f"key{number}" for number in range(20))
    assert await get(storage, "key7") == b"7"


@pytest.mark.parametrize("key", ["", ".", "..", "../x", "a/b", "a\0b", "x" * 65, "é", "a.b", "%2e%2e"])
async def test_what_is_no_key_is_nowhere(storage: Storage, key: str) -> None:
    with pytest.raises(NotFound):
        await get(storage, key)
    with pytest.raises(NotFound):
        await storage.size_bytes(key)
    with pytest.raises(NotFound):
        await storage.delete(key)
    with pytest.raises(NotFound):
        async with storage.writing(key):
            pass


async def test_an_unknown_key_is_not_found(storage: Storage) -> None:
    with pytest.raises(NotFound):
        await get(storage)
    with pytest.raises(NotFound):
        await get(storage, start=5, end=9)
    with pytest.raises(NotFound):
        await storage.size_bytes(KEY)


async def test_it_says_that_it_is_well(storage: Storage) -> None:
    await storage.check()
    assert await all_keys(storage) == []
