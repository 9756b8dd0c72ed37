"""Small tars for tests."""

from __future__ import annotations

import io
import tarfile
from collections.abc import AsyncIterator

Entry = tuple[str, bytes | str, bytes]
"""(name, content or link target, type)."""


def tar_of(*entries: Entry) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content, kind in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = kind, 0o755
            if isinstance(content, str):
                entry.linkname = content
                archive.addfile(entry)
            else:
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def file(name: str, content: bytes = b"x") -> Entry:
    return name, content, tarfile.REGTYPE


def symlink(name: str, target: str) -> Entry:
    return name, target, tarfile.SYMTYPE


def hardlink(name: str, target: str) -> Entry:
    return name, target, tarfile.LNKTYPE


async def pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]
