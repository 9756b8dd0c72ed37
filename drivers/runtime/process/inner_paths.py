"""Paths as an instance says them, walked so that no link inside its folder can lead outside."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import InvalidInput, NotFound

DATA = "/data"
MAX_DEPTH = 200
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def data_parts(path: str) -> list[str]:
    """The names below /data. InvalidInput: it is relative or lies elsewhere."""
    if path != DATA and not path.startswith(f"{DATA}/"):
        raise InvalidInput("Only files below /data can be reached on this node.", field="path")
    return name_parts(path.removeprefix(DATA))


def name_parts(path: str) -> list[str]:
    """InvalidInput: a name that leads upwards or cannot be one."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in path or len(parts) > MAX_DEPTH:
        raise InvalidInput("The path leads outside or is too long.", field="path")
    return parts


@contextmanager
def open_folder(root: Path, parts: list[str], *, make: bool = False) -> Iterator[int]:
    """A descriptor of the folder, reached name by name without following links.

    make: folders that are missing are made. NotFound, InvalidInput (a link or a file stands in the way).
    """
    fd = os.open(root, _OPEN_FOLDER)
    try:
        for part in parts:
            below = open_child_folder(fd, part, make=make)
            os.close(fd)
            fd = below
        yield fd
    finally:
        os.close(fd)


def open_child_folder(folder_fd: int, name: str, *, make: bool = False) -> int:
    """A descriptor of one folder in another; the caller closes it. Errors as of open_folder."""
    try:
        if make and not _exists(folder_fd, name):
            os.mkdir(name, 0o755, dir_fd=folder_fd)
        return os.open(name, _OPEN_FOLDER, dir_fd=folder_fd)
    except FileNotFoundError as error:
        raise NotFound("There is no such file or folder in the instance.", field="path") from error
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise InvalidInput("The path leads through a link or a file.", field="path") from error
        raise


def _exists(folder_fd: int, name: str) -> bool:
    try:
        os.lstat(name, dir_fd=folder_fd)
    except FileNotFoundError:
        return False
    return True
