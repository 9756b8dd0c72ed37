"""What is special about S3: parts, aborted uploads, and a server that is away or says no."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest

from domain.errors import Unavailable
from drivers.storage.s3 import Bucket, S3Storage


def client_of(bucket: Bucket) -> Any:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client("s3", endpoint_url=bucket.endpoint, region_name="us-east-1", **keys)


async def put(storage: S3Storage, content: bytes, key: str = "key") -> None:
    async with storage.writing(key) as draft:
        await draft.write(content)
        await draft.keep()


async def test_keys_lie_under_the_prefix(bucket: Bucket) -> None:
    await put(S3Storage(bucket), b"x")
    listed = await asyncio.to_thread(client_of(bucket).list_objects_v2, Bucket=bucket.name)
    assert [entry["Key"] for entry in listed["Contents"]] == ["blobs/key"]
    assert [key async for key in S3Storage(replace(bucket, prefix="others")).all_keys()] == []


async def test_what_does_not_fit_one_part_is_sent_before_it_is_kept(bucket: Bucket) -> None:
    storage = S3Storage(bucket)
    async with storage.writing("key") as draft:
        for _ in range(5):
            await draft.write(b"x" * 8_000_000)
        uploads = await asyncio.to_thread(client_of(bucket).list_multipart_uploads, Bucket=bucket.name)
        assert len(uploads.get("Uploads", ())) == 1
        await draft.keep()
    assert await storage.size_bytes("key") == 40_000_000


async def test_parts_of_what_was_not_kept_are_taken_back(bucket: Bucket) -> None:
    storage = S3Storage(bucket)
    with pytest.raises(ConnectionResetError):
        async with storage.writing("key") as draft:
            await draft.write(b"x" * 20_000_000)
            await draft.write(b"x" * 20_000_000)
            raise ConnectionResetError
    left = await asyncio.to_thread(client_of(bucket).list_multipart_uploads, Bucket=bucket.name)
    assert left.get("Uploads", []) == []


async def test_a_bucket_that_is_not_there_is_unavailable(bucket: Bucket) -> None:
    storage = S3Storage(replace(bucket, name="nowhere"))
    with pytest.raises(Unavailable):
        await storage.check()
    with pytest.raises(Unavailable):
        await put(storage, b"x")
    with pytest.raises(Unavailable):
        await put(storage, b"x" * 30_000_000)


async def test_a_server_that_is_away_is_unavailable(bucket: Bucket) -> None:
    storage = S3Storage(replace(bucket, endpoint="http://127.0.0.1:1"))
    with pytest.raises(Unavailable):
        await storage.check()
    with pytest.raises(Unavailable):
        await storage.size_bytes("key")
    with pytest.raises(Unavailable):
        await anext(aiter(storage.read("key")))
    with pytest.raises(Unavailable):
        await storage.delete("key")
    with pytest.raises(Unavailable):
        await anext(aiter(storage.all_keys()))
