"""A client, as its room sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from realtime.frames import SharedFrame


class Member(Protocol):
    """Nothing here waits for the client."""

    def post(self, frame: bytes | SharedFrame) -> None: ...
    def post_latest(self, key: str, frame: SharedFrame) -> None: ...
    def close(self, code: int, reason: str) -> None: ...

    def note_written(self) -> None:
        """Something that it sent is in the log."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An update from a client. is_reply: it answers our question, so it holds all that the client has."""

    member: Member
    update: bytes
    is_reply: bool
