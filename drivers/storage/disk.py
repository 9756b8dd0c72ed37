"""Bytes as files: written aside, made durable, then put in place at once, so that a crash leaves all or nothing."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from domain.errors import Unavailable
from domain.ports.storage import KEY, Writing, check_key
from drivers.storage.threads import FileThreads

CHUNK_BYTES = 256 * 1024
BUFFER_BYTES = 1024 * 1024
DRAFTS = "drafts"
ABANDONED_AFTER_S = 86_400.0


class _Draft:
    """A file beside the kept ones; chunks are gathered, so that small ones do not cost a thread each."""

    def __init__(self, threads: FileThreads, path: Path, target: Path) -> None:
        self._threads = threads
        self._path = path
        self._target = target
        self._waiting = bytearray()
        self._file: BinaryIO | None = None

    async def write(self, chunk: bytes) -> None:
        self._waiting += chunk
        if len(self._waiting) >= BUFFER_BYTES:
            await self._threads.run(self._flush)

    async def keep(self) -> None:
        await self._threads.run(self._keep)

    def _flush(self) -> None:
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("xb")
        self._file.write(self._waiting)
        self._waiting = bytearray()

    def _keep(self) -> None:
        self._flush()
        assert self._file is not None
        self._file.flush()
        os.fsync(self._file.fileno())
        make_folder(self._target.parent)
        os.replace(self._path, self._target)
        sync_folder(self._target.parent)

    def discard(self) -> None:
        """What was kept lies elsewhere by now."""
        if self._file is not None:
            # A full disk may refuse what is still buffered; it is thrown away anyway.
            with contextlib.suppress(OSError):
                self._file.close()
            self._path.unlink(missing_ok=True)


class _Place:
    """root/ab/<key>, where ab are two letters of the key's hash: no folder grows beyond what file systems like."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def of(self, key: str) -> Path:
        return self.root / hashlib.sha256(check_key(key).encode()).hexdigest()[:2] / key

    def listed(self) -> Iterator[str]:
        if not self.root.is_dir():
            return
        for folder in os.scandir(self.root):
            if len(folder.name) == 2 and folder.is_dir():
                for entry in os.scandir(folder.path):
                    if KEY.fullmatch(entry.name):
                        yield entry.name


class DiskStorage:
    """root: a folder of its own, on one file system. Several processes may share it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._place = _Place(root)
        self._threads = FileThreads()

    @asynccontextmanager
    async def writing(self, key: str) -> AsyncIterator[Writing]:
        draft = _Draft(self._threads, self._root / DRAFTS / key, self._place.of(key))
        try:
            yield draft
        finally:
            await self._threads.run(draft.discard)

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        path = self._place.of(key)
        file = await self._threads.run(lambda: path.open("rb", buffering=0))
        try:
            await self._threads.run(lambda: file.seek(start))
            left = None if end is None else end - start
            while left is None or left > 0:
                size = CHUNK_BYTES if left is None else min(CHUNK_BYTES, left)
                chunk = await self._threads.run(lambda size=size: file.read(size))  # type: ignore[misc]
                if not chunk:
                    return
                yield chunk
                left = None if left is None else left - len(chunk)
        finally:
            file.close()

    async def size_bytes(self, key: str) -> int:
        path = self._place.of(key)
        return (await self._threads.run(path.stat)).st_size

    async def delete(self, key: str) -> None:
        path = self._place.of(key)
        await self._threads.run(lambda: path.unlink(missing_ok=True))

    async def all_keys(self) -> AsyncIterator[str]:
        """Also forgets drafts that a crash left behind a day ago."""
        await self._threads.run(self._forget_drafts)
        listed = self._place.listed()
        while batch := await self._threads.run(lambda: [key for _, key in zip(range(1000), listed, strict=False)]):
            for key in batch:
                yield key

    async def check(self) -> None:
        await self._threads.run(self._check)

    async def close(self) -> None:
        self._threads.close()

    def _check(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        if not os.access(self._root, os.W_OK | os.X_OK):
            raise Unavailable("The storage's folder is not writable.")
        if os.statvfs(self._root).f_bavail == 0:
            raise Unavailable("The storage's disk is full.")

    def _forget_drafts(self) -> None:
        before = time.time() - ABANDONED_AFTER_S
        with contextlib.suppress(FileNotFoundError):
            for entry in os.scandir(self._root / DRAFTS):
                if entry.stat().st_mtime < before:
                    Path(entry.path).unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Also after a power cut."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
