"""The documents of a transaction while it runs: read once, changed in memory, written at its end."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from domain.errors import InvalidInput, TooLarge
from domain.models.sql import fetch
from domain.trees.changes import Action, Change
from domain.trees.documents import Data, shown
from domain.trees.paths import split_path
from domain.trees.plan import entries_of
from domain.trees.rows import (
    Index,
    documents_at,
    indexes_of,
    remove_documents,
    remove_entries,
    write_documents,
    write_entries,
)

DOCUMENT_BYTES = 1 << 20


class Draft:
    """What one database transaction does to a tree, perhaps for several authors one after the other."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._kept: dict[str, Data | None] = {}
        self._now: dict[str, Data | None] = {}

    async def preload(self, paths: Iterable[str]) -> None:
        """Read documents that will be asked for, together."""
        unknown = {path for path in paths if path not in self._now}
        found = await documents_at(self._number, unknown)
        for path in unknown:
            self._kept[path] = self._now[path] = found.get(path)

    async def at(self, path: str) -> Data | None:
        if path not in self._now:
            await self.preload([path])
        return self._now[path]

    async def under(self, collection: str) -> dict[str, Data]:
        """All documents of a collection as they are now, by key."""
        rows = await fetch(
            "SELECT key, data FROM tree_document WHERE tree_id = $1 AND collection = $2",
            [self._number, collection.encode()],
        )
        found: dict[str, Data | None] = {row["key"].decode(): orjson.loads(row["data"]) for row in rows}
        return _overlaid(found, collection, self._now)

    def accept(self, changed: dict[str, Data | None]) -> None:
        """One author's changes stand. Their paths were read before."""
        self._now |= changed

    async def flush(self) -> None:
        """Write what differs from what was read."""
        changed = [path for path, data in self._now.items() if data is not self._kept[path]]
        await write_documents(self._number, {path: data for path in changed if (data := self._now[path]) is not None})
        await remove_documents(self._number, [path for path in changed if self._now[path] is None])
        collections = dict.fromkeys(split_path(path)[0] for path in changed)
        for index in await indexes_of(self._number, list(collections)):
            await self._reindex(index, changed)

    async def _reindex(self, index: Index, changed: list[str]) -> None:
        outdated: list[str] = []
        fresh: list[tuple[int, str, bytes]] = []
        for path in changed:
            collection, key = split_path(path)
            if collection != index.collection:
                continue
            before, after = (_entries(index, key, data) for data in (self._kept[path], self._now[path]))
            if before != after:
                outdated += [key] if before else []
                fresh += [(index.id, key, value) for value in sorted(after)]
        await remove_entries(index.id, outdated)
        await write_entries(fresh)


class Attempt:
    """One author's transaction on a draft: seen by itself at once, by others when it is accepted."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._changed: dict[str, Data | None] = {}
        self.changes: list[Change] = []

    async def at(self, path: str) -> Data | None:
        return self._changed[path] if path in self._changed else await self._draft.at(path)

    async def under(self, collection: str) -> list[Data]:
        """The documents of a collection as shown, by key."""
        found = _overlaid(dict(await self._draft.under(collection)), collection, self._changed)
        return [shown(key, found[key]) for key in sorted(found, key=str.encode)]

    async def put(self, path: str, data: Data) -> None:
        """TooLarge: more than 1 MiB. InvalidInput: nested too deep."""
        _check(data)
        before = await self.at(path)
        self._changed[path] = data
        action = Action.CREATE if before is None else Action.UPDATE
        self.changes.append(Change(action, path, before, data))

    async def remove(self, path: str) -> None:
        """Nothing happens where there is no document."""
        before = await self.at(path)
        if before is not None:
            self._changed[path] = None
            self.changes.append(Change(Action.DELETE, path, before))

    def accept(self) -> None:
        self._draft.accept(self._changed)


def _check(data: Data) -> None:
    try:
        # In so many lists more, so that what is kept can always be sent inside of something.
        text = orjson.dumps([[[[[[[[data]]]]]]]])
    except orjson.JSONEncodeError as exc:
        raise InvalidInput("A document is nested too deep.", field="data") from exc
    if len(text) > DOCUMENT_BYTES:
        raise TooLarge(f"A document has at most {DOCUMENT_BYTES} bytes.", limit=DOCUMENT_BYTES)


def _overlaid(found: dict[str, Data | None], collection: str, changed: dict[str, Data | None]) -> dict[str, Data]:
    for path, data in changed.items():
        if split_path(path)[0] == collection:
            found[split_path(path)[1]] = data
    return {key: data for key, data in found.items() if data is not None}


def _entries(index: Index, key: str, data: Data | None) -> set[bytes]:
    return set() if data is None else entries_of(shown(key, data), index.field)
