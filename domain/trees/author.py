"""Who writes to a realtime database, as the socket that asks knows it."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Author:
    """owner: whose locks these are (an id tag, a user name, or anon:connection). connection: of the socket.
    beginnings: where alone this author may write; None: everywhere. Whether they may write at all was decided before.
    """

    owner: str
    connection: str
    beginnings: tuple[str, ...] | None = None

    def check(self, path: str) -> None:
        """Forbidden: not there."""
        if self.beginnings is not None and not path.startswith(self.beginnings):
            raise Forbidden("You may not write there.", path=path)
