"""Port: where bytes lie. Keys are ours (a-z A-Z 0-9 _ - ~) and used once; content never changes under a key."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from domain.errors import NotFound

KEY = re.compile(r"[A-Za-z0-9_~-]{1,64}")


def check_key(key: str) -> str:
    """The key, which is one of ours. NotFound for any other text: nothing can lie under it, least of all a path."""
    if KEY.fullmatch(key) is None:
        raise NotFound("There are no such bytes in the storage.")
    return key


class Writing(Protocol):
    """Bytes on their way in, not yet visible under their key."""

    async def write(self, chunk: bytes) -> None:
        """Append. Unavailable: the storage is full or cannot be reached."""

    async def keep(self) -> None:
        """Make all of it visible under the key, durably and at once; then nothing more may be written."""


class Storage(Protocol):
    """Unavailable from any of these when the storage cannot be reached."""

    def writing(self, key: str) -> AbstractAsyncContextManager[Writing]:
        """Begin, under a key that was never used before; what was not kept when the block ends is thrown away,
        whatever ended it."""

    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Bytes start (included) to end (not included) in chunks. NotFound: no such key."""

    async def size_bytes(self, key: str) -> int:
        """NotFound: no such key."""

    async def delete(self, key: str) -> None:
        """Gone afterwards; a key that does not exist is fine."""

    def all_keys(self) -> AsyncIterator[str]:
        """Every key, in no order; for finding what nobody refers to."""

    async def check(self) -> None:
        """Unavailable when the storage cannot be reached or written."""

    async def close(self) -> None: ...
