"""Folders of an instance out and in as tar, in a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from domain.errors import InvalidInput
from drivers.runtime.docker.containers import Containers
from drivers.runtime.docker.engine import Engine
from drivers.runtime.docker.spool import Spool

TAR = {"Content-Type": "application/x-tar"}


@asynccontextmanager
async def read_archive(
    engine: Engine, containers: Containers, instance_id: UUID, path: str
) -> AsyncIterator[AsyncIterator[bytes]]:
    """A tar whose names begin with the path's last part. NotFound: no such path."""
    runtime_id = (await containers.get(instance_id))["Id"]
    query = {"path": _absolute(path)}
    async with engine.exchange("GET", f"/containers/{runtime_id}/archive", query) as exchange:
        yield exchange


async def write_archive(
    engine: Engine, containers: Containers, instance_id: UUID, path: str, chunks: AsyncIterator[bytes]
) -> None:
    """Unpack a tar into a folder. It is looked through on disk first, so a refused one has written nothing."""
    runtime_id = (await containers.get(instance_id))["Id"]
    query = {"path": _absolute(path)}
    async with Spool() as spool:
        await spool.fill(chunks)
        await spool.check()
        body = spool.pieces()
        async with engine.exchange("PUT", f"/containers/{runtime_id}/archive", query, headers=TAR, body=body) as answer:
            async for _ in answer:
                pass


def _absolute(path: str) -> str:
    if not path.startswith("/") or "\0" in path:
        raise InvalidInput("The path must be absolute.", field="path")
    return path
