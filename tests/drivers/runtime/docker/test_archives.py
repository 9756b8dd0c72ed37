from __future__ import annotations

import asyncio
import io
import tarfile
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from domain.errors import InvalidInput, NotFound
from drivers.runtime.docker import DockerRuntime
from tests.drivers.runtime.docker.conftest import Run, Specify, shell
from tests.drivers.runtime.docker.tars import file, pieces, tar_of

pytestmark = pytest.mark.docker


async def _read(runtime: DockerRuntime, instance_id: UUID, path: str) -> tarfile.TarFile:
    async with runtime.read_archive(instance_id, path) as chunks:
        content = b"".join([chunk async for chunk in chunks])
    return tarfile.open(fileobj=io.BytesIO(content))


async def test_a_folder_goes_in_and_comes_out(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    big = bytes(range(256)) * 8000
    await runtime.write_archive(
        spec.instance_id, "/data", pieces(tar_of(file("a/one", b"1"), file("big", big)), 99_991)
    )
    assert await shell(runtime, spec.instance_id, "cat /data/a/one; wc -c < /data/big") == "12048000\n"
    archive = await _read(runtime, spec.instance_id, "/data")
    assert set(archive.getnames()) == {"data", "data/a", "data/a/one", "data/big"}
    extracted = archive.extractfile("data/big")
    assert extracted is not None
    assert extracted.read() == big


async def test_a_file_of_a_stopped_instance_can_be_read_and_written(runtime: DockerRuntime, specify: Specify) -> None:
    spec = specify()
    await runtime.create(spec)
    await runtime.write_archive(spec.instance_id, "/data", pieces(tar_of(file("kept", b"data"))))
    await runtime.write_archive(spec.instance_id, "/www", pieces(tar_of(file("new.html", b"new"))))
    assert (await _read(runtime, spec.instance_id, "/www/new.html")).getnames() == ["new.html"]
    assert (await _read(runtime, spec.instance_id, "/data/kept")).getnames() == ["kept"]


async def test_a_refused_archive_has_written_nothing(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    with pytest.raises(InvalidInput) as caught:
        await runtime.write_archive(spec.instance_id, "/data", pieces(tar_of(file("first"), file("../escaped"))))
    assert caught.value.details == {"member": "../escaped"}
    assert await shell(runtime, spec.instance_id, "ls /data; ls / | grep escaped || true") == ""


async def test_a_place_that_is_not_there_is_not_found(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    with pytest.raises(NotFound, match="no such path"):
        async with runtime.read_archive(spec.instance_id, "/absent"):
            pass
    with pytest.raises(NotFound, match="no such path"):
        await runtime.write_archive(spec.instance_id, "/absent", pieces(tar_of(file("a"))))
    with pytest.raises(InvalidInput, match="not a folder"):
        await runtime.write_archive(spec.instance_id, "/etc/passwd", pieces(tar_of(file("a"))))


async def test_a_place_is_absolute(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    for wrong in ("", "data", "/a\0b"):
        with pytest.raises(InvalidInput):
            async with runtime.read_archive(spec.instance_id, wrong):
                pass
        with pytest.raises(InvalidInput):
            await runtime.write_archive(spec.instance_id, wrong, pieces(tar_of(file("a"))))


async def test_an_unknown_instance_is_not_found(runtime: DockerRuntime) -> None:
    with pytest.raises(NotFound, match="instance is not on this node"):
        await runtime.write_archive(uuid4(), "/data", pieces(tar_of(file("a"))))


async def test_a_sender_that_fails_has_written_nothing(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))

    async def broken() -> AsyncIterator[bytes]:
        yield tar_of(file("half"))[:700]
        raise ConnectionResetError("the client left")

    with pytest.raises(ConnectionResetError):
        await runtime.write_archive(spec.instance_id, "/data", broken())
    assert await shell(runtime, spec.instance_id, "ls /data") == ""


async def test_reading_can_be_left_in_the_middle(runtime: DockerRuntime, run: Run) -> None:
    spec = await run("head -c 30000000 /dev/zero > /data/big; echo > /ready; sleep 100")
    await shell(runtime, spec.instance_id, "until [ -e /ready ]; do :; done")
    async with asyncio.timeout(10):
        async with runtime.read_archive(spec.instance_id, "/data") as chunks:
            await anext(chunks)
        await runtime.destroy(spec.instance_id)
