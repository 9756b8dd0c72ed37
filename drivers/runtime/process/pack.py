"""Make a tar of a file or folder, piece by piece, while the instance may be changing it.

Links are kept as links; sockets, pipes and devices are left out; each file keeps the size it had when it was opened.
"""

from __future__ import annotations

import os
import stat
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from domain.errors import Conflict, InvalidInput, NotFound
from drivers.runtime.process.inner_paths import MAX_DEPTH, open_child_folder, open_folder

CHUNK_BYTES = 256 * 1024
_END = b"\0" * (2 * tarfile.BLOCKSIZE)


def pack(root: Path, parts: list[str], root_name: str) -> Iterator[bytes]:
    """A tar whose top member is the last of parts, or root_name for the root itself.

    NotFound, InvalidInput (through a link); Conflict: a file that the instance made unreadable.
    """
    try:
        yield from _gather(_pack(root, parts, root_name))
    except PermissionError as error:
        raise Conflict("The instance has files that may not be read: change their permissions first.") from error


def _pack(root: Path, parts: list[str], root_name: str) -> Iterator[bytes]:
    if parts:
        with open_folder(root, parts[:-1]) as parent_fd:
            yield from _entry(parent_fd, parts[-1], parts[-1], 0)
    else:
        with open_folder(root, []) as fd:
            yield _header(root_name, os.fstat(fd), tarfile.DIRTYPE)
            yield from _contents(fd, root_name, 0)
    yield _END


def _entry(parent_fd: int, name: str, shown: str, depth: int) -> Iterator[bytes]:
    try:
        status = os.lstat(name, dir_fd=parent_fd)
    except FileNotFoundError as error:
        if depth:
            return  # removed while we were walking
        raise NotFound("There is no such file or folder in the instance.", field="path") from error
    if stat.S_ISLNK(status.st_mode):
        yield _header(shown, status, tarfile.SYMTYPE, linkname=os.readlink(name, dir_fd=parent_fd))
    elif stat.S_ISREG(status.st_mode):
        yield from _file(parent_fd, name, shown)
    elif stat.S_ISDIR(status.st_mode):
        fd = open_child_folder(parent_fd, name)
        try:
            yield _header(shown, os.fstat(fd), tarfile.DIRTYPE)
            yield from _contents(fd, shown, depth)
        finally:
            os.close(fd)


def _contents(fd: int, shown: str, depth: int) -> Iterator[bytes]:
    if depth >= MAX_DEPTH:
        raise InvalidInput("The instance's folders are nested too deep.")
    for name in sorted(os.listdir(fd)):
        yield from _entry(fd, name, f"{shown}/{name}", depth + 1)


def _file(parent_fd: int, name: str, shown: str) -> Iterator[bytes]:
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent_fd)
    with open(fd, "rb", buffering=0) as file:
        status = os.fstat(fd)
        yield _header(shown, status, tarfile.REGTYPE, size=status.st_size)
        left = status.st_size
        while left:
            data = file.read(min(left, CHUNK_BYTES)) or b"\0" * min(left, CHUNK_BYTES)
            left -= len(data)
            yield data
        yield b"\0" * (-status.st_size % tarfile.BLOCKSIZE)


def _header(name: str, status: os.stat_result, kind: bytes, size: int = 0, linkname: str = "") -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, size, linkname
    info.mode = stat.S_IMODE(status.st_mode)
    info.mtime = int(status.st_mtime)
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _gather(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Fewer, larger pieces: many files are small."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        if len(waiting) >= CHUNK_BYTES:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)
