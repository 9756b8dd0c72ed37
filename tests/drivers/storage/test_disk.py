"""What is special about the disk: folders, drafts, durability, and disks that are full or not ours."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from domain.errors import NotFound, Unavailable
from drivers.storage.disk import ABANDONED_AFTER_S, DiskStorage
from drivers.storage.threads import FileThreads


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
def storage(root: Path) -> DiskStorage:
    return DiskStorage(root)


def files_in(root: Path) -> list[Path]:
    return sorted(path.relative_to(root) for path in root.rglob("*") if path.is_file())


async def test_files_fan_out_and_drafts_go(storage: DiskStorage, root: Path) -> None:
    for number in range(50):
        async with storage.writing(f"key{number}") as draft:
            await draft.write(b"x")
            await draft.keep()
    placed = files_in(root)
    assert {path.name for path in placed} == {f"key{number}" for number in range(50)}
    assert all(len(path.parts) == 2 and len(path.parts[0]) == 2 for path in placed)
    assert len({path.parts[0] for path in placed}) > 20


async def test_bytes_are_durable_before_they_are_kept(
    storage: DiskStorage, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which calls reach the kernel, in which order, cannot be asked of the port."""
    calls: list[str] = []
    sync, replace = os.fsync, os.replace

    def spy_sync(descriptor: int) -> None:
        calls.append("sync folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "sync file")
        sync(descriptor)

    def spy_replace(source: Path, target: Path) -> None:
        calls.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", spy_sync)
    monkeypatch.setattr(os, "replace", spy_replace)
    async with storage.writing("key") as draft:
        await draft.write(b"x" * 3_000_000)
        await draft.keep()
    assert calls == ["sync file", "sync folder", "rename", "sync folder"]


async def test_no_file_is_touched_on_the_event_loop(storage: DiskStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = set()
    opening = os.open

    def spy(*arguments: object, **named: object) -> int:
        threads.add(threading.current_thread() is threading.main_thread())
        return opening(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", spy)
    async with storage.writing("key") as draft:
        await draft.write(b"x")
        await draft.keep()
    assert threads == {False}


async def test_a_draft_of_a_crash_is_forgotten_after_a_day(storage: DiskStorage, root: Path) -> None:
    (root / "drafts").mkdir(parents=True)
    old, new = root / "drafts" / "old", root / "drafts" / "new"
    old.write_bytes(b"x")
    new.write_bytes(b"x")
    long_ago = time.time() - ABANDONED_AFTER_S - 60
    os.utime(old, (long_ago, long_ago))
    assert [key async for key in storage.all_keys()] == []
    assert files_in(root) == [Path("drafts/new")]


async def test_a_full_disk_is_unavailable_and_leaves_nothing() -> None:
    """/dev/full is the disk that is always full."""
    threads = FileThreads(1)

    def write() -> None:
        with open("/dev/full", "wb", buffering=0) as full:
            full.write(b"x")

    with pytest.raises(Unavailable) as refusal:
        await threads.run(write)
    assert isinstance(refusal.value.__cause__, OSError)
    assert refusal.value.__cause__.errno == errno.ENOSPC
    threads.close()


async def test_a_disk_that_fills_while_writing_leaves_no_draft(
    storage: DiskStorage, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable):
        async with storage.writing("key") as draft:
            await draft.write(b"x" * 5_000_000)
            await draft.keep()
    monkeypatch.undo()
    assert files_in(root) == []


async def test_a_root_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    storage = DiskStorage(tmp_path / "file" / "blobs")
    with pytest.raises(Unavailable):
        await storage.check()
    with pytest.raises(Unavailable):
        async with storage.writing("key") as draft:
            await draft.write(b"x")
            await draft.keep()


async def test_a_reader_of_what_is_deleted_meanwhile_reads_on(storage: DiskStorage) -> None:
    async with storage.writing("key") as draft:
        await draft.write(b"x" * 1_000_000)
        await draft.keep()
    chunks = storage.read("key")
    first = await anext(chunks)
    await storage.delete("key")
    assert len(first) + sum([len(chunk) async for chunk in chunks]) == 1_000_000
    with pytest.raises(NotFound):
        await storage.size_bytes("key")
