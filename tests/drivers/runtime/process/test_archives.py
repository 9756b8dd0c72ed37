"""Archives and snapshots on disk: nothing leads out of an instance's folder, whatever it contains."""

from __future__ import annotations

import gzip
import io
import os
import socket
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from domain.errors import InvalidInput, NotFound, Unavailable
from drivers.runtime.process import ProcessRuntime
from drivers.runtime.process.inner_paths import MAX_DEPTH
from tests.drivers.runtime.bench import files_at, link, pieces, put, tar, tar_of_members
from tests.drivers.runtime.process.conftest import spec_of

REF = "gatehouse-test/copy:1"


@pytest.fixture
async def made(plain: ProcessRuntime) -> UUID:
    spec = spec_of("exec sleep 600")
    await plain.create(spec)
    return spec.instance_id


@pytest.fixture
def data(root: Path, made: UUID) -> Path:
    return root / str(made) / "data"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret").write_text("hidden")
    return folder


async def members(runtime: ProcessRuntime, instance_id: UUID, path: str) -> dict[str, tarfile.TarInfo]:
    async with runtime.read_archive(instance_id, path) as chunks:
        content = b"".join([chunk async for chunk in chunks])
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {member.name: member for member in archive}


@pytest.mark.parametrize("path", ["/etc", "/", "/data/../../..", "/database", "/data/a/../../x", "/data/\0"])
async def test_only_what_is_below_data_can_be_reached(plain: ProcessRuntime, made: UUID, path: str) -> None:
    with pytest.raises(InvalidInput):
        await files_at(plain, made, path)
    with pytest.raises(InvalidInput):
        await put(plain, made, {"file": b""}, path)


async def test_a_link_is_never_followed(plain: ProcessRuntime, made: UUID, data: Path, outside: Path) -> None:
    (data / "out").symlink_to(outside)
    (data / "file").symlink_to(outside / "secret")
    (data / "folder").mkdir()
    (data / "folder" / "up").symlink_to("../..")
    for path in ("/data/out/secret", "/data/folder/up/instance.json"):
        with pytest.raises(InvalidInput):
            await files_at(plain, made, path)
    for path in ("/data/out", "/data/folder/up"):
        with pytest.raises(InvalidInput):
            await put(plain, made, {"planted": b"!"}, path)
    with pytest.raises(InvalidInput):
        await put(plain, made, {"out/planted": b"!"})
    assert await files_at(plain, made, "/data") == {}
    assert os.listdir(outside) == ["secret"]
    assert (await members(plain, made, "/data/file"))["file"].linkname == str(outside / "secret")


async def test_a_link_in_the_place_of_a_file_is_replaced_not_written_through(
    plain: ProcessRuntime, made: UUID, data: Path, outside: Path
) -> None:
    (data / "file").symlink_to(outside / "secret")
    await put(plain, made, {"file": b"mine"})
    assert await files_at(plain, made, "/data") == {"data/file": b"mine"}
    assert (outside / "secret").read_text() == "hidden"


@pytest.mark.parametrize("target", ["/etc/passwd", "../../run/launch.json", "../..", "/data/../../x", "a/../../.."])
async def test_a_link_that_would_lead_out_is_refused(plain: ProcessRuntime, made: UUID, target: str) -> None:
    with pytest.raises(InvalidInput):
        await plain.write_archive(made, "/data", pieces(tar_of_members([link("link", target)])))


@pytest.mark.parametrize("target", ["file", "./file", "folder/../file", "/data/file", "missing"])
async def test_a_link_that_stays_inside_is_kept(plain: ProcessRuntime, made: UUID, data: Path, target: str) -> None:
    await plain.write_archive(made, "/data", pieces(tar_of_members([link("link", target)])))
    assert os.readlink(data / "link") == target


async def test_hard_links_and_times_and_permissions_are_kept(plain: ProcessRuntime, made: UUID, data: Path) -> None:
    member = tarfile.TarInfo("program")
    member.mode, member.mtime = 0o6755, 1_000_000_000
    folder = tarfile.TarInfo("folder")
    folder.type, folder.mode = tarfile.DIRTYPE, 0o750
    parts = [(member, b"#!"), (folder, b""), link("folder/same", "program", tarfile.LNKTYPE)]
    await plain.write_archive(made, "/data", pieces(tar_of_members(parts)))
    status = os.stat(data / "program")
    assert (status.st_mode & 0o7777, status.st_mtime, status.st_nlink) == (0o755, 1_000_000_000, 2)
    assert os.stat(data / "folder").st_mode & 0o7777 == 0o750
    assert os.stat(data / "folder" / "same").st_ino == status.st_ino


