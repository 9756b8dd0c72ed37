"""Every storage driver, each behind the same name; S3 as moto's server speaks it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from domain.ports.storage import Storage
from drivers.storage.disk import DiskStorage
from drivers.storage.memory import MemoryStorage
from drivers.storage.s3 import Bucket, S3Storage


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """An S3 server on a free port."""
    from moto.server import ThreadedMotoServer

    kept = dict(os.environ)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
    os.environ.clear()
    os.environ.update(kept)


@pytest.fixture
def bucket(s3_endpoint: str) -> Bucket:
    """An empty bucket of the test's own."""
    import boto3  # type: ignore[import-untyped]

    name = f"bucket-{uuid4()}"
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1", **keys)
    client.create_bucket(Bucket=name)
    client.close()
    return Bucket(name, endpoint=s3_endpoint, access_key="test", secret_key="test")


@pytest.fixture(params=["memory", "disk", "s3"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    made: Storage
    if request.param == "memory":
        made = MemoryStorage()
    elif request.param == "disk":
        made = DiskStorage(tmp_path / "blobs")
    else:
        made = S3Storage(request.getfixturevalue("bucket"))
    yield made
    await made.close()
