"""Blobs: rows and storage keys of bytes that several files may share.

A key is made for each upload and never used again; the blob's id comes from the content. Whoever stores the same bytes
a second time finds the row and drops its own copy; whoever removes the last reference deletes the row first and the
bytes after its commit. So nothing needs to be locked between storage and database.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from domain.errors import Unavailable
from domain.models.file import Blob
from domain.ports import Ports
from domain.ports.storage import Writing

CLAIM_TRIES = 3


def content_id(prefix: str, digest: bytes) -> str:
    """`b1~…` of bytes, `f1~…` of a descriptor. prefix: b, f."""
    return f"{prefix}1~{urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def new_key(now: datetime) -> str:
    """<seconds since 1970, hex>~<random>: whoever finds it later knows how old it is."""
    return f"{int(now.timestamp()):08x}~{secrets.token_hex(16)}"


def made_at(key: str) -> datetime | None:
    """When a key was made; None: it is not one of new_key."""
    seconds, _, rest = key.partition("~")
    if len(seconds) != 8 or len(rest) != 32:
        return None
    try:
        return datetime.fromtimestamp(int(seconds, 16), UTC)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that are in the storage under a key, or may still be put there."""

    blob_id: str
    key: str
    size_bytes: int


class Intake:
    """One stream of bytes on its way into the storage."""

    def __init__(self, draft: Writing, key: str) -> None:
        self._draft = draft
        self._key = key
        self._hash = sha256()
        self._size_bytes = 0

    @property
    def size_bytes(self) -> int:
        return self._size_bytes

    async def write(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self._size_bytes += len(chunk)
        await self._draft.write(chunk)

    async def keep(self) -> None:
        await self._draft.keep()

    def stored(self) -> Stored:
        """What was written so far, as if that were all."""
        return Stored(content_id("b", self._hash.digest()), self._key, self._size_bytes)


@asynccontextmanager
async def intake(ports: Ports) -> AsyncIterator[Intake]:
    """Bytes for a key of their own; thrown away unless kept."""
    key = new_key(ports.clock.now())
    async with ports.storage.writing(key) as draft:
        yield Intake(draft, key)


async def known_blob(blob_id: str) -> Blob | None:
    """The row, which nobody can remove before the present transaction ends."""
    return await Blob.filter(id=blob_id).select_for_update().get_or_none()


async def blob_of(stored: Stored) -> Blob:
    """The row of bytes that were kept: the one that is there, else a new one. Inside a transaction."""
    for _ in range(CLAIM_TRIES):
        row = Blob(id=stored.blob_id, storage_key=stored.key, size_bytes=stored.size_bytes)
        await Blob.bulk_create([row], ignore_conflicts=True)
        blob = await known_blob(stored.blob_id)
        if blob is not None:
            return blob
    raise Unavailable("These bytes are just being deleted; try again.")


async def drop_copies(ports: Ports, copies: Iterable[Stored]) -> None:
    """Delete kept bytes that no row points to: somebody else had them before, or the transaction failed.

    What the storage does not delete now, the sweep finds later.
    """
    with suppress(Unavailable):
        for copy in copies:
            if not await Blob.filter(storage_key=copy.key).exists():
                await ports.storage.delete(copy.key)
