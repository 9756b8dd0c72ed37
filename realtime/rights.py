"""Rights on files of those who have them open: looked at again when something changes, or when a share ends."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from domain.access import Actor
from domain.files.access import level_on
from domain.jobs.feed import EventFeed, Match
from domain.models.file import AccessLevel, File, Ref, Share
from domain.ports import Ports

Level = AccessLevel | None
"""None: the file is gone."""
Judge = Callable[[File], Awaitable[AccessLevel]]
_NOUNS = frozenset({"file"})


@dataclass(eq=False, slots=True)
class Watch:
    """One who has a file open. ids: of all files whose rights count. known: the level as last told."""

    file_id: UUID
    ids: set[UUID]
    key: tuple[object, ...]
    judge: Judge
    on_level: Callable[[Level], None]
    known: Level = AccessLevel.NONE


@dataclass(slots=True)
class _Round:
    """Of one look at many: who asks the same is answered once."""

    files: dict[UUID, File | None] = field(default_factory=dict)
    levels: dict[tuple[object, ...], Level] = field(default_factory=dict)


class FileRights:
    """One per process. run() must be running for changes to be heard."""

    def __init__(self, ports: Ports, feed: EventFeed) -> None:
        self._ports = ports
        self._feed = feed
        self._watches: defaultdict[UUID, set[Watch]] = defaultdict(set)
        self._changed: set[UUID] = set()
        self._wake = asyncio.Event()
        self._expiries: dict[UUID, asyncio.TimerHandle] = {}

    @property
    def watched(self) -> int:
        """How many files are looked after."""
        return len(self._watches)

    @contextmanager
    def watching(
        self,
        file_id: UUID,
        actor: Actor,
        on_level: Callable[[Level], None],
        *,
        known: Level = AccessLevel.NONE,
        judge: Judge | None = None,
        within: frozenset[UUID] = frozenset(),
    ) -> Iterator[Watch]:
        """Tell `on_level` whenever the actor's level on the file (of that row id) is another than the last `known`.

        judge: finds the level, where it is not simply the actor's on the file. within: other files whose rights count
        as well (its root, the container it is reached through). Rights that changed just before are looked at, too.
        """
        watch = Watch(
            file_id,
            {file_id, *within},
            (file_id, actor.credential, actor.user_id, within),
            judge or self._judge_of(actor),
            on_level,
            known,
        )
        for one in watch.ids:
            self._watches[one].add(watch)
            self.look_at(one)
        try:
            yield watch
        finally:
            for one in watch.ids:
                self._forget(one, watch)

    async def run(self) -> None:
        """Listen and look until cancelled; what happened while it did not run is looked at first."""
        subscription = self._feed.subscribe(Match(nouns=_NOUNS), max_pending=100_000)
        async with subscription as events, asyncio.TaskGroup() as tasks:
            for file_id in tuple(self._watches):
                self.look_at(file_id)
            tasks.create_task(self.look())
            async for event in events:
                self.look_at(UUID(event.topic.partition(":")[2]))

    def look_at(self, file_id: UUID) -> None:
        """The rights on it may have changed."""
        if file_id in self._watches:
            self._changed.add(file_id)
            self._wake.set()

    async def look(self) -> None:
        """Look again at what may have changed, until cancelled. After a fault it goes on where it was."""
        while True:
            self._wake.clear()
            while self._changed:
                file_id = next(iter(self._changed))
                self._changed.discard(file_id)
                try:
                    await self._look_again(file_id)
                except BaseException:
                    self._changed.add(file_id)
                    raise
            await self._wake.wait()

    async def _look_again(self, file_id: UUID) -> None:
        await self._await_expiry(file_id)
        found = _Round()
        for watch in tuple(self._watches.get(file_id, ())):
            if watch.key not in found.levels:
                found.levels[watch.key] = await self._level(watch, found)
            level = found.levels[watch.key]
            if level != watch.known and watch in self._watches.get(file_id, ()):
                watch.known = level
                watch.on_level(level)

    async def _level(self, watch: Watch, found: _Round) -> Level:
        if watch.file_id not in found.files:
            found.files[watch.file_id] = await File.get_or_none(id=watch.file_id)
        file = found.files[watch.file_id]
        return None if file is None else await watch.judge(file)

    async def _await_expiry(self, file_id: UUID) -> None:
        """Look again when the next of the file's shares or links ends."""
        now = self._ports.clock.now()
        share = await Share.filter(file_id=file_id, expires_at__gt=now).order_by("expires_at").first()
        link = await Ref.filter(resource_id=file_id, expires_at__gt=now).order_by("expires_at").first()
        ends = [one.expires_at for one in (share, link) if one is not None and one.expires_at is not None]
        if (old := self._expiries.pop(file_id, None)) is not None:
            old.cancel()
        if ends and file_id in self._watches:
            ends_in_s = (min(ends) - now).total_seconds() + 0.01
            loop = asyncio.get_running_loop()
            self._expiries[file_id] = loop.call_later(min(ends_in_s, 86_400.0), self.look_at, file_id)

    def _forget(self, file_id: UUID, watch: Watch) -> None:
        left = self._watches.get(file_id)
        if left is None:
            return
        left.discard(watch)
        if not left:
            del self._watches[file_id]
            if (timer := self._expiries.pop(file_id, None)) is not None:
                timer.cancel()

    def _judge_of(self, actor: Actor) -> Judge:
        async def judge(file: File) -> AccessLevel:
            return await level_on(self._ports, actor, file)

        return judge
