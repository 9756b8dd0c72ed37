"""Replay a document: what it was folded into, then the rest of its log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.documents.content import Content
from domain.documents.log import Logged, found_document, read_updates

OFF_THE_LOOP_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Loaded:
    """content: everything up to the number logged.seq."""

    content: Content
    logged: Logged


async def load(file_id: UUID) -> Loaded:
    """The document as it is committed now; an empty one when nobody has written yet.

    BrokenContentError: the log cannot be replayed.
    """
    logged = await read_updates(file_id)
    if not logged.updates:
        await found_document(file_id)
    return Loaded(await replay(logged.updates), logged)


async def replay(updates: Sequence[bytes]) -> Content:
    """The content that these make; large ones in a thread, so that nobody waits for them."""
    if sum(map(len, updates)) < OFF_THE_LOOP_BYTES:
        return Content(updates)
    return await asyncio.to_thread(Content, updates)
