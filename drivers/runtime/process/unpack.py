"""Unpack a tar below a folder: everything is checked first, and no link is followed on the way.

Links, owners and special bits cannot be used to get out: members that would leave the folder, devices and pipes are
refused (InvalidInput) before anything is written.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import lzma
import os
import secrets
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from domain.errors import InvalidInput
from drivers.runtime.process.inner_paths import DATA, name_parts, open_folder

CHUNK_BYTES = 256 * 1024
_PERMISSIONS = 0o777
_LATEST_S = 1 << 33
"""The latest time every file system can keep."""

_UNREADABLE = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, ValueError)


def unpack(archive: IO[bytes], root: Path, parts: list[str], *, trust_links: bool = False) -> None:
    """Unpack into root/parts, which exists. trust_links: the tar is our own copy of an instance's files.

    Raises InvalidInput (not a tar, or a member that is refused), NotFound (no such folder), OSError.
    """
    with open_folder(root, parts):
        pass
    members = _check(archive, parts, trust_links)
    if sum(member.size for member in members) > shutil.disk_usage(root).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    archive.seek(0)
    with _readable(), tarfile.open(fileobj=archive, mode="r:*") as tar:
        folders: list[tuple[list[str], int]] = []
        for member in tar:
            _unpack_member(tar, member, root, parts)
            if member.isdir():
                folders.append((parts + name_parts(member.name), member.mode))
        for path, mode in reversed(folders):
            with open_folder(root, path) as fd:
                os.fchmod(fd, mode & _PERMISSIONS)


def _check(archive: IO[bytes], parts: list[str], trust_links: bool) -> list[tarfile.TarInfo]:
    archive.seek(0)
    links: set[tuple[str, ...]] = set()
    with _readable(), tarfile.open(fileobj=archive, mode="r:*") as tar:
        members = tar.getmembers()
        _check_end(tar)
    for member in members:
        names = _names(member.name)
        if any(tuple(names[:length]) in links for length in range(1, len(names))):
            raise _refused(member)
        if member.issym():
            links.add(tuple(names))
            if not trust_links and not _stays_inside(member.linkname, parts + names[:-1]):
                raise _refused(member)
        elif member.islnk():
            _names(member.linkname)
        elif not (member.isreg() or member.isdir()):
            raise _refused(member)
    return members


def _check_end(tar: tarfile.TarFile) -> None:
    """tarfile takes a torn archive, or one with an unreadable head in the middle, for one that ends there."""
    assert tar.fileobj is not None
    tar.fileobj.seek(tar.offset)
    end = tar.fileobj.read(tarfile.BLOCKSIZE)
    while tar.fileobj.read(CHUNK_BYTES):
        pass
    if len(end) < tarfile.BLOCKSIZE or end.strip(b"\0"):
        raise tarfile.ReadError("no end of archive")


def _names(name: str) -> list[str]:
    if name.startswith("/"):
        raise InvalidInput("The archive has a member that would leave the folder.", field="archive", member=name)
    try:
        return name_parts(name)
    except InvalidInput as error:
        raise InvalidInput(
            "The archive has a member that would leave the folder.", field="archive", member=name
        ) from error


def _stays_inside(target: str, folder: list[str]) -> bool:
    """Whether a link in the folder (names below /data) points to somewhere below /data."""
    if target.startswith("/"):
        return target == DATA or (target.startswith(f"{DATA}/") and ".." not in target.split("/"))
    depth = len(folder)
    for part in target.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return False
    return True


def _refused(member: tarfile.TarInfo) -> InvalidInput:
    return InvalidInput("The archive has a member that is not allowed.", field="archive", member=member.name)


def _unpack_member(tar: tarfile.TarFile, member: tarfile.TarInfo, root: Path, parts: list[str]) -> None:
    names = name_parts(member.name)
    if member.isdir() or not names:
        with open_folder(root, parts + names, make=True):
            return
    with open_folder(root, parts + names[:-1], make=True) as folder_fd:
        draft = f".unpacking-{secrets.token_hex(8)}"
        try:
            if member.issym():
                os.symlink(member.linkname, draft, dir_fd=folder_fd)
            elif member.islnk():
                _link(member, draft, folder_fd, root, parts)
            else:
                _write(tar, member, draft, folder_fd)
            _put_in_place(draft, names[-1], folder_fd)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft, dir_fd=folder_fd)
            raise


def _link(member: tarfile.TarInfo, draft: str, folder_fd: int, root: Path, parts: list[str]) -> None:
    """Another name for a file that stands in the same folder tree."""
    *above, name = name_parts(member.linkname) or [""]
    with open_folder(root, parts + above) as source_fd:
        try:
            os.link(name, draft, src_dir_fd=source_fd, dst_dir_fd=folder_fd, follow_symlinks=False)
        except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
            raise _refused(member) from error


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, draft: str, folder_fd: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    source = tar.extractfile(member)
    assert source is not None
    with open(os.open(draft, flags, 0o600, dir_fd=folder_fd), "wb") as target, source:
        shutil.copyfileobj(source, target, CHUNK_BYTES)
        target.flush()
        os.fchmod(target.fileno(), member.mode & _PERMISSIONS)
        changed_s = min(max(member.mtime, 0), _LATEST_S)
        os.utime(target.fileno(), (changed_s, changed_s))


def _put_in_place(draft: str, name: str, folder_fd: int) -> None:
    """Replace the file or link of that name as a whole."""
    try:
        os.rename(draft, name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
    except IsADirectoryError as error:
        raise InvalidInput("The archive has a file where a folder stands.", field="archive", member=name) from error


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise InvalidInput("That is not a readable tar archive.", field="archive") from error
