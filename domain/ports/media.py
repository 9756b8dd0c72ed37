"""Port: smaller copies of videos, sounds and documents, made by programs that may or may not be installed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from domain.media.kinds import MediaClass


@dataclass(frozen=True, slots=True)
class MediaOrder:
    """One copy to make. variant_class: what comes out (of a video or document also stills, vis). longest_px: of its
    longer side; 0 for sounds."""

    variant_class: MediaClass
    quality: str
    longest_px: int
    format: str


class MediaCopy(Protocol):
    """One that was made, readable until the block ends."""

    order: MediaOrder
    content_type: str
    width: int | None
    height: int | None
    duration_s: float | None
    bitrate_kbps: int | None
    pages: int | None

    def read(self) -> AsyncIterator[bytes]: ...


class Media(Protocol):
    def makes(self, media: MediaClass) -> bool:
        """Whether anything can be made of that class here."""

    def copies(
        self, media: MediaClass, content: AsyncIterator[bytes], orders: Sequence[MediaOrder]
    ) -> AbstractAsyncContextManager[Sequence[MediaCopy]]:
        """What could be made of the orders, none larger than the original. InvalidInput: it cannot be read,
        or takes too long. Unavailable: no room."""

    async def close(self) -> None: ...


class NoMedia:
    """Where no such program is: originals alone."""

    def makes(self, media: MediaClass) -> bool:
        return False

    @asynccontextmanager
    async def copies(
        self, media: MediaClass, content: AsyncIterator[bytes], orders: Sequence[MediaOrder]
    ) -> AsyncIterator[Sequence[MediaCopy]]:
        yield ()

    async def close(self) -> None:
        """Nothing is open."""
