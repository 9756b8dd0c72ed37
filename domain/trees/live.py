"""Tell whoever watches a realtime database that its log has something new. Only to be quick: all look anyway."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from domain.errors import Unavailable
from domain.ports import Ports


def tree_topic(file_id: UUID) -> str:
    """The bus topic that wakes the rooms of a database."""
    return f"rtdb:{file_id}"


async def tell_changed(ports: Ports, file_id: UUID) -> None:
    """After commit."""
    with suppress(Unavailable):
        await ports.bus.publish(tree_topic(file_id), b"")