async def test_a_hard_link_to_what_is_not_in_the_archive_is_refused(
    plain: ProcessRuntime, made: UUID, data: Path, outside: Path
) -> None:
    (data / "out").symlink_to(outside)
    for target in ("nothing", "out/secret", "/etc/passwd"):
        with pytest.raises((InvalidInput, NotFound)):
            await plain.write_archive(made, "/data", pieces(tar_of_members([link("l", target, tarfile.LNKTYPE)])))
    assert os.listdir(data) == ["out"]


async def test_a_compressed_archive_is_taken_too(plain: ProcessRuntime, made: UUID) -> None:
    packed = gzip.compress(tar({"file": b"content"}))
    await plain.write_archive(made, "/data", pieces(packed))
    assert await files_at(plain, made, "/data/file") == {"file": b"content"}
    for broken in (packed[:-10], packed[:20] + b"\0" * 40 + packed[60:]):
        with pytest.raises(InvalidInput):
            await plain.write_archive(made, "/data", pieces(broken))


async def test_an_archive_larger_than_the_disk_is_refused_before_it_is_written(
    plain: ProcessRuntime, made: UUID, data: Path
) -> None:
    head = tarfile.TarInfo("huge")
    head.size = 1 << 50
    with pytest.raises((InvalidInput, Unavailable)):
        await plain.write_archive(made, "/data", pieces(head.tobuf() + bytes(10_240)))
    assert os.listdir(data) == []


async def test_a_file_where_a_folder_stands_is_refused(plain: ProcessRuntime, made: UUID, data: Path) -> None:
    (data / "folder").mkdir()
    with pytest.raises(InvalidInput):
        await put(plain, made, {"folder": b""})
    with pytest.raises(InvalidInput):
        await put(plain, made, {"f": b"", "f/below": b""})


async def test_an_upload_that_breaks_off_writes_nothing(plain: ProcessRuntime, made: UUID, data: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield tar({"file": b""})[:600]
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        await plain.write_archive(made, "/data", broken())
    assert os.listdir(data) == []


async def test_sockets_and_pipes_are_left_out(plain: ProcessRuntime, made: UUID, data: Path) -> None:
    os.mkfifo(data / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(data)
        server.bind("socket")
        os.chdir("/")
    await put(plain, made, {"file": b""})
    assert list(await members(plain, made, "/data")) == ["data", "data/file"]


async def test_names_are_kept_whatever_they_are(plain: ProcessRuntime, made: UUID) -> None:
    names = {"ä ✓.txt": b"1", "new\nline": b"2", "x" * 250: b"3", "/".join(["deep"] * 60): b"4"}
    await put(plain, made, names)
    assert await files_at(plain, made, "/data") == {f"data/{name}": content for name, content in names.items()}


async def test_folders_nested_without_end_are_refused_in_plain_words(
    plain: ProcessRuntime, made: UUID, data: Path
) -> None:
    folder = data
    for _ in range(MAX_DEPTH + 1):
        folder = folder / "d"
        folder.mkdir()
    with pytest.raises(InvalidInput, match="deep"):
        await plain.commit(made, REF)


async def test_a_snapshot_keeps_links_permissions_and_empty_folders(
    plain: ProcessRuntime, made: UUID, data: Path, root: Path
) -> None:
    (data / "empty").mkdir(mode=0o700)
    (data / "away").symlink_to("/anywhere/at/all")
    (data / "script").write_text("#!")
    (data / "script").chmod(0o700)
    await plain.commit(made, REF)
    (data / "script").unlink()
    await plain.restore(spec_of("true", instance_id=made), REF)
    assert os.readlink(data / "away") == "/anywhere/at/all"
    assert os.stat(data / "script").st_mode & 0o777 == 0o700
    assert os.listdir(data / "empty") == []
    assert [name for name in os.listdir(root / str(made)) if name.startswith(".")] == []


async def test_a_torn_snapshot_leaves_the_present_data(plain: ProcessRuntime, made: UUID, root: Path) -> None:
    await put(plain, made, {"file": b"present"})
    await plain.commit(made, REF)
    (snapshot,) = (root / ".snapshots").iterdir()
    snapshot.write_bytes(snapshot.read_bytes()[:700])
    with pytest.raises(InvalidInput):
        await plain.restore(spec_of("true", instance_id=made), REF)
    assert await files_at(plain, made, "/data/file") == {"file": b"present"}


async def test_a_snapshot_needs_a_name(plain: ProcessRuntime, made: UUID, root: Path) -> None:
    for ref in ("", "x" * 300):
        with pytest.raises(InvalidInput):
            await plain.commit(made, ref)
    await plain.commit(made, "../../escape:1")
    assert len(os.listdir(root / ".snapshots")) == 1
    await plain.discard("../../escape:1")
    assert os.listdir(root / ".snapshots") == []


async def test_a_running_one_is_ended_by_its_restore(plain: ProcessRuntime, made: UUID) -> None:
    await plain.commit(made, REF)
    await plain.start(made)
    restored = await plain.restore(spec_of("true", instance_id=made), REF)
    assert restored.state == "created"
    assert await plain.inspect(made) == restored
