"""Who is in one document: the newest state of every client, whose it is, and when it was last heard of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from realtime.crdt.awareness_codec import GONE, Entry

CLIENTS_PER_CONNECTION = 8
STALE_AFTER_S = 30.0
REMEMBER_GONE_S = 120.0


@dataclass(slots=True)
class _Known:
    entry: Entry
    owner: object | None
    heard_at: float


@dataclass(frozen=True, slots=True)
class Heard:
    """news: what the others should know. outdated: what its sender should know, because what it said counts less than
    what is known: it will say it again with a higher clock."""

    news: list[Entry] = field(default_factory=list)
    outdated: list[Entry] = field(default_factory=list)


class Awareness:
    """Clients of this replica have an owner, their connection; those of others have none. Times are the loop's."""

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}
        self._owned: dict[object, set[int]] = {}

    def hear(self, owner: object, entries: Iterable[Entry], now: float) -> Heard:
        """Take in what a connection says. A client belongs to the first connection that speaks for it; entries for
        clients of another one, and for more than eight, are dropped.

        y-websocket sends on whatever it has heard of others: what is no news makes nobody an owner.
        """
        heard, mine = Heard(), self._owned.setdefault(owner, set())
        for entry in entries:
            known = self._known.get(entry.client_id)
            if known is not None and known.owner not in (None, owner):
                continue
            if entry.client_id not in mine and len(mine) >= CLIENTS_PER_CONNECTION:
                continue
            if known is None or _counts_more(entry, known.entry):
                mine.add(entry.client_id)
                self._known[entry.client_id] = _Known(entry, owner, now)
                heard.news.append(entry)
            elif known.entry.is_gone and not entry.is_gone:
                heard.outdated.append(known.entry)
        return heard

    def hear_replica(self, entries: Iterable[Entry], now: float) -> list[Entry]:
        """Take in what another replica says of its clients; what of it is news."""
        news = []
        for entry in entries:
            known = self._known.get(entry.client_id)
            if known is None or _counts_more(entry, known.entry):
                self._known[entry.client_id] = _Known(entry, None, now)
                if known is not None and known.owner is not None:
                    self._owned.get(known.owner, set()).discard(entry.client_id)
                news.append(entry)
            elif entry.clock == known.entry.clock and known.owner is None:
                known.heard_at = now
        return news

    def leave(self, owner: object, now: float) -> list[Entry]:
        """A connection has ended: its clients, as gone."""
        return [
            gone
            for client_id in self._owned.pop(owner, ())
            if (gone := self._remove(client_id, now, owner)) is not None
        ]

    def expire(self, now: float) -> list[Entry]:
        """Those nobody has heard of for 30 s, as gone; those long gone are forgotten."""
        removed = []
        for client_id, known in list(self._known.items()):
            silent_s = now - known.heard_at
            if known.entry.is_gone:
                if silent_s > REMEMBER_GONE_S and known.owner is None:
                    del self._known[client_id]
            elif silent_s > STALE_AFTER_S and (gone := self._remove(client_id, now)) is not None:
                removed.append(gone)
        return removed

    def present(self, owned_only: bool = False) -> list[Entry]:
        """Everybody who is there; or only those connected to this replica."""
        return [
            known.entry
            for known in self._known.values()
            if not known.entry.is_gone and (known.owner is not None or not owned_only)
        ]

    def _remove(self, client_id: int, now: float, owner: object | None = None) -> Entry | None:
        known = self._known[client_id]
        if owner is not None:
            if known.owner is not owner:
                return None
            known.owner = None
        if known.entry.is_gone:
            return None
        known.entry = Entry(client_id, known.entry.clock + 1, GONE)
        known.heard_at = now
        return known.entry


def _counts_more(entry: Entry, known: Entry) -> bool:
    return entry.clock > known.clock or (entry.clock == known.clock and entry.is_gone and not known.is_gone)
